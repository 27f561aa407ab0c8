"""What one commit of a team's ledger has, which of them wait for the disk, and what happens if one fails."""

import asyncio
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from tests.support.ledger_records import machines, mark
from tests.support.postgres import kill_sessions, query_team
from uploader.core.model import Outcome, RowState
from uploader.ledger import LedgerError, RepeatedId
from uploader.ledger.postgres import attempts as attempts_module
from uploader.ledger.postgres.attempts import DEADLOCKS, LONGEST_DELAY, PostgresAttempts
from uploader.ledger.postgres.commit import SOMETHING_TO_COMMIT, WITHOUT_WAITING_FOR_THE_DISK
from uploader.ledger.postgres.database import DeadlockError
from uploader.ledger.postgres.ledger import PostgresLedger

ACCEPTED = RowState(Outcome.ACCEPTED, "", "", 55, 201)
DOUBTED = RepeatedId("acme", RowState(Outcome.UNKNOWN, "the same id", "look", status=201))
KNOWN = "SELECT row, outcome, lead_id FROM known ORDER BY id"


async def together(ledger: PostgresLedger, answers: list[tuple[int, RowState]], *rows: int) -> list[int]:
    """Record outcomes and attempts in one commit."""
    with ledger.attempts._committing:
        for attempt, state in answers:
            ledger.attempts.answer(attempt, state)
        intends = [asyncio.ensure_future(ledger.attempts.intend("run 0", row, mark(row), "run 0")) for row in rows]
        await asyncio.sleep(0)
    return await asyncio.gather(*intends)


async def test_outcomes_wait_for_the_disk_unless_attempts_follow_that_do(url: str, statements: list[str]) -> None:
    with machines(url, 1) as (ledger,):
        assert ledger.attempts.longest_delay == LONGEST_DELAY
        statements.clear()
        first, second = await together(ledger, [], 2, 3)
        assert not {"BEGIN", WITHOUT_WAITING_FOR_THE_DISK, SOMETHING_TO_COMMIT} & {*statements}
        statements.clear()
        await together(ledger, [(first, ACCEPTED)], 4)
        waits = [WITHOUT_WAITING_FOR_THE_DISK, "COMMIT", SOMETHING_TO_COMMIT]
        assert [sql for sql in statements if sql in waits] == waits
        assert statements.index("BEGIN") < statements.index(WITHOUT_WAITING_FOR_THE_DISK)
        statements.clear()
        ledger.attempts.answer(second, ACCEPTED)
        ledger.attempts.flush()
        assert [sql for sql in statements if sql in {"BEGIN", *waits}] == ["BEGIN", "COMMIT"]
        statements.clear()
        ledger.attempts.flush()
        assert statements == []
        assert ledger._commits.read_one("SHOW synchronous_commit") == "on"
        assert query_team(url, KNOWN) == [(2, "accepted", 55), (3, "accepted", 55), (4, "unknown", None)]


async def test_outcomes_of_one_attempt_in_one_commit_are_written_in_order(url: str) -> None:
    with machines(url, 1) as (ledger,):
        first, second, third = await together(ledger, [], 2, 3, 4)
        unknown, failed = RowState(Outcome.UNKNOWN, "out of step"), RowState(Outcome.FAILED, "no")
        answers = [(third, ACCEPTED), (third, unknown), (second, failed), (second, ACCEPTED), (third, ACCEPTED)]
        answers += [(first, failed), (first, ACCEPTED), (third, failed)]
        await together(ledger, answers, 5)
        assert [row[:2] for row in query_team(url, KNOWN)] == [
            (2, "failed"), (3, "failed"), (4, "unknown"), (5, "unknown"),
        ]  # fmt: skip
        assert query_team(url, "SELECT row FROM attempt WHERE NOT holds ORDER BY row") == [(2,), (3,)]


async def test_next_commit_waits_a_share_of_a_round_trip_for_outcomes_of_attempts_in_flight(url, monkeypatch) -> None:
    with machines(url, 1) as (ledger,):
        now, waits, changed = iter(range(100, 1000, 8)), [], ledger.attempts._changed
        monkeypatch.setattr(attempts_module, "time", SimpleNamespace(monotonic=lambda: float(next(now))))
        monkeypatch.setattr(changed, "wait_for", lambda predicate, timeout: waits.append((predicate(), timeout)))
        first = await ledger.attempts.intend("run 0", 2, mark(2), "run 0")
        assert ledger.attempts._in_flight == {first}
        await ledger.attempts.intend("run 0", 3, mark(3), "run 0")
        assert waits == [(True, 0.0), (False, 2.0)]
        waits.clear()
        monkeypatch.setattr(ledger.attempts._background, "soon", lambda: None)
        for attempt in [*ledger.attempts._in_flight]:
            ledger.attempts.answer(attempt, ACCEPTED)
        ledger.attempts._commit_in_background()
        assert waits == [(True, 2.0)]
        assert [row[1] for row in query_team(url, KNOWN)] == ["accepted"] * 2


