"""A report is read back whatever happened to its cells; no accepted row is ever sent again, and none is made up."""

import csv
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.core.errors import TableError
from uploader.core.model import Decision, Outcome, RowState
from uploader.report import HEAD, TAIL
from uploader.report.lead_matcher import OtherLead, SentRow
from uploader.report.reader import PastReport
from uploader.report.reported_cells import repair_cells
from uploader.spreadsheet import Chunk, open_table

RUN = "20261123-174501-3f9a"
SENT = 1_795_888_800.0
STATES = {
    2: RowState(Outcome.ACCEPTED, lead_id=55_901, status=201, attempts=1, sent=SENT),
    3: RowState(Outcome.REJECTED, "refused", "fix it", None, 400, 2, SENT),
    4: RowState(Outcome.UNKNOWN, "no answer", "look", None, None, 1, SENT),
    6: RowState(Outcome.DUPLICATE, "already accepted", "nothing"),
    1000: RowState(Outcome.ACCEPTED, lead_id=55_902, status=201, attempts=1, sent=SENT),
}
WORDS = {2: "accepted", 3: "rejected", 4: "unknown", 5: "invalid", 6: "duplicate", 1000: "accepted"}
AGAIN = frozenset(outcome for outcome in Outcome if outcome.is_retried)


class Ledger:
    """Knows one run."""

    family = RUN

    def is_foreign(self, run: str) -> bool:
        return bool(run) and run != RUN

    def is_known(self, run: str) -> bool:
        return run == RUN

    def states(self, run: str, rows: Sequence[int]) -> Mapping[int, RowState]:
        return {row: STATES[row] for row in rows if row in STATES} if run == RUN else {}

    def row_of_lead(self, run: str, lead_ids: Sequence[int]) -> int | None:
        found = [row for row, state in STATES.items() if state.lead_id and state.lead_id in lead_ids]
        return found[0] if run == RUN and len(found) == 1 else None

    def possibly_accepted(self, rows: Sequence[int]) -> set[int]:
        return {row for row in rows if row in STATES and STATES[row].outcome in {"accepted", "unknown"}}


def row(number: int, **changed: str) -> dict[str, str]:
    state = STATES.get(number)
    cells = dict.fromkeys((*HEAD, "Email", *TAIL), "")
    cells |= {"upload_row": str(number), "upload_outcome": WORDS[number], "upload_run": RUN}
    cells["Email"] = f"ann.{number}@example.com"
    if state and state.lead_id:
        cells["upload_lead_id"] = str(state.lead_id)
    return cells | changed


