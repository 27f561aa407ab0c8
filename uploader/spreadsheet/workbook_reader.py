"""Rows of a workbook's sheet as text."""

import datetime as dt
import os
import re
import struct
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import python_calamine as calamine

from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import TableError
from uploader.spreadsheet.binary_metadata import xls_marks, xls_stream, xlsb_marks
from uploader.spreadsheet.column_names import find_column
from uploader.spreadsheet.csv_reader import Row
from uploader.spreadsheet.header import ROWS, header_row, held
from uploader.spreadsheet.sheet_metadata import SheetMetadata
from uploader.spreadsheet.xml_metadata import ods_marks, xlsx_marks
from uploader.spreadsheet.zip_limits import is_archive, refuse_area, refuse_bombs

# The escapes for U+FFFE and U+FFFF (ECMA-376, part 1, 22.9.2.19), which calamine leaves as they are.
_NONCHARACTER = re.compile("_x(FFF[EF])_", re.IGNORECASE)


@dataclass(frozen=True)
class Sheet:
    """A sheet's rows, and where its header is; the first `left` columns are empty and no columns.

    `hidden` are the numbers of rows that the spreadsheet program does not show, `others` the workbook's other sheets.
    """

    name: str
    cells: list[list[Any]]
    header: int
    left: int
    columns: tuple[str, ...]
    notes: tuple[str, ...]
    hidden: frozenset[int] = frozenset()
    others: tuple[str, ...] = ()

    def parts(self, size: int) -> Iterator[list[Row]]:
        """All rows below the header, so many at a time."""
        for begin in range(self.header, len(self.cells), size):
            yield [[as_text(cell) for cell in cells[self.left :]] for cells in self.cells[begin : begin + size]]


def look_at(path: Path, wanted: Collection[str], asked: str | None) -> Sheet:
    """Opens a workbook and finds the sheet and its header. Raises TableError."""
    with _faults_told(path):
        if is_archive(path):
            refuse_bombs(path)
        else:
            xls_stream(path)
    with _faults_told(path), _silent(), calamine.CalamineWorkbook.from_path(str(path)) as book:
        visible = [sheet.name for sheet in book.sheets_metadata if _is_visible(sheet)]
        names = _chosen(path, book.sheet_names, visible, asked)
        found, refused = _sheets(path, book, names, wanted)
        every = book.sheet_names
    fitting = [sheet for sheet in found if held(sheet.columns, wanted)]
    if refused and not fitting:
        raise refused
    if not found:
        raise TableError(f"{path.name} has no sheet with rows.", "Is it the right file?")
    chosen = _with_note(fitting if wanted and fitting else _meant(found, wanted))
    return replace(chosen, others=tuple(name for name in every if name != chosen.name))


def _sheets(
    path: Path, book: calamine.CalamineWorkbook, names: list[str], wanted: Collection[str]
) -> tuple[list[Sheet], TableError | None]:
    """The sheets that have rows, and why another can't be read."""
    found, refused = [], None
    for name in names:
        try:
            if sheet := _sheet(path, book, name, wanted):
                found.append(sheet)
        except TableError as error:
            refused = error
    return found, refused


def _fit(sheet: Sheet, wanted: Collection[str]) -> tuple[int, int]:
    """How many wanted columns a sheet has; then how wide it is: notes and summaries are narrow."""
    columns = sum(find_column(name, sheet.columns) is not None for name in wanted)
    return columns, len(sheet.columns)


def _meant(found: list[Sheet], wanted: Collection[str]) -> list[Sheet]:
    """The sheet that fits best, and others that could be meant as well: a cover, a legend or a list is narrower than a
    table of leads, or empty, or has no addresses where that one has some."""
    best, *rest = sorted(found, key=lambda sheet: _fit(sheet, wanted), reverse=True)
    least = max(1, _filling(best))
    return [best, *(one for one in rest if len(one.columns) * 2 >= len(best.columns) and _filling(one) >= least)]


def _filling(sheet: Sheet) -> int:
    """0 for no rows, 1 for rows, 2 where the first of them have e-mail addresses."""
    below = [str(cell) for row in sheet.cells[sheet.header : sheet.header + ROWS] for cell in row if str(cell).strip()]
    return bool(below) + any("@" in cell for cell in below)


