"""Every command that the documentation shows runs where it says it would, with the files that it names."""

import io
import json
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.support.documentation import DOCS, block_after, commands_shown, looks_like
from tests.support.files import MAPPING, MAPPING_IDS, write_report
from tests.support.paths import ROOT, copy_tracked
from tests.support.postgres import KEY, team_database
from tests.support.ran import Ran
from uploader.config.load import load_settings
from uploader.mapping.load import read_mapping
from uploader.sandbox import credentials
from uploader.sandbox.options import ENDPOINTS, KINDS

DOUBTFUL = "500@16,500@19-21"  # the rows 17 and 20 to 22
FAULTY = (
    MAPPING_IDS
    + """\
fields:
  firstNam: First name
  lastName: Last name
  email:    {column: Email, transform: [lowercase]}
  firstName: First name
"""
)


@pytest.fixture
def desk(platform, monkeypatch) -> Callable[..., None]:
    """What the examples take for granted: settings for a platform, and the files that they name."""
    copy_tracked(["sample_data", "mappings"], Path.cwd())
    for name in ("leads.csv", "today.csv"):
        shutil.copy("sample_data/tidy.csv", name)
    for name in ("map.yaml", "leads.yaml"):
        shutil.copy("mappings/tidy.yaml", name)
    Path("uploader.toml").write_text(
        f"[profile.acme]\n{toml('UPLOADER_ENTERPRISE')}\n{toml('UPLOADER_PUBLISHER_ID')}\n"
    )

    def start(faults: str = "") -> None:
        if faults:  # they are counted in the order of requests, which is then that of rows
            monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
        platform(faults=faults, result_delay=0.0)

    return start


def toml(setting: str) -> str:
    return f"{setting.removeprefix('UPLOADER_').lower()} = {json.dumps(credentials()[setting])}"


class Shell:
    """Types what the documentation shows; what stands there for something else is put in."""

    def __init__(self, command: Callable[..., Ran]) -> None:
        self._command = command
        self.run = "RUN"

    def type(self, shown: str, code: int = 0, **instead: str) -> Ran:
        """Runs a line of the documentation as it stands there; `RUN` is the last upload's, or what `instead` says."""
        assert shown in commands_shown(), f"the documentation does not show {shown!r}"
        line = re.sub(r"\bRUN\b", self.run, shown.split(">>", maxsplit=1)[0])
        for old, new in instead.items():
            line = line.replace(old, new)
        ran = self._command(*shlex.split(line))
        assert ran.code == code, ran.err + ran.out
        return ran

    def upload(self, *more: str, code: int = 0) -> None:
        printed = json.loads(self._command("upload", "leads.csv", "-m", "map.yaml", "--yes", "--json", *more).out)
        assert printed["exit_code"] == code
        self.run = printed["run"]


@pytest.fixture
def shell(command):
    return Shell(command)


def test_mapping_errors(desk, shell) -> None:
    desk()
    Path("map.yaml").write_text(FAULTY)
    ran = shell.type("check leads.csv --mapping map.yaml", code=3)
    assert looks_like(block_after("uploader check leads.csv --mapping map.yaml"), ran.err)


def test_preview(desk, shell) -> None:
    desk()
    rows = ["Ann,Lee,ann@example.com,(+44)07700900123", "Bob,Ray,bob@example.com,(+44)07700900124"]
    Path("leads.csv").write_text("\n".join(["First Name,Last Name,Email,Phone", *rows, ""]))
    Path("map.yaml").write_text(MAPPING.replace("  companyName: Company\n", ""))
    ran = shell.type("check leads.csv --mapping map.yaml --preview 1")
    assert looks_like(block_after("uploader check leads.csv --mapping map.yaml --preview 1"), ran.err + ran.out)


def test_resolving_unknown_rows(desk, shell) -> None:
    desk(DOUBTFUL)
    shell.upload(code=6)
    assert "17,20-22" in shell.type("reconcile RUN").out
    for way in ("--not-sent", "--accepted", "--resend"):  # the line's comment names the other two
        ran = shell.type("resolve RUN --rows 17,20-22 --accepted", **{"--accepted": way})
        assert ran.out.startswith(f"4 rows of run {shell.run}: {way.removeprefix('--')}.\n")


