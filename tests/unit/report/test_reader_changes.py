"""What a report makes of rows that a person or a program has changed, as others find it: new leads, lost characters."""

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from uploader.core.messages import (
    KEPT_LEAD,
    LEFT_OUT_ON_PAGE,
    UNPROVEN_OUTCOME,
    UNPROVEN_SKIP,
    UNREADABLE_LEAD,
    UNSENT_CHANGES,
    replaced_lead_note,
)
from uploader.core.model import Decision, EarlierAttempt, Outcome, Problem, RowState
from uploader.report import HEAD, TAIL
from uploader.report.lead_matcher import OtherLead, SentRow
from uploader.report.reader import PastReport
from uploader.report.reported_cells import NoEarlierRows
from uploader.report.row_problems import FILLED_DOWN, NOT_ACCEPTED
from uploader.spreadsheet import Chunk, open_table
from uploader.spreadsheet.source import RowBatch

AGAIN = frozenset(outcome for outcome in Outcome if outcome.is_retried)
SHIFTED = "the row has 2 cells more than the header: 'a', 'b'"
EARLIER = EarlierAttempt("one", "one", 2, "a.csv", 1.0, Outcome.ACCEPTED, 7)
STATES = {
    2: RowState(Outcome.ACCEPTED, "", "", 7, 201, 1, 1.0),
    3: RowState(Outcome.REJECTED, "No.", "", None, 400, 1, 1.0),
    4: RowState(Outcome.UNKNOWN, "closed", "", None, None, 1, 1.0),
    6: RowState(Outcome.DUPLICATE, "the same lead as row 2 of this file"),
}


class Ledger(NoEarlierRows):
    """Knows the runs "one", which the report goes back to, and "foreign"."""

    family = "one"

    def is_known(self, run: str) -> bool:
        return run in {"one", "foreign"}

    def is_foreign(self, run: str) -> bool:
        return run in {"foreign", "elsewhere"}

    def states(self, run: str, rows: Sequence[int]) -> Mapping[int, RowState]:
        return {row: STATES[row] for row in rows if row in STATES} if self.is_known(run) else {}

    def row_of_lead(self, run: str, lead_ids: Sequence[int]) -> int | None:
        return 2 if self.is_known(run) and 7 in lead_ids else None

    def possibly_accepted(self, rows: Sequence[int]) -> set[int]:
        return {2, 4} & {*rows}


class Matcher:
    """Finds other leads under the numbers that a test names, and rows that the mapping leaves out."""

    def __init__(self, others: Mapping[int, OtherLead] | None = None, left_out: Sequence[int] = ()) -> None:
        self.others, self.skipped = others or {}, set(left_out)
        self.asked: list[Mapping[int, SentRow]] = []

    def find_rows(self, inputs: Chunk, places: Sequence[int]) -> Mapping[int, int]:
        return {}

    def other_leads(self, inputs: Chunk, rows: Mapping[int, SentRow]) -> Mapping[int, OtherLead]:
        self.asked.append(dict(rows))
        return {at: self.others[row.number] for at, row in rows.items() if row.number in self.others}

    def left_out(self, inputs: Chunk, places: Sequence[int]) -> set[int]:
        return self.skipped.intersection(places)


class Check:
    """Notes what it is asked, and finds what a test names."""

    def __init__(self, faults: Mapping[int, Problem] | None = None, changed: Sequence[int] = ()) -> None:
        self.faults, self.changed = faults or {}, set(changed)
        self.asked: list[object] = []

    def __call__(self, chunk: Chunk, places: Sequence[int], reasons: Mapping[int, str]) -> Mapping[int, Problem]:
        self.asked.append((list(chunk.rows), list(places), dict(reasons)))
        return self.faults

    def changed_rows(self, chunk: Chunk, rows: Mapping[int, SentRow]) -> set[int]:
        self.asked.append(dict(rows))
        return self.changed


