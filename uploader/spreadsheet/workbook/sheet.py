"""Find the sheet with the leads in a workbook, and give its rows below the header in blocks."""

import itertools
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import TableError
from uploader.core.messages import list_names
from uploader.spreadsheet.column_names import find_column
from uploader.spreadsheet.header import HEADER_SEARCH_ROWS, check_not_low, find_header, has_columns, note_header
from uploader.spreadsheet.time_limit import TimeLimit
from uploader.spreadsheet.workbook.model import CellCounter, Rows, SheetRow, Workbook

Row = list[str]

# Cells of a sheet that are kept in memory. Of a larger one the rows are read from the file each time.
MAX_KEPT_CELLS = 2_500_000

_MAX_BLOCK_CELLS = 500_000

_SAMPLE_ROWS = HEADER_SEARCH_ROWS  # below the header, by which sheets are compared


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook.

    Attributes:
        path: The workbook.
        name: The name of the sheet.
        header: The row number of the header, from 1.
        columns: The names in the header.
        top: The first rows with a value, from the header on.
        left: Empty columns at the left, which are dropped.
        rows: The rows below the header that have a value; None if there are too many to keep.
        notes: Messages for the user.
        hidden: Row numbers of hidden rows, of those that were read so far.
        others: The names of the workbook's other sheets.
        rivals: Those of them that may have the leads as well.
    """

    path: Path
    name: str
    header: int
    columns: tuple[str, ...]
    top: tuple[SheetRow, ...]
    left: int = 0
    rows: tuple[SheetRow, ...] | None = None
    notes: tuple[str, ...] = ()
    hidden: set[int] = field(default_factory=set)
    others: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()

    def read_blocks(self, size: int) -> Iterator[list[Row]]:
        """Yield all rows below the header, blank ones too, `size` or (if they are wide) fewer at a time."""
        size = max(1, min(size, _MAX_BLOCK_CELLS // max(1, len(self.columns))))
        limit = TimeLimit()
        with closing(self._read_rows(limit)) as rows:
            filled = self._fill_gaps(rows)
            while block := list(itertools.islice(filled, size)):
                yield block
                limit.restart()

    def _read_rows(self, limit: TimeLimit) -> Rows:
        if self.rows is not None:
            yield from self.rows
            return
        with _opened_workbook(self.path, limit) as workbook:
            yield from _rows_below(workbook, self.path, self.name, self.header)

    def _fill_gaps(self, rows: Iterator[SheetRow]) -> Iterator[Row]:
        """Yield the cells of each row, and of the blank rows between them."""
        last = self.header
        for number, cells, is_hidden in rows:
            if number <= last:
                raise TableError(f"{self.path.name}: row {number} comes after row {last}.", "Save the workbook again.")
            if number > last + 1:
                yield from itertools.repeat([], number - last - 1)
            if is_hidden:
                self.hidden.add(number)
            yield cells[self.left :] if self.left else cells
            last = number


def open_sheet(path: Path, wanted: Collection[str], asked: str | None) -> Sheet:
    """Open a workbook and find the sheet with the leads.

    Args:
        path: The file.
        wanted: Column names that the mapping uses; may be empty.
        asked: The name of the sheet that the user chose, or None.

    Raises:
        TableError: The workbook is damaged or protected, or has no such sheet.
    """
    with _opened_workbook(path, TimeLimit()) as workbook:
        names = [sheet.name for sheet in workbook.sheets]
        visible = [sheet.name for sheet in workbook.sheets if sheet.is_visible]
        found, refused = _read_tops(path, workbook, _sheets_to_read(path, names, visible, asked), wanted)
        fitting = [sheet for sheet in found if has_columns(sheet.columns, wanted)]
        if refused and not fitting:
            raise refused
        if not found:
            raise TableError(f"{path.name} has no sheet with rows.", "Check that it is the right file.")
        chosen = _first_with_note(fitting if wanted and fitting else _likely_sheets(found, wanted))
        loaded = _load(workbook, chosen)
    return replace(loaded, others=tuple(name for name in names if name != chosen.name))


def _sheets_to_read(path: Path, names: list[str], visible: list[str], asked: str | None) -> list[str]:
    """Return the names of the sheets to read. Raises TableError if the sheet that was asked for is missing."""
    if asked is None:
        return visible
    if asked in names:
        return [asked]
    raise TableError(f"{path.name} has no sheet {asked!r}{did_you_mean(asked, names)}", f"It has: {list_names(names)}.")


def _read_tops(
    path: Path, workbook: Workbook, names: list[str], wanted: Collection[str]
) -> tuple[list[Sheet], TableError | None]:
    """Return the sheets that have rows, and why another one can't be read."""
    found, refused = [], None
    for name in names:
        try:
            if sheet := _read_top(path, workbook, name, wanted):
                found.append(sheet)
        except TableError as error:
            refused = error
    return found, refused


