"""The cells that a report adds to a row: which of the report, the ledger and the user's decision counts."""

import pytest

from uploader.core.model import Decision, Outcome, RowState
from uploader.report import HEAD, TAIL
from uploader.report.lead_matcher import SentRow
from uploader.report.reported_cells import (
    NEW_ROW,
    NoEarlierRows,
    clean_number,
    has_proof,
    may_lack_run,
    repair_cells,
    sent_row,
    settled_place,
    without_id,
)

ACCEPTED = RowState(Outcome.ACCEPTED, "", "", 55, 201, 2, 0.0)
REJECTED = RowState(Outcome.REJECTED, "No.", "Fix it", None, 400, 1, 0.0)
SENT = {"upload_http_status": "400", "upload_attempts": "1", "upload_sent_at": "1970-01-01T00:00:00Z"}


def cells(word: str, **more: str) -> dict[str, str]:
    return dict.fromkeys((*HEAD, *TAIL), "") | {"upload_outcome": word} | more


def changes(before: dict[str, str], *facts: object, number: int = 0, is_known_run: bool = True) -> dict[str, str]:
    """What is different afterwards."""
    after = repair_cells(before, number, *facts, is_known_run=is_known_run)
    assert list(after) == list(before)
    return {name: text for name, text in after.items() if text != before[name]}


def test_lost_cells_come_back_from_the_ledger_and_others_stay() -> None:
    lost = {"upload_reason": "No.", "upload_hint": "Fix it", **SENT}
    assert changes(cells("rejected"), REJECTED, None) == lost
    kept = {"upload_reason": "its own words", "upload_hint": "its own hint", "upload_lead_id": "7"}
    assert changes(cells("rejected", **kept), REJECTED, None) == SENT
    assert changes(cells("rejected", upload_lead_id="5.5E+1"), REJECTED, None) == {**lost, "upload_lead_id": ""}
    assert changes(cells("rejected"), None, None) == {}


def test_rejected_row_that_was_filled_down_with_accepted_is_rejected_again() -> None:
    """Otherwise the lead is lost, and the report says that it got through."""
    filled = cells("accepted", upload_lead_id="55", upload_http_status="201", upload_attempts="1")
    changed = {"upload_outcome": "rejected", "upload_reason": "No.", "upload_hint": "Fix it", "upload_lead_id": ""}
    changed |= {"upload_http_status": "400", "upload_sent_at": "1970-01-01T00:00:00Z"}
    assert changes(filled, REJECTED, None) == changed


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.UNSENT, Outcome.SKIPPED, Outcome.FAILED])
def test_id_that_only_the_report_has_stays_unless_the_platform_refused_the_lead(outcome: Outcome) -> None:
    state = RowState(outcome, "why", attempts=1)
    assert changes(cells("#NAME?", upload_lead_id="7"), state, None) == {
        "upload_outcome": outcome.value, "upload_reason": "why", "upload_attempts": "1",
    }  # fmt: skip


@pytest.mark.parametrize("word", ["invalid", "unsent", "skipped", "duplicate", "failed"])
def test_cells_of_another_outcome_are_not_the_attempts(word: str) -> None:
    assert changes(cells(word), REJECTED, None) == {}


@pytest.mark.parametrize(
    ("word", "state", "is_known_run", "number", "outcome"),
    [
        (" Rejected ", None, True, 2, "rejected"),
        ("#NAME?", None, True, 2, "unsent"),
        ("#NAME?", None, True, 0, "#name?"),
        ("#NAME?", None, False, 2, "#name?"),
        ("#NAME?", REJECTED, True, 2, "rejected"),
        ("unsent", ACCEPTED, True, 2, "accepted"),
        ("unsent", REJECTED, True, 2, "unsent"),
        ("rejected", RowState(Outcome.UNKNOWN, attempts=1), True, 2, "unknown"),
        ("accepted", RowState(Outcome.UNKNOWN, attempts=1), True, 2, "accepted"),
        ("accepted", REJECTED, True, 2, "rejected"),
        ("accepted", RowState(Outcome.FAILED, attempts=1), True, 2, "accepted"),
        ("unknown", REJECTED, True, 2, "unknown"),
        ("unknown", RowState(Outcome.DUPLICATE), True, 2, "duplicate"),
        ("unknown", RowState(Outcome.UNSENT, attempts=1), True, 2, "unknown"),
    ],
)
def test_word_that_counts(word: str, state, is_known_run: bool, number: int, outcome: str) -> None:
    repaired = repair_cells(cells(word, upload_row="two"), number, state, None, is_known_run=is_known_run)
    assert repaired["upload_outcome"] == outcome
    assert repaired["upload_row"] == (str(number) if number else "two")


