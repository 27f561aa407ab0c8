"""How often the database is asked for each lead: over a link with 40 ms, that decides how fast a machine can send."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.ledger_records import machines, mark
from tests.support.postgres import shared_server
from tests.support.slow_link import Link, link
from uploader.core.model import Outcome, RowState
from uploader.core.rate_limit import Window
from uploader.ledger.postgres.ledger import PostgresLedger

WORKERS = range(2, 10)
WINDOWS = [Window("", 100, 60.0), Window("lead", 100, 60.0)]


@contextmanager
def counted(url: str) -> Iterator[tuple[PostgresLedger, Link]]:
    """A ledger with the run "run 0", and the link to it, which counts."""
    schema = url.rpartition("%3D")[2]
    with link(shared_server().socket) as network, machines(shared_server().url(schema, network.port), 1) as (ledger,):
        yield ledger, network


async def test_attempts_and_outcomes_of_all_workers_take_one_round_trip(url: str) -> None:
    with counted(url) as (ledger, network):
        attempts = [await ledger.attempts.intend("run 0", row, mark(row), "run 0") for row in WORKERS]
        before = network.round_trips
        with ledger.attempts._committing:  # all go into the next commit
            for attempt in attempts:
                ledger.attempts.answer(attempt, RowState(Outcome.ACCEPTED, "", "", attempt, 201))
            intends = [
                asyncio.ensure_future(ledger.attempts.intend("run 0", row + 8, mark(row + 8), "run 0"))
                for row in WORKERS
            ]
            await asyncio.sleep(0)
        assert None not in await asyncio.gather(*intends)
        assert network.round_trips - before == 1


async def test_permits_of_all_workers_take_one_round_trip(url: str, monkeypatch) -> None:
    with counted(url) as (ledger, network), ledger.permits(["acme"], 60.0) as permits:
        used = [(await permits.take("lead", WINDOWS)).permit for _ in WORKERS]
        before = network.round_trips
        monkeypatch.setattr(permits._background, "soon", lambda: None)
        for permit in used:
            permits.answered(permit)
        takes = [asyncio.ensure_future(permits.take("lead", WINDOWS)) for _ in WORKERS]
        await asyncio.sleep(0)
        await asyncio.to_thread(permits._exchange)
        assert all(decision.is_granted for decision in await asyncio.gather(*takes))
        assert network.round_trips - before == 1