def test_reconciling_with_an_export(desk, shell) -> None:
    desk(DOUBTFUL)
    shell.upload(code=6)
    write_report(
        Path("leads-of-campaign.csv"), [{"id": "1", "email": "missing@example.com", "createdTs": "2026-01-01"}]
    )
    assert "17,20-22" in shell.type("reconcile RUN --export leads-of-campaign.csv").out
    assert shell.type("resolve RUN --rows 17,20-22 --accepted").out == f"4 rows of run {shell.run}: accepted.\n"


def test_waiting_for_results(desk, shell) -> None:
    desk()
    shell.upload("--report", "leads.report-20261123T174501Z.csv")
    ran = shell.type("results leads.report-20261123T174501Z.csv")
    assert ran.out.endswith("Report: leads.report-20261123T174501Z.csv\n")


def test_fix_and_send_again(desk, shell) -> None:
    desk("400@3")
    shell.upload("--report", "first.csv", code=1)
    assert "300 accepted" in shell.type("retry REPORT", REPORT="first.csv --yes").out


def test_scheduled_upload(desk, shell) -> None:
    desk()
    ran = shell.type(
        "upload today.csv --mapping leads.yaml --yes --log-file uploads.jsonl --json >> uploads.log", code=0
    )
    assert json.loads(ran.out)["counts"]["accepted"] == 300
    assert all(json.loads(line) for line in Path("uploads.jsonl").read_text().splitlines())
    shell.type("upload today.csv --mapping leads.yaml --yes --require-ledger --report report.csv")
    assert Path("report.csv").exists()


def test_ci_job_fails_only_if_someone_is_needed_now() -> None:
    """Its script is YAML, and its last line makes of exit codes what its comment says."""
    import subprocess

    job = YAML(typ="safe").load(re.search(r"```yaml\n(upload:\n.*?)```", DOCS, re.DOTALL)[1])["upload"]
    last = job["script"][-1]
    passed = [code for code in range(7) if subprocess.run(["sh", "-c", f"code={code}; {last}"]).returncode == 0]
    assert passed == [0, 1]


def test_history_commands(desk, shell) -> None:
    desk()
    shell.upload()
    assert "leads.csv" in shell.type("runs").out
    assert "300 accepted" in shell.type("report RUN").out
    shell.type("forget --email joe@example.com")
    shell.type("purge --older-than 90d")


def test_login_commands(desk, shell, monkeypatch) -> None:
    desk()
    names = ("UPLOADER_CLIENT_ID", "UPLOADER_CLIENT_SECRET", "UPLOADER_API_KEY")
    for name in names:
        monkeypatch.delenv(name)
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{credentials()[name]}\n" for name in names)))
    assert "kept in the keyring" in shell.type("login --profile acme").out
    assert "keyring" in shell.type("doctor --profile acme").out
    assert shell.type("login --profile acme --remove").out.startswith("Removed the credentials ")


def test_shared_ledger(desk, shell, monkeypatch) -> None:
    desk()
    with team_database() as url:
        monkeypatch.setenv("UPLOADER_LEDGER", url)
        monkeypatch.setenv("UPLOADER_TEAM_KEY", KEY.hex())
        assert "This machine has its key" in shell.type("team status").out


def test_every_shown_command_is_tested() -> None:
    """What is not typed above is, with `--sandbox`, part of test_tour.py."""
    here = Path(__file__).read_text("utf-8")
    assert [line for line in commands_shown() if f'"{line}"' not in here and "--sandbox" not in line] == []


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL))
def test_shown_settings_load(block) -> None:
    Path("uploader.toml").write_text(block, "utf-8")
    for name in tomllib.loads(block)["profile"]:
        assert load_settings({"profile": name}).enterprise == "acme"


def test_shown_mapping_is_valid() -> None:
    copy_tracked(["mappings/lists"], Path.cwd())
    Path("mappings/lists").rename("lists")
    Path("optouts.csv").write_text("joe@example.com\n")
    Path("map.yaml").write_text(re.search(r"```yaml\n(version: 1\n.*?)```", DOCS, re.DOTALL)[1], "utf-8")
    mapping = read_mapping(Path("map.yaml"))
    assert mapping.document.errors == []
    mapping.raise_errors()


def test_all_faults_of_the_sandbox_are_documented() -> None:
    page = (ROOT / "docs/sandbox.md").read_text("utf-8")
    assert {*KINDS, *ENDPOINTS} - {*re.findall(r"`([\w-]+)`", page)} == set()
