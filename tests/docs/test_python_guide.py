"""The Python code that docs/python.md shows, run as it stands there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT, copy_tracked

BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text("utf-8"), re.DOTALL)
*WALKTHROUGH, JOB = BLOCKS


@pytest.fixture(autouse=True)
def _files() -> None:
    copy_tracked(["sample_data", "mappings"], Path.cwd())


def run_script(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process of its own, as a user's script."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=environment, check=False
    )


def test_walkthrough() -> None:
    ran = run_script("\n".join(WALKTHROUGH))
    lines = ran.stdout.splitlines()
    assert ran.stderr == ""
    assert lines[0] == "300 of 300 accepted"
    assert "1 country (column 'Country'): unknown country 'Grmany'; did you mean Germany? rows 42" in lines
    assert lines[-1] == "1 more accepted"


def test_walkthrough_begins_with_ten_lines() -> None:
    assert len(WALKTHROUGH[0].splitlines()) <= 10


def test_scheduled_job(platform) -> None:
    platform()
    shutil.copy("sample_data/tidy.csv", "today.csv")
    shutil.copy("mappings/tidy.yaml", "leads.yaml")
    refused = run_script(JOB)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("Nothing was sent: ")
    first = run_script(JOB.replace("require_ledger=True", "require_ledger=False").replace("report.csv", "first.csv"))
    assert (first.returncode, first.stdout) == (0, "{'accepted': 300}\n"), first.stderr
    assert run_script(JOB).stdout == "{'duplicate': 300}\n"
