"""Compares a report with the uploaded file: stripped zeros and plus signs, shifted rows, changes that are not sent."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from uploader.core.errors import UploaderError
from uploader.core.model import Problem
from uploader.ledger import Ledger
from uploader.mapping.row_mapper import MappedRows, RowMapper
from uploader.pipeline.inputs import reopen
from uploader.report.lead_matcher import SentRow
from uploader.report.reader import PastReport
from uploader.spreadsheet import Chunk

MAX_CELLS = 200_000  # cells with leading zeros that are kept in memory; beyond it, they are not compared
MAX_KEPT_CELLS = 200_000  # mapped cells of the file that are kept in memory; beyond it, changes are not looked for
MAX_SHIFTED = 200_000  # rows with cells beyond the header that are kept in memory; beyond it, they are not compared

MAX_FILE_SIZE = 20_000_000  # bytes of a file that is read although no row of it is sent again

# A number as text, which spreadsheet programs turn into a number: 02134, +447700900123.
_PADDED = re.compile(r"[+0][\d ]*\d")


_WORD = re.compile(r"\w+")

_SHIFTED_HINT = "Correct the cells of this row: a cell without quotes may have contained the delimiter"
_UNCOMPARED_HINT = (
    "The uploaded file is gone or has changed, so a correction can't be recognized: correct the cells of this row, "
    "clear its upload_reason"
)


class ChangedCell(NamedTuple):
    """A cell of a report that lacks characters: the positions of its row and its column, and what it was before."""

    place: int
    column: int
    before: str


@dataclass(frozen=True)
class _ShiftedRow:
    """A row of the uploaded file that has cells beyond the header: what is wrong, and a digest of its other cells."""

    problem: Problem
    digest: int


@dataclass
class _UploadedFile:
    """What is compared with the uploaded file.

    Attributes:
        places: The positions of the report's columns and of the file's, where both have a column.
        mapped: Those of columns that are sent.
        cells: The cells that are sent, by row number; None if they are too many.
        padded: The cells that a program may strip, by row number and position of the report's column.
        shifted: The rows with cells beyond the header, by row number; None if they are too many.
    """

    places: Sequence[tuple[int, int]]
    mapped: Sequence[tuple[int, int]]
    cells: dict[int, tuple[str, ...]] | None = field(default_factory=dict)
    padded: dict[tuple[int, int], str] | None = field(default_factory=dict)
    shifted: dict[int, _ShiftedRow] | None = field(default_factory=dict)

    def add(self, chunk: Chunk) -> None:
        """Keep what is compared of some rows of the file."""
        if self.cells is not None:
            rows = zip(*(chunk.columns[at] for _, at in self.mapped), strict=True)
            self.cells.update(zip(chunk.rows, rows, strict=bool(self.mapped)))
            self.cells = self.cells if len(self.cells) * len(self.mapped) <= MAX_KEPT_CELLS else None
        if self.padded is not None:
            for place, at in self.places:
                cells = zip(chunk.rows, chunk.columns[at], strict=True)
                self.padded.update({(row, place): cell for row, cell in cells if _PADDED.fullmatch(cell.strip())})
            self.padded = self.padded if len(self.padded) <= MAX_CELLS else None
        if self.shifted is not None:
            for at, problem in chunk.faults.items():
                digest = _digest(chunk.columns[column][at] for _, column in self.places)
                self.shifted[chunk.rows[at]] = _ShiftedRow(problem, digest)
            self.shifted = self.shifted if len(self.shifted) <= MAX_SHIFTED else None


@dataclass(frozen=True)
class OriginalValues:
    """Compares rows of a report with the file that was uploaded, if that is still there and unchanged.

    A row with cells beyond the header lacks them in the report. It stays invalid until its other cells are corrected.

    Attributes:
        ledger: Knows the file.
        family: The upload that the report goes back to.
        columns: The names of the report's input columns.
        mapper: Maps the rows.
    """

    ledger: Ledger
    family: str
    columns: Sequence[str]
    mapper: RowMapper

    def __call__(self, chunk: Chunk, places: Sequence[int], reasons: Mapping[int, str]) -> Mapping[int, Problem]:
        """Return the problem of each row that would be sent without its zeros or plus sign, or still shifted.

        Args:
            chunk: The input's cells, numbered as in the file that was uploaded.
            places: The positions of the rows that are sent again and belong to the upload.
            reasons: Reasons that name cells beyond the header, by position, also of rows of other uploads.
        """
        return {**self._stripped_rows(chunk, places), **self._shifted_rows(chunk, places, reasons)}

    def changed_rows(self, chunk: Chunk, rows: Mapping[int, SentRow]) -> set[int]:
        """Return the positions of rows whose cells have changed since the file was uploaded, not only in form.

        Rows that a retry has sent are not compared: their cells were corrected before that.

        Args:
            chunk: The input's cells.
            rows: Where they were sent, by position.
        """
        asked = {place: row.number for place, row in rows.items() if row.run == self.family}
        file = self._file if asked and self._is_small else None
        if file is None or file.cells is None:
            return set()
        columns = [chunk.columns[column] for column, _ in file.mapped]
        found = set()
        for place, number in asked.items():
            before, now = file.cells.get(number), tuple(column[place] for column in columns)
            if before is not None and before != now and _digest(before) != _digest(now):
                found.add(place)
        return found

    @cached_property
    def _is_small(self) -> bool:
        """Whether the uploaded file is small enough to be read for nothing but a warning."""
        run = self.ledger.runs.find(self.family)
        try:
            return run is not None and not run.is_purged and Path(run.file).stat().st_size <= MAX_FILE_SIZE
        except OSError:
            return False

    def _shifted_rows(self, chunk: Chunk, places: Sequence[int], reasons: Mapping[int, str]) -> dict[int, Problem]:
        """Return the problem of each row with cells beyond the header that no one has corrected since."""
        file = self._file if places else None
        if file is None or file.shifted is None:
            return {at: Problem(reason, _UNCOMPARED_HINT) for at, reason in reasons.items()}
        others = reasons.keys() - set(places)
        found = {at: Problem(reasons[at], _UNCOMPARED_HINT) for at in others}
        for place in places if file.shifted else ():
            row = file.shifted.get(chunk.rows[place])
            if row and row.digest == _digest(chunk.columns[column][place] for column, _ in file.places):
                found[place] = Problem(row.problem.text, _SHIFTED_HINT)
        return found

    def _stripped_rows(self, chunk: Chunk, places: Sequence[int]) -> dict[int, Problem]:
        """Return the problem of each row that would be sent without its zeros or plus sign."""
        changed = [cell for place in places for cell in self._changed_cells(chunk, place)]
        if not changed:
            return {}
        now, before = self._map(chunk, changed, restore=False), self._map(chunk, changed, restore=True)
        lost = [cell for at, cell in enumerate(changed) if _values(now, at) != _values(before, at)]
        return {cell.place: self._problem(chunk, cell) for cell in reversed(lost)}  # of several the first is named

    @cached_property
    def _file(self) -> _UploadedFile | None:
        """What is compared with the uploaded file; None if there is no such file any more."""
        try:
            run = self.ledger.runs.find(self.family)
            if run is None:
                return None
            source, _ = reopen(run, self.ledger)
            if isinstance(source, PastReport):
                return None
            names = enumerate(source.columns)
            places = [(self.columns.index(name), at) for at, name in names if name in self.columns]
            sent = self.mapper.positions
            file = _UploadedFile(places, [(column, at) for column, at in places if column in sent])
            for chunk in source.table.chunks():
                file.add(chunk)
        except UploaderError:  # the file is gone or has changed: there is nothing to compare with
            return None
        return file

    def _changed_cells(self, chunk: Chunk, place: int) -> Iterator[ChangedCell]:
        """Yield each cell of a row that only lacks leading zeros or a plus sign."""
        padded = self._file.padded if self._file else None
        for column, cells in enumerate(chunk.columns):
            now = cells[place].strip()
            if padded and now.isdigit() and (before := padded.get((chunk.rows[place], column))):
                digits = before.strip().replace(" ", "")
                if now != digits and now == digits.lstrip("+0"):
                    yield ChangedCell(place, column, before)

    def _map(self, chunk: Chunk, changed: Sequence[ChangedCell], *, restore: bool) -> MappedRows:
        """Map the row of each cell, with the cell as it is now or as it was."""
        columns = [
            [cell.before if restore and cell.column == column else cells[cell.place] for cell in changed]
            for column, cells in enumerate(chunk.columns)
        ]
        rows = [chunk.rows[cell.place] for cell in changed]
        return self.mapper.map_rows(replace(chunk, rows=rows, columns=columns, faults={}, notes={}))

    def _problem(self, chunk: Chunk, cell: ChangedCell) -> Problem:
        now = chunk.columns[cell.column][cell.place].strip()
        return Problem(
            f"column {self.columns[cell.column]!r}: {now!r} was {cell.before.strip()!r} in the file that was uploaded",
            "Format the column as text and type the value again as it was: the program that saved the report took "
            "characters away",
        )


def _values(mapped: MappedRows, at: int) -> tuple[object, ...]:
    """Return what would be sent for a row, and whether anything would."""
    return (at in mapped.problems, *(column[at] for column in mapped.values))


def _digest(cells: Iterable[str]) -> int:
    """Return a number that stays the same where a program changes the form of a cell, but no word of it."""
    return hash(tuple(tuple(sorted(word.lstrip("0") for word in _WORD.findall(cell.casefold()))) for cell in cells))
