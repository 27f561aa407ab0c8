"""A report as CSV, safe to open in a spreadsheet program."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

# First characters of a cell that a spreadsheet program evaluates as a formula, or removes ("CSV injection", OWASP).
RISKY = frozenset("=+-@'\t\r\n")


def escape_cells(cells: Iterable[str]) -> list[str]:
    """Return the cells, each that a spreadsheet program would evaluate or change with one apostrophe in front."""
    return [f"'{cell}" if cell[:1] in RISKY else cell for cell in cells]


def unescape_cell(cell: str) -> str:
    """Return the cell without the apostrophe that `escape_cells` added."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in RISKY else cell


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
