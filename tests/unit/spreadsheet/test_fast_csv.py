"""Lines without quotes are split by column into the same cells that the csv module reads by row."""

import csv
import io
from collections.abc import Iterator
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.spreadsheet import open_table
from uploader.spreadsheet.csv_reader import _read_blocks
from uploader.spreadsheet.csv_rows import LineBlock
from uploader.spreadsheet.fast_csv import PlainRows, join_plain_lines, split_plain_rows

# Mostly plain rows of three cells; then everything that csv.reader treats specially.
CELLS = st.text('ab \t"\r\x00\x1a\u2028é,;', max_size=4) | st.text("ab1", min_size=1, max_size=4)
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\r", ""])
LINES = st.lists(st.tuples(st.lists(CELLS, min_size=1, max_size=4).map(",".join), ENDS).map("".join), max_size=6)


def split(lines: list[str], width: int) -> PlainRows | None:
    text = join_plain_lines(lines)
    return text and split_plain_rows(text, len(lines), ",", width)


def rows_of(lines: list[str]) -> list[list[str]] | None:
    try:
        return list(csv.reader(lines, strict=True))
    except csv.Error:
        return None


@given(LINES)
def test_columns_have_the_cells_of_the_csv_module(parts: list[str]) -> None:
    lines = io.StringIO("".join(parts), newline="").readlines()
    for width in (1, 2, 3):
        plain = split(lines, width)
        if plain is not None:
            rows = rows_of(lines)
            assert [list(row) for row in zip(*plain.columns, strict=True)] == [row[:width] for row in rows]
            assert not any(cell.strip() for row in rows for cell in row[width:])
            assert len(plain) == len(lines)


@given(LINES)
def test_joined_lines_have_the_rows_of_the_csv_module(parts: list[str]) -> None:
    lines = io.StringIO("".join(parts), newline="").readlines()
    text = join_plain_lines(lines)
    if text is not None:
        for width in (1, 2, 3):
            found = LineBlock(text, len(lines), ",", width).split()
            cells = zip(*found.columns, strict=True) if isinstance(found, PlainRows) else found
            assert len(found) == len(lines)
            assert [[*row[:width]] for row in cells] == [row[:width] for row in rows_of(lines)]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["", "\n"])
def test_plain_lines_are_split_by_column(end: str, last: str) -> None:
    lines = [f"Ann, B ,{end}", f",,x{end}", f"Cy,1,2{last}"]
    assert split(lines, 3).columns == [["Ann", "", "Cy"], [" B ", "", "1"], ["", "x", "2"]]


@pytest.mark.parametrize(
    "line", ['"Ann",1', "A\rnn,1", "Ann\0,1", "\x1a", "Ann", "Ann,1,2", ",", " , ", "", f"{'a' * 1_000_001},1"]
)
def test_special_lines_are_left_to_the_csv_module(line: str) -> None:
    assert not split(["Ann,1\n", f"{line}\n", "Bo,2\n"], 2)
    assert not split([], 2)


def test_empty_cells_beyond_the_columns_are_dropped() -> None:
    """Spreadsheet programs write them if those columns had content once."""
    assert split(["Ann,1,,\n", "Bo,2, ,\n"], 2).columns == [["Ann", "Bo"], ["1", "2"]]
    assert not split(["Ann,1,,\n", "Bo,2,x,\n"], 2)


def test_ctrl_z_is_not_a_row() -> None:
    assert not split(["Ann\n", "\x1a"], 1)


@pytest.mark.parametrize("before", [["Ann,1\n"], ['"Ann",1\n'], ['"Ann\n']])
def test_a_read_error_is_raised_after_the_rows_before_it(before: list[str]) -> None:
    def lines() -> Iterator[str]:
        yield from before
        raise OSError("gone")

    parts = _read_blocks(lines(), ",", 10, 2)
    assert len(next(parts)) == (before != ['"Ann\n'])
    with pytest.raises(OSError, match="gone"):
        next(parts)


def test_plain_and_quoted_blocks_alternate_without_losing_a_row(tmp_path) -> None:
    """Blocks of two rows are split by column, or read by the csv module if a quoted cell spans lines."""
    rows = [[str(number), "x"] for number in range(20)]
    rows[5][1], rows[6], rows[11][1] = "two\nlines", ["", ""], 'a "quote"'
    path = tmp_path / "leads.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["Number", "Text"], *rows])
    chunks = list(open_table(path).chunks(2))
    filled = {number: row for number, row in enumerate(rows, 2) if any(row)}
    assert list(chain.from_iterable(chunk.rows for chunk in chunks)) == list(filled)
    assert list(chain.from_iterable(chunk.cells() for chunk in chunks)) == list(map(tuple, filled.values()))
    assert {type(chunk.columns[0]) for chunk in chunks} == {list, tuple}, "both readers were used"