Read = Callable[..., RowBatch]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(*rows: dict[str, str], **options: object) -> RowBatch:
        names = [*HEAD, "Email", *TAIL]
        with (tmp_path / "r.csv").open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, names, restval="")
            writer.writeheader()
            writer.writerows(rows)
        table = open_table(tmp_path / "r.csv", wanted=HEAD)
        (batch,) = PastReport(table, AGAIN, escaped=True, earlier=Ledger(), **options).batches()
        return batch

    return read


def row(number: int | str, word: str, run: str = "one", **more: str) -> dict[str, str]:
    return {"upload_row": str(number), "upload_outcome": word, "upload_run": run, "Email": "a@example.com", **more}


ACCEPTED = row(2, "accepted", upload_lead_id="7")


def test_only_own_rows_that_are_sent_are_compared_with_the_file(read: Read) -> None:
    check = Check({1: Problem("stripped")})
    rows = [
        ACCEPTED, row(3, "rejected", upload_reason=SHIFTED), row(9, "unsent", "foreign", upload_reason=SHIFTED),
        row("x", "unsent"), row(5, "unsent"), row(8, "nonsense", "elsewhere"),
    ]  # fmt: skip
    batch = read(*rows, check=check)
    assert check.asked[0] == ([2, 3, 9, 0, 5, 8], [1, 4], {1: SHIFTED, 2: SHIFTED})
    assert batch.foreign == {2, 5}
    assert list(batch.settled) == [0]
    assert {at: problem.message for at, problem in batch.chunk.faults.items()} == {
        1: "stripped", 3: "upload_row is not a number", 5: "upload_outcome 'nonsense' is not an outcome",
    }  # fmt: skip


def test_own_problem_of_a_row_counts_before_what_the_file_shows(read: Read) -> None:
    batch = read(row(5, "unsent"), row("x", "unsent"), check=Check({1: Problem("stripped")}))
    assert batch.chunk.faults[1].message == "upload_row is not a number"
    assert batch.lines == {1: 3}  # where it is, as it has no number
    assert [batch.name(at) for at in range(2)] == [5, "3 of the report"]


def test_report_without_a_row_to_send_is_not_compared(read: Read) -> None:
    check = Check({0: Problem("stripped")})
    assert read(row(7, "skipped"), check=check).chunk.faults == {}
    assert check.asked == []


def test_change_in_a_row_that_is_not_sent_again_is_reported(read: Read) -> None:
    check = Check(changed=[0, 1, 2])
    batch = read(ACCEPTED, row(4, "unknown"), row(6, "duplicate"), row(8, "skipped"), row(3, "rejected"), check=check)
    assert check.asked[1] == {at: SentRow("one", number, is_settled=True) for at, number in enumerate([2, 4, 6])}
    assert batch.unsent_changes == {
        0: UNSENT_CHANGES[Outcome.ACCEPTED], 1: UNSENT_CHANGES[Outcome.UNKNOWN], 2: UNSENT_CHANGES[Outcome.DUPLICATE],
    }  # fmt: skip
    assert read(ACCEPTED).unsent_changes == {}


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (OtherLead(EARLIER, is_certain=False), KEPT_LEAD),
        (OtherLead(EARLIER, is_certain=False, is_readable=False), UNREADABLE_LEAD),
    ],
)
def test_lead_that_may_be_another_keeps_its_outcome_and_is_named(read: Read, other: OtherLead, why: str) -> None:
    check = Check(changed=[0])
    batch = read(ACCEPTED, matcher=Matcher({2: other}), check=check)
    assert (list(batch.settled), batch.unsent_changes, batch.replaced) == ([0], {0: why}, {})
    assert check.asked == []  # why is known already


