"""A machine is suspended between the commit of an attempt and its request, and wakes when others have taken over."""

import os
import signal
import time
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from tests.crash.process import finish, start
from tests.support.files import people, write_csv
from tests.support.postgres import kill_sessions, query_team
from tests.support.team import home_of

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="SIGSTOP and fork are POSIX's")]

LONG_ENOUGH = 1.0  # seconds: longer than the delay that the step of the process allows


def suspended(file: Path, home: Path, number: int, **settings: str) -> BaseProcess:
    """Upload a file until the process is suspended with its `number`-th lead about to leave."""
    process = start(["upload", file, "-m", "map.yaml"], "suspended", number, HOME=str(home), **settings)
    while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert process.exitcode is None
        time.sleep(0.01)
    return process


def test_machine_that_wakes_does_not_send_what_others_have_sent_meanwhile(on, platform, server) -> None:
    """The database ends the session of a machine that sleeps, and with it the lock of its run."""
    sandbox = platform(latency=(0.01, 0.02))
    file = write_csv(Path("a.csv"), people(12))
    asleep = suspended(file, home_of("A"), 5)
    kill_sessions(server.url())
    ((run,),) = query_team(server.url(), "SELECT id FROM run")
    try:
        resolved = on("B", "resolve", run, "--rows", "all", "--not-sent")
        assert resolved.code == 0, resolved
        assert finish(start(["resume", run], HOME=str(home_of("B")))) == 0, Path("err.txt").read_text()[-3000:]
        time.sleep(LONG_ENOUGH)
    finally:
        os.kill(asleep.pid, signal.SIGCONT)
    assert finish(asleep) == 5, Path("err.txt").read_text()[-3000:]
    stored = Counter(dict(lead.fields)["email"] for lead in sandbox.received)
    assert {email: times for email, times in stored.items() if times > 1} == {}
    assert len(stored) == 12
    known = dict(query_team(server.url(), "SELECT outcome, count(*) FROM known GROUP BY outcome"))
    assert known["accepted"] == 12