@contextmanager
def _faults_told(path: Path) -> Iterator[None]:
    """What the libraries raise for a broken workbook, as TableError."""
    try:
        yield
    except calamine.PasswordError:
        raise TableError(f"{path.name} is protected by a password.", "Save a copy without one.") from None
    except (calamine.CalamineError, zipfile.BadZipFile, ElementTree.ParseError, struct.error, OSError) as error:
        raise _unreadable(path, error) from None
    except (ValueError, LookupError, OverflowError) as error:
        raise _unreadable(path, error) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # calamine's own faults, which are no Exception
            raise
        raise _unreadable(path, "its content contradicts itself") from None


@contextmanager
def _silent() -> Iterator[None]:
    """calamine's faults write a stack trace to the process's stderr before they come here as exceptions."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nothing)
        os.close(kept)


def _unreadable(path: Path, error: object) -> TableError:
    return TableError(f"{path.name} can't be read as a workbook: {error}.", "Save it again as xlsx or CSV.")


def _marks(path: Path, sheet: str) -> SheetMetadata:
    """What calamine does not tell of a sheet."""
    if not zipfile.is_zipfile(path):
        return xls_marks(xls_stream(path), sheet)
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            return xlsx_marks(archive, sheet)
        return xlsb_marks(archive, sheet) if "xl/workbook.bin" in names else ods_marks(archive, sheet)


def as_text(cell: Any) -> str:
    """A cell as text: whole numbers without `.0`, dates as YYYY-MM-DD with the time if there is one."""
    if isinstance(cell, str):
        return _NONCHARACTER.sub(lambda found: chr(int(found[1], 16)), cell) if "_x" in cell else cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer():
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


def _sheet(path: Path, book: calamine.CalamineWorkbook, name: str, wanted: Collection[str]) -> Sheet | None:
    """The sheet with its header, or None if it has no rows."""
    marks = _marks(path, name)
    refuse_area(path.name, name, marks.rows, marks.columns)
    cells = _cells(book, name, marks)
    top = [[as_text(cell) for cell in row] for row in cells[:ROWS]]
    place = header_row(top, wanted)
    if place is None:
        return None
    header = top[place]
    left = min(first for row in cells[place:] if (first := _first_filled(row)) is not None)
    width = max(column for column, cell in enumerate(header) if cell.strip()) + 1
    hidden = frozenset(row + 1 for row in marks.hidden if place < row < len(cells) and any(map(as_text, cells[row])))
    notes = [f"the header is row {place + 1}"] if place else []
    if hidden:
        notes.append(
            f"{len(hidden):,} of the rows {'is' if len(hidden) == 1 else 'are'} hidden; they count like the others"
        )
    return Sheet(name, cells, place + 1, left, tuple(header[left:width]), tuple(notes), hidden)


def _first_filled(row: list[Any]) -> int | None:
    """The first column of a row with anything in it."""
    return next((column for column, cell in enumerate(row) if cell != "" and str(cell).strip()), None)


def _cells(book: calamine.CalamineWorkbook, name: str, marks: SheetMetadata) -> list[list[Any]]:
    """All cells of a sheet from its first row and column on, error values in their places."""
    cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    for (row, column), text in marks.errors.items():
        if row < len(cells) and column < len(cells[row]):
            cells[row][column] = text
        elif row < len(cells):
            cells[row] += [""] * (column - len(cells[row])) + [text]
    return cells


def _with_note(fitting: list[Sheet]) -> Sheet:
    """The first; a note says so when there were others."""
    sheet = fitting[0]
    if len(fitting) == 1:
        return sheet
    others = ", ".join(other.name for other in fitting[1:])
    note = f"sheet {sheet.name!r} was taken; {others} would fit too (say --sheet)"
    return replace(sheet, notes=(*sheet.notes, note))


def _is_visible(sheet: calamine.SheetMetadata) -> bool:
    return sheet.visible == calamine.SheetVisibleEnum.Visible and sheet.typ == calamine.SheetTypeEnum.WorkSheet
