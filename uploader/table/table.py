"""A spreadsheet, opened: its columns, and its rows in chunks of text cells."""

import hashlib
import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd

from uploader.errors import TableError
from uploader.model import Problem
from uploader.table import csvfile, workbook
from uploader.table.csvfile import Numbered, TextFile
from uploader.table.workbook import Sheet

# How files begin that are workbooks, whatever their name says: zip (xlsx, xlsm, xlsb, ods) and OLE (xls).
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
NOT_TABLES = ((b"%PDF", "a PDF"), (b"<!doctype", "a web page"), (b"<html", "a web page"), (b"{", "JSON"))


@dataclass(frozen=True)
class Chunk:
    """Some rows: their spreadsheet numbers, and a frame of text cells, columns labelled 0 to n-1, "" for empty.

    `faults` says, by position, what is wrong with a row as such.
    """

    rows: list[int]
    frame: pd.DataFrame
    faults: dict[int, Problem] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """An opened spreadsheet. `kind` and `delimiter` say how its report is written; `notes` are for the user."""

    path: Path
    columns: tuple[str, ...]
    header_row: int
    kind: Literal["csv", "xlsx"]
    delimiter: str
    sheet: str | None
    sha256: str
    notes: tuple[str, ...]
    source: TextFile | Sheet

    def chunks(self, size: int = 20_000) -> Iterator[Chunk]:
        """All rows that are not blank, in order; may be called several times. Raises TableError."""
        rows = ((number, cells) for number, cells in self.source.rows() if any(map(str.strip, cells)))
        while part := list(itertools.islice(rows, size)):
            yield self._chunk(part)

    def _chunk(self, rows: list[Numbered]) -> Chunk:
        width = len(self.columns)
        faults = {
            at: fault
            for at, (_, cells) in enumerate(rows)
            if len(cells) > width and (fault := _beyond(cells[width:])) is not None
        }
        cells = [row if len(row) == width else [*row[:width], *[""] * (width - len(row))] for _, row in rows]
        frame = pd.DataFrame(cells, columns=range(width), dtype=object)
        return Chunk([number for number, _ in rows], frame, faults)


def open_table(
    path: Path, *, wanted: Collection[str] = (), sheet: str | None = None, encoding: str | None = None
) -> Table:
    """Opens a spreadsheet; `wanted` are the columns that tell its header. Raises TableError."""
    try:
        with path.open("rb") as file:
            start = file.read(64)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise TableError(f"There is no file {path}.", "Look at its name and folder.") from None
    except OSError as error:
        raise TableError(f"{path} can't be read: {error.strerror}.", "Give a file that you may read.") from None
    if start.startswith(WORKBOOKS):
        found = workbook.look_at(path, wanted, sheet)
        return Table(path, found.columns, found.header, "xlsx", ",", found.name, digest, found.notes, found)
    for mark, what in NOT_TABLES:
        if start.lstrip().lower().startswith(mark):
            raise TableError(f"{path.name} is {what}, not a spreadsheet.", "Export it as CSV or xlsx.")
    text = csvfile.look_at(path, wanted, encoding)
    return Table(path, text.columns, text.header, "csv", text.delimiter, None, digest, text.notes, text)


def _beyond(cells: list[str]) -> Problem | None:
    """Cells beyond the header that are not empty: a sign that the row's columns are shifted."""
    extra = [cell.strip() for cell in cells if cell.strip()]
    if not extra:
        return None
    shown = ", ".join(repr(cell[:40]) for cell in extra[:3])
    return Problem(
        f"the row has {len(extra)} cell{'s' if len(extra) > 1 else ''} more than the header: {shown}",
        "Look whether a delimiter stands in a cell without quotes, and put the row right",
    )
