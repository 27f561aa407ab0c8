"""What users decided: which decision counts, and which can still be changed."""

import pytest

from tests.support.ledger_records import mark, send
from uploader.core.model import Decision, Outcome, RowState
from uploader.core.validation_result import LeadResult, Validity
from uploader.ledger import Ledger


def decide(ledger: Ledger, attempt: int, outcome: Outcome, lead_id: int | None = None) -> None:
    ledger.decisions.record("ann", [(attempt, RowState(outcome, f"as {outcome}", "a hint", lead_id))])


async def test_latest_decision_counts(opened, query) -> None:
    ledger, clock = opened
    attempt, other = await send(ledger, "one", 2), await send(ledger, "two", 2)
    await send(ledger, "one", 3)
    await send(ledger, "other", 2)
    sent = clock.now
    decide(ledger, attempt, Outcome.ACCEPTED, 7)
    decide(ledger, attempt, Outcome.UNSENT)
    decide(ledger, other, Outcome.FAILED)
    state = RowState(Outcome.UNSENT, "as unsent", "a hint", 7, None, 1, sent)
    assert ledger.decisions.latest("one") == {
        ("one", 2): Decision(state._replace(lead_id=None), was_accepted=True),
        ("two", 2): Decision(RowState(Outcome.FAILED, "as failed", "a hint", None, None, 1, sent), was_accepted=False),
    }
    assert ledger.decisions.latest("other") == {}
    assert ledger.rows.states("one", [2])[2].outcome is Outcome.UNSENT
    assert query("SELECT DISTINCT who, made FROM decision") == [("ann", clock.now)]


async def test_decision_about_a_row_that_was_sent_again_is_history(opened) -> None:
    ledger, clock = opened
    attempt = await send(ledger, "one", 2)
    decide(ledger, attempt, Outcome.UNSENT)
    assert [one.attempt for one in ledger.decisions.revisable("one")] == [attempt]
    clock.now += 1
    await send(ledger, "two", 3)
    assert [one.attempt for one in ledger.decisions.revisable("one")] == [attempt]
    await send(ledger, "one", 2, Outcome.ACCEPTED)
    assert ledger.decisions.latest("one") == {}
    assert ledger.decisions.revisable("one") == []


@pytest.mark.parametrize(
    ("response", "validity", "is_revisable"),
    [
        (None, None, True),
        (Outcome.UNKNOWN, None, True),
        (Outcome.UNKNOWN, Validity.PENDING, True),
        (Outcome.UNKNOWN, Validity.VALID, False),
        (Outcome.UNKNOWN, Validity.INVALID, False),
        (Outcome.ACCEPTED, None, False),
    ],
)
async def test_decision_can_be_changed_until_the_platform_says_otherwise(
    opened, response, validity, is_revisable: bool
) -> None:
    ledger, _ = opened
    attempt = await send(ledger, "one", 2)
    decide(ledger, attempt, Outcome.ACCEPTED, 7)
    if response:
        ledger.attempts.answer(attempt, RowState(response, lead_id=7 if response is Outcome.ACCEPTED else None))
        ledger.attempts.flush()
    for scope, other_lead in [("acme", 8), ("bcme", 7)]:
        ledger.results.record(scope, other_lead, LeadResult(Validity.VALID, "", ""))
    if validity:
        ledger.results.record("acme", 7, LeadResult(validity, "", ""))
    expected = [("one", 2, attempt, 7, mark(2))] if is_revisable else []
    assert [tuple(one) for one in ledger.decisions.revisable("one")] == expected
    assert ledger.decisions.revisable("other") == []


async def test_platforms_acceptance_counts_before_a_decision(opened) -> None:
    ledger, _ = opened
    attempt = await send(ledger, "one", 2, Outcome.ACCEPTED, 7)
    decide(ledger, attempt, Outcome.UNSENT)
    assert ledger.rows.states("one", [2])[2].outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.UNSENT])
async def test_decision_counts_before_an_unknown_response(opened, outcome: Outcome) -> None:
    ledger, _ = opened
    attempt = await send(ledger, "one", 2, Outcome.UNKNOWN)
    lead_id = 7 if outcome is Outcome.ACCEPTED else None
    decide(ledger, attempt, outcome, lead_id)
    state = ledger.rows.states("one", [2])[2]
    assert (state.outcome, state.lead_id, state.reason, state.status) == (outcome, lead_id, f"as {outcome}", 400)
    (decision,) = ledger.decisions.latest("one").values()
    assert decision.state == state
    assert ledger.rows.unknown("one") == {}
    assert len(ledger.rows.earlier_by_row("one", [2])) == (outcome is Outcome.ACCEPTED)
