"""What is known of rows and leads, from attempts, responses and duplicates."""

import pytest

from tests.support.ledger_records import mark, send
from uploader.core.messages import NO_RESPONSE_RECORDED, UNKNOWN_OUTCOME_HINT
from uploader.core.model import Outcome, RowState
from uploader.ledger import DuplicateMark


async def test_state_is_that_of_the_last_attempt(opened) -> None:
    ledger, clock = opened
    for outcome in (Outcome.FAILED, Outcome.FAILED, Outcome.REJECTED):
        clock.now += 10
        await send(ledger, "one", 2, outcome)
    assert ledger.rows.states("one", [2, 3]) == {
        2: RowState(Outcome.REJECTED, "reason 2", "hint 2", None, 400, attempts=3, sent=clock.now)
    }
    assert ledger.rows.states("two", [2]) == {}


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.FAILED, Outcome.UNSENT])
async def test_row_is_no_duplicate_of_an_attempt_that_was_not_accepted(ledger, outcome: Outcome) -> None:
    """Another upload had the lead in flight, and its response has come since."""
    await send(ledger, "other", 2, outcome)
    assert await ledger.rows.mark_sent_meanwhile("one", DuplicateMark(3, "why", ""), mark(2)) is None
    assert ledger.rows.states("one", [3]) == {}


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, None])
async def test_row_is_marked_with_the_attempt_that_may_have_created_its_lead(ledger, outcome: Outcome | None) -> None:
    attempt = await send(ledger, "other", 2, outcome)
    earlier = await ledger.rows.mark_sent_meanwhile("one", DuplicateMark(3, "why", ""), mark(2))
    assert earlier is not None
    assert (earlier.attempt, earlier.outcome) == (attempt, outcome or Outcome.UNKNOWN)
    assert ledger.rows.states("one", [3])[3].outcome == (Outcome.DUPLICATE if outcome else Outcome.UNKNOWN)


async def test_attempt_without_a_response_says_so(opened) -> None:
    ledger, clock = opened
    await send(ledger, "one", 2)
    assert ledger.rows.states("one", [2]) == {
        2: RowState(Outcome.UNKNOWN, NO_RESPONSE_RECORDED, UNKNOWN_OUTCOME_HINT, None, None, 1, clock.now)
    }


@pytest.mark.parametrize("part", [{"reason": "why"}, {"hint": "what to do"}, {}])
async def test_reason_and_hint_are_kept_as_they_are(ledger, part) -> None:
    attempt = await ledger.attempts.intend("one", 2, None)
    ledger.attempts.answer(attempt, RowState(Outcome.REJECTED, **part))
    ledger.attempts.flush()
    state = ledger.rows.states("one", [2])[2]
    assert (state.reason, state.hint) == (part.get("reason", ""), "" if "reason" not in part else part.get("hint", ""))


@pytest.mark.parametrize(
    ("earlier", "outcome", "words"),
    [
        (Outcome.ACCEPTED, Outcome.DUPLICATE, "already accepted"),
        (None, Outcome.UNKNOWN, "with an unknown outcome"),
        (Outcome.REJECTED, Outcome.UNSENT, "was being sent by run other and failed"),
    ],
)
async def test_duplicate_follows_the_earlier_attempt(ledger, earlier, outcome, words: str) -> None:
    attempt = await send(ledger, "other", 7, earlier, 55 if earlier is Outcome.ACCEPTED else None)
    ledger.rows.mark_duplicates("one", [DuplicateMark(2, "a reason", "a hint", attempt)])
    state = ledger.rows.states("one", [2])[2]
    assert (state.outcome, state.attempts, words in state.reason) == (outcome, 0, True)
    assert ledger.rows.states("one", [3]) == ledger.rows.states("two", [2]) == {}


