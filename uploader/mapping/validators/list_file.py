"""Reads a validation list as the platform exports it, or as someone saved it from a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

DELIMITERS = ",;\t|"

# What stands above such lists. The first five name the column whose texts are sent, in this order of preference.
VALUE_HEADERS = ("value", "name", "label", "option", "entry")
HEADERS = frozenset({*VALUE_HEADERS, "text", "title", "id", "key", "code", "list", "description", "#"})

Row = Sequence[str]


def read_list(path: Path) -> tuple[str, ...]:
    """The entries of a CSV file, in its order, without repetitions and outer blanks.

    A header is known by its words (`Value`, `Id`, …) or by the file's own name (`Country` in countries.csv); a first
    line that is neither is taken for an entry. Of several columns the one named `value` (or another of
    `VALUE_HEADERS`) counts, else the first that does not hold numbers only. A file whose lines have unlike numbers
    of cells is one column whose entries hold the delimiter.
    Raises OSError, or ValueError that says what is wrong, without the file's name.
    """
    rows = _rows(read_text(path))
    header = _header(rows, path.stem)
    column = _column(rows[1:] if header else rows, header)
    cells = [row[column].strip() for row in (rows[1:] if header else rows)]
    entries = tuple(dict.fromkeys(filter(None, cells)))
    if not entries:
        raise ValueError("it has no entries")
    return entries


def read_text(path: Path) -> str:
    """The text of a list. Raises OSError, or ValueError where it is none."""
    content = path.read_bytes()
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise ValueError("it is a workbook; save the list as CSV UTF-8")
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text; save the list as CSV UTF-8") from None


def _rows(text: str) -> list[Row]:
    """The rows that are not blank, all of one width."""
    for delimiter in DELIMITERS:
        rows = _split(text, delimiter)
        if len({len(row) for row in rows}) == 1 and len(rows[0]) > 1 and (delimiter != "," or _is_table(rows)):
            return rows
    return [[",".join(row)] for row in _split(text, ",")]


def _is_table(rows: Sequence[Row]) -> bool:
    """Whether lines with a comma are rows of several cells, not entries that hold it (`Manager, Sales`)."""
    has_header = any(_singular(cell) in HEADERS for cell in rows[0])
    return has_header or any(all(row[at].strip().isdigit() for row in rows) for at in range(len(rows[0])))


def _split(text: str, delimiter: str) -> list[Row]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ValueError(f"it is not CSV: {error}") from None
    return [row for row in rows if any(cell.strip() for cell in row)]


def _header(rows: Sequence[Row], stem: str) -> list[str]:
    """The first row's words, if it is a header."""
    if len(rows) < 2:
        return []
    cells = [_singular(cell) for cell in rows[0]]
    return cells if any(cell in HEADERS or cell == _singular(stem) for cell in cells) else []


def _column(rows: Sequence[Row], header: Sequence[str]) -> int:
    for wanted in VALUE_HEADERS:
        if wanted in header:
            return header.index(wanted)
    width = len(rows[0]) if rows else 1
    texts = (index for index in range(width) if not all(row[index].strip().isdigit() for row in rows))
    return next(texts, 0)


def _singular(text: str) -> str:
    """`Job Titles` and `job_title` -> `jobtitle`, `Countries` -> `country`."""
    word = "".join(char for char in text.casefold() if char.isalnum() or char == "#")
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")
