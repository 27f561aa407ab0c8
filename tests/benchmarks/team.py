"""The shared ledger, without a platform: rows a second, the use of a quota by four machines, and lookups.

`python -m tests.benchmarks.team [ROWS] [ROUND TRIP IN MS] [SECONDS] [LEADS]`. Each of eight workers takes a permit,
commits an attempt and its outcome, again and again; SQLite does the same beside it. Then four processes, each with
eight workers, use one quota of 50 requests a second for three windows of SECONDS: a request is counted when it is made.
A permit counts until one window after its response, so the shorter the window, the more of it is lost. Then LEADS leads
are looked up among as many attempts. The server is started for this, with the settings that PostgreSQL has by itself.
Each figure is given without a delay and over a link with this round trip.
"""

import asyncio
import multiprocessing
import os
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from multiprocessing.synchronize import Barrier
from pathlib import Path

import psycopg

from tests.benchmarks.measure import Line, show
from tests.support.postgres import KEY, team_server
from tests.support.runs import a_run
from tests.support.slow_link import distant
from uploader.core.model import Outcome, RowState
from uploader.core.rate_limit import Limiter, Window
from uploader.ledger import Ledger, open_ledger
from uploader.ledger.postgres.ledger import PostgresLedger

WORKERS = 8
PROCESSES = 4
WINDOWS = 3
REQUESTS_A_SECOND = 50  # of the quota
CHUNK = 1000  # rows, as the planner looks leads up

FILL = """
INSERT INTO attempt (token, run, row, fingerprint, holds)
SELECT gen_random_uuid(), 'one', n, decode(lpad(to_hex(n), 32, '0'), 'hex'), true FROM generate_series(1, %s) AS n
"""
FILL_SQLITE = """
WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
INSERT INTO attempt (run, row, fingerprint, sent) SELECT 'one', n, unhex(printf('%032x', n)), 1 FROM numbers
"""


class Clock:
    """The real one."""

    def now(self) -> float:
        return time.monotonic()

    def check(self) -> None:
        pass

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), seconds)


