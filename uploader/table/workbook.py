"""Rows of a workbook's sheet as text, numbered as the spreadsheet program shows them."""

import datetime as dt
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import python_calamine as calamine

from uploader.errors import TableError
from uploader.suggest import did_you_mean
from uploader.table.csvfile import Numbered
from uploader.table.errorcells import error_cells
from uploader.table.header import ROWS, header_row, held

# A workbook that unpacks to more than this is not a list of leads: bytes. A million rows of ten columns are 400 MB.
MAX_UNPACKED = 2 * 1024**3

# A spreadsheet's numbers are floats: beyond this they have lost digits, and are shown as they are.
EXACT = 1e15


@dataclass(frozen=True)
class Sheet:
    """A sheet's rows, and where its header is; the first `left` columns are empty and no columns."""

    name: str
    cells: list[list[Any]]
    header: int
    left: int
    columns: tuple[str, ...]
    notes: tuple[str, ...]

    def rows(self) -> Iterator[Numbered]:
        """All rows below the header."""
        for number in range(self.header, len(self.cells)):
            yield number + 1, [as_text(cell) for cell in self.cells[number][self.left :]]


def look_at(path: Path, wanted: Collection[str], asked: str | None) -> Sheet:
    """Opens a workbook and finds the sheet and its header. Raises TableError."""
    _refuse_bombs(path)
    try:
        with calamine.CalamineWorkbook.from_path(str(path)) as book:
            names = [sheet.name for sheet in book.sheets_metadata if _is_visible(sheet)]
            names = _chosen(path, book.sheet_names, names, asked)
            sheets = [(name, _cells(path, book, name)) for name in names]
    except calamine.PasswordError:
        raise TableError(f"{path.name} is protected by a password.", "Save a copy without one.") from None
    except (calamine.CalamineError, zipfile.BadZipFile, ElementTree.ParseError, OSError, ValueError) as error:
        raise TableError(
            f"{path.name} can't be read as a workbook: {error}.", "Save it again as xlsx or CSV."
        ) from None
    found = [sheet for name, cells in sheets if (sheet := _sheet(name, cells, wanted))]
    if not found:
        raise TableError(f"{path.name} has no sheet with rows.", "Is it the right file?")
    fitting = [sheet for sheet in found if held(sheet.columns, wanted)] or found
    return _with_note(fitting)


def _cells(path: Path, book: calamine.CalamineWorkbook, name: str) -> list[list[Any]]:
    """All cells of a sheet from its first row and column on, error values in their places."""
    cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    for (row, column), text in error_cells(path, name).items():
        if row < len(cells) and column < len(cells[row]):
            cells[row][column] = text
    return cells


def as_text(cell: Any) -> str:
    """A cell as text: whole numbers without `.0`, dates as YYYY-MM-DD with the time if there is one."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return str(cell.date()) if cell.time() == dt.time() else cell.isoformat(" ", "seconds")
    return str(cell)


def _chosen(path: Path, names: list[str], visible: list[str], asked: str | None) -> list[str]:
    """The sheets to look at."""
    if asked is None:
        return visible
    if asked in names:
        return [asked]
    known = ", ".join(names)
    raise TableError(f"{path.name} has no sheet {asked!r}{did_you_mean(asked, names)}", f"It has: {known}.")


def _sheet(name: str, cells: list[list[Any]], wanted: Collection[str]) -> Sheet | None:
    """The sheet with its header, or None if it has no rows."""
    top = [[as_text(cell) for cell in row] for row in cells[:ROWS]]
    place = header_row(top, wanted)
    if place is None:
        return None
    header = top[place]
    left = next(column for column, cell in enumerate(header) if cell.strip())
    width = max(column for column, cell in enumerate(header) if cell.strip()) + 1
    notes = (f"the header is row {place + 1}",) if place else ()
    return Sheet(name, cells, place + 1, left, tuple(header[left:width]), notes)


def _with_note(fitting: list[Sheet]) -> Sheet:
    """The first; a note says so when there were others."""
    sheet = fitting[0]
    if len(fitting) == 1:
        return sheet
    others = ", ".join(other.name for other in fitting[1:])
    note = f"sheet {sheet.name!r} was taken; {others} would fit too (say --sheet)"
    return Sheet(sheet.name, sheet.cells, sheet.header, sheet.left, sheet.columns, (*sheet.notes, note))


def _is_visible(sheet: calamine.SheetMetadata) -> bool:
    return sheet.visible == calamine.SheetVisibleEnum.Visible and sheet.typ == calamine.SheetTypeEnum.WorkSheet


def _refuse_bombs(path: Path) -> None:
    """Raises TableError for an archive that is damaged, or would unpack to an absurd size."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise TableError(f"{path.name} is damaged: {error}.", "Save it again.") from None
    if unpacked > MAX_UNPACKED:
        raise TableError(f"{path.name} would unpack to {unpacked / 1e9:.1f} GB.", "Split it, or save it as CSV.")
