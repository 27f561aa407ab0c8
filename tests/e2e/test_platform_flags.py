"""What is suggested speaks to the same platform: it carries --sandbox and --profile wherever it stands."""

import os
import re
import signal
from pathlib import Path

import openpyxl
import pytest
import typer

from tests.support.files import MAPPING, people, read_report, write_csv
from tests.support.html import Page
from uploader.cli.app import app
from uploader.core.command_line import COMMANDS_WITHOUT_PROFILE, SANDBOX_COMMANDS


@pytest.fixture(autouse=True)
def _mapping(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("map.yaml").write_text(MAPPING)
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "0.05")


def page(name: str) -> str:
    return Path(name).read_text("utf-8")


def one_wrong(name: str = "leads.csv") -> Path:
    return write_csv(Path(name), [*people(2), ["Ann", "Lee", "none", "", ""]])


def test_suggested_flags_exist() -> None:
    commands = typer.main.get_command(app).commands
    flags = {name: {param.name for param in command.params} for name, command in commands.items()}
    assert {name for name, known in flags.items() if "sandbox" in known} == SANDBOX_COMMANDS
    assert {name for name, known in flags.items() if "profile" not in known} == COMMANDS_WITHOUT_PROFILE


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_report_and_terminal_suggest_the_same(command, kind) -> None:
    Path("uploader.toml").write_text("[profile.acme]\n")
    ran = command(
        "upload", one_wrong(), "-m", "map.yaml", "--sandbox", "--profile", "acme", "--report", f"out/r.{kind}"
    )
    retry = f"uploader retry out/r.{kind} --sandbox --profile acme"
    assert retry in ran.out
    assert f"<pre>{retry}</pre>" in page("out/r.html")
    if kind == "xlsx":
        summary = openpyxl.load_workbook("out/r.xlsx")["Summary"]
        assert retry in [cell for row in summary.iter_rows(max_col=1, values_only=True) for cell in row]


def test_flags_do_not_leak_into_the_next_command(command, platform) -> None:
    command("upload", one_wrong(), "-m", "map.yaml", "--sandbox", "--report", "r.csv")
    platform()
    command("upload", one_wrong("more.csv"), "-m", "map.yaml", "--report", "r.csv")
    assert "<pre>uploader retry r.csv</pre>" in page("r.html")


def test_check_report_names_the_sending_command(command) -> None:
    command("check", one_wrong(), "--mapping", "map.yaml", "--sandbox", "--report", "r.csv")
    assert "<pre>uploader upload leads.csv --mapping map.yaml --sandbox</pre>" in page("r.html")


def test_errors_suggest_the_same_flags(command) -> None:
    command("upload", one_wrong(), "-m", "map.yaml", "--sandbox", "--report", "r.csv")
    assert "`uploader retry r.csv --sandbox`" in command("upload", "r.csv", "-m", "map.yaml", "--sandbox").err
    assert "`uploader map leads.csv --campaign ID --sandbox`" in command("upload", "leads.csv", "--sandbox").err
    rows = [["Test", *row[1:]] for row in people(5)]
    ran = command("upload", write_csv(Path("bad.csv"), rows), "-m", "map.yaml", "--sandbox", "--canary", 2)
    assert ran.code == 5, ran
    assert "`uploader resume --no-canaries --sandbox`" in ran.err


def test_flags_are_suggested_after_ctrl_c(command, monkeypatch) -> None:
    from uploader.pipeline import run

    pool = run.run_pool

    async def interrupted(*args: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        await pool(*args)

    with monkeypatch.context() as patch:
        patch.setattr(run, "run_pool", interrupted)
        ran = command("upload", one_wrong(), "-m", "map.yaml", "--sandbox", "--report", "r.csv")
    assert ran.code == 130, ran
    assert "Run `uploader resume --report r.csv --sandbox` to continue." in ran.err
    run = read_report(Path("r.csv"))[0]["upload_run"]
    assert re.findall("<pre>(.*)</pre>", page("r.html")) == [f"uploader resume {run} --sandbox"]
    assert command("resume", run, "--sandbox").code == 1


def test_sandbox_run_is_recognized_without_the_flag(command, platform) -> None:
    """`report` sends no request, so it has no --sandbox; the commands it suggests have."""
    command("upload", one_wrong(), "-m", "map.yaml", "--sandbox", "--report", "r.csv")
    run = read_report(Path("r.csv"))[0]["upload_run"]
    assert "uploader retry again.csv --sandbox" in command("report", run, "--report", "again.csv").out
    platform()  # a sandbox by itself, which the settings lead to
    assert "uploader retry more.csv\n" in command("report", run, "--report", "more.csv").out


@pytest.mark.parametrize("verb", ["upload", "check"])
def test_html_report_names_the_sandbox(command, platform, monkeypatch, verb) -> None:
    words = "Sandbox run. The platform is a sandbox on this machine: no lead leaves it. "
    command(verb, one_wrong(), "-m", "map.yaml", "--sandbox", "--report", "r.xlsx")
    assert Page(page("r.html")).text.strip().startswith(words)
    facts = list(openpyxl.load_workbook("r.xlsx")["Summary"].iter_rows(max_col=2, values_only=True))
    assert ("Sandbox run", "The platform is a sandbox on this machine: no lead leaves it.") in facts
    if verb == "upload":
        command("results", "r.xlsx", "--sandbox")
        assert words in Page(page("r.html")).text
    platform()
    monkeypatch.setenv("UPLOADER_ENTERPRISE", "acme")
    command(verb, one_wrong(), "-m", "map.yaml", "--report", "s.xlsx")
    assert "Sandbox run" not in page("s.html")