def main(rows: int = 5_000, milliseconds: int = 40, seconds: int = 20, leads: int = 1_000_000) -> list[Line]:
    """Rows a second, shares of a quota, and how many times as long as SQLite a lookup takes."""
    trip = f"{milliseconds} ms"
    with (
        team_server("max_connections = 100\n") as server,  # the settings that PostgreSQL has by itself
        distant(server.socket, milliseconds / 1000) as port,
        ExitStack() as stack,
    ):
        near, far = server.url(), server.url(port=port)
        local = stack.enter_context(open_ledger(Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"))
        local.runs.start(a_run("one"))
        lines = [Line("durable rows a second, SQLite", asyncio.run(drive(local, rows)), "rows/s")]
        for what, url, number in (("PostgreSQL", near, rows), (f"PostgreSQL, {trip}", far, rows // 5)):
            for quota in (False, True):
                _empty(near)
                with PostgresLedger(url, KEY) as ledger:
                    ledger.runs.start(a_run("one"))
                    words = f"durable rows a second, {what}{', with permits' if quota else ''}"
                    lines.append(Line(words, asyncio.run(drive(ledger, number, quota=quota)), "rows/s"))
        for what, url in ((f"{PROCESSES} machines", near), (f"{PROCESSES} machines, {trip}", far)):
            _empty(near)
            share, over = use_quota(url, seconds)
            lines += [Line(f"requests made of those possible, {what}", share, ""), Line("over the limit", over, "")]
        _empty(near)
        return [*lines, *_lookups(near, far, local, leads, trip)]


def _empty(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE run, attempt, answer, decision, result, duplicate, reason, permit, pause CASCADE")


async def drive(ledger: Ledger, rows: int, *, quota: bool = False) -> float:
    """Commit this many attempts and outcomes; return how many that were in a second."""
    numbers = iter(range(2, rows + 2))
    windows = [Window("", rows, 1000.0)] if quota else []
    with ledger.permits(["benchmark"], 60) as permits:
        limiter = Limiter(windows, permits, Clock())

        async def work() -> None:
            for row in numbers:
                permit = await limiter.permit("lead") if quota else None
                attempt = await ledger.attempts.intend("one", row, os.urandom(16), "one")
                assert attempt is not None
                await asyncio.sleep(0)
                ledger.attempts.answer(attempt, RowState(Outcome.ACCEPTED, "", "", row, 201))
                if permit:
                    limiter.answered(permit.id)

        begin = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(WORKERS)))
        ledger.attempts.flush()
        return rows / (time.perf_counter() - begin)


def use_quota(url: str, seconds: int, requests_a_second: int = REQUESTS_A_SECOND) -> tuple[float, int]:
    """Return the share of the possible requests that four processes make, and by how many a window was exceeded."""
    limit = requests_a_second * seconds
    context = multiprocessing.get_context("spawn")
    made: multiprocessing.Queue[list[float]] = context.Queue()
    ready = context.Barrier(PROCESSES)
    processes = [context.Process(target=_request, args=(url, limit, seconds, ready, made)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    arrivals = sorted(at for _ in processes for at in made.get())
    for process in processes:
        process.join()
    end = arrivals[0] + WINDOWS * seconds
    share = sum(at < end for at in arrivals) / (WINDOWS * limit)
    return share, most_over(arrivals, limit, seconds)


def most_over(arrivals: list[float], limit: int, seconds: float) -> int:
    """Return how many requests too many the fullest window of these sorted arrivals has; 0 if none is exceeded."""
    most, first = 0, 0
    for place, at in enumerate(arrivals):
        while arrivals[first] <= at - seconds:
            first += 1
        most = max(most, place - first + 1 - limit)
    return most


def _request(url: str, limit: int, seconds: int, ready: Barrier, made: "multiprocessing.Queue[list[float]]") -> None:
    """Make requests that take up to 50 ms until the windows are over."""
    arrivals: list[float] = []

    async def work(limiter: Limiter) -> None:
        while True:
            with await limiter.permit("lead"):
                arrivals.append(time.time())
                await asyncio.sleep(0.005 + 0.045 * os.urandom(1)[0] / 256)

    async def run() -> None:
        with PostgresLedger(url, KEY) as ledger, ledger.permits(["benchmark"], 60) as permits:
            limiter = Limiter([Window("", limit, float(seconds))], permits, Clock())
            ready.wait()
            tasks = [asyncio.create_task(work(limiter)) for _ in range(WORKERS)]
            await asyncio.wait(tasks, timeout=WINDOWS * seconds + 1)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    asyncio.run(run())
    made.put(arrivals)


def _lookups(near: str, far: str, local: Ledger, leads: int, trip: str) -> list[Line]:
    with PostgresLedger(near, KEY) as ledger, psycopg.connect(near, autocommit=True) as connection:
        ledger.runs.start(a_run("one"))
        connection.execute(FILL, (leads,))
        connection.execute("ANALYZE")
    local._database.write("DELETE FROM answer")  # type: ignore[attr-defined]
    local._database.write("DELETE FROM attempt")  # type: ignore[attr-defined]
    local._database.write(FILL_SQLITE, (leads,))  # type: ignore[attr-defined]
    sqlite = _looked_up(local, leads)
    with PostgresLedger(near, KEY) as ledger:
        postgres = _looked_up(ledger, leads)
    with PostgresLedger(far, KEY) as ledger:
        distant_time = _looked_up(ledger, min(leads, 100_000)) * leads / min(leads, 100_000)
    return [
        Line(f"looking {leads:,} leads up among as many attempts, SQLite", sqlite, "s"),
        Line("the same in PostgreSQL", postgres, "s"),
        Line("against SQLite", postgres / sqlite, "×"),
        Line(f"the same at {trip}", distant_time, "s"),
    ]


def _looked_up(ledger: Ledger, leads: int) -> float:
    begin = time.perf_counter()
    for first in range(1, leads + 1, CHUNK):
        wanted = [number.to_bytes(16, "big") for number in range(first, min(first + CHUNK, leads + 1))]
        assert len(ledger.rows.earlier_by_fingerprint(wanted)) == len(wanted)
    return time.perf_counter() - begin


if __name__ == "__main__":
    show(main(*map(int, sys.argv[1:])))
