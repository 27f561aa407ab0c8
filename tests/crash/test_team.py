"""Several machines share a ledger in PostgreSQL; they are killed, and so is the server.

`MACHINE_KILLS=100 SERVER_KILLS=50 pytest -m slow tests/crash/test_team.py` kills as often as docs/team.md says; that
takes a quarter of an hour.
"""

import asyncio
import os
import random
import signal
from collections import Counter
from multiprocessing.process import BaseProcess
from pathlib import Path

import psycopg
import pytest

from tests.crash.process import CONCURRENCY, finish, is_stopped, start
from tests.support.files import people, write_csv
from tests.support.ledger_records import machines, mark
from tests.support.postgres import query_team
from tests.support.slow_link import distant, link
from tests.support.team import home_of
from tests.support.waiting import until
from uploader.core.model import Outcome, RowState
from uploader.sandbox import Sandbox

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="SIGKILL and fork are POSIX's")]

MACHINES = 4
MACHINE_KILLS = int(os.environ.get("MACHINE_KILLS", "4"))
SERVER_KILLS = int(os.environ.get("SERVER_KILLS", "2"))
ROWS_A_KILL = 16


class Machine:
    """A machine that uploads the same leads as the others, in another order."""

    def __init__(self, number: int, leads: list[list[str]], url: str) -> None:
        self._url = url
        self._home = str(Path(f"home {number}").absolute())
        turn = number * len(leads) // MACHINES
        self._file = write_csv(Path(f"leads {number}.csv"), [*leads[turn:], *leads[:turn]])
        self.start()

    def start(self) -> None:
        """Upload the file, or continue its newest run."""
        run = "SELECT id FROM run WHERE file = ? ORDER BY started DESC LIMIT 1"
        found = query_team(self._url, run, (str(self._file.absolute()),))
        command = ["resume", found[0][0]] if found else ["upload", self._file, "-m", "map.yaml"]
        self._earlier = self._attempts()
        self.process: BaseProcess = start(command, HOME=self._home)

    def is_sending(self) -> bool:
        """Whether it has made an attempt since it was started."""
        return self._attempts() > self._earlier

    def suspend(self) -> bool:
        """Stop it where it is; return whether it has not ended before."""
        if self.process.exitcode is None:
            os.kill(self.process.pid, signal.SIGSTOP)
        until(lambda: is_stopped(self.process) or self.process.exitcode is not None, "the stop", interval=0.001)
        return self.process.exitcode is None

    def resume(self) -> None:
        """Let it continue."""
        os.kill(self.process.pid, signal.SIGCONT)

    def _attempts(self) -> int:
        attempts = "SELECT count(*) FROM attempt JOIN run ON run.id = attempt.run WHERE file = ?"
        return int(query_team(self._url, attempts, (str(self._file.absolute()),))[0][0])

    def restart(self) -> None:
        """Kill it, and continue its run."""
        self.process.kill()
        assert finish(self.process) == -signal.SIGKILL
        self.start()

    def finish(self) -> None:
        """Continue until the end."""
        while (code := finish(self.process)) not in {0, 6}:
            assert code in {5, -signal.SIGKILL}, (code, Path("err.txt").read_text()[-3000:])
            self.start()


def wait_for(sandbox: Sandbox, leads: int, processes: list[BaseProcess]) -> None:
    """Wait until the platform has this many leads, while one of the processes runs."""

    def has_them() -> bool:
        assert any(process.exitcode is None for process in processes), Path("err.txt").read_text()[-3000:]
        return len(sandbox.received) >= leads

    until(has_them, f"lead {leads}", interval=0.002)


def check(sandbox: Sandbox, url: str, leads: list[list[str]], max_unknown: int) -> None:
    """Compare what the platform stored with what the ledger knows."""
    stored = Counter(dict(lead.fields)["email"] for lead in sandbox.received)
    assert [email for email, times in stored.items() if times > 1] == [], "no lead is stored twice"
    known = Counter(dict(query_team(url, "SELECT outcome, count(*) FROM live GROUP BY outcome")))
    assert sum(known.values()) == len(leads), "every lead is accepted or unknown, once"
    assert known["accepted"] <= len(stored) <= len(leads), "accepted leads are stored"
    assert known["unknown"] <= max_unknown, "the unknown are few"
    ids = {number for (number,) in query_team(url, "SELECT lead_id FROM live WHERE outcome = 'accepted'")}
    assert ids <= {lead.lead_id for lead in sandbox.received}
    twice = "SELECT fingerprint FROM live GROUP BY fingerprint HAVING count(*) > 1"
    assert query_team(url, twice) == [], "no lead is granted twice"