async def test_duplicate_of_a_row_of_the_same_file_has_its_own_reason(ledger) -> None:
    ledger.rows.mark_duplicates("one", [DuplicateMark(2, "first", "a hint"), DuplicateMark(3, "as row 2", "none")])
    ledger.rows.mark_duplicates("one", [DuplicateMark(2, "second", "a hint")])
    assert ledger.rows.states("one", [2, 3]) == {
        2: RowState(Outcome.DUPLICATE, "second", "a hint"),
        3: RowState(Outcome.DUPLICATE, "as row 2", "none"),
    }


@pytest.mark.parametrize(
    ("own", "earlier", "outcome", "attempts"),
    [
        (Outcome.FAILED, Outcome.ACCEPTED, Outcome.DUPLICATE, 1),
        (Outcome.FAILED, None, Outcome.UNKNOWN, 1),
        (Outcome.FAILED, Outcome.REJECTED, Outcome.FAILED, 1),
        (Outcome.ACCEPTED, Outcome.ACCEPTED, Outcome.ACCEPTED, 1),
        (None, Outcome.ACCEPTED, Outcome.UNKNOWN, 1),
    ],
)
async def test_duplicate_mark_replaces_only_what_would_be_sent_again(ledger, own, earlier, outcome, attempts) -> None:
    attempt = await send(ledger, "other", 7, earlier)
    await send(ledger, "one", 2, own)
    ledger.rows.mark_duplicates("one", [DuplicateMark(2, "", "", attempt)])
    state = ledger.rows.states("one", [2])[2]
    assert (state.outcome, state.attempts) == (outcome, attempts)
    assert ("other" in state.reason or "leads.csv" in state.reason) is (own is Outcome.FAILED and outcome is not own)


async def test_duplicates_are_compared_with_what_was_sent_before(ledger) -> None:
    """An attempt counts while its lead may exist; an earlier row of the file has none."""
    outcomes = {2: Outcome.ACCEPTED, 3: None, 4: Outcome.FAILED}
    marks = [
        DuplicateMark(row, "", "", await send(ledger, "other", 10 + row, outcome, None, row))
        for row, outcome in outcomes.items()
    ]
    ledger.rows.mark_duplicates("one", [*marks, DuplicateMark(5, "", "")])
    found = ledger.rows.marked_duplicates("one", [2, 3, 4, 5, 6])
    assert {row: earlier and (earlier.run, earlier.row, earlier.fingerprint) for row, earlier in found.items()} == {
        2: ("other", 12, mark(2)),
        3: ("other", 13, mark(3)),
        4: None,
        5: None,
    }
    assert ledger.rows.marked_duplicates("one", [3])[3].outcome is Outcome.UNKNOWN
    assert ledger.rows.marked_duplicates("two", [2]) == {}


async def test_rows_that_a_resumed_run_leaves_alone_in_order_of_sending(ledger) -> None:
    for row, outcome in [(9, "accepted"), (4, "failed"), (3, "unsent"), (2, "rejected"), (5, None), (4, "accepted")]:
        await send(ledger, "one", row, outcome and Outcome(outcome))
    await send(ledger, "one", 9, Outcome.FAILED)
    await send(ledger, "other", 8, Outcome.ACCEPTED)
    assert ledger.rows.sent("one") == [2, 5, 4]


async def test_lead_was_sent_before_if_it_may_exist(ledger) -> None:
    for lead, outcomes in enumerate([["accepted"], [None], ["accepted", None], [None, "accepted"], ["rejected"]], 1):
        for at, outcome in enumerate(outcomes):
            await send(ledger, "other", 10 * lead + at, outcome and Outcome(outcome), None, lead)
    found = ledger.rows.earlier_by_fingerprint([mark(lead) for lead in range(1, 7)])
    assert {lead: found[mark(lead)].row for lead in range(1, 7) if mark(lead) in found} == {1: 10, 2: 20, 3: 30, 4: 41}
    assert ledger.rows.earlier_by_fingerprint([]) == {}
    by_row = ledger.rows.earlier_by_row("other", [10, 20, 50, 60])
    assert {row: [one.outcome for one in found] for row, found in by_row.items()} == {10: ["accepted"], 20: ["unknown"]}
    assert by_row[10][0].fingerprint == mark(1)
    assert ledger.rows.earlier_by_row("one", [10, 20]) == {}


