"""A ledger of its own for a test, with a clock that the test moves."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.postgres import KEY, DatabaseClock, team_database_with_clock
from tests.support.runs import a_run
from uploader.core.model import Outcome, RowState
from uploader.ledger import Ledger, open_ledger
from uploader.ledger.postgres.ledger import PostgresLedger

MODULES_WITH_TIMES = ("attempts", "decisions", "ledger", "results", "runs")


class LedgerClock:
    """The time that a ledger records, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def time(self) -> float:
        return self.now


@contextmanager
def team_ledger_with_clock() -> Iterator[tuple[Ledger, DatabaseClock, str]]:
    """The same in PostgreSQL; yield also the address of the database."""
    with team_database_with_clock() as (url, clock), PostgresLedger(url, KEY) as ledger:
        _start_runs(ledger, clock)
        yield ledger, clock, url


def _start_runs(ledger: Ledger, clock: LedgerClock | DatabaseClock) -> None:
    for name, family in [("one", ""), ("two", "one"), ("other", "")]:
        ledger.runs.start(a_run(name, family))
        clock.now += 1


@contextmanager
def ledger_with_clock(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Ledger, LedgerClock]]:
    """Open a ledger with the runs "one" and "two" (a retry of it), and "other"."""
    clock = LedgerClock()
    for name in MODULES_WITH_TIMES:
        monkeypatch.setattr(f"uploader.ledger.sqlite.{name}.time", SimpleNamespace(time=clock.time))
    with open_ledger(home) as ledger:
        _start_runs(ledger, clock)
        yield ledger, clock


@contextmanager
def machines(url: str, number: int) -> Iterator[list[PostgresLedger]]:
    """Open a team's ledger on this many machines, each with a run of its own: "run 0", "run 1", …."""
    with ExitStack() as stack:
        opened = [stack.enter_context(PostgresLedger(url, KEY)) for _ in range(number)]
        for at, ledger in enumerate(opened):
            ledger.runs.start(a_run(f"run {at}"))
        yield opened


def mark(number: int) -> bytes:
    """A fingerprint."""
    return number.to_bytes(16, "big")


async def send(
    ledger: Ledger, run: str, row: int, outcome: Outcome | None = None, lead_id: int | None = None, lead: int = 0
) -> int:
    """Record an attempt, with an outcome unless it is None; return its id.

    The lead's fingerprint is `mark(lead)`; by default `mark(row)`.
    """
    attempt = await ledger.attempts.intend(run, row, mark(lead or row))
    assert attempt is not None
    if outcome:
        ledger.attempts.answer(attempt, RowState(outcome, f"reason {row}", f"hint {row}", lead_id, 400))
        ledger.attempts.flush()
    return attempt
