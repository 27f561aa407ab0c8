"""Read the rows of lines of text."""

import csv
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from uploader.spreadsheet.fast_csv import MARK, PlainRows, split_plain_rows

Row = list[str]
ENDLESS = "row without an end"
FAULTS = (csv.Error, OSError, UnicodeDecodeError)

# How old programs end a file (Ctrl-Z).
END_OF_DOS_FILE: Row = ["\x1a"]

# Characters of the rows that are read at a time, and of one row. Cells take up to 20 times as much memory.
BLOCK_LENGTH, LONGEST_ROW = 4_000_000, 4_000_000

# Characters in a cell. Spreadsheet programs allow 32,767; an unclosed quote makes one cell of the rest of the file.
csv.field_size_limit(1_000_000)


@dataclass(frozen=True)
class LineBlock:
    """Lines of a text file, each a row of its own, not split yet.

    Attributes:
        text: The lines, from `join_plain_lines`.
        count: How many they are.
        delimiter: One character.
        width: The number of columns.
    """

    text: str
    count: int
    delimiter: str
    width: int

    def __len__(self) -> int:
        return self.count

    def split(self) -> PlainRows | list[Row]:
        """Return the cells of the lines."""
        plain = split_plain_rows(self.text, self.count, self.delimiter, self.width)
        return plain or list(csv.reader(self.text.split("\n"), delimiter=self.delimiter, strict=True))


def read_rows(lines: Iterator[str], delimiter: str, size: int) -> tuple[list[Row], Exception | None]:
    """Return up to `size` rows, fewer if they are long, or all rows before an error, and the error."""
    reader = RowReader(lines, delimiter)
    rows: list[Row] = []
    total = 0
    fault: Exception | None = None
    try:
        for row in itertools.islice(reader, size):
            rows.append(row)
            total += reader.length
            if total > BLOCK_LENGTH:
                break
    except FAULTS as error:
        fault = error
    if rows and rows[-1] == END_OF_DOS_FILE:
        rows[-1] = []
    return rows, fault


def take_lines(source: Iterator[str], size: int) -> tuple[list[str], Exception | None]:
    """Return up to `size` lines, fewer if they are long, or all lines before an error, and the error."""
    taken: list[str] = []
    length = 0
    try:
        for line in itertools.islice(source, size):
            taken.append(line)
            length += len(line)
            if length > BLOCK_LENGTH:
                break
    except FAULTS as error:
        return taken, error
    return taken, None


class RowReader:
    """`csv.reader` with an end to each row, however many lines a quote makes part of it.

    Attributes:
        length: Characters of the last row.
    """

    def __init__(self, lines: Iterator[str], delimiter: str) -> None:
        self.length = 0
        self._reader = csv.reader(self._count(lines), delimiter=delimiter, strict=True)

    @property
    def line_number(self) -> int:
        """The number of lines read so far."""
        return self._reader.line_num

    def _count(self, lines: Iterator[str]) -> Iterator[str]:
        for line in lines:
            if line.startswith(MARK):  # before a quote, it would make the quote a part of the cell
                line = line.lstrip(MARK)  # noqa: PLW2901 - the line without it
            self.length += len(line)
            if self.length > LONGEST_ROW:
                raise csv.Error(ENDLESS)
            yield line

    def __iter__(self) -> Iterator[Row]:
        return self

    def __next__(self) -> Row:
        """Return the next row. Raises csv.Error."""
        self.length = 0
        return next(self._reader)
