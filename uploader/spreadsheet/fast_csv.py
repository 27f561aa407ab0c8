"""Split lines without quotes by column. Most files have no other lines, and `check` takes a sixth less time."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

# Marks the end of a row while rows are split.
ROW_END = "\0"

# A byte-order mark, with which lines begin in exports that were joined.
MARK = "\ufeff"

# Characters that need the csv module, or that are not part of a cell (Ctrl-Z, the end of an old program's file).
SPECIAL = ('"', "\r", "\x1a", MARK, ROW_END)


@dataclass(frozen=True)
class PlainRows:
    """Rows of one width, none of them blank: their cells column by column."""

    columns: list[list[str]]

    def __len__(self) -> int:
        return len(self.columns[0])


def join_plain_lines(lines: Sequence[str]) -> str | None:
    """Return lines as one text if each is a row of its own.

    Args:
        lines: Lines with their line ends.

    Returns:
        The text, with LF at the end of each line but the last; None where only `csv.reader` knows where rows end: for
        quotes, lone carriage returns and very long lines.
    """
    text = "".join(lines)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    text = text.removesuffix("\n")
    if not text or len(text) > csv.field_size_limit() or any(sign in text for sign in SPECIAL):
        return None
    return text


def split_plain_rows(text: str, rows: int, delimiter: str, width: int) -> PlainRows | None:
    """Split lines into the same cells that `csv.reader` would give.

    Args:
        text: Lines from `join_plain_lines`.
        rows: How many they are.
        delimiter: One character.
        width: The number of columns. Empty cells beyond them, equally many in each line, are dropped.

    Returns:
        The cells, or None where only `csv.reader` is right: for blank lines, and lines that differ in width.
    """
    end = text.find("\n")
    wide = max(width, text.count(delimiter, 0, len(text) if end < 0 else end) + 1)
    cells = f"{text}\n".replace("\n", f"{delimiter}{ROW_END}{delimiter}").split(delimiter)
    if cells[wide :: wide + 1] != [ROW_END] * rows:
        return None
    columns = [cells[place : rows * (wide + 1) : wide + 1] for place in range(wide)]
    if any(map(str.strip, chain(*columns[width:]))) or any(_blank_rows(columns)):
        return None
    return PlainRows(columns[:width])


def _blank_rows(columns: list[list[str]]) -> Iterator[bool]:
    """Yield, for each row whose first cell is blank, whether the whole row is."""
    for at, first in enumerate(columns[0]):
        if not first.strip():
            yield not any(column[at].strip() for column in columns)