def _read_top(path: Path, workbook: Workbook, name: str, wanted: Collection[str]) -> Sheet | None:
    """Return a sheet with its header and first rows, or None if it has no rows."""
    rows: list[SheetRow] = []
    counter = CellCounter(path.name, name)
    with closing(workbook.read_rows(name)) as source:
        for row in source:
            counter.count(row)
            rows.append(row)
            if row.number > HEADER_SEARCH_ROWS and len(rows) >= HEADER_SEARCH_ROWS + _SAMPLE_ROWS:
                break
    by_number = {row.number: row.cells for row in rows}
    first = [by_number.get(number, []) for number in range(1, HEADER_SEARCH_ROWS + 1)]
    check_not_low(f"{path.name}, sheet {name!r}", [(row.number, row.cells) for row in rows], wanted)
    if not any(first) and rows:
        place = find_header([row.cells for row in rows], wanted)
        return None if place is None else _sheet(path, name, rows[place].number, rows)
    place = find_header(first, wanted)
    return None if place is None else _sheet(path, name, place + 1, rows)


def _sheet(path: Path, name: str, header: int, rows: list[SheetRow]) -> Sheet:
    top = tuple(row for row in rows if row.number >= header)
    cells = next(row.cells for row in top if row.number == header)
    width = max(column for column, cell in enumerate(cells) if cell.strip()) + 1
    notes = (note_header(header),) if header > 1 else ()
    return Sheet(path, name, header, tuple(cells[:width]), top, notes=notes)


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
    below = [cell for row in sheet.top[1 : _SAMPLE_ROWS + 1] for cell in row.cells if cell.strip()]
    return bool(below) + any("@" in cell for cell in below)


def _first_with_note(fitting: list[Sheet]) -> Sheet:
    """Return the first sheet, with a note if others would fit too."""
    sheet = fitting[0]
    if len(fitting) == 1:
        return sheet
    rivals = tuple(other.name for other in fitting[1:])
    note = f"reading sheet {sheet.name!r}; {', '.join(rivals)} would fit too (choose with --sheet)"
    return replace(sheet, notes=(*sheet.notes, note), rivals=rivals)


def _rows_below(workbook: Workbook, path: Path, name: str, header: int) -> Rows:
    """Yield the rows below a header, within the limits of a sheet."""
    counter = CellCounter(path.name, name)
    for row in workbook.read_rows(name):
        if row.number > header:
            counter.count(row)
            yield row


def _load(workbook: Workbook, sheet: Sheet) -> Sheet:
    """Return a sheet with its rows, if there are not too many, and with what they say about the whole."""
    if workbook.is_large(sheet.name):
        return sheet
    rows: list[SheetRow] = []
    cells = 0
    for row in _rows_below(workbook, sheet.path, sheet.name, sheet.header):
        cells += len(row.cells)
        if cells > MAX_KEPT_CELLS:
            return sheet
        rows.append(row)
    rows = _in_order(rows)
    left = _first_filled(sheet.top[0].cells)
    if left:
        left = min([left, *(_first_filled(row.cells) for row in rows)])
    hidden = {row.number for row in rows if row.is_hidden and any(map(str.strip, row.cells))}
    notes = sheet.notes
    if hidden:
        are = "is" if len(hidden) == 1 else "are"
        notes = (*notes, f"{len(hidden):,} of the rows {are} hidden; they are sent like the others")
    return replace(sheet, rows=tuple(rows), left=left, columns=sheet.columns[left:], notes=notes, hidden=hidden)


def _in_order(rows: list[SheetRow]) -> list[SheetRow]:
    """Return rows in the order of their numbers; where a number comes twice, the last row counts."""
    if all(one.number < other.number for one, other in itertools.pairwise(rows)):
        return rows
    by_number = {row.number: row for row in rows}
    return [by_number[number] for number in sorted(by_number)]


def _first_filled(cells: Row) -> int:
    """Return the first column with anything but blanks in it; the number of columns if there is none."""
    return next((column for column, cell in enumerate(cells) if cell and cell.strip()), len(cells))


def _opened_workbook(path: Path, limit: TimeLimit) -> AbstractContextManager[Workbook]:
    from uploader.spreadsheet.workbook.opening import opened_workbook  # noqa: PLC0415 - not loaded for a CSV file

    return opened_workbook(path, limit)