async def test_accepted_attempt_at_a_row_counts_before_an_unknown_one(ledger) -> None:
    await send(ledger, "one", 2, Outcome.ACCEPTED, 55)
    await send(ledger, "two", 2)
    newer = await send(ledger, "two", 2, Outcome.ACCEPTED, 56, lead=9)
    found = ledger.rows.earlier_by_row("one", [2])[2]
    assert [one.lead_id for one in found] == [None, 55, 56]
    assert (found[-1].attempt, found[-1].fingerprint) == (newer, mark(9))


async def test_rows_of_a_lead_are_those_of_one_upload(ledger) -> None:
    for run, row, lead in [("one", 2, 1), ("two", 3, 1), ("two", 3, 1), ("one", 4, 2), ("other", 5, 1)]:
        await send(ledger, run, row, Outcome.REJECTED, None, lead)
    marks = [mark(1), mark(2), mark(3)]
    assert ledger.rows.rows_by_fingerprint("one", marks) == {mark(1): {2, 3}, mark(2): {4}}
    assert ledger.rows.rows_by_fingerprint("other", marks) == {mark(1): {5}}
    found = [ledger.rows.rows_by_fingerprint("one", some) for some in ([mark(1)], [mark(3)], [])]
    assert found == [{mark(1): {2, 3}}, {}, {}]


async def test_unknown_rows_and_their_attempts(opened) -> None:
    ledger, clock = opened
    first = await send(ledger, "one", 2)
    second = await send(ledger, "two", 2)
    await send(ledger, "one", 3, Outcome.ACCEPTED)
    third = await send(ledger, "one", 4)
    await send(ledger, "other", 2)
    assert ledger.rows.unknown("one") == {2: (first, clock.now), 4: (third, clock.now)}
    assert [one.attempt for one in ledger.rows.earlier_by_row("one", [2])[2]] == [first, second]


async def test_ids_of_accepted_leads(ledger) -> None:
    await send(ledger, "one", 2, Outcome.ACCEPTED, 55)
    await send(ledger, "one", 3, Outcome.ACCEPTED)
    await send(ledger, "one", 4, Outcome.REJECTED)
    await send(ledger, "other", 5, Outcome.ACCEPTED, 56)
    assert [ledger.rows.has_lead_id("acme", lead_id) for lead_id in (55, 56, 57)] == [True, True, False]
    assert not ledger.rows.has_lead_id("bcme", 55)
    assert ledger.rows.lead_ids_by_row("one") == {2: 55}


async def test_id_that_a_later_decision_replaced_is_no_leads_own(ledger) -> None:
    attempt = await send(ledger, "one", 2)
    for lead_id in (7, 8):
        ledger.decisions.record("ann", [(attempt, RowState(Outcome.ACCEPTED, "looked", "", lead_id))])
    assert [ledger.rows.has_lead_id("acme", lead_id) for lead_id in (7, 8)] == [False, True]
    assert ledger.rows.lead_ids("acme") == {8}


async def test_slowest_responses(opened) -> None:
    ledger, clock = opened
    for row, seconds in [(2, 1.0), (3, 5.0), (4, 2.0), (5, 5.0), (2, 3.0)]:
        attempt = await send(ledger, "one", row)
        clock.now += seconds
        ledger.attempts.answer(attempt, RowState(Outcome.REJECTED))
        ledger.attempts.flush()
    await send(ledger, "one", 6)
    assert ledger.rows.slowest("one", 3) == [(3, 5.0), (5, 5.0), (2, 3.0)]
    assert len(ledger.rows.slowest("one")) == 4
    assert ledger.rows.slowest("other") == []
