"""A process is suspended between the commit of an attempt and its request, and wakes when others have taken over."""

import os
import signal
import time
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from tests.crash.process import finish, is_stopped, start
from tests.support.files import MAPPING, people, write_csv
from tests.support.ledger_file import query_ledger
from tests.support.postgres import kill_sessions, query_team
from tests.support.team import home_of
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="SIGSTOP and fork are POSIX's")]

LONG_ENOUGH = 1.0  # seconds: longer than the delay that the step of the process allows


def suspended(file: Path, home: Path, number: int, **settings: str) -> BaseProcess:
    """Upload a file until the process is suspended with its `number`-th lead about to leave."""
    process = start(["upload", file, "-m", "map.yaml"], "suspended", number, HOME=str(home), **settings)

    until(lambda: is_stopped(process) or process.exitcode is not None, f"request {number}", interval=0.01)
    assert process.exitcode is None, Path("err.txt").read_text()[-3000:]
    return process


def test_local_ledger_keeps_the_lock_of_a_suspended_upload(command, platform) -> None:
    sandbox = platform(latency=(0.01, 0.02))
    Path("map.yaml").write_text(MAPPING)
    file = write_csv(Path("a.csv"), people(12))
    asleep = suspended(file, Path("home").absolute(), 5)
    try:
        run = query_ledger(Path("home"), "SELECT id FROM run")[0][0]
        refused = command("resolve", run, "--rows", "all", "--not-sent")
        again = command("upload", file, "-m", "map.yaml")
    finally:
        os.kill(asleep.pid, signal.SIGCONT)
    assert [(ran.code, "Another uploader is working on a.csv" in ran.err) for ran in (refused, again)] == [
        (2, True)
    ] * 2
    assert finish(asleep) == 0, Path("err.txt").read_text()[-3000:]
    assert len(sandbox.received) == len({lead.fields for lead in sandbox.received}) == 12


def test_permits_of_a_suspended_upload_are_not_used_after_their_window(platform, monkeypatch) -> None:
    sandbox = platform(limit="6/4")
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", "6/4")
    Path("map.yaml").write_text(MAPPING)
    leads = people(12)
    asleep = suspended(write_csv(Path("a.csv"), leads[:5]), Path("home").absolute(), 4, TIMEOUT="0.5")
    time.sleep(0.5 + 4)  # the longest request, and the window
    before = len(sandbox.received)
    other = start(["upload", write_csv(Path("b.csv"), leads[5:]), "-m", "map.yaml"])
    try:
        # The others follow at once, as far as the limit allows.
        until(lambda: len(sandbox.received) > before or other.exitcode is not None, "another request", interval=0.01)
        assert other.exitcode is None, Path("err.txt").read_text()[-3000:]
    finally:
        os.kill(asleep.pid, signal.SIGCONT)
    assert [finish(process) for process in (other, asleep)] == [0, 0], Path("err.txt").read_text()[-3000:]
    assert 429 not in {status for _, _, status in sandbox.log}
    arrivals = sorted(at for at, _, _ in sandbox.log)
    assert all(later - first >= 4 for first, later in zip(arrivals, arrivals[6:], strict=False))
    assert len(sandbox.received) == 12


def test_machine_that_wakes_does_not_send_what_others_have_sent_meanwhile(on, platform, server) -> None:
    """The database ends the session of a machine that sleeps, and with it the lock of its run."""
    sandbox = platform(latency=(0.01, 0.02))
    file = write_csv(Path("a.csv"), people(12))
    asleep = suspended(file, home_of("A"), 5)
    kill_sessions(server.url())
    ((run,),) = query_team(server.url(), "SELECT id FROM run")
    time.sleep(LONG_ENOUGH)  # what has left has arrived, too
    arrived = {dict(lead.fields)["email"] for lead in sandbox.received}
    try:
        for (row,) in query_team(server.url(), "SELECT row FROM known WHERE outcome = 'unknown'"):
            way = "--accepted" if people(12)[row - 2][2] in arrived else "--not-sent"
            assert on("B", "resolve", run, "--rows", row, way).code == 0
        assert len(arrived) < 12
        assert finish(start(["resume", run], HOME=str(home_of("B")))) == 0, Path("err.txt").read_text()[-3000:]
    finally:
        os.kill(asleep.pid, signal.SIGCONT)
    assert finish(asleep) == 5, Path("err.txt").read_text()[-3000:]
    stored = Counter(dict(lead.fields)["email"] for lead in sandbox.received)
    assert {email: times for email, times in stored.items() if times > 1} == {}
    assert len(stored) == 12
    known = dict(query_team(server.url(), "SELECT outcome, count(*) FROM known GROUP BY outcome"))
    assert known["accepted"] == 12
