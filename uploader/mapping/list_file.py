"""Read small list files: validation lists as the platform exports them, suppression lists, our own tables."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from uploader.core.unicode_text import decode_unicode

DELIMITERS = ",;\t|"

# Words that head such lists. The first five name the column with the entries, in this order of preference.
VALUE_HEADERS = ("value", "name", "label", "option", "entry")
HEADERS = frozenset({*VALUE_HEADERS, "text", "title", "id", "key", "code", "list", "description", "#"})

Row = Sequence[str]


def read_list(path: Path) -> tuple[str, ...]:
    """Read the entries of a list, in the file's order, trimmed and without repetitions.

    A header is recognized by its words (`Value`, `Id`, …) or by the file's name (`Country` in countries.csv);
    otherwise the first line is an entry. Of several columns the one named `value` (or another of `VALUE_HEADERS`) is
    used, else the first that has not only numbers. If the lines have different numbers of cells, the file is one
    column whose entries contain the delimiter.

    Args:
        path: A CSV file in UTF-8 or UTF-16, with one of `DELIMITERS`.

    Raises:
        OSError: The file can't be read.
        ValueError: It is not such a list; the message does not name the file.
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
    """Read a text file in UTF-8, UTF-16 or UTF-32.

    Raises:
        OSError: The file can't be read.
        ValueError: It is not text; the message does not name the file.
    """
    content = path.read_bytes()
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise ValueError("it is a workbook; save the list as CSV UTF-8")
    try:
        return decode_unicode(content)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text; save the list as CSV UTF-8") from None


def read_rows(path: Path, delimiter: str) -> list[Row]:
    """Read the rows of a CSV file that are not blank. Raises OSError or ValueError like `read_text`."""
    return _split(read_text(path), delimiter)


def _rows(text: str) -> list[Row]:
    """Return the rows that are not blank, all of one width."""
    for delimiter in DELIMITERS:
        rows = _split(text, delimiter)
        if len({len(row) for row in rows}) == 1 and len(rows[0]) > 1 and (delimiter != "," or _is_table(rows)):
            return rows
    return [[",".join(row)] for row in _split(text, ",")]


def _is_table(rows: Sequence[Row]) -> bool:
    """Whether a comma separates cells, and is not part of the entries (`Manager, Sales`)."""
    has_header = any(_singular(cell) in HEADERS for cell in rows[0])
    return has_header or any(all(row[at].strip().isdigit() for row in rows) for at in range(len(rows[0])))


def _split(text: str, delimiter: str) -> list[Row]:
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ValueError(f"it is not CSV: {error}") from None
    return [row for row in rows if any(cell.strip() for cell in row)]


def _header(rows: Sequence[Row], stem: str) -> list[str]:
    """Return the words of the first row if it is a header, else an empty list."""
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
