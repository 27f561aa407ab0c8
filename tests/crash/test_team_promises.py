"""What a team is promised when a machine dies or the database does not answer, with the time that it may take."""

import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.crash.process import finish, start
from tests.support.files import people, write_csv
from tests.support.postgres import query_team
from tests.support.team import home_of, upload_on
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="SIGKILL and fork are POSIX's")]

PROMISED = 15.0  # seconds, by docs/team.md


def test_killed_run_is_shown_as_interrupted_elsewhere_and_its_file_is_free(on, platform, server) -> None:
    platform(latency=(0.01, 0.05))
    write_csv(Path("a.csv"), people(40))
    process = start(["upload", "a.csv", "-m", "map.yaml"], "after the send", 8, HOME=str(home_of("A")))
    assert finish(process) == -signal.SIGKILL
    until(lambda: f"interrupted on {socket.gethostname()}" in on("B", "runs").out, "its end", patience=PROMISED)
    ((run, row),) = query_team(server.url(), "SELECT run, min(row) FROM known WHERE outcome = 'unknown' GROUP BY run")
    assert on("B", "resolve", run, "--rows", "all", "--accepted").code == 0
    assert finish(start(["resume", run], HOME=str(home_of("A")))) == 0
    states = "SELECT outcome, count(*) FROM known GROUP BY outcome"
    assert query_team(server.url(), states) == [("accepted", 40)], row


@pytest.mark.parametrize("name", ["upload", "runs"])
def test_database_that_does_not_answer_ends_the_command_soon(on, platform, server, monkeypatch, name: str) -> None:
    sandbox = platform()
    file = write_csv(Path("a.csv"), people(3))
    with socket.socket() as silent:  # it takes connections, and says nothing
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        monkeypatch.setenv("UPLOADER_LEDGER", f"postgresql://ann@127.0.0.1:{silent.getsockname()[1]}/leads")
        began = time.monotonic()
        ran = on("A", *((name, file, "-m", "map.yaml") if name == "upload" else (name,)))
        took = time.monotonic() - began
    assert (ran.code, "The team's ledger cannot be used" in ran.err) == (5, True), ran
    assert took < PROMISED
    assert not sandbox.log


def test_two_machines_with_one_file_name_each_other(on, platform, server) -> None:
    sandbox = platform(latency=(0.2, 0.2))
    file = write_csv(Path("a.csv"), people(8))
    first = start(["upload", file, "-m", "map.yaml"], HOME=str(home_of("A")), TIMEOUT="60", CONCURRENCY="1")
    until(lambda: query_team(server.url(), "SELECT 1 FROM attempt") or first.exitcode is not None, "an attempt")
    assert first.exitcode is None, Path("err.txt").read_text()[-3000:]
    os.kill(first.pid, signal.SIGSTOP)  # it is in the middle of its work for as long as this takes
    try:
        ran = on("B", "upload", file, "-m", "map.yaml")
    finally:
        os.kill(first.pid, signal.SIGCONT)
    assert (ran.code, f" on {socket.gethostname()[:20]}" in ran.err, "a.csv" in ran.err) == (2, True, True), ran
    assert finish(first) == 0
    assert len(sandbox.received) == 8
    assert upload_on(on, "B", file)["counts"]["duplicate"] == 8
