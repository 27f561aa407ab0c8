"""Open a spreadsheet: its columns, and its rows as chunks of text cells."""

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from uploader.core.did_you_mean import nearest_file
from uploader.core.errors import TableError
from uploader.core.model import Problem
from uploader.spreadsheet import csv_reader
from uploader.spreadsheet.csv_reader import TextFile
from uploader.spreadsheet.csv_rows import LineBlock, Row
from uploader.spreadsheet.data import DataFile, MemoryRows, is_data_file, open_data_file
from uploader.spreadsheet.fast_csv import PlainRows
from uploader.spreadsheet.file_type import HEAD_SIZE, is_workbook
from uploader.spreadsheet.stream_copy import StreamCopy, copy_stream, is_stream
from uploader.spreadsheet.time_limit import TimeLimit
from uploader.spreadsheet.workbook import Sheet, open_sheet

# Rows: few enough to stay in the processor's cache (a fifth faster), many enough to work by column.
CHUNK = 1_000

# What messages call a table in memory.
FRAME_NAME = "DataFrame"

HIDDEN = "the row is hidden in the spreadsheet"

# Rows as a file is read.
Block = list[Row] | LineBlock

_EXTRA_CELLS = re.compile(r"the row has \d+ cells? more than the header")

# Office programs keep a small file of this name beside one that is open.
LOCK_PREFIX, MAX_LOCK_SIZE = "~$", 1024  # bytes


@dataclass(frozen=True)
class Chunk:
    """Some rows of a spreadsheet.

    Attributes:
        rows: Row numbers as the spreadsheet program shows them.
        columns: Text cells column by column; an empty cell is "".
        faults: By position, why a row as a whole is invalid.
        notes: By position, a warning about a row.
    """

    rows: list[int]
    columns: Sequence[Sequence[str]]
    faults: dict[int, Problem] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)

    def cells(self) -> Iterator[tuple[str, ...]]:
        """Return the cells row by row."""
        return zip(*self.columns, strict=True) if self.columns else iter([()] * len(self.rows))


@dataclass(frozen=True)
class Table:
    """An opened spreadsheet.

    Attributes:
        path: The file.
        columns: The names in the header.
        header_row: The row number of the header, from 1.
        kind: The format of its report.
        delimiter: The delimiter of its report, if that is CSV.
        sheet: The name of the sheet, or None for a text file.
        sha256: The digest of the file's bytes, as hex.
        notes: Messages for the user about how the file was read.
        size: Bytes.
        source: Where the rows come from.
        stream: The copy of standard input or of a pipe, if the file is one.
    """

    path: Path
    columns: tuple[str, ...]
    header_row: int
    kind: Literal["csv", "xlsx"]
    delimiter: str
    sheet: str | None
    sha256: str
    notes: tuple[str, ...]
    size: int
    source: TextFile | Sheet | DataFile | MemoryRows
    stream: StreamCopy | None = None

    def chunks(self, size: int = CHUNK) -> Iterator[Chunk]:
        """Yield all rows that are not blank, in file order; may be called several times.

        Args:
            size: Rows that are read for a chunk, including blank ones.

        Raises:
            TableError: The file is damaged somewhere, changed while it was read, or has too many blank rows.
        """
        limit = TimeLimit()
        for first, block in self.blocks(size):
            if chunk := self.chunk_of(first, block):
                yield chunk
                limit.restart()
            else:
                limit.check(self.path.name)

    def blocks(self, size: int = CHUNK) -> Iterator[tuple[int, Block]]:
        """Yield all rows as they are read, in file order, and the number of the first row of each block.

        Raises:
            TableError: The file is damaged somewhere, or changed while it was read.
        """
        first = self.header_row + 1
        for block in self.source.read_blocks(size):
            yield first, block
            first += len(block)

    def chunk_of(self, first: int, block: Block) -> Chunk | None:
        """Return the rows of a block that are not blank; None if there are none.

        Args:
            first: The number of its first row.
            block: The rows.
        """
        rows = block.split() if isinstance(block, LineBlock) else block
        if isinstance(rows, PlainRows):
            return Chunk([*range(first, first + len(rows))], rows.columns)
        filled = _filled_rows(rows)
        if not filled:
            return None
        cells = rows if len(filled) == len(rows) else [rows[place] for place in filled]
        return self._chunk([first + place for place in filled], cells)

    @property
    def is_file(self) -> bool:
        """Whether the rows come from a file that can be read again later."""
        return self.stream is None and not isinstance(self.source, MemoryRows)

    @property
    def is_unescaped(self) -> bool:
        """Whether the apostrophes of a CSV report were taken away when its rows were read into memory."""
        return isinstance(self.source, MemoryRows) and self.source.is_unescaped

    @property
    def rival_sheets(self) -> tuple[str, ...]:
        """The other sheets of a workbook that may have the leads as well."""
        return self.source.rivals if isinstance(self.source, Sheet) else ()

    def has_changed(self) -> bool:
        """Return whether the file's content has changed, or the file is gone."""
        try:
            return self.is_file and _digest(self.path) != self.sha256
        except OSError:
            return True

    def _chunk(self, numbers: list[int], cells: list[Row]) -> Chunk:
        faults = {}
        if set(map(len, cells)) != {len(self.columns)}:
            faults = {at: fault for at, row in enumerate(cells) if (fault := self._extra_cells(row)) is not None}
            cells = [self._fit(row) for row in cells]
        hidden = self.source.hidden if isinstance(self.source, Sheet) else ()
        notes = {at: HIDDEN for at, number in enumerate(numbers) if number in hidden} if hidden else {}
        return Chunk(numbers, list(zip(*cells, strict=True)), faults, notes)

    def _fit(self, row: list[str]) -> list[str]:
        """Return a row with as many cells as there are columns."""
        return row[: len(self.columns)] + [""] * (len(self.columns) - len(row))

    def _extra_cells(self, row: list[str]) -> Problem | None:
        """Return a problem if cells beyond the header are not empty: the row's cells may be shifted."""
        extra = [cell.strip() for cell in row[len(self.columns) :] if cell.strip()]
        if not extra:
            return None
        shown = ", ".join(repr(cell[:40]) for cell in extra[:3])
        return Problem(
            f"the row has {len(extra)} cell{'s' if len(extra) > 1 else ''} more than the header: {shown}",
            "Check whether a cell without quotes contains the delimiter, and correct the row"
            if self.kind == "csv"
            else "Delete these cells, or name their columns in the header",
        )


