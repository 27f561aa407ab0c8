"""How a text file is cut into cells: its delimiter."""

import csv
import io
import re
from collections.abc import Collection

from uploader.spreadsheet.header import header_row, held

DELIMITERS = (",", ";", "\t", "|")


def separator_line(text: str) -> tuple[str | None, str]:
    """A first line `sep=;` as spreadsheet programs read it: (the delimiter, the text after the line)."""
    match = re.match(r"\"?sep=(.)\"?(\r\n|\r|\n|$)", text, re.IGNORECASE)
    return (match[1], text[match.end() :]) if match else (None, text)


def delimiter_of(text: str, wanted: Collection[str]) -> str:
    """The delimiter that gives the wanted columns, else the one that cuts the first rows most evenly."""
    found: dict[str, list[list[str]]] = {}
    for delimiter in DELIMITERS:
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            found[delimiter] = [row for row, _ in zip(reader, range(40), strict=False) if row]
        except csv.Error:
            continue
    for delimiter, rows in found.items():
        place = header_row(rows, wanted)
        if wanted and place is not None and held(rows[place], wanted):
            return delimiter
    return max(found, key=lambda delimiter: _evenness(found[delimiter]), default=",")


def _evenness(rows: list[list[str]]) -> tuple[float, int]:
    """How many rows have the most common width of two or more, then that width."""
    widths = [len(row) for row in rows]
    common = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
    return (widths.count(common) / len(widths) if common > 1 else 0.0, common)