@pytest.mark.parametrize("deadlocks", [DEADLOCKS - 1, DEADLOCKS])
async def test_commit_that_met_a_deadlock_is_tried_again(url: str, monkeypatch, deadlocks: int) -> None:
    with machines(url, 1) as (ledger,):
        met, write = iter(range(deadlocks)), attempts_module._write

        def write_later(*args: object) -> object:
            if next(met, None) is not None:
                raise DeadlockError("two waited")
            return write(*args)

        monkeypatch.setattr(attempts_module, "_write", write_later)
        intend = ledger.attempts.intend("run 0", 2, mark(2), "run 0")
        if deadlocks < DEADLOCKS:
            assert await intend is not None
        else:
            with pytest.raises(LedgerError, match="machines wait for each other") as refused:
                await intend
            assert refused.value.hint == "Try again later."
        assert DEADLOCKS == 3
        assert query_team(url, "SELECT count(*) FROM attempt") == [(int(deadlocks < DEADLOCKS),)]


async def test_bug_reaches_everyone_who_waits(url: str, monkeypatch) -> None:
    with machines(url, 1) as (ledger,):
        with monkeypatch.context() as patch:
            patch.setattr(attempts_module, "_write", lambda *_: 1 / 0)
            intends = [ledger.attempts.intend("run 0", row, mark(row), "run 0") for row in (2, 3)]
            found = await asyncio.gather(*intends, return_exceptions=True)
        assert [type(one) for one in found] == [ZeroDivisionError] * 2
        assert await ledger.attempts.intend("run 0", 4, mark(4), "run 0") is not None


@pytest.fixture
def reconnected(monkeypatch) -> list[str]:
    """An entry for each time that outcomes were written over a new connection."""
    made, reconnect = [], PostgresLedger._reconnect

    @contextmanager
    def counted(self: PostgresLedger):
        made.append("made")
        with reconnect(self) as database:
            yield database

    monkeypatch.setattr(PostgresLedger, "_reconnect", counted)
    return made


async def test_outcome_with_the_id_of_another_lead_is_doubted_also_over_a_new_connection(url, reconnected) -> None:
    with machines(url, 2) as (one, other):
        taken = await other.attempts.intend("run 1", 9, mark(9), "run 1")
        other.attempts.answer(taken, ACCEPTED)
        other.attempts.flush()
        first, second = await together(one, [], 2, 3)
        kill_sessions(url)
        one.attempts.answer(first, ACCEPTED, DOUBTED)
        one.attempts.answer(second, ACCEPTED._replace(lead_id=56), DOUBTED)
        for _ in range(2):  # once is enough
            one.attempts.flush()
            assert reconnected == ["made"]
            assert query_team(url, KNOWN) == [(9, "accepted", 55), (2, "unknown", None), (3, "accepted", 56)]
        assert query_team(url, "SELECT text, hint FROM known JOIN reason ON reason.id = reason WHERE row = 2") == [
            ("the same id", "look")
        ]


async def test_doubt_is_written_with_the_next_commit(url: str, reconnected) -> None:
    with machines(url, 2) as (one, other):
        taken = await other.attempts.intend("run 1", 9, mark(9), "run 1")
        other.attempts.answer(taken, ACCEPTED)
        other.attempts.flush()
        first = await one.attempts.intend("run 0", 2, mark(2), "run 0")
        assert one.attempts.answer(first, ACCEPTED, DOUBTED) == ACCEPTED
        while query_team(url, KNOWN + " DESC LIMIT 1") != [(2, "unknown", None)]:  # noqa: ASYNC110 - it comes by itself
            await asyncio.sleep(0)
        one.attempts.flush()
        assert query_team(url, "SELECT text FROM known JOIN reason ON reason.id = reason") == [("the same id",)]
    assert reconnected == []


async def test_attempt_that_was_not_confirmed_is_looked_up_once(url: str, reconnected) -> None:
    with machines(url, 1) as (ledger,):
        kill_sessions(url)
        with pytest.raises(LedgerError):
            await ledger.attempts.intend("run 0", 2, mark(2), "run 0")
        ledger.attempts.flush()
        ledger.attempts.flush()
        assert reconnected == ["made"]
        assert query_team(url, KNOWN) == []


async def test_outcome_that_is_due_is_committed_before_the_ledger_is_closed(url: str) -> None:
    with machines(url, 1) as (ledger,):
        attempt = await ledger.attempts.intend("run 0", 2, mark(2), "run 0")
        with ledger.attempts._committing:
            ledger.attempts.answer(attempt, ACCEPTED)
    assert query_team(url, KNOWN) == [(2, "accepted", 55)]
    assert ledger._commits._connection.closed
    assert ledger._database._connection.closed


def test_new_attempts_have_nothing_to_write() -> None:
    connections: list[str] = []
    attempts = PostgresAttempts(SimpleNamespace(), lambda: connections.append("another"))
    attempts.flush()
    attempts.close()
    assert connections == []
