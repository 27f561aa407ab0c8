"""What the cells of a report show about the program that saved it."""

import pytest

from uploader.report.scan import BLANK_WORDS, WITHOUT_WORDS, ReportScan, scan_report
from uploader.spreadsheet import Chunk

PLACES = {"upload_row": 1, "upload_run": 0, "upload_lead_id": 2, "upload_outcome": 3}


def chunk(*rows: tuple[str, ...]) -> Chunk:
    return Chunk([0] * len(rows), [list(column) for column in zip(*rows, strict=True)])


def test_empty_report_shows_nothing() -> None:
    scan = scan_report([], PLACES)
    assert (scan.runs, scan.blank_word, scan.highest_number) == ({}, "", 0)
    assert scan.clear_numbers == scan.repeated_numbers == frozenset()
    assert not scan.style.has_plain


def test_runs_and_numbers_of_all_chunks_count() -> None:
    first = chunk((" one ", "2", "7", "a"), ("one", "10", "", ""), ("", "3", "", ""))
    second = chunk(("two", "2", "", ""), ("one", "###", "", ""), ("one", "1,000", "", ""), ("one", "0", "", ""))
    scan = scan_report([first, second], PLACES)
    assert scan.runs == {"one": 5, "two": 1}
    assert scan.clear_numbers == {0, 2, 3, 10, 1000}
    assert scan.repeated_numbers == {2}
    assert scan.highest_number == 1000
    assert (scan.style.has_plain, scan.style.ambiguous) == (True, {"1,000"})


@pytest.mark.parametrize("number", ["2.00", "1,000"])
def test_column_without_plain_digits_is_known_as_such(number: str) -> None:
    scan = scan_report([chunk(("one", number, "", ""))], PLACES)
    assert not scan.style.has_plain
    assert scan.style.decimal | scan.style.ambiguous


@pytest.mark.parametrize("word", sorted(BLANK_WORDS))
@pytest.mark.parametrize("column", ["upload_lead_id", "upload_run"])
def test_word_for_an_empty_cell_is_found_where_no_report_has_a_word(word: str, column: str) -> None:
    cells = {"upload_run": "one", "upload_row": "2", "upload_lead_id": "7", "upload_outcome": "accepted", column: word}
    row = tuple(cells[name] for name in sorted(PLACES, key=PLACES.get))
    scan = scan_report([chunk(("one", "3", "8", "")), chunk(row)], PLACES)
    assert scan.blank_word == word
    assert scan.runs == {"one": 1 if column == "upload_run" else 2}


def test_same_word_elsewhere_is_a_value() -> None:
    scan = scan_report([chunk(("one", "NA", "", "NA"))], PLACES)
    assert scan.blank_word == ""
    assert "upload_outcome" not in WITHOUT_WORDS


def test_first_word_for_an_empty_cell_stays() -> None:
    scan = scan_report([chunk(("one", "2", "NULL", "")), chunk(("one", "3", "nan", ""))], PLACES)
    assert scan.blank_word == "NULL"
    scan = ReportScan(blank_word="NULL")
    scan.add(chunk(("None", "2", "nan", "")), PLACES)
    assert scan.blank_word == "NULL"
