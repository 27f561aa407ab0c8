"""Read the rows of a workbook's sheet as text."""

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
from uploader.spreadsheet.binary_metadata import read_xls_metadata, read_xls_stream, read_xlsb_metadata
from uploader.spreadsheet.column_names import find_column
from uploader.spreadsheet.csv_reader import Row
from uploader.spreadsheet.header import HEADER_SEARCH_ROWS, find_header, has_columns
from uploader.spreadsheet.sheet_metadata import SheetMetadata
from uploader.spreadsheet.xml_metadata import read_ods_metadata, read_xlsx_metadata
from uploader.spreadsheet.zip_limits import check_archive, check_area, is_zip

# The escapes of U+FFFE and U+FFFF (ECMA-376, part 1, 22.9.2.19), which calamine does not decode.
_NONCHARACTER = re.compile("_x(FFF[EF])_", re.IGNORECASE)


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook.

    Attributes:
        name: Its name.
        cells: All rows from the top, as calamine returns them.
        header: The row number of the header, from 1.
        left: Empty columns at the left, which are dropped.
        columns: The names in the header.
        notes: Messages for the user.
        hidden: Row numbers of hidden rows.
        others: The names of the workbook's other sheets.
    """

    name: str
    cells: list[list[Any]]
    header: int
    left: int
    columns: tuple[str, ...]
    notes: tuple[str, ...]
    hidden: frozenset[int] = frozenset()
    others: tuple[str, ...] = ()

    def read_blocks(self, size: int) -> Iterator[list[Row]]:
        """Yield all rows below the header, `size` at a time."""
        for begin in range(self.header, len(self.cells), size):
            yield [[cell_text(cell) for cell in cells[self.left :]] for cells in self.cells[begin : begin + size]]


def open_workbook(path: Path, wanted: Collection[str], asked: str | None) -> Sheet:
    """Open a workbook and find the sheet with the leads.

    Args:
        path: The file.
        wanted: Column names that the mapping uses; may be empty.
        asked: The name of the sheet that the user chose, or None.

    Raises:
        TableError: The workbook is damaged or protected, or has no such sheet.
    """
    with _convert_errors(path):
        if is_zip(path):
            check_archive(path)
        else:
            read_xls_stream(path)
    with _convert_errors(path), _silence_stderr(), calamine.CalamineWorkbook.from_path(str(path)) as book:
        visible = [sheet.name for sheet in book.sheets_metadata if _is_visible(sheet)]
        names = _sheets_to_read(path, book.sheet_names, visible, asked)
        found, refused = _read_sheets(path, book, names, wanted)
        every = book.sheet_names
    fitting = [sheet for sheet in found if has_columns(sheet.columns, wanted)]
    if refused and not fitting:
        raise refused
    if not found:
        raise TableError(f"{path.name} has no sheet with rows.", "Check that it is the right file.")
    chosen = _first_with_note(fitting if wanted and fitting else _likely_sheets(found, wanted))
    return replace(chosen, others=tuple(name for name in every if name != chosen.name))


def _read_sheets(
    path: Path, book: calamine.CalamineWorkbook, names: list[str], wanted: Collection[str]
) -> tuple[list[Sheet], TableError | None]:
    """Return the sheets that have rows, and why another one can't be read."""
    found, refused = [], None
    for name in names:
        try:
            if sheet := _read_sheet(path, book, name, wanted):
                found.append(sheet)
        except TableError as error:
            refused = error
    return found, refused


def _fit_score(sheet: Sheet, wanted: Collection[str]) -> tuple[int, int]:
    """Return how many wanted columns a sheet has, and how wide it is: notes and summaries are narrow."""
    columns = sum(find_column(name, sheet.columns) is not None for name in wanted)
    return columns, len(sheet.columns)


def _likely_sheets(found: list[Sheet], wanted: Collection[str]) -> list[Sheet]:
    """Return the sheet that fits best, and others that may be the right one too.

    A cover or a legend is narrower than a list of leads, or empty, or has no addresses where that has some.
    """
    best, *rest = sorted(found, key=lambda sheet: _fit_score(sheet, wanted), reverse=True)
    least = max(1, _content_score(best))
    return [best, *(one for one in rest if len(one.columns) * 2 >= len(best.columns) and _content_score(one) >= least)]


def _content_score(sheet: Sheet) -> int:
    """Return 0 for no rows, 1 for rows, and 2 if the first of them have e-mail addresses."""
    below = [
        str(cell)
        for row in sheet.cells[sheet.header : sheet.header + HEADER_SEARCH_ROWS]
        for cell in row
        if str(cell).strip()
    ]
    return bool(below) + any("@" in cell for cell in below)


