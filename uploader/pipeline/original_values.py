"""Zeros and plus signs that a program took away when it saved a report: compared with the file that was uploaded."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from uploader.core.errors import UploaderError
from uploader.core.model import Problem
from uploader.ledger import Ledger
from uploader.mapping.row_mapper import MappedRows, RowMapper
from uploader.pipeline.inputs import reopen
from uploader.report.reader import PastReport
from uploader.spreadsheet import Chunk

MAX_CELLS = 200_000  # cells with leading zeros that are kept in memory; beyond it, nothing is compared

# A number as text, which spreadsheet programs turn into a number: 02134, +447700900123.
_PADDED = re.compile(r"[+0][\d ]*\d")


class ChangedCell(NamedTuple):
    """A cell of a report that lacks characters: the positions of its row and its column, and what it was before."""

    place: int
    column: int
    before: str


@dataclass(frozen=True)
class OriginalValues:
    """Compares rows of a report with the file that was uploaded, if that is still there and unchanged.

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

    def __call__(self, chunk: Chunk, places: Sequence[int]) -> Mapping[int, Problem]:
        """Return the problem of each row that would be sent without its zeros or plus sign.

        Args:
            chunk: The input's cells, numbered as in the file that was uploaded.
            places: The positions of the rows that are sent again.
        """
        changed = [cell for place in places for cell in self._changed_cells(chunk, place)]
        if not changed:
            return {}
        now, before = self._map(chunk, changed, restore=False), self._map(chunk, changed, restore=True)
        lost = [cell for at, cell in enumerate(changed) if _values(now, at) != _values(before, at)]
        return {cell.place: self._problem(chunk, cell) for cell in reversed(lost)}  # of several the first is named

    @cached_property
    def _padded(self) -> Mapping[tuple[int, int], str]:
        """The cells of the uploaded file that a program may strip, by row number and position of the column."""
        found: dict[tuple[int, int], str] = {}
        try:
            run = self.ledger.runs.find(self.family)
            if run is None:
                return {}
            source, _ = reopen(run, self.ledger)
            if isinstance(source, PastReport):
                return {}
            places = [(self.columns.index(name), at) for at, name in enumerate(source.columns) if name in self.columns]
            for chunk in source.table.chunks():
                for place, at in places:
                    cells = zip(chunk.rows, chunk.columns[at], strict=True)
                    found |= {(row, place): cell for row, cell in cells if _PADDED.fullmatch(cell.strip())}
                if len(found) > MAX_CELLS:
                    return {}
        except UploaderError:  # the file is gone or has changed: there is nothing to compare with
            return {}
        return found

    def _changed_cells(self, chunk: Chunk, place: int) -> Iterator[ChangedCell]:
        """Yield each cell of a row that only lacks leading zeros or a plus sign."""
        for column, cells in enumerate(chunk.columns):
            now = cells[place].strip()
            if now.isdigit() and (before := self._padded.get((chunk.rows[place], column))):
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
