"""Rows of a text file, so many at a time."""

import csv
import io
import itertools
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, TypeVar

from uploader.core.errors import TableError
from uploader.spreadsheet.delimiter import delimiter_of, separator_line
from uploader.spreadsheet.encoding import PIECE, encoding_of
from uploader.spreadsheet.fast_csv import PlainRows, plain_rows
from uploader.spreadsheet.header import ROWS, header_row

if TYPE_CHECKING:
    import _csv  # where the reader's type is kept

Row = list[str]
T = TypeVar("T")

# What old programs end a file with (Ctrl-Z).
END_OF_DOS_FILE: Row = ["\x1a"]

# A cell can't be longer in any spreadsheet program (32,767); a lone quote makes one of the rest of the file.
csv.field_size_limit(1_000_000)


@dataclass(frozen=True)
class TextFile:
    """How a text file is to be read, and where its header is. `is_guess`: another encoding is possible."""

    path: Path
    encoding: str
    delimiter: str
    has_separator_line: bool
    header: int
    columns: tuple[str, ...]
    notes: tuple[str, ...]
    stamp: tuple[int, int]
    is_guess: bool = False

    def parts(self, size: int) -> Iterator[list[Row] | PlainRows]:
        """All rows below the header, blank ones too, so many at a time. Raises TableError."""
        try:
            self._refuse_changed()
            with self.path.open(encoding=self.encoding, newline="") as file:
                first_line = 1 + self._skip_separator(file)
                with _faults_placed(file, self.delimiter, self.path.name, first_line):
                    for _ in itertools.islice(_reader(file, self.delimiter), self.header):
                        pass
                    for part in _parts(file, self.delimiter, size, len(self.columns)):
                        self._refuse_changed()  # saved in place, old rows mix with new ones, or the end comes early
                        yield part
        except (OSError, UnicodeDecodeError) as error:
            raise TableError(f"{self.path.name} can't be read: {error}.", "Is another program writing it?") from None

    def _refuse_changed(self) -> None:
        if _stamp(self.path) != self.stamp:
            raise TableError(f"{self.path.name} was changed while it was read.", "Leave it alone until the end.")

    def _skip_separator(self, file: TextIO) -> bool:
        return self.has_separator_line and bool(file.readline())


def look_at(path: Path, wanted: Collection[str], asked: str | None) -> TextFile:
    """Finds out how the file is written. Raises TableError."""
    stamp = _stamp(path)
    encoding, note = encoding_of(path, asked)
    with path.open(encoding=encoding, errors="ignore", newline="") as file:
        sample = file.read(PIECE)
    told, sample = separator_line(sample)
    delimiter = told or delimiter_of(sample, wanted)
    top = io.StringIO(sample, newline="")
    with _faults_placed(top, delimiter, path.name, 1 + (told is not None)):
        first, fault = _rows(top, delimiter, ROWS)
        if fault and not first:
            raise fault
    place = header_row(first, wanted)
    if place is None:
        raise TableError(f"{path.name} is empty.", "Is it the right file?")
    notes = [note] if note else []
    if place:
        notes.append(f"the header is row {place + 1}")
    columns = tuple(_trimmed(first[place]))
    return TextFile(path, encoding, delimiter, told is not None, place + 1, columns, tuple(notes), stamp, bool(note))


def _parts(lines: Iterator[str], delimiter: str, size: int, width: int) -> Iterator[list[Row] | PlainRows]:
    """So many rows at a time; of a file that is broken somewhere all rows before that, and then its error.

    The last part is shorter, empty even: who reads has the end in hand as well, and can ask whether it was the end.
    """
    part: list[Row] | PlainRows = [[]] * size
    fault: Exception | None = None
    while len(part) == size:
        ahead, fault = _taken(lines, size)
        if plain := plain_rows(ahead, delimiter, width):
            part = plain
        else:
            part, broken = _rows(itertools.chain(ahead, () if fault else lines), delimiter, size)
            fault = fault or broken
        yield part
    if fault:
        raise fault


def _rows(lines: Iterator[str], delimiter: str, size: int) -> tuple[list[Row], Exception | None]:
    """So many rows, of as many lines as they take; or all before what is wrong, and that."""
    rows, fault = _taken(_reader(lines, delimiter), size)
    if rows and rows[-1] == END_OF_DOS_FILE:
        rows[-1] = []
    return rows, fault


def _taken(source: Iterator[T], size: int) -> tuple[list[T], Exception | None]:
    taken: list[T] = []
    try:
        taken.extend(itertools.islice(source, size))
    except (csv.Error, OSError, UnicodeDecodeError) as error:
        return taken, error
    return taken, None


def _reader(lines: Iterator[str], delimiter: str) -> "_csv.Reader":
    return csv.reader(lines, delimiter=delimiter, strict=True)


@contextmanager
def _faults_placed(file: TextIO, delimiter: str, name: str, first_line: int) -> Iterator[None]:
    """What is not CSV raises TableError with its line in the file, which is only then looked for."""
    begin = file.tell()
    try:
        yield
    except csv.Error as error:
        file.seek(begin)
        line = first_line + _lines_before_fault(_reader(file, delimiter))
        raise TableError(f"{name}, line {line}: {_words(error)}.", "Mend the quotes of that row.") from None


def _lines_before_fault(reader: "_csv.Reader") -> int:
    """Where the row with a fault begins, which an open quote carries far from where the reader stumbles."""
    lines = 0
    with suppress(csv.Error):
        for _ in reader:
            lines = reader.line_num
    return lines


def _stamp(path: Path) -> tuple[int, int]:
    """Tells whether a file was written since: its size in bytes, and when it was written (ns)."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _words(error: csv.Error) -> str:
    if "end of data" in str(error) or "field larger" in str(error):
        return "a quote is opened and never closed"
    return "a quoted cell goes on after its closing quote" if "expected after" in str(error) else str(error)


def _trimmed(header: list[str]) -> list[str]:
    """The header without empty names at its end."""
    while header and not header[-1].strip():
        header = header[:-1]
    return header