@pytest.mark.parametrize(("word", "is_certain"), [("accepted", True), ("rejected", False), ("unsent", True)])
def test_another_lead_in_a_row_is_a_new_row(read: Read, word: str, is_certain: bool) -> None:
    number = 2 if word == "accepted" else 3
    sent = row(number, word, upload_lead_id="7" if number == 2 else "", upload_reason="No.", upload_attempts="2")
    batch = read(sent, matcher=Matcher({number: OtherLead(EARLIER, is_certain)}))
    assert (batch.chunk.rows, batch.settled, batch.replaced) == ([number], {}, {0: EARLIER})
    assert batch.chunk.notes == {0: replaced_lead_note(EARLIER)}
    assert batch.chunk.faults == batch.unsent_changes == {}


def test_decision_about_the_earlier_lead_is_not_one_about_a_new_row(read: Read) -> None:
    decided = {("one", 4): Decision(RowState(Outcome.ACCEPTED, "looked", "", 8), was_accepted=True)}
    assert list(read(row(4, "unknown"), decided=decided).settled) == [0]
    batch = read(row(4, "unknown"), decided=decided, matcher=Matcher({4: OtherLead(EARLIER, is_certain=True)}))
    assert batch.settled == {}


def test_leads_are_compared_only_where_the_ledger_can_know_what_was_sent(read: Read) -> None:
    matcher = Matcher({})
    rows = [
        ACCEPTED,
        row(3, "rejected"),
        row(9, "unsent", "foreign"),
        row(8, "unsent", "elsewhere"),
        row(5, "unsent", ""),
    ]
    read(*rows, row("x", "unsent"), row(7, "skipped"), row(6, "duplicate"), matcher=matcher)
    assert matcher.asked == [
        {
            0: SentRow("one", 2, is_settled=True), 1: SentRow("one", 3), 2: SentRow("foreign", 9), 4: SentRow("", 5),
            7: SentRow("one", 2),
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "problem", "doubt"),
    [
        (
            [ACCEPTED, row(3, "accepted", upload_lead_id="7")],
            None,
            "",
        ),  # filled down over a rejected row: rejected again
        ([ACCEPTED, row(5, "accepted", upload_lead_id="7")], FILLED_DOWN, ""),
        ([ACCEPTED, row(5, "accepted")], NOT_ACCEPTED, ""),
        ([ACCEPTED, row(5, "accepted", upload_lead_id="99")], None, UNPROVEN_OUTCOME),
        ([ACCEPTED, row(5, "duplicate")], None, UNPROVEN_OUTCOME),
        ([ACCEPTED, row(4, "accepted", "")], None, ""),
        ([ACCEPTED, row(5, "accepted", "", upload_lead_id="99")], None, UNPROVEN_OUTCOME),
        ([ACCEPTED, row(5, "accepted", "")], NOT_ACCEPTED, ""),
        ([ACCEPTED, row(2, "accepted", "foreign", upload_lead_id="7")], None, ""),
        ([ACCEPTED, row(5, "accepted", "elsewhere", upload_lead_id="99")], None, ""),
    ],
)
def test_outcome_that_the_ledger_does_not_have_is_not_believed(read: Read, rows, problem, doubt: str) -> None:
    batch = read(*rows)
    assert batch.chunk.faults.get(1) == problem
    assert batch.unsent_changes.get(1, "") == doubt


@pytest.mark.parametrize(
    ("cells", "left_out", "is_doubted"),
    [
        ({"upload_reason": LEFT_OUT_ON_PAGE}, [], False),
        ({"upload_reason": LEFT_OUT_ON_PAGE, "upload_attempts": "1"}, [], True),
        ({"upload_reason": "where"}, [], True),
        ({"upload_reason": "where"}, [1], False),
        ({"upload_reason": "where"}, [0], True),
        ({}, None, False),
        ({"upload_reason": LEFT_OUT_ON_PAGE}, None, False),
    ],
)
def test_row_that_only_the_report_calls_skipped_may_be_meant_to_be_sent(
    read: Read, cells, left_out, is_doubted
) -> None:
    batch = read(ACCEPTED, row(7, "skipped", **cells), matcher=None if left_out is None else Matcher(left_out=left_out))
    assert batch.unsent_changes == ({1: UNPROVEN_SKIP} if is_doubted else {})
