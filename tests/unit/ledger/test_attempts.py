"""Attempts and outcomes share commits; who waits for one learns whether it was made."""

import asyncio
from pathlib import Path

import apsw
import pytest

from tests.support.ledger_records import mark, send
from uploader.core.messages import INTERRUPTED_BEFORE_SENT
from uploader.core.model import Outcome, RowState
from uploader.ledger import Ledger, LedgerError, RepeatedId, open_ledger


@pytest.fixture
def commits(monkeypatch) -> list[int]:
    """How many intents each commit had."""
    from uploader.ledger.sqlite.attempts import SqliteAttempts

    found: list[int] = []
    commit = SqliteAttempts._commit

    def counting(self: SqliteAttempts, intents: list) -> dict[int, int]:
        found.append(len(intents))
        return commit(self, intents)

    monkeypatch.setattr(SqliteAttempts, "_commit", counting)
    return found


async def intend_late(ledger: Ledger, row: int, turns: int) -> int | None:
    for _ in range(turns):
        await asyncio.sleep(0)
    return await ledger.attempts.intend("one", row, mark(row))


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([0, 0, 0], [3]),
        ([0, 1, 2, 3], [4]),
        ([0, 2, 4], [3]),  # each within two turns of the one before
        ([0, 3], [1, 1]),
    ],
)
async def test_what_comes_together_shares_a_commit(
    sqlite_ledger, commits, turns: list[int], expected: list[int]
) -> None:
    ids = await asyncio.gather(*(intend_late(sqlite_ledger, row, wait) for row, wait in enumerate(turns, 2)))
    assert commits == expected
    assert len(set(ids)) == len(turns)
    assert sqlite_ledger.attempts.newest() == max(ids)


async def test_outcomes_are_committed_without_anyone_waiting(opened, query) -> None:
    ledger, clock = opened
    attempt = await send(ledger, "one", 2)
    clock.now += 3
    ledger.attempts.answer(attempt, RowState(Outcome.REJECTED, "No.", "Fix it", None, 400))
    sql = (
        "SELECT attempt, came, outcome, status, lead_id, text, hint FROM answer "
        "LEFT JOIN reason ON reason.id = answer.reason"
    )
    while not (found := query(sql)):  # noqa: ASYNC110 - the database says nothing by itself
        await asyncio.sleep(0)
    assert found == [(attempt, clock.now, "rejected", 400, None, "No.", "Fix it")]
    assert ledger.attempts.newest() == attempt


def test_newest_attempt_of_an_empty_ledger(ledger) -> None:
    assert ledger.attempts.newest() == 0


async def test_error_reaches_everyone_who_waits_and_nothing_is_lost(sqlite_ledger, tmp_path: Path, monkeypatch) -> None:
    ledger = sqlite_ledger
    attempt = await send(sqlite_ledger, "one", 2)
    ledger.attempts.answer(attempt, RowState(Outcome.ACCEPTED, lead_id=7))
    monkeypatch.setattr("uploader.ledger.sqlite.database.BUSY_TIMEOUT", 0.01)
    other = apsw.Connection(str(tmp_path / "home" / "ledger.sqlite3"))
    other.execute("BEGIN IMMEDIATE")
    waiting = [asyncio.ensure_future(ledger.attempts.intend("one", row, None)) for row in (3, 4, 5)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in found] == [asyncio.CancelledError, LedgerError, LedgerError]
    other.close()
    assert await ledger.attempts.intend("one", 6, None) == attempt + 1
    assert list(ledger.rows.states("one", range(9))) == [2, 6]
    assert ledger.rows.states("one", [2])[2].lead_id == 7


async def test_caller_that_no_longer_waits_does_not_keep_others_waiting(ledger) -> None:
    waiting = [asyncio.ensure_future(ledger.attempts.intend("one", row, None)) for row in (2, 3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert isinstance(found[1], int)
    ledger.attempts.flush()
    states = ledger.rows.states("one", [2, 3])
    assert (2 not in states or states[2].outcome is Outcome.UNSENT, states[3].outcome) == (True, Outcome.UNKNOWN)


async def test_attempt_that_was_committed_as_its_caller_stopped_waiting_is_unsent(ledger) -> None:
    """It can't have been sent, so its outcome is known."""
    committed = asyncio.ensure_future(ledger.attempts.intend("one", 2, None))
    await asyncio.sleep(0)
    while not ledger.attempts.newest():  # noqa: ASYNC110 - the database says nothing by itself
        await asyncio.sleep(0)
    committed.cancel()
    await asyncio.gather(committed, return_exceptions=True)
    ledger.attempts.flush()
    state = ledger.rows.states("one", [2])[2]
    assert (state.outcome, state.reason) == (Outcome.UNSENT, INTERRUPTED_BEFORE_SENT)


async def test_attempt_is_not_recorded_once_no_one_waits_for_it(sqlite_ledger) -> None:
    """It can't be sent any more, and the run's report may say so already."""
    waiting = asyncio.ensure_future(sqlite_ledger.attempts.intend("one", 2, None))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    sqlite_ledger.attempts.flush()  # as for the report
    assert await sqlite_ledger.attempts.intend("one", 3, None)
    assert list(sqlite_ledger.rows.states("one", [2, 3])) == [3]


async def test_bug_in_a_commit_keeps_no_one_waiting(sqlite_ledger, monkeypatch) -> None:
    problems: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context["exception"]))
    bug = ZeroDivisionError("a bug")

    def fail(self: object, intents: object) -> None:
        raise bug

    monkeypatch.setattr("uploader.ledger.sqlite.attempts.SqliteAttempts._commit", fail)
    waiting = [sqlite_ledger.attempts.intend("one", row, None) for row in (2, 3)]
    async with asyncio.timeout(5):
        assert await asyncio.gather(*waiting, return_exceptions=True) == [bug, bug]
    assert problems == [bug]


