"""A report as CSV, safe to open in a spreadsheet program."""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

# First characters of a cell that a spreadsheet program evaluates as a formula, or removes ("CSV injection", OWASP).
RISKY = frozenset("=+-@'\t\r\n")

# A program that splits lines at another list separator, and so takes no quotes for what they are, begins a cell after
# each of these too, whichever delimiter the file has. It removes quotes at the beginning of a cell.
_SEPARATOR = r"(?<=[,;\t|\r\n])"
_RISKY_CELL = r"""(?="*[=+\-@'\t\r\n])"""

_SPLIT = re.compile(_SEPARATOR + _RISKY_CELL)
_ESCAPED_SPLIT = re.compile(f"{_SEPARATOR}'{_RISKY_CELL}")


def escape_cells(cells: Iterable[str]) -> list[str]:
    """Return the cells with one apostrophe wherever a spreadsheet program could begin a formula.

    That is before the first character, and after a list separator within the cell.
    """
    # Most cells are empty, or a word or a number: none of those needs a closer look.
    return [cell if not cell or cell.isalnum() else _escape(cell) for cell in cells]


def _escape(cell: str) -> str:
    if not _SPLIT.search(cell):
        return f"'{cell}" if cell[:1] in RISKY else cell
    escaped = _SPLIT.sub("'", cell)
    return f"'{escaped}" if cell[:1] in RISKY else escaped


def unescape_cell(cell: str) -> str:
    """Return the cell without the apostrophes that `escape_cells` added."""
    if "'" not in cell:
        return cell
    text = cell[1:] if cell[:1] == "'" and cell[1:2] in RISKY else cell
    return _ESCAPED_SPLIT.sub("", text)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str) -> None:
    """Write UTF-8 with a byte-order mark.

    An unpaired surrogate, which UTF-8 cannot hold, becomes `?`.

    Raises:
        OSError: The file cannot be written.
    """
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(header)
        writer.writerows(rows)
