"""Detect the delimiter of a CSV file."""

import csv
import io
import re
from collections.abc import Collection

from uploader.spreadsheet.header import find_header, has_columns

DELIMITERS = (",", ";", "\t", "|")

# Rows from the top whose widths are compared.
SAMPLE_ROWS = 40


def split_separator_line(text: str) -> tuple[str | None, str]:
    """Split off a first line such as `sep=;`, which names the delimiter for spreadsheet programs.

    Returns:
        The delimiter, or None without such a line; and the text after the line.
    """
    match = re.match(r"\"?sep=(.)\"?(\r\n|\r|\n|$)", text, re.IGNORECASE)
    return (match[1], text[match.end() :]) if match else (None, text)


def detect_delimiter(text: str, wanted: Collection[str]) -> str:
    """Return the delimiter that gives the wanted columns, else the one that gives the first rows an even width."""
    found: dict[str, list[list[str]]] = {}
    for delimiter in DELIMITERS:
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            found[delimiter] = [row for row, _ in zip(reader, range(SAMPLE_ROWS), strict=False) if row]
        except csv.Error:
            continue
    for delimiter, rows in found.items():
        place = find_header(rows, wanted)
        if wanted and place is not None and has_columns(rows[place], wanted):
            return delimiter
    return max(found, key=lambda delimiter: _evenness(found[delimiter]), default=",")


def _evenness(rows: list[list[str]]) -> tuple[float, int]:
    """Return the share of rows with the most common width of two or more, and that width."""
    widths = [len(row) for row in rows]
    common = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
    return (widths.count(common) / len(widths) if common > 1 else 0.0, common)
