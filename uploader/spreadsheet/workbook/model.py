"""What every kind of workbook gives: the names of its sheets, and their rows as text."""

from collections.abc import Generator, Sequence
from typing import NamedTuple, Protocol

from uploader.core.errors import TableError

# Cells of a sheet between its first column and each row's last value, filled or not. A million rows of 40 columns.
MAX_CELLS = 50_000_000


class SheetRow(NamedTuple):
    """A row with a value in it.

    Attributes:
        number: Its number, from 1.
        cells: The texts of its cells from column A to the last one with a value; an empty cell is "".
        is_hidden: Whether the spreadsheet program does not show it.
    """

    number: int
    cells: list[str]
    is_hidden: bool = False


Rows = Generator[SheetRow, None, None]


class SheetName(NamedTuple):
    """A sheet with cells, which the user may have hidden."""

    name: str
    is_visible: bool


class Workbook(Protocol):
    """An opened workbook."""

    sheets: Sequence[SheetName]

    def read_rows(self, sheet: str) -> Rows:
        """Yield the rows of a sheet that have a value, in the file's order."""

    def is_large(self, sheet: str) -> bool:
        """Return whether a sheet has too many rows to keep them in memory."""

    def close(self) -> None:
        """Close the file."""


class DamagedError(Exception):
    """The workbook's bytes contradict each other."""


class ProtectedError(Exception):
    """The workbook is encrypted."""


class CellCounter:
    """Refuse a sheet whose values are so far apart that the area between them is absurd."""

    def __init__(self, file: str, sheet: str) -> None:
        self._file = file
        self._sheet = sheet
        self._cells = 0

    def count(self, row: SheetRow) -> None:
        """Count the cells of a row. Raises TableError."""
        self._cells += len(row.cells)
        if self._cells > MAX_CELLS:
            raise TableError(
                f"{self._file}: sheet {self._sheet!r} has more than {MAX_CELLS:,} cells up to row {row.number:,} and "
                f"column {len(row.cells):,}.",
                "Delete stray cells far to the right of the list, or save the sheet as CSV.",
            )
