"""Lines without quotes are read by column just as the csv module reads them by row, or are left to it."""

import csv
import io
from collections.abc import Iterator
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.spreadsheet import open_table
from uploader.spreadsheet.csv_reader import _parts
from uploader.spreadsheet.fast_csv import plain_rows

# Mostly sound rows of three cells; then everything that csv.reader treats in a way of its own.
CELLS = st.text('ab \t"\r\x00\x1a\u2028é,;', max_size=4) | st.text("ab1", min_size=1, max_size=4)
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", ""])
LINES = st.lists(st.tuples(st.lists(CELLS, min_size=1, max_size=4).map(",".join), ENDS).map("".join), max_size=6)


def rows_of(lines: list[str]) -> list[list[str]] | None:
    try:
        return list(csv.reader(lines, strict=True))
    except csv.Error:
        return None


@given(LINES)
def test_columns_are_the_rows_of_the_csv_module(parts: list[str]) -> None:
    lines = io.StringIO("".join(parts), newline="").readlines()
    for width in (1, 2, 3):
        plain = plain_rows(lines, ",", width)
        if plain is not None:
            rows = rows_of(lines)
            assert [list(row) for row in zip(*plain.columns, strict=True)] == [row[:width] for row in rows]
            assert not any(cell.strip() for row in rows for cell in row[width:])
            assert len(plain) == len(lines)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n"])
def test_sound_lines_are_read_by_column(end: str, last: str) -> None:
    lines = [f"Ann, B ,{end}", f",,x{end}", f"Cy,1,2{last}"]
    assert plain_rows(lines, ",", 3).columns == [["Ann", "", "Cy"], [" B ", "", "1"], ["", "x", "2"]]


@pytest.mark.parametrize(
    "line", ['"Ann",1', "A\rnn,1", "Ann\0,1", "\x1a", "Ann", "Ann,1,2", ",", " , ", "", f"{'a' * 1_000_001},1"]
)
def test_what_takes_a_closer_look_is_left_to_the_csv_module(line: str) -> None:
    assert plain_rows(["Ann,1\n", f"{line}\n", "Bo,2\n"], ",", 2) is None
    assert plain_rows([], ",", 2) is None


def test_lines_that_all_end_with_empty_cells_are_cut_to_the_columns() -> None:
    """As a spreadsheet program writes them that had something there once."""
    assert plain_rows(["Ann,1,,\n", "Bo,2, ,\n"], ",", 2).columns == [["Ann", "Bo"], ["1", "2"]]
    assert plain_rows(["Ann,1,,\n", "Bo,2,x,\n"], ",", 2) is None


def test_the_end_of_an_old_file_is_no_row_of_one_column() -> None:
    assert plain_rows(["Ann\n", "\x1a"], ",", 1) is None


@pytest.mark.parametrize("before", [["Ann,1\n"], ['"Ann",1\n'], ['"Ann\n']])
def test_a_disk_that_fails_is_told_after_the_rows_before(before: list[str]) -> None:
    def lines() -> Iterator[str]:
        yield from before
        raise OSError("gone")

    parts = _parts(lines(), ",", 10, 2)
    assert len(next(parts)) == (before != ['"Ann\n'])
    with pytest.raises(OSError, match="gone"):
        next(parts)


def test_plain_parts_and_others_follow_each_other_without_a_row_lost(tmp_path) -> None:
    """A part of two rows is read by column, one with a quote that goes over its last line by the csv module."""
    rows = [[str(number), "x"] for number in range(20)]
    rows[5][1], rows[6], rows[11][1] = "two\nlines", ["", ""], 'a "quote"'
    path = tmp_path / "leads.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["Number", "Text"], *rows])
    chunks = list(open_table(path).chunks(2))
    filled = {number: row for number, row in enumerate(rows, 2) if any(row)}
    assert list(chain.from_iterable(chunk.rows for chunk in chunks)) == list(filled)
    assert list(chain.from_iterable(chunk.cells() for chunk in chunks)) == list(map(tuple, filled.values()))
    assert {type(chunk.columns[0]) for chunk in chunks} == {list, tuple}, "both ways were taken"