def test_killed_machines_send_nothing_twice_and_lose_nothing(platform, server) -> None:
    rows, kills = ROWS_A_KILL * MACHINE_KILLS, MACHINE_KILLS
    chance = random.Random(20261128)
    sandbox = platform(latency=(0.001, 0.02))
    leads = people(rows)
    machines = [Machine(number, leads, server.url()) for number in range(MACHINES)]
    killed = 0
    while killed < kills:
        target = len(sandbox.received) + chance.randint(1, ROWS_A_KILL // 2)
        wait_for(sandbox, target, [machine.process for machine in machines])
        running = [machine for machine in machines if machine.suspend()]  # so that none ends before it is killed
        sending = [machine for machine in running if machine.is_sending()]
        victims = [chance.choice(sending)] if sending else []
        for machine in running:
            machine.restart() if machine in victims else machine.resume()
        killed += len(victims)
    for machine in machines:
        machine.finish()
    check(sandbox, server.url(), leads, CONCURRENCY * kills)


def test_killed_server_loses_no_attempt(platform, server) -> None:
    """Two machines upload; each stops with the rest unsent, and continues when the server is back."""
    rows, kills = ROWS_A_KILL * (SERVER_KILLS + 1), SERVER_KILLS
    chance = random.Random(20261128)
    sandbox = platform(latency=(0.001, 0.02))
    leads = people(rows)
    machines = [Machine(number, leads, server.url()) for number in range(2)]
    for kill in range(kills):
        target = (kill + 1) * rows // (kills + 1) + chance.randint(0, 3)
        wait_for(sandbox, target, [machine.process for machine in machines])
        assert any(machine.is_sending() for machine in machines)
        server.kill()
        server.start()
        with psycopg.connect(server.url()):
            pass
        for machine in machines:
            assert finish(machine.process) in {0, 5, 6}, Path("err.txt").read_text()[-3000:]
            machine.start()
    for machine in machines:
        machine.finish()
    check(sandbox, server.url(), leads, 2 * CONCURRENCY * kills)


async def test_killed_server_loses_no_outcome_beside_attempts_that_it_refused(server) -> None:
    """A commit of nothing waits for nothing, so the outcomes before it would not be on the disk."""
    with machines(server.url(), 2) as (one, other):
        assert await other.attempts.intend("run 1", 3, mark(3), "run 1")
        attempt = await one.attempts.intend("run 0", 2, mark(2), "run 0")
        with one.attempts._committing:  # both go into the next commit
            one.attempts.answer(attempt, RowState(Outcome.REJECTED, "no", "", None, 400))
            refused = asyncio.ensure_future(one.attempts.intend("run 0", 3, mark(3), "run 0"))
            await asyncio.sleep(0)
        assert await refused is None
        server.kill()
    server.start()
    found = query_team(server.url(), "SELECT row, outcome, holds FROM known JOIN attempt USING (id, row) ORDER BY row")
    assert found == [(2, "rejected", False), (3, "unknown", True)]


@pytest.mark.parametrize("what", ["server", "network"])
def test_upload_stops_when_the_database_no_longer_responds(platform, server, monkeypatch, what: str) -> None:
    """A stopped server and a dead network keep all connections open. Nothing is sent after what was in flight."""
    sandbox = platform(latency=(0.001, 0.02))
    with link(server.socket) as network:
        monkeypatch.setenv("UPLOADER_LEDGER", server.url(port=network.port))
        process = start(["upload", write_csv(Path("a.csv"), people(400)), "-m", "map.yaml"], "impatient", 1)
        wait_for(sandbox, 20, [process])
        try:
            network.freeze() if what == "network" else server.suspend()
            before = len(sandbox.received)
            code = finish(process)
        finally:
            server.resume()
        received = len(sandbox.received)
        assert code == 5, Path("err.txt").read_text()[-3000:]
        assert "The team's ledger cannot be used" in Path("err.txt").read_text()
    assert received <= before + CONCURRENCY < 400
    assert query_team(server.url(), "SELECT count(*) >= ? FROM live", (received,)) == [(True,)]


def test_machines_with_wrong_clocks_share_one_quota(platform, server, monkeypatch) -> None:
    """Over a link with 40 ms; one machine has died with permits that it holds. The platform never refuses a request."""
    limit = "40/4"
    sandbox = platform(limit=limit, latency=(0.005, 0.05))
    monkeypatch.setenv("UPLOADER_RATE_LIMIT", limit)
    leads = people(110)
    with distant(server.socket, 0.04) as port:
        monkeypatch.setenv("UPLOADER_LEDGER", server.url(port=port))
        parts = [write_csv(Path(f"{number}.csv"), leads[number :: MACHINES + 1]) for number in range(MACHINES + 1)]
        dead = start(["upload", parts.pop(), "-m", "map.yaml"], "after the send", 5, HOME=str(home_of("the dead one")))
        assert finish(dead) == -signal.SIGKILL
        ((held,),) = query_team(server.url(), "SELECT count(*) FROM permit WHERE NOT is_answered")
        assert 1 <= held <= CONCURRENCY
        processes = [
            start(["upload", part, "-m", "map.yaml"], "another clock", clock, HOME=str(home_of(str(clock))))
            for part, clock in zip(parts, (-300, 300, 7, 0), strict=True)
        ]
        assert [finish(process) for process in processes] == [0] * MACHINES, Path("err.txt").read_text()[-3000:]
    assert 429 not in {status for _, _, status in sandbox.log}
    arrivals = sorted(at for at, _, _ in sandbox.log)
    assert all(later - first >= 4 for first, later in zip(arrivals, arrivals[40:], strict=False))
