"""SIGKILL at every step of the way, and at random moments; after `resume` nothing is lost and nothing doubled."""

import os
import random
import signal
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from tests.crash.checker import check, newest_report
from tests.crash.process import STEPS, finish, start
from tests.support.files import COLUMNS, MAPPING, people, write_csv
from tests.support.slow import few_quick
from tests.support.waiting import until
from uploader.sandbox import Sandbox

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL and fork are POSIX's")

CONCURRENCY = 4


@pytest.fixture
def leads(monkeypatch: pytest.MonkeyPatch):
    def make(rows: int) -> Path:
        monkeypatch.setenv("UPLOADER_CONCURRENCY", str(CONCURRENCY))
        Path("map.yaml").write_text(MAPPING)
        return write_csv(Path("leads.csv"), people(rows))

    return make


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("number", few_quick([1, 9]))  # 40 leads of four workers are noted in ten commits at least
def test_kill_at_a_step_loses_nothing(platform, leads, step: str, number: int) -> None:
    sandbox = platform()
    upload = start(["upload", leads(40), "-m", "map.yaml"], step, number)
    assert finish(upload) == -signal.SIGKILL
    assert finish(start(["resume"])) in {0, 6}
    counts = check(newest_report(), sandbox, rows=40, max_unknown=CONCURRENCY)
    assert counts["accepted"] + counts["unknown"] == 40


@pytest.mark.slow
def test_kill_while_streaming_loses_nothing(platform, leads) -> None:
    """`--stream`: `resume` looks at the whole file, and sends what is left of it."""
    sandbox = platform()
    upload = start(["upload", leads(1200), "-m", "map.yaml", "--stream"], "between intent and send", 1100)
    assert finish(upload) == -signal.SIGKILL
    assert finish(start(["resume"])) in {0, 6}
    counts = check(newest_report(), sandbox, rows=1200, max_unknown=CONCURRENCY)
    assert counts["accepted"] + counts["unknown"] == 1200


@pytest.mark.slow
def test_repeat_of_a_rejected_lead_stays_duplicate_after_a_kill(platform, leads) -> None:
    """With `--stream` the repeat was not looked at when the run was killed: it is a duplicate all the same."""
    sandbox = platform(faults="400@1")
    file, rows = leads(1200), people(1200)
    rows[1100] = rows[0]
    command = ["upload", write_csv(file, rows), "-m", "map.yaml", "--stream"]
    assert finish(start(command, "between intent and send", 50, CONCURRENCY="1")) == -signal.SIGKILL
    assert finish(start(["resume"])) == 6
    outcomes = {int(row["upload_row"]): row["upload_outcome"] for row in newest_report()}
    assert (outcomes[2], outcomes[1102]) == ("rejected", "duplicate")
    taken = [dict(lead.fields)["email"] for lead in sandbox.received]
    assert rows[0][COLUMNS.index("Email")] not in taken
    assert len(taken) == 1197


@pytest.mark.slow
def test_kill_at_100_random_moments_loses_nothing(platform, leads) -> None:
    chance = random.Random(20261123)
    sandbox = platform(latency=(0.001, 0.02))
    rows, kills = 1600, 0
    command: list[object] = ["upload", leads(rows), "-m", "map.yaml"]
    while kills < 100:
        process = start(command)
        target = len(sandbox.received) + chance.randint(0, 8)
        _wait_for(sandbox, target, process)
        time.sleep(chance.uniform(0, 0.01))  # any moment will do: this is what makes it random
        process.kill()
        if finish(process) != -signal.SIGKILL:
            break
        kills += 1
        command = ["resume"] if (Path("home") / "ledger.sqlite3").exists() and _has_run() else command
    assert kills == 100
    assert finish(start(["resume"])) in {0, 6}
    check(newest_report(), sandbox, rows=rows, max_unknown=CONCURRENCY * kills)


def _has_run() -> bool:
    from uploader.ledger import open_ledger

    with open_ledger(Path("home")) as ledger:
        return ledger.runs.newest_unfinished("sandbox") is not None


def _wait_for(sandbox: Sandbox, leads: int, process: BaseProcess) -> None:
    """Wait until the API has this many leads, or the process has ended."""
    until(lambda: len(sandbox.received) >= leads or process.exitcode is not None, f"lead {leads}", interval=0.002)
