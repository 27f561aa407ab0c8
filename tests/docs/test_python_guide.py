"""The Python code that docs/python.md shows, run as it stands there."""

import re
import shutil
from pathlib import Path

import pytest

import uploader
from tests.support.paths import ROOT, copy_tracked

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text("utf-8"), re.DOTALL)
*WALKTHROUGH, JOB = BLOCKS


@pytest.fixture(autouse=True)
def _files() -> None:
    copy_tracked(["sample_data", "mappings"], Path.cwd())


@pytest.fixture
def run_script(capfd):
    """Run code as a script, and return its exit code, as `sys.exit` takes it, and what it printed."""

    def run(code: str, error: str = "") -> tuple[object, str]:
        end: object = 0
        try:
            exec(compile(code, "script.py", "exec"), {"__name__": "__main__"})
        except SystemExit as ended:
            end = ended.code
        printed = capfd.readouterr()
        assert error in printed.err if error else not printed.err
        return end, printed.out

    return run


def test_walkthrough(run_script) -> None:
    code, printed = run_script("\n".join(WALKTHROUGH))
    lines = printed.splitlines()
    assert (code, lines[0], lines[-1]) == (0, "300 of 300 accepted", "1 more accepted")
    assert "1 country (column 'Country'): unknown country 'Grmany'; did you mean Germany? rows 42" in lines


def test_walkthrough_begins_with_ten_lines() -> None:
    assert len(WALKTHROUGH[0].splitlines()) <= 10


def test_scheduled_job(platform, run_script) -> None:
    platform()
    shutil.copy("sample_data/tidy.csv", "today.csv")
    shutil.copy("mappings/tidy.yaml", "leads.yaml")
    code, printed = run_script(JOB, "ledger")
    assert (code, printed) == (5, "")
    first = JOB.replace("require_ledger=True", "require_ledger=False").replace("report-{", "first-{")
    assert run_script(first) == (0, "{'accepted': 300}\n")
    assert run_script(JOB) == (0, "{'duplicate': 300}\n")
    assert len(list(Path.cwd().glob("report-????-??-??.csv"))) == 1
    Path("leads.yaml").write_text("version: 1\nfields: {email: Mail, telephone: Tel}\n")
    assert run_script(JOB, "Tel") == (3, "")  # every problem is shown


def test_interrupted_job_ends_like_the_command(run_script, monkeypatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise uploader.RunInterrupted

    monkeypatch.setattr(uploader, "upload", interrupt)
    assert run_script(JOB, "Interrupted. Nothing was sent.") == (130, "")
