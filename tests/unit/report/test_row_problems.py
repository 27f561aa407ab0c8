"""Which rows of a report cannot be sent as they are, and what to do about each."""

import pytest

from uploader.core.messages import KEPT_LEAD, UNPROVEN_OUTCOME, UNREADABLE_LEAD
from uploader.core.model import EarlierAttempt, Outcome
from uploader.report.lead_matcher import OtherLead
from uploader.report.row_problems import FILLED_DOWN, NOT_ACCEPTED, row_doubt, row_problem, unproven_problem

AGAIN = {Outcome.FAILED, Outcome.UNSENT, Outcome.UNKNOWN}
EARLIER = EarlierAttempt("one", "one", 2, "a.csv", 1.0, Outcome.ACCEPTED, 7)


def cells(outcome: str, lead_id: str = "", run: str = "one") -> dict[str, str]:
    return {"upload_outcome": outcome, "upload_lead_id": lead_id, "upload_run": run}


@pytest.mark.parametrize("outcome", [one.value for one in Outcome])
def test_row_with_a_number_needs_an_outcome_only(outcome: str) -> None:
    assert row_problem("2", cells(outcome), 2, [2], AGAIN) is None


@pytest.mark.parametrize("word", ["", "Accepted", "akzeptiert", "#NAME?"])
def test_word_that_is_no_outcome_is_named(word: str) -> None:
    found = row_problem("2", cells(word, "7"), 2, [2], AGAIN)
    assert found is not None
    assert found.text == f"upload_outcome {word!r} is not an outcome"
    assert found.hint.startswith("Put back the word")


@pytest.mark.parametrize(
    ("row", "candidates", "is_kept"),
    [
        (cells("accepted", "7"), [], True),
        (cells("accepted", "7"), [1000, 1001], True),
        (cells("accepted", "7"), [2], False),  # a copy of another row
        (cells("accepted"), [], False),  # it cannot be told which lead it is
        (cells("accepted", "7", ""), [], False),
        (cells("duplicate"), [], True),
        (cells("duplicate", "", ""), [], False),
        (cells("unknown"), [], False),  # sent again with --include-unknown
        (cells("rejected"), [], False),
        (cells("unsent", "7"), [], False),
        (cells("akzeptiert", "7"), [], False),
    ],
)
def test_row_without_a_number_is_kept_only_if_it_is_complete_and_not_sent(row, candidates, is_kept: bool) -> None:
    assert (row_problem("###", row, 0, candidates, AGAIN) is None) is is_kept
    assert row_problem("###", cells("unknown"), 0, [], AGAIN - {Outcome.UNKNOWN}) is None


@pytest.mark.parametrize(
    ("text", "candidates", "words", "hint"),
    [
        ("2", [2], "upload_row '2' is in this report twice", "Delete the copy; send new rows with"),
        ("", [], "upload_row is empty, as in a row that was added", "Send new rows with `uploader upload`, in a file"),
        (" ", [], "upload_row is empty", "Send new rows"),
        ("1E+03", [950, 1049], "upload_row '1E+03' does not show the whole number", "Widen the column upload_row"),
        ("###", [], "upload_row '###' does not show", "Widen the column upload_row"),
        (" # ", [], "upload_row ' # ' does not show", "Widen the column upload_row"),
        ("#REF!", [], "upload_row is not a number", "Put back the number that the report had there, or send new"),
        ("two", [], "upload_row is not a number", "Put back the number"),
    ],
)
def test_problem_of_a_number_says_what_to_do(text: str, candidates: list[int], words: str, hint: str) -> None:
    found = row_problem(text, cells("unsent"), 0, candidates, AGAIN)
    assert found is not None
    assert found.text.startswith(words)
    assert found.hint.startswith(hint)


@pytest.mark.parametrize("is_filled_down", [True, False])
def test_accepted_row_without_proof_is_not_taken_for_accepted(is_filled_down: bool) -> None:
    expected = FILLED_DOWN if is_filled_down else NOT_ACCEPTED
    assert unproven_problem(cells("accepted"), is_filled_down=is_filled_down) is expected
    for row in (cells("accepted", "7"), cells("rejected"), cells("unknown")):
        assert unproven_problem(row, is_filled_down=is_filled_down) is None


@pytest.mark.parametrize(
    ("other", "is_proven", "doubt"),
    [
        (None, True, ""),
        (None, False, UNPROVEN_OUTCOME),
        (OtherLead(EARLIER, is_certain=False), True, KEPT_LEAD),
        (OtherLead(EARLIER, is_certain=True), False, KEPT_LEAD),
        (OtherLead(EARLIER, is_certain=False, is_readable=False), True, UNREADABLE_LEAD),
    ],
)
def test_doubt_about_an_outcome_that_a_row_keeps(other: OtherLead | None, is_proven: bool, doubt: str) -> None:
    assert row_doubt(other, is_proven=is_proven) == doubt