@pytest.mark.parametrize(
    ("first", "second", "outcome", "lead_id"),
    [
        (Outcome.ACCEPTED, Outcome.UNKNOWN, Outcome.UNKNOWN, None),
        (Outcome.REJECTED, Outcome.UNKNOWN, Outcome.UNKNOWN, None),
        (Outcome.ACCEPTED, Outcome.REJECTED, Outcome.ACCEPTED, 7),
        (Outcome.UNKNOWN, Outcome.ACCEPTED, Outcome.UNKNOWN, None),
    ],
)
async def test_second_outcome_can_only_take_the_first_back(ledger, first, second, outcome, lead_id) -> None:
    attempt = await send(ledger, "one", 2)
    for said in (first, second):
        known = 7 if said is Outcome.ACCEPTED else None
        ledger.attempts.answer(attempt, RowState(said, f"as {said}", lead_id=known))
        ledger.attempts.flush()
    state = ledger.rows.states("one", [2])[2]
    assert (state.outcome, state.lead_id, state.reason) == (outcome, lead_id, f"as {outcome}")


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.UNKNOWN])
async def test_ignored_attempt_does_not_count_as_sent_but_a_later_one_does(ledger, outcome) -> None:
    first = await send(ledger, "other", 9, outcome, lead=5)
    assert await ledger.attempts.intend("one", 2, mark(5), "one") is None
    assert await ledger.attempts.intend("one", 2, mark(5), "one", ignored_until=first) is not None
    assert await ledger.attempts.intend("other", 3, mark(5), "one", ignored_until=first) is None


@pytest.mark.parametrize(
    ("run", "row", "outcome", "family", "until", "is_sent"),
    [
        ("other", 9, Outcome.ACCEPTED, None, 0, True),
        ("other", 9, Outcome.ACCEPTED, "one", 0, False),
        ("other", 9, None, "one", 0, False),
        ("other", 9, Outcome.REJECTED, "one", 0, True),
        ("other", 2, Outcome.ACCEPTED, "one", 0, False),
        ("two", 2, Outcome.ACCEPTED, "one", 0, True),
        ("two", 9, Outcome.ACCEPTED, "one", 0, False),
        ("other", 9, None, "one", 1, True),
        ("other", 9, None, "one", 99, True),
        ("other", 9, Outcome.ACCEPTED, "one", 99, False),
    ],
)
async def test_lead_that_another_process_has_sent_is_not_sent(
    ledger, run, row, outcome, family, until, is_sent
) -> None:
    await send(ledger, run, row, outcome, lead=5)
    attempt = await ledger.attempts.intend("one", 2, mark(5), family, until)
    assert (attempt is not None) is is_sent
    assert await ledger.attempts.intend("one", 3, mark(6), family, until) is not None
    assert await ledger.attempts.intend("one", 4, None, family, until) is not None


async def test_unknown_attempt_made_later_still_counts(ledger) -> None:
    first = await send(ledger, "other", 8)
    await send(ledger, "other", 9, lead=5)
    assert await ledger.attempts.intend("one", 2, mark(5), "one", first) is None


@pytest.mark.parametrize(
    ("scope", "lead_id", "is_repeated"), [("acme", 55, True), ("acme", 56, False), ("b", 55, False)]
)
async def test_lead_id_that_another_lead_of_the_enterprise_has_is_recorded_as_doubted(
    ledger, scope, lead_id, is_repeated
) -> None:
    await send(ledger, "one", 2, Outcome.ACCEPTED, lead_id=55)
    attempt = await ledger.attempts.intend("other", 3, mark(3))
    doubted = RowState(Outcome.UNKNOWN, "the same id", "look", status=201)
    ledger.attempts.answer(attempt, RowState(Outcome.ACCEPTED, lead_id=lead_id, status=201), RepeatedId(scope, doubted))
    ledger.attempts.flush()
    state = ledger.rows.states("other", [3])[3]
    expected = (Outcome.UNKNOWN, "the same id", None) if is_repeated else (Outcome.ACCEPTED, "", lead_id)
    assert (state.outcome, state.reason, state.lead_id) == expected


async def test_outcome_is_kept_although_nothing_says_whether_its_id_is_repeated(sqlite_ledger, monkeypatch) -> None:
    ledger, repeated = sqlite_ledger, RepeatedId("acme", RowState(Outcome.UNKNOWN, "repeated"))
    attempt = await ledger.attempts.intend("one", 2, None)

    def fail(*_: object) -> bool:
        raise LedgerError("The disk is away.")

    monkeypatch.setattr(ledger.rows, "has_lead_id", fail)
    with pytest.raises(LedgerError):
        ledger.attempts.answer(attempt, RowState(Outcome.ACCEPTED, lead_id=7), repeated)
    ledger.attempts.flush()
    assert ledger.rows.states("one", [2])[2].lead_id == 7


async def test_closing_commits_the_outcomes_of_a_command_that_was_canceled(sqlite_ledger, tmp_path: Path) -> None:
    attempt = await sqlite_ledger.attempts.intend("one", 2, None)
    sqlite_ledger.attempts.answer(attempt, RowState(Outcome.ACCEPTED, lead_id=7))
    sqlite_ledger.close()
    with open_ledger(tmp_path / "home") as ledger:
        assert ledger.rows.states("one", [2])[2].lead_id == 7
