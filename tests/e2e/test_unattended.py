"""What a scheduler sees, and what a person is asked: log lines, the log file, the confirmation."""

import json
import os
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv
from uploader.ledger import open_ledger


@pytest.fixture(autouse=True)
def _mapping() -> None:
    Path("map.yaml").write_text(MAPPING)


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    """Type this at a terminal."""
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda: answer)


def consent_of(home: Path, run: str) -> str:
    with open_ledger(home) as ledger:
        facts = ledger.runs.find(run)
    assert facts is not None
    return facts.consent


def test_consent_is_recorded_with_the_run(command, platform, tmp_path) -> None:
    platform()
    leads = write_csv(Path("leads.csv"), people(1))
    ran = command("upload", leads, "-m", "map.yaml", "--json", "--yes")
    assert consent_of(tmp_path / "home", json.loads(ran.out)["run"]) == "--yes"


def test_terminal_asks_for_consent(command, platform, tmp_path, monkeypatch) -> None:
    sandbox = platform()
    leads = write_csv(Path("leads.csv"), people(2))
    with monkeypatch.context() as patch:
        at_a_terminal(patch, "n")
        ran = command("upload", leads, "-m", "map.yaml")
    assert (ran.code, sandbox.received) == (1, [])
    assert "legally allowed to share" in ran.err
    assert "of 3,000 requests left in this window" in ran.err
    with monkeypatch.context() as patch:
        at_a_terminal(patch, "y")
        ran = command("upload", leads, "-m", "map.yaml", "--json")
    assert len(sandbox.received) == 2
    assert consent_of(tmp_path / "home", json.loads(ran.out)["run"]) == "confirmed on a terminal"


def test_lines_wrap_between_words(command, platform, monkeypatch) -> None:
    """And nowhere else: what a program reads is one line each."""
    platform()
    rows = people(3)
    rows[1][2] = "ann.1@example"
    leads = write_csv(Path("leads.csv"), rows)
    warning, whole = command("check", leads, "-m", "map.yaml", "--preview", 3).err.split("\n", 1)
    assert "is new" in warning  # not shown at a terminal
    at_a_terminal(monkeypatch, "y")
    monkeypatch.setenv("COLUMNS", "60")
    wrapped = command("check", leads, "-m", "map.yaml").err
    assert max(map(len, whole.splitlines())) > 100
    assert max(map(len, wrapped.splitlines())) <= 60
    assert "\n    It should have a period." in wrapped
    assert wrapped.split() == whole.split()


def test_progress_lines_without_a_terminal(command, platform, monkeypatch) -> None:
    platform()
    monkeypatch.setattr("uploader.cli.progress.LINE_INTERVAL", 0.0)
    leads = write_csv(Path("leads.csv"), people(3))
    lines = command("upload", leads, "-m", "map.yaml").err.splitlines()
    assert any("3 of 3: 3 accepted, ETA" in line for line in lines)
    assert not any("end about" in line for line in command("retry", leads, "-m", "map.yaml", "-q").err.splitlines())


def test_no_progress_bar_without_sending(command, platform, monkeypatch) -> None:
    platform(result_delay=0)
    leads = write_csv(Path("leads.csv"), people(3))
    with monkeypatch.context() as patch:
        at_a_terminal(patch, "y")
        assert "3/3" in command("upload", leads, "-m", "map.yaml").err
        ran = command("upload", leads, "-m", "map.yaml", "--wait-results")
    assert ran.code == 0, ran
    assert "0/0" not in ran.err
    assert "%|" not in ran.err


@pytest.mark.slow
def test_progress_line_while_waiting(command, platform, monkeypatch) -> None:
    """The platform is slow to accept a lead, or to return results."""
    platform(latency=(1.3, 1.3), result_delay=2.0, empty_fields=3)
    monkeypatch.setattr("uploader.cli.progress.LINE_INTERVAL", 0.5)
    monkeypatch.setenv("UPLOADER_RESULT_PAUSE", "1")
    leads = write_csv(Path("leads.csv"), people(1))
    ran = command("upload", leads, "-m", "map.yaml", "--wait-results")
    assert ran.code == 1  # too many empty fields, for one thing
    assert " 0 of 1: none yet\n" in ran.err
    assert " 0 of 1: no results yet\n" in ran.err


@pytest.mark.slow
def test_quota_wait_is_shown(command, platform, monkeypatch) -> None:
    """Nothing moves for up to five minutes: the user must see why."""
    platform()
    monkeypatch.setattr("uploader.cli.progress.LINE_INTERVAL", 0.5)
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", "6/4")
    ran = command("upload", write_csv(Path("leads.csv"), people(5)), "-m", "map.yaml")
    assert ran.code == 0
    waiting = [line for line in ran.err.splitlines() if "waiting for the rate limit until" in line]
    assert re.search(
        r" 3 of 5: 3 accepted, ETA \d\d:\d\d, waiting for the rate limit until \d\d:\d\d:\d\d$", waiting[0]
    )


def test_log_file_has_events_and_no_personal_data(command, platform, monkeypatch) -> None:
    platform(faults="400@1")
    monkeypatch.setattr("uploader.cli.progress.LINE_INTERVAL", 0.0)
    leads = write_csv(Path("leads.csv"), people(3))
    command("upload", leads, "-m", "map.yaml", "--log-file", "log.jsonl")
    command("upload", leads, "-m", "nothing.yaml", "--log-file", "log.jsonl")
    text = Path("log.jsonl").read_text("utf-8")
    printed = [json.loads(line) for line in text.splitlines()]
    events = [line["event"] for line in printed]
    assert [events.count(name) for name in ("prepared", "planned", "ended", "failed")] == [1, 1, 1, 1]
    assert {"request", "progress"} <= set(events)
    assert next(line for line in printed if line["event"] == "ended")["counts"]["accepted"] == 2
    for row in people(3):
        assert not [cell for cell in row if cell in text]
    ran = command("upload", leads, "-m", "map.yaml", "--log-file", ".")
    assert ran.code == 2, ran
    assert "--log-file" in ran.err