@contextmanager
def _convert_errors(path: Path) -> Iterator[None]:
    """Raise TableError for what the libraries raise about a damaged workbook."""
    try:
        yield
    except calamine.PasswordError:
        raise TableError(f"{path.name} is protected by a password.", "Save a copy without a password.") from None
    except (calamine.CalamineError, zipfile.BadZipFile, ElementTree.ParseError, struct.error, OSError) as error:
        raise _unreadable(path, error) from None
    except (ValueError, LookupError, OverflowError) as error:
        raise _unreadable(path, error) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # panics of calamine are not of class Exception
            raise
        raise _unreadable(path, "its content contradicts itself") from None


@contextmanager
def _silence_stderr() -> Iterator[None]:
    """Discard the process's stderr, to which calamine's panics write a stack trace."""
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


def _read_metadata(path: Path, sheet: str) -> SheetMetadata:
    """Return what calamine does not report about a sheet."""
    if not zipfile.is_zipfile(path):
        return read_xls_metadata(read_xls_stream(path), sheet)
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" in names:
            return read_xlsx_metadata(archive, sheet)
        return read_xlsb_metadata(archive, sheet) if "xl/workbook.bin" in names else read_ods_metadata(archive, sheet)


def cell_text(cell: Any) -> str:
    """Return a cell as text: whole numbers without `.0`, dates as YYYY-MM-DD with the time if there is one."""
    if isinstance(cell, str):
        return _NONCHARACTER.sub(lambda found: chr(int(found[1], 16)), cell) if "_x" in cell else cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return str(cell.date()) if cell.time() == dt.time() else cell.isoformat(" ", "seconds")
    return str(cell)


def _sheets_to_read(path: Path, names: list[str], visible: list[str], asked: str | None) -> list[str]:
    """Return the names of the sheets to read. Raises TableError if the sheet that was asked for is missing."""
    if asked is None:
        return visible
    if asked in names:
        return [asked]
    known = ", ".join(names)
    raise TableError(f"{path.name} has no sheet {asked!r}{did_you_mean(asked, names)}", f"It has: {known}.")


def _read_sheet(path: Path, book: calamine.CalamineWorkbook, name: str, wanted: Collection[str]) -> Sheet | None:
    """Return a sheet with its header, or None if it has no rows."""
    metadata = _read_metadata(path, name)
    check_area(path.name, name, metadata.rows, metadata.columns)
    cells = _read_cells(book, name, metadata)
    top = [[cell_text(cell) for cell in row] for row in cells[:HEADER_SEARCH_ROWS]]
    place = find_header(top, wanted)
    if place is None:
        return None
    header = top[place]
    left = min(first for row in cells[place:] if (first := _first_filled_column(row)) is not None)
    width = max(column for column, cell in enumerate(header) if cell.strip()) + 1
    hidden = frozenset(
        row + 1 for row in metadata.hidden if place < row < len(cells) and any(map(cell_text, cells[row]))
    )
    notes = [f"the header is row {place + 1}"] if place else []
    if hidden:
        notes.append(f"{len(hidden):,} of the rows {'is' if len(hidden) == 1 else 'are'} hidden, but will be sent too")
    return Sheet(name, cells, place + 1, left, tuple(header[left:width]), tuple(notes), hidden)


def _first_filled_column(row: list[Any]) -> int | None:
    """Return the first column of a row that is not blank, or None."""
    return next((column for column, cell in enumerate(row) if cell != "" and str(cell).strip()), None)


def _read_cells(book: calamine.CalamineWorkbook, name: str, metadata: SheetMetadata) -> list[list[Any]]:
    """Return all cells of a sheet from the first row and column, with error values in their places."""
    cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    for (row, column), text in metadata.errors.items():
        if row < len(cells) and column < len(cells[row]):
            cells[row][column] = text
        elif row < len(cells):
            cells[row] += [""] * (column - len(cells[row])) + [text]
    return cells


def _first_with_note(fitting: list[Sheet]) -> Sheet:
    """Return the first sheet, with a note if others fit too."""
    sheet = fitting[0]
    if len(fitting) == 1:
        return sheet
    others = ", ".join(other.name for other in fitting[1:])
    note = f"reading sheet {sheet.name!r}; {others} would fit too (choose with --sheet)"
    return replace(sheet, notes=(*sheet.notes, note))


def _is_visible(sheet: calamine.SheetMetadata) -> bool:
    return sheet.visible == calamine.SheetVisibleEnum.Visible and sheet.typ == calamine.SheetTypeEnum.WorkSheet