def read(rows: list[dict[str, str]], **options: object) -> tuple[list[Chunk], list[dict[int, tuple[str, ...]]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        report = PastReport(open_table(path, wanted=HEAD), AGAIN, escaped=True, earlier=Ledger(), **options)
        batches = list(report.batches())
    return [batch.chunk for batch in batches], [batch.settled for batch in batches]


def read_one(rows: list[dict[str, str]], **options: object) -> tuple[Chunk, dict[int, dict[str, str]]]:
    (chunk,), (settled,) = read(rows, **options)
    return chunk, {at: dict(zip((*HEAD, *TAIL), cells, strict=True)) for at, cells in settled.items()}


def test_an_untouched_report_is_read_as_it_was() -> None:
    chunk, settled = read_one([row(number) for number in WORDS])
    assert chunk.rows == list(WORDS)
    assert chunk.faults == {}
    assert {at: cells["upload_outcome"] for at, cells in settled.items()} == {
        0: "accepted", 2: "unknown", 4: "duplicate", 5: "accepted",
    }  # fmt: skip
    assert settled[0]["upload_lead_id"] == "55901"
    assert settled[0]["upload_sent_at"] == "2026-11-28T18:00:00Z"


GARBAGE = ["", "NA", "###", "2", "3", "2.00", "1,000", "5.59E+04", "55901", "55902", "accepted", "REJECTED", "unknown"]
GARBAGE += ["unsent", "invalid", "#NAME?", RUN, "other run", "'", "\u00a0", "1e+05", "99999999999999999999"]
CELL = st.sampled_from(GARBAGE) | st.text(max_size=6)
OUR_OTHER_COLUMNS = [name for name in (*HEAD, *TAIL) if name not in {"upload_row", "upload_run"}]
FACTS = ("upload_row", "upload_outcome", "upload_lead_id", "upload_http_status", "upload_attempts", "upload_sent_at")


@given(
    st.lists(st.sampled_from(sorted(WORDS)), min_size=1, max_size=6, unique=True),
    st.dictionaries(st.tuples(st.integers(0, 5), st.sampled_from((*HEAD, *TAIL))), CELL, max_size=12),
)
def test_no_accepted_lead_is_sent_whatever_our_cells_hold(
    numbers: list[int], garbage: dict[tuple[int, str], str]
) -> None:
    """A row that goes has a number, and the ledger says of that number that it may go."""
    rows = [row(number) for number in numbers]
    for (at, column), cell in garbage.items():
        if at < len(rows):
            rows[at][column] = cell.replace("\x00", "")
    try:
        chunks, settled = read(rows)
    except TableError:
        return
    given_numbers = [number for chunk in chunks for number in chunk.rows if number]
    assert len(given_numbers) == len(set(given_numbers))
    assert sum(len(chunk.rows) for chunk in chunks) == len(rows)
    for chunk, kept in zip(chunks, settled, strict=True):
        for at, number in enumerate(chunk.rows):
            if at in kept or at in chunk.faults:
                continue
            assert number
            if number in STATES and all(cells["upload_run"] == RUN for cells in rows):  # else nothing is known of it
                assert STATES[number].outcome in AGAIN | {Outcome.DUPLICATE}


@given(st.dictionaries(st.sampled_from(OUR_OTHER_COLUMNS), CELL))
def test_with_run_and_number_an_accepted_row_is_whole_again(garbage: dict[str, str]) -> None:
    changed = {name: cell.replace("\x00", "") for name, cell in garbage.items()}
    (cells,) = read_one([row(2, **changed)])[1].values()
    assert [cells[name] for name in FACTS] == ["2", "accepted", "55901", "201", "1", "2026-11-28T18:00:00Z"]
    assert cells["upload_run"] == RUN


@pytest.mark.parametrize("number", ["###", "", "NA", "two", "-1", "0", "1.00E+03", "2,000"])
@pytest.mark.parametrize("lead_id", ["55902", "55902.0", "55,902", "55.902", "5.5902E+04", "'55902"])
def test_a_lost_number_is_found_by_the_lead_id(number: str, lead_id: str) -> None:
    chunk, settled = read_one([row(1000, upload_row=number, upload_lead_id=lead_id)])
    if number == "2,000":  # row 2 or row 2000, and the lead is that of row 1000
        assert chunk.rows == [0]
        return
    assert chunk.rows == [1000]
    assert settled[0]["upload_row"] == "1000"
    assert settled[0]["upload_lead_id"] == "55902"


def test_a_lead_id_that_was_filled_down_gives_one_row_its_number() -> None:
    rows = [row(1000, upload_row="###"), row(2, upload_row="###", upload_lead_id="55902")]
    chunk, settled = read_one(rows)
    assert chunk.rows == [1000, 0]
    assert settled[1]["upload_outcome"] == "accepted"
    assert settled[1]["upload_row"] == "###"


def test_a_number_that_another_row_has_is_not_given_away() -> None:
    chunk, _ = read_one([row(3, upload_row="###", upload_lead_id="55901", upload_outcome="accepted"), row(2)])
    assert chunk.rows == [0, 2]


class Matcher:
    """Finds row 3 for every row."""

    def find_rows(self, inputs: Chunk, places: Sequence[int]) -> Mapping[int, int]:
        return dict.fromkeys(places, 3)

    def other_leads(self, inputs: Chunk, rows: Mapping[int, SentRow]) -> Mapping[int, OtherLead]:
        return {}

    def left_out(self, inputs: Chunk, places: Sequence[int]) -> set[int]:
        return set()


def test_lost_numbers_are_found_by_the_matcher_where_it_is_sure() -> None:
    rows = [row(3, upload_row="###"), row(5, upload_row="###"), row(2)]
    chunk, _ = read_one(rows, matcher=Matcher())
    assert chunk.rows == [3, 0, 2]
    assert set(chunk.faults) == {1}
    assert "does not show the whole number" in chunk.faults[1].message
    assert "Widen the column" in chunk.faults[1].hint


@pytest.mark.parametrize("outcome", ["rejected", "invalid", "failed", "unsent", "", "NA"])
def test_a_row_to_send_without_a_number_is_invalid(outcome: str) -> None:
    chunk, settled = read_one([row(5, upload_row="###", upload_outcome=outcome)])
    assert (chunk.rows, settled, set(chunk.faults)) == ([0], {}, {0})


@pytest.mark.parametrize("changed", [{"upload_lead_id": ""}, {"upload_run": ""}])
def test_a_row_called_accepted_without_number_and_proof_is_invalid(changed: dict[str, str]) -> None:
    """Such a row was added by someone: nothing shows that it was ever sent."""
    chunk, settled = read_one([row(2, upload_row="", **changed)])
    assert (chunk.rows, settled, set(chunk.faults)) == ([0], {}, {0})


def test_an_outcome_that_is_no_word_comes_from_the_ledger() -> None:
    chunk, settled = read_one([row(number, upload_outcome="#NAME?") for number in WORDS])
    assert [cells["upload_outcome"] for cells in settled.values()] == ["accepted", "unknown", "duplicate", "accepted"]
    assert settled[2]["upload_reason"] == "no answer"
    assert chunk.faults == {}  # rows 3 and 5 are sent and checked again


def test_an_outcome_that_is_no_word_of_an_unknown_run_is_a_problem() -> None:
    chunk, _ = read_one([row(2, upload_outcome="#NAME?", upload_run="other")])
    assert "is not an outcome" in chunk.faults[0].message


@pytest.mark.parametrize("word", ["rejected", "failed", "unsent", "invalid", "duplicate"])
@pytest.mark.parametrize(("number", "outcome"), [(2, "accepted"), (4, "unknown")])
def test_the_ledger_wins_over_a_word_that_would_send_again(word: str, number: int, outcome: str) -> None:
    _, settled = read_one([row(number, upload_outcome=word)])
    assert settled[0]["upload_outcome"] == outcome


@pytest.mark.parametrize("lead_id", ["77", "77.0", " 77 ", "7.7e+01"])
def test_what_a_user_put_into_the_report_stays(lead_id: str) -> None:
    """`accepted` in an unknown row, with the lead's id: someone looked it up on the platform."""
    _, settled = read_one([row(4, upload_outcome="accepted", upload_lead_id=lead_id)])
    assert (settled[0]["upload_outcome"], settled[0]["upload_lead_id"]) == ("accepted", "77")


@pytest.mark.parametrize(
    ("word", "decided", "was_accepted", "expected"),
    [
        ("unknown", RowState(Outcome.UNSENT, "decided", "hint"), False, "unsent"),
        ("unknown", RowState(Outcome.ACCEPTED, "decided", "", 9), True, "accepted"),
        ("accepted", RowState(Outcome.UNSENT, "decided", "hint"), True, "unsent"),
        ("accepted", RowState(Outcome.UNSENT, "decided", "hint"), False, "accepted"),
        ("rejected", RowState(Outcome.UNSENT, "decided", "hint"), False, "rejected"),
        ("accepted", RowState(Outcome.ACCEPTED, "decided", ""), True, "accepted"),
    ],
)
def test_a_decision_replaces_what_it_was_about(word: str, decided: RowState, was_accepted: bool, expected: str) -> None:
    cells = row(4, upload_outcome=word)
    repaired = repair_cells(cells, 4, None, Decision(decided, was_accepted), is_known_run=True)
    assert repaired["upload_outcome"] == expected
    if expected != word:
        assert repaired["upload_reason"] == "decided"
        assert repaired["upload_lead_id"] == ("9" if decided.lead_id else "")


def test_reasons_of_the_report_stay_and_lost_ones_come_back() -> None:
    _, settled = read_one([row(4, upload_reason="the platform's own words"), row(6)])
    assert settled[0]["upload_reason"] == "the platform's own words"
    assert settled[1]["upload_reason"] == "already accepted"


@pytest.mark.parametrize("missing", ["upload_row", "upload_outcome", "upload_run"])
def test_without_its_main_columns_it_is_not_a_report(missing: str) -> None:
    with pytest.raises(TableError, match=f"it has no column {missing}"):
        read([{name: cell for name, cell in row(2).items() if name != missing}])


def test_a_report_opened_with_a_wrong_character_set_is_named_as_such() -> None:
    cells = row(2)
    misread = {f"ï»¿{name}" if name == "upload_row" else name: cell for name, cell in cells.items()}
    with pytest.raises(TableError, match="opened the report with a wrong character set") as caught:
        read([misread])
    assert caught.value.hint == "Open the CSV report again as UTF-8 (Unicode), and save it again."


def test_rows_of_other_uploads_get_numbers_that_no_other_row_has() -> None:
    elsewhere = {"upload_run": "other"}
    rows = [row(3), row(3, **elsewhere), row(5, **elsewhere), row(4, **elsewhere), row(3, upload_run="a third")]
    rows += [row(6, upload_row="###", **elsewhere), row(2), row(2, **elsewhere)]
    chunk, settled = read_one(rows)
    assert chunk.rows == [3, 6, 5, 4, 7, 0, 2, 8]
    assert {at: cells["upload_row"] for at, cells in settled.items()} == {3: "4", 5: "###", 6: "2", 7: "2"}


def test_blanks_around_words_and_numbers_do_not_matter() -> None:
    blank = {"upload_run": f" {RUN} ", "upload_outcome": "\taccepted ", "upload_lead_id": " 55901.0 "}
    _, settled = read_one([row(2, upload_sent_at=" kept ", upload_result=" valid ", **blank)])
    kept = [settled[0][name] for name in ("upload_run", "upload_outcome", "upload_lead_id", "upload_result")]
    assert kept == [RUN, "accepted", "55901", "valid"]