def test_suggested_command_can_be_pasted(command, platform, monkeypatch) -> None:
    platform(faults="400@1")
    Path("uploader.toml").write_text("[profile.acme]\n")
    leads = write_csv(Path("my leads (new).csv"), people(2))
    ran = command("upload", leads, "-m", "map.yaml", "--profile", "acme")
    report = next(Path().glob("my leads*.report-*.csv"))
    assert f'  uploader retry "{report}" --profile acme\n' in ran.out
    ran = command("map", leads, "--campaign", 44400, "--profile", "acme", "-o", "m 2.yaml")
    assert '  uploader check "my leads (new).csv" --mapping "m 2.yaml" --profile acme\n' in ran.out


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_mapping_on_stdout_is_readable(platform, encoding) -> None:
    platform()
    Path("leads.csv").write_text("Prénom,Nom,E-mail,Łódź\nAnn,Lind,ann@example.com,x\n", "utf-8")
    args = [sys.executable, "-m", "uploader", "map", "leads.csv", "--campaign", "44400", "-o", "-"]
    env = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    printed = subprocess.run(args, capture_output=True, timeout=60, env=env).stdout.decode("utf-8")
    assert "Prénom" in printed
    assert "Łódź" in printed


ARGS = ("upload", "leads.csv", "-m", "map.yaml", "--json", "--yes")
posix = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")


@posix
def test_log_file_on_a_full_disk_stops_no_lead(command, platform) -> None:
    sandbox = platform()
    write_csv(Path("leads.csv"), people(3))
    ran = command(*ARGS, "--log-file", "/dev/full")
    assert (ran.code, len(sandbox.received)) == (0, 3)
    assert ran.err.count("--log-file cannot be written any longer: No space left on device") == 1


@posix
def test_undecodable_file_name_is_logged(command, platform) -> None:
    sandbox = platform()
    name = os.fsdecode(b"caf\xe9.csv")
    write_csv(Path(name), people(3))
    ran = command("upload", name, "-m", "map.yaml", "--log-file", "log.jsonl")
    printed = [json.loads(line) for line in Path("log.jsonl").read_text("utf-8").splitlines()]
    assert (ran.code, len(sandbox.received), printed[-1]["event"]) == (0, 3, "ended")


def _said(terminal: int, words: bytes, seconds: float) -> bool:
    """Whether the words appear within this many seconds."""
    seen = b""
    while words not in seen and select.select([terminal], [], [], seconds)[0]:
        seen += os.read(terminal, 4096)
    return words in seen


@pytest.mark.skipif(os.name == "nt", reason="terminals are POSIX's")
@pytest.mark.parametrize("args", [ARGS[:-1], ("purge", "--older-than", "2100-01-01")])
def test_ctrl_c_at_the_question_sends_nothing(command, platform, args) -> None:
    import pty

    sandbox = platform()
    write_csv(Path("leads.csv"), people(1))
    if args[0] == "purge":
        command(*ARGS)
    before = len(sandbox.received)
    process, terminal = pty.fork()
    if not process:
        os.execv(sys.executable, [sys.executable, "-m", "uploader", *args])
    assert _said(terminal, b"[y/N]", 60)
    # A signal that comes in the instant before Python begins to read is heard only with the next key.
    assert any(os.write(terminal, b"\x03") and _said(terminal, b"nterrupted", 3) for _ in range(10))
    _, status = os.waitpid(process, 0)
    assert (os.waitstatus_to_exitcode(status), len(sandbox.received)) == (130, before)


def test_ctrl_c_before_anything_is_sent(command, platform, monkeypatch) -> None:
    platform()

    async def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("uploader.commands.upload.prepare", interrupted)
    write_csv(Path("leads.csv"), people(1))
    ran = command(*ARGS)
    assert (ran.code, json.loads(ran.out)["exit_code"]) == (130, 130)


@pytest.mark.parametrize("verb", ["check", "upload"])
@pytest.mark.slow
def test_wait_before_sending_is_shown(command, platform, monkeypatch, verb) -> None:
    """The form is read under the quota too: without a word the command would seem to hang."""
    platform()
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", "3/3")
    leads = write_csv(Path("leads.csv"), people(1))
    assert command("check", leads, "-m", "map.yaml").err.count("Waiting for") == 0
    ran = command(verb, leads, "-m", "map.yaml")
    assert ran.code == 0, ran
    assert len(re.findall(r"^Waiting for the rate limit until \d\d:\d\d:\d\d\.$", ran.err, re.MULTILINE)) == 1
    assert "Waiting" not in command(verb, leads, "-m", "map.yaml", "-q").err


def test_check_prints_why_rows_are_invalid_as_json(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING)
    rows = people(8)
    for row in rows[1:8]:
        row[2] = "nobody"
    leads = write_csv(Path("leads.csv"), rows)
    ran = command("check", leads, "-m", "map.yaml", "--json", "--log-file", "events.jsonl")
    printed = json.loads(ran.out)
    (problem,) = printed["problems"]
    assert (problem["count"], problem["rows"], "Email" in problem["message"]) == (7, [3, 4, 5, 6, 7], True)
    assert (printed["run"], printed["counts"]["unsent"], ran.code) == (None, 1, 1)
    assert "nobody" not in Path("events.jsonl").read_text()
