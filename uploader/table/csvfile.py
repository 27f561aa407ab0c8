"""Rows of a text file, numbered as a spreadsheet program would show them, a few at a time."""

import csv
import io
import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from uploader.errors import TableError
from uploader.table.delimiter import delimiter_of, separator_line
from uploader.table.encoding import PIECE, encoding_of
from uploader.table.header import ROWS, header_row

# What old programs end a file with (Ctrl-Z).
END_OF_DOS_FILE = ["\x1a"]

Numbered = tuple[int, list[str]]

# A cell can't be longer in any spreadsheet program (32,767); a lone quote makes one of the rest of the file.
csv.field_size_limit(1_000_000)


@dataclass(frozen=True)
class TextFile:
    """How a text file is to be read, and where its header is."""

    path: Path
    encoding: str
    delimiter: str
    has_separator_line: bool
    header: int
    columns: tuple[str, ...]
    notes: tuple[str, ...]
    stamp: tuple[int, int]

    def rows(self) -> Iterator[Numbered]:
        """All rows below the header; a quoted newline does not count as a row. Raises TableError."""
        return itertools.islice(self._all_rows(), self.header, None)

    def _all_rows(self) -> Iterator[Numbered]:
        try:
            if _stamp(self.path) != self.stamp:
                raise TableError(f"{self.path.name} was changed while it was read.", "Leave it alone until the end.")
            with self.path.open(encoding=self.encoding, newline="") as file:
                if self.has_separator_line:
                    file.readline()
                yield from _numbered(file, self.delimiter, self.path.name, 1 + self.has_separator_line)
        except (OSError, UnicodeDecodeError) as error:
            raise TableError(f"{self.path.name} can't be read: {error}.", "Is another program writing it?") from None


def look_at(path: Path, wanted: Collection[str], asked: str | None) -> TextFile:
    """Finds out how the file is written. Raises TableError."""
    stamp = _stamp(path)
    encoding, note = encoding_of(path, asked)
    with path.open(encoding=encoding, errors="ignore", newline="") as file:
        sample = file.read(PIECE)
    told, sample = separator_line(sample)
    delimiter = told or delimiter_of(sample, wanted)
    reader = _numbered(io.StringIO(sample, newline=""), delimiter, path.name, 1 + (told is not None))
    first = [row for _, row in itertools.islice(reader, ROWS)]
    place = header_row(first, wanted)
    if place is None:
        raise TableError(f"{path.name} is empty.", "Is it the right file?")
    notes = [note] if note else []
    if place:
        notes.append(f"the header is row {place + 1}")
    columns = tuple(_trimmed(first[place]))
    return TextFile(path, encoding, delimiter, told is not None, place + 1, columns, tuple(notes), stamp)


def _numbered(file: Iterable[str], delimiter: str, name: str, first_line: int) -> Iterator[Numbered]:
    """(row number, cells) of every row, blank ones too. Raises TableError with the line for what is not CSV."""
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    line = 0  # the last one of the row before
    try:
        for row in enumerate(reader, 1):
            if row[1] != END_OF_DOS_FILE:
                yield row
            line = reader.line_num
    except csv.Error as error:
        raise TableError(
            f"{name}, line {line + first_line}: {_words(error)}.", "Mend the quotes of that row."
        ) from None


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
