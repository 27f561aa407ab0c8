"""What of a local ledger is moved into a shared one, and what the local one refuses afterwards."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.ledger_records import ledger_with_clock, mark, send
from tests.support.runs import a_run
from uploader.core.model import Outcome, RowState
from uploader.core.validation_result import LeadResult, Validity
from uploader.ledger import DuplicateMark, LedgerError, SqliteLedger

PLACE = "postgresql://host/leads"
DECIDED = RowState(Outcome.ACCEPTED, "looked", "", 7)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch) -> Iterator[SqliteLedger]:
    """A ledger with the runs "one", "two" and "other", and "practice" in a sandbox."""
    with ledger_with_clock(tmp_path / "home", monkeypatch) as (ledger, _):
        ledger.runs.start(replace(a_run("practice"), scope="sandbox"))
        yield ledger


async def test_runs_in_a_sandbox_are_left_out(ledger: SqliteLedger) -> None:
    for run in ("practice", "one"):
        attempt = await send(ledger, run, 2, Outcome.UNKNOWN)
        ledger.decisions.record("ann", [(attempt, DECIDED)])
        ledger.rows.mark_duplicates(run, [DuplicateMark(3, "why", "", attempt)])
    for scope in ("sandbox", "acme"):
        ledger.results.record(scope, 7, LeadResult(Validity.VALID))
    ledger.runs.finish("other", {}, "stopped")
    export = ledger.export()
    assert [run.id for run, *_ in export.runs()] == ["one", "two", "other"]
    assert [run.id for run in export.unfinished()] == ["one", "two"]
    assert [(row[2], row[3]) for row in export.attempts()] == [("one", 2)]
    assert [len(list(rows)) for rows in (export.answers(), export.decisions(), export.duplicates())] == [1, 1, 1]
    assert [row[:2] for row in export.results()] == [("acme", 7)]
    assert export.live_attempts() == 1


async def test_one_attempt_holds_a_lead_and_keeps_its_token(ledger: SqliteLedger) -> None:
    for run, row, outcome, lead in [
        ("one", 2, Outcome.ACCEPTED, 1), ("two", 2, Outcome.ACCEPTED, 1), ("two", 3, Outcome.REJECTED, 1),
        ("other", 2, None, 2), ("other", 3, Outcome.FAILED, 3),
    ]:  # fmt: skip
        await send(ledger, run, row, outcome, lead=lead)
    unmarked = await ledger.attempts.intend("other", 9, None)
    found = list(ledger.export().attempts())
    assert [(number, holds) for number, *_, holds in found] == [
        (1, False), (2, True), (3, False), (4, True), (5, False), (unmarked, False),
    ]  # fmt: skip
    assert [row[4] for row in found] == [mark(1), mark(1), mark(1), mark(2), mark(3), None]
    assert len({row[1] for row in found}) == 6
    assert list(ledger.export().attempts()) == found
    other_key = ledger.export()
    other_key.key = bytes(32)
    assert not {row[1] for row in found} & {row[1] for row in other_key.attempts()}


async def test_moved_ledger_records_nothing_but_runs_in_a_sandbox(ledger: SqliteLedger) -> None:
    real, practice = await send(ledger, "one", 2), await send(ledger, "practice", 2)
    assert ledger.moved_to is None
    for _ in range(2):  # as when it is moved again
        ledger.export().close(PLACE)
        assert ledger.moved_to == PLACE
    with pytest.raises(LedgerError, match="it was moved into a shared ledger"):
        await ledger.attempts.intend("one", 3, None)
    for change in (
        lambda: ledger.runs.start(a_run("new")),
        lambda: ledger.runs.mark_resumed("one"),
        lambda: ledger.decisions.record("ann", [(real, DECIDED)]),
    ):
        with pytest.raises(LedgerError, match="it was moved into a shared ledger"):
            change()
    assert await ledger.attempts.intend("practice", 3, None) is not None
    ledger.runs.start(replace(a_run("new practice"), scope="sandbox"))
    ledger.runs.mark_resumed("practice")
    ledger.decisions.record("ann", [(practice, DECIDED)])
    assert ledger.rows.states("practice", [2])[2].outcome == "accepted"


def test_what_is_closed_in_a_context_that_fails_is_open_again(ledger: SqliteLedger) -> None:
    def fail() -> None:
        with ledger.export().frozen():
            ledger.export().close(PLACE)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert ledger.moved_to is None
    ledger.runs.start(a_run("new"))


@pytest.mark.parametrize(("scope", "outcome", "is_sent"), [
    ("acme", Outcome.ACCEPTED, True), ("acme", None, True), ("acme", Outcome.REJECTED, False),
    ("sandbox", Outcome.ACCEPTED, False),
])  # fmt: skip
async def test_lead_that_may_exist_on_a_platform_was_sent(
    ledger: SqliteLedger, scope: str, outcome, is_sent: bool
) -> None:
    assert not ledger.has_sent_leads
    await send(ledger, "one" if scope == "acme" else "practice", 2, outcome)
    assert ledger.has_sent_leads is is_sent