@pytest.mark.parametrize(
    ("word", "decided", "was_accepted", "is_replaced"),
    [
        ("accepted", Outcome.ACCEPTED, True, True),
        ("unknown", Outcome.FAILED, False, True),
        ("failed", Outcome.UNSENT, False, True),
        ("accepted", Outcome.UNSENT, True, True),
        ("accepted", Outcome.UNSENT, False, False),
        ("rejected", Outcome.ACCEPTED, True, False),
        ("duplicate", Outcome.ACCEPTED, True, False),
        ("accepted", None, True, False),
        ("unsent", None, False, False),
    ],
)
def test_decision_that_counts(word: str, decided: Outcome | None, was_accepted: bool, is_replaced: bool) -> None:
    """Without an id (None) the decision is the one that the report has already."""
    state = RowState(decided or Outcome(word), "decided", "as decided", 9 if decided else None)
    before = cells(word, upload_lead_id="77")
    decision = Decision(state, was_accepted)
    expected = {"upload_reason": "decided", "upload_hint": "as decided", "upload_lead_id": "9"}
    if decided and decided != word:
        expected["upload_outcome"] = str(decided)
    assert changes(before, None, decision) == (expected if is_replaced else {})
    without_id = repair_cells(before, 0, None, decision._replace(state=state._replace(lead_id=None)), is_known_run=True)
    assert without_id["upload_lead_id"] == ("" if is_replaced and decided != word else "77")


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("7", "7"), ("007", "007"), (" 7.0 ", "7"), ("1,234", "1234"), ("55,901.00", "55901"), ("'55901", "55901"),
        ("2,000", "2,000"), (" 5.59E+04 ", "5.59E+04"), ("###", "###"), (" ", ""), ("", ""), ("٧", "7"),
    ],
)  # fmt: skip
def test_clear_number_is_written_in_digits(text: str, cleaned: str) -> None:
    assert clean_number(text) == cleaned


REPEATED = RowState(Outcome.DUPLICATE, "the same lead as row 7 of this file")
EARLIER = RowState(Outcome.DUPLICATE, "already accepted as lead 7")


@pytest.mark.parametrize(
    ("word", "number", "state", "place"),
    [
        ("accepted", 2, ACCEPTED, SentRow("one", 2, is_settled=True)),
        ("Accepted", 2, None, SentRow("one", 2, is_settled=True)),
        ("rejected", 2, REJECTED, SentRow("one", 2)),
        ("unsent", 2, None, SentRow("one", 2)),
        ("nonsense", 2, None, SentRow("one", 2, is_settled=True)),
        ("accepted", 0, ACCEPTED, None),
        ("skipped", 2, None, None),
        ("duplicate", 2, None, None),
        ("Duplicate", 2, REPEATED, SentRow("one", 7)),
        ("duplicate", 2, EARLIER, SentRow("one", 2, is_settled=True)),
        ("accepted", 2, REPEATED, SentRow("one", 2, is_settled=True)),
    ],
)
def test_row_that_may_have_been_sent_with_another_lead(word: str, number: int, state, place: SentRow | None) -> None:
    assert sent_row(cells(word, upload_run="one"), number, state) == place


@pytest.mark.parametrize(
    ("word", "number", "is_settled"),
    [
        ("accepted", 2, True), ("unknown", 2, True), ("duplicate", 2, True), ("skipped", 2, True),
        ("rejected", 2, False), ("unsent", 2, False), ("invalid", 2, False), ("nonsense", 2, False),
        ("accepted", 0, False),
    ],
)  # fmt: skip
def test_place_of_a_row_that_is_not_sent_again(word: str, number: int, is_settled: bool) -> None:
    expected = SentRow("one", number, is_settled=True) if is_settled else None
    assert settled_place(cells(word, upload_run="one"), number) == expected


@pytest.mark.parametrize("known", [None, *Outcome])
@pytest.mark.parametrize("word", [one.value for one in Outcome])
def test_outcome_that_the_ledger_must_have(word: str, known: Outcome | None) -> None:
    enough = {"accepted": {"accepted", "unknown", "duplicate"}, "duplicate": {"duplicate"}}.get(word)
    assert has_proof(cells(word), known and RowState(known)) is (enough is None or known in enough)


@pytest.mark.parametrize(
    ("word", "run", "number", "is_possible"),
    [
        ("accepted", "", 2, True), ("accepted", "", 3, False), ("accepted", "", 0, True), ("accepted", "one", 3, True),
        ("rejected", "", 3, True), ("duplicate", "", 3, True),
    ],
)  # fmt: skip
def test_accepted_row_without_a_run_is_one_that_any_run_may_have_sent(word, run, number, is_possible: bool) -> None:
    assert may_lack_run(cells(word, upload_run=run), number, {2}) is is_possible


@pytest.mark.parametrize("state", [None, REJECTED])
def test_id_of_another_row_goes_with_the_outcome_that_came_with_it(state: RowState | None) -> None:
    before = cells("accepted", upload_lead_id="55", upload_run="one")
    after = without_id(before, state)
    assert after == {**before, "upload_lead_id": "", "upload_outcome": "" if state else "accepted"}


def test_new_row_has_nothing_of_the_one_whose_number_it_has() -> None:
    assert {name: text for name, text in cells("unsent").items() if name not in {"upload_row", "upload_run"}} == NEW_ROW


def test_without_a_ledger_nothing_is_known_and_any_row_may_be_accepted() -> None:
    rows = NoEarlierRows()
    assert (rows.family, rows.is_known("one"), rows.is_foreign("one")) == ("", False, False)
    assert (rows.states("one", [2]), rows.row_of_lead("one", [55]), rows.possibly_accepted([2])) == ({}, None, {2})
