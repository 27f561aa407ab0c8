"""A report as CSV, safe to open in a spreadsheet program."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

# What a spreadsheet program would take for a formula, or cut off ("CSV injection", OWASP).
RISKY = frozenset("=+-@'\t\r\n")


def escaped(cells: Iterable[str]) -> list[str]:
    """One apostrophe in front of each cell that a spreadsheet program would run or mangle."""
    return [f"'{cell}" if cell[:1] in RISKY else cell for cell in cells]


def unescape(cell: str) -> str:
    """Takes exactly the apostrophe away that `escaped` put there."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in RISKY else cell


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str) -> None:
    """UTF-8 with a byte-order mark; half of a surrogate pair, which UTF-8 can't hold, becomes `?`. Raises OSError."""
    with path.open("w", encoding="utf-8-sig", errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(header)
        writer.writerows(rows)