def names_extra_cells(reason: str) -> bool:
    """Return whether a reason says that a row has cells beyond the header."""
    return bool(_EXTRA_CELLS.search(reason))


def _filled_rows(rows: list[Row]) -> list[int]:
    """Return the positions of rows that are not blank. The first cell is tried first, as it is seldom empty."""
    return [at for at, row in enumerate(rows) if (row and row[0].strip()) or any(map(str.strip, row))]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def memory_table(columns: Sequence[str], cells: Sequence[Sequence[str]], *, is_unescaped: bool = False) -> Table:
    """Return a table of rows in memory.

    Args:
        columns: The names of its columns.
        cells: Text cells column by column.
        is_unescaped: They come from a report whose apostrophes were taken away when it was read.
    """
    source = MemoryRows(tuple(columns), cells, is_unescaped)
    digest, size = hashlib.sha256(), 0
    for column in ([*columns], *cells):
        data = json.dumps(column).encode()
        digest.update(data)
        size += len(data)
    return Table(Path.cwd() / FRAME_NAME, source.columns, 1, "csv", ",", None, digest.hexdigest(), (), size, source)


def missing_file(path: Path) -> TableError:
    """Return the error that there is no such spreadsheet."""
    alike = nearest_file(path, is_mapping=False)
    return TableError(f"There is no file {path}{alike or '.'}", "Check its name and folder.")


def open_table(
    path: Path, *, wanted: Collection[str] = (), sheet: str | None = None, encoding: str | None = None
) -> Table:
    """Open a spreadsheet.

    Args:
        path: The file; `-` for standard input.
        wanted: Column names that the mapping uses, by which the header and the sheet are found.
        sheet: The name of the sheet to read; None for the first that fits.
        encoding: The encoding of a text file; None to detect it.

    Raises:
        TableError: The file can't be read as a spreadsheet.
    """
    stream = None
    try:
        if is_stream(path):
            stream = copy_stream(path)
            path = stream.path
        with path.open("rb") as file:
            head = file.read(HEAD_SIZE)
            size = file.seek(0, 2)
        digest = _digest(path)
    except FileNotFoundError:
        raise missing_file(path) from None
    except OSError as error:
        if path.is_dir():
            raise TableError(f"{path} is a folder.", "Give the path of a spreadsheet.") from None
        raise TableError(
            f"{path} can't be read: {error.strerror or error}.", "Give a file that you may read."
        ) from None
    if path.name.startswith(LOCK_PREFIX) and size < MAX_LOCK_SIZE:
        raise TableError(
            f"{path} only says that {path.name.removeprefix(LOCK_PREFIX)} is open in Excel.",
            f"Save and close that file, and give its name, without {LOCK_PREFIX}.",
        )
    shown = stream.shown if stream else path
    if is_data_file(path, head, has_name=stream is None):
        data = open_data_file(path, head)
        return Table(shown, data.columns, 1, "csv", ",", None, digest, (), size, data, stream)
    if is_workbook(path, head):
        found = open_sheet(path, wanted, sheet)
        header, notes = found.header, found.notes
        return Table(shown, found.columns, header, "xlsx", ",", found.name, digest, notes, size, found, stream)
    text = csv_reader.open_text_file(path, wanted, encoding)
    header, notes = text.header, text.notes
    return Table(shown, text.columns, header, "csv", text.delimiter, None, digest, notes, size, text, stream)
