"""A spreadsheet, opened: its columns, and its rows in chunks of text cells."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from uploader.core.did_you_mean import nearest_file
from uploader.core.errors import TableError
from uploader.core.model import Problem
from uploader.spreadsheet import csv_reader, workbook_reader
from uploader.spreadsheet.csv_reader import Row, TextFile
from uploader.spreadsheet.fast_csv import PlainRows
from uploader.spreadsheet.file_type import HEAD, is_workbook
from uploader.spreadsheet.workbook_reader import Sheet

if TYPE_CHECKING:
    import pandas as pd

# Rows: few enough to stay in the processor's cache, which makes a fifth; many enough for work by columns.
CHUNK = 1_000

HIDDEN = "the row is hidden in the spreadsheet"


@dataclass(frozen=True)
class Chunk:
    """Some rows: their spreadsheet numbers, and their text cells column by column, "" for empty.

    `faults` says, by position, what is wrong with a row as such; `notes` what is to be known of it.
    """

    rows: list[int]
    columns: Sequence[Sequence[str]]
    faults: dict[int, Problem] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)

    def cells(self) -> Iterator[tuple[str, ...]]:
        """The cells of each row."""
        return zip(*self.columns, strict=True) if self.columns else iter([()] * len(self.rows))

    @cached_property
    def frame(self) -> "pd.DataFrame":
        """The same as a frame of objects, columns labelled 0 to n-1. Made when asked for: most mappings work on plain
        columns, and pandas takes a fifth of a second to load."""
        import pandas as pd  # noqa: PLC0415 - see above

        return pd.DataFrame(dict(enumerate(self.columns)), dtype=object)


@dataclass(frozen=True)
class Table:
    """An opened spreadsheet. `kind` and `delimiter` say how its report is written; `notes` are for the user, `size` is
    the file's in bytes."""

    path: Path
    columns: tuple[str, ...]
    header_row: int
    kind: Literal["csv", "xlsx"]
    delimiter: str
    sheet: str | None
    sha256: str
    notes: tuple[str, ...]
    size: int
    source: TextFile | Sheet

    def chunks(self, size: int = CHUNK) -> Iterator[Chunk]:
        """All rows that are not blank, in order; may be called several times. Raises TableError."""
        first = self.header_row + 1
        for part in self.source.parts(size):
            if isinstance(part, PlainRows):
                yield Chunk([*range(first, first + len(part))], part.columns)
            elif filled := _filled(part):
                rows = part if len(filled) == len(part) else [part[place] for place in filled]
                yield self._chunk([first + place for place in filled], rows)
            first += len(part)

    def has_changed(self) -> bool:
        """Whether the file is another one by now, or gone."""
        try:
            return _digest(self.path) != self.sha256
        except OSError:
            return True

    def _chunk(self, numbers: list[int], cells: list[Row]) -> Chunk:
        faults = {}
        if set(map(len, cells)) != {len(self.columns)}:
            faults = {at: fault for at, row in enumerate(cells) if (fault := self._beyond(row)) is not None}
            cells = [self._fitted(row) for row in cells]
        hidden = self.source.hidden if isinstance(self.source, Sheet) else ()
        notes = {at: HIDDEN for at, number in enumerate(numbers) if number in hidden} if hidden else {}
        return Chunk(numbers, list(zip(*cells, strict=True)), faults, notes)

    def _fitted(self, row: list[str]) -> list[str]:
        """As many cells as there are columns."""
        return row[: len(self.columns)] + [""] * (len(self.columns) - len(row))

    def _beyond(self, row: list[str]) -> Problem | None:
        """Cells beyond the header that are not empty: a sign that the row's columns are shifted."""
        extra = [cell.strip() for cell in row[len(self.columns) :] if cell.strip()]
        if not extra:
            return None
        shown = ", ".join(repr(cell[:40]) for cell in extra[:3])
        return Problem(
            f"the row has {len(extra)} cell{'s' if len(extra) > 1 else ''} more than the header: {shown}",
            "Look whether a delimiter stands in a cell without quotes, and put the row right",
        )


def _filled(rows: list[Row]) -> list[int]:
    """The places of rows that are not blank; mostly all of them, and their first cell shows it."""
    return [at for at, row in enumerate(rows) if (row and row[0].strip()) or any(map(str.strip, row))]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_table(
    path: Path, *, wanted: Collection[str] = (), sheet: str | None = None, encoding: str | None = None
) -> Table:
    """Opens a spreadsheet; `wanted` are the columns that tell its header. Raises TableError."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            size = file.seek(0, 2)
        digest = _digest(path)
    except FileNotFoundError:
        alike = nearest_file(path, is_mapping=False)
        raise TableError(f"There is no file {path}{alike or '.'}", "Look at its name and folder.") from None
    except OSError as error:
        raise TableError(f"{path} can't be read: {error.strerror}.", "Give a file that you may read.") from None
    if is_workbook(path, head):
        found = workbook_reader.look_at(path, wanted, sheet)
        return Table(path, found.columns, found.header, "xlsx", ",", found.name, digest, found.notes, size, found)
    text = csv_reader.look_at(path, wanted, encoding)
    return Table(path, text.columns, text.header, "csv", text.delimiter, None, digest, text.notes, size, text)
