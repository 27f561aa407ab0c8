"""Read the rows of a text file."""

import csv
import io
import itertools
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from uploader.core.errors import TableError
from uploader.spreadsheet import csv_rows
from uploader.spreadsheet.csv_rows import ENDLESS, LineBlock, Row, RowReader, read_rows, take_lines
from uploader.spreadsheet.delimiter import detect_delimiter, split_separator_line
from uploader.spreadsheet.encoding import detect_encoding
from uploader.spreadsheet.encoding_sample import READ_SIZE
from uploader.spreadsheet.fast_csv import MARK, join_plain_lines
from uploader.spreadsheet.header import (
    HEADER_SEARCH_ROWS,
    LOW_SEARCH_ROWS,
    check_not_low,
    find_header,
    has_columns,
    note_header,
)
from uploader.spreadsheet.unchanged import FileStamp, require_unchanged, stamp_of

# Columns that spreadsheet programs allow.
MAX_COLUMNS = 16_384


@dataclass(frozen=True)
class TextFile:
    """A text file: how to read it, and where its header is.

    Attributes:
        path: The file.
        encoding: A codec of Python.
        delimiter: One character.
        has_separator_line: Whether its first line is like `sep=;`.
        header: The row number of the header, from 1.
        columns: The names in the header.
        notes: Messages for the user.
        stamp: Size and time of writing when it was opened.
        is_guess: Whether another encoding is possible.
    """

    path: Path
    encoding: str
    delimiter: str
    has_separator_line: bool
    header: int
    columns: tuple[str, ...]
    notes: tuple[str, ...]
    stamp: FileStamp
    is_guess: bool = False

    def read_blocks(self, size: int) -> Iterator[list[Row] | LineBlock]:
        """Yield all rows below the header, with blank ones, `size` or (if they are long) fewer at a time.

        Raises:
            TableError: The rest can't be read, or the file changed meanwhile.
        """
        try:
            require_unchanged(self.path, self.stamp)
            with self.path.open(encoding=self.encoding, newline="") as file:
                first_line = 1 + self._skip_separator(file)
                with _locate_csv_errors(file, self.delimiter, self.path.name, first_line):
                    for _ in itertools.islice(RowReader(file, self.delimiter), self.header):
                        pass
                    size = max(1, min(size, csv_rows.BLOCK_LENGTH // (10 * max(1, len(self.columns)))))
                    for block in _read_blocks(file, self.delimiter, size, len(self.columns)):
                        require_unchanged(self.path, self.stamp)
                        yield block
        except (OSError, UnicodeDecodeError) as error:
            raise TableError(
                f"{self.path.name} can't be read: {error}.", "Close it in other programs and try again."
            ) from None

    def _skip_separator(self, file: TextIO) -> bool:
        return self.has_separator_line and bool(file.readline())


def open_text_file(path: Path, wanted: Collection[str], asked: str | None) -> TextFile:
    """Detect how a text file is written.

    Args:
        path: The file.
        wanted: Column names that the mapping uses; may be empty.
        asked: The encoding that the user chose, or None.

    Raises:
        TableError: It can't be read, or its encoding is uncertain.
    """
    stamp = stamp_of(path)
    encoding, note = detect_encoding(path, asked)
    with path.open(encoding=encoding, errors="ignore", newline="") as file:
        sample = file.read(READ_SIZE)
    separator, sample = split_separator_line(sample)
    sample = re.sub(rf"^{MARK}+", "", sample, flags=re.MULTILINE)
    delimiter = separator or detect_delimiter(sample, wanted)
    top = io.StringIO(sample, newline="")
    with _locate_csv_errors(top, delimiter, path.name, 1 + (separator is not None)):
        rows, fault = read_rows(top, delimiter, LOW_SEARCH_ROWS)
        if fault and not rows:
            raise fault
    check_not_low(path.name, [*enumerate(rows, 1)], wanted)
    blank = next((at for at, row in enumerate(rows) if any(map(str.strip, row))), 0)
    begin = blank if blank >= HEADER_SEARCH_ROWS else 0
    first = rows[begin : begin + HEADER_SEARCH_ROWS]
    place = find_header(first, wanted)
    if place is None:
        raise TableError(f"{path.name} is empty.", "Check that it is the right file.")
    notes = [note] if note else []
    if begin + place:
        notes.append(note_header(begin + place + 1))
    if _has_mixed_line_ends(sample):
        notes.append("the line ends are mixed; a line break in a cell without quotes is read as a new row")
    columns = tuple(_trim_header(first[place]))
    if len(columns) > MAX_COLUMNS:
        raise TableError(
            f"{path.name} has {len(columns):,} columns; spreadsheet programs allow {MAX_COLUMNS:,}.",
            "Check its delimiter, and delete columns.",
        )
    _check_not_quoted(path.name, first[place:], wanted)
    return TextFile(
        path, encoding, delimiter, separator is not None, begin + place + 1, columns, tuple(notes), stamp, bool(note)
    )


def _has_mixed_line_ends(sample: str) -> bool:
    """Return whether lines end with a bare CR and with LF, so that either may have been meant as a part of a cell."""
    if sample.count("\r") == sample.count("\r\n"):
        return False
    rest = re.sub(r'"[^"]*+"', "", sample).replace("\r\n", "\n")
    return "\r" in rest and "\n" in rest


def _check_not_quoted(name: str, rows: list[Row], wanted: Collection[str]) -> None:
    """Raise TableError if each line is one quoted cell with the cells of a row in it."""
    if not all(len(row) == 1 for row in rows if row):
        return
    lines = "\n".join(row[0] for row in rows if row)
    delimiter = detect_delimiter(lines, wanted)
    try:
        split = list(csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter))
    except csv.Error:
        return
    if len(split[0]) < 2 or not (has_columns(split[0], wanted) and all(len(row) == len(split[0]) for row in split)):
        return
    shown = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "pipe"}.get(delimiter, delimiter)
    raise TableError(
        f"{name}: each line is one quoted cell.",
        "Open it in a spreadsheet program, select column A, choose Data > Text to Columns (Google Sheets: Data > Split "
        f"text to columns) with {shown} as the separator, and save it as CSV.",
    )


def _read_blocks(lines: Iterator[str], delimiter: str, size: int, width: int) -> Iterator[list[Row] | LineBlock]:
    """Yield up to `size` rows at a time. In a damaged file, yield all rows before the error, then raise it."""
    pending: list[str] = []  # lines of rows that were too long for the block before
    while True:
        next_lines, fault = (pending, None) if pending else take_lines(lines, size)
        if text := join_plain_lines(next_lines):
            block, pending = LineBlock(text, len(next_lines), delimiter, width), []
            yield block
        else:
            source = iter(next_lines)
            rows, broken = read_rows(itertools.chain(source, () if fault else lines), delimiter, len(next_lines))
            fault = fault or broken
            pending = list(source)
            yield rows
        if fault:
            raise fault
        if not next_lines:
            return


@contextmanager
def _locate_csv_errors(file: TextIO, delimiter: str, name: str, first_line: int) -> Iterator[None]:
    """Raise TableError for a CSV error, with its line in the file, which takes a second pass."""
    begin = file.tell()
    try:
        yield
    except csv.Error as error:
        file.seek(begin)
        line = first_line + _lines_before_fault(RowReader(file, delimiter))
        raise TableError(
            f"{name}, line {line}: {_describe_csv_error(error)}.", "Correct the quotes in that row."
        ) from None


def _lines_before_fault(reader: RowReader) -> int:
    """Return the number of lines before the row with an error. After an open quote the reader fails far below it."""
    lines = 0
    with suppress(csv.Error):
        for _ in reader:
            lines = reader.line_number
    return lines


def _describe_csv_error(error: csv.Error) -> str:
    if "end of data" in str(error) or "field larger" in str(error) or str(error) == ENDLESS:
        return "a quote is opened and never closed"
    return "text follows the closing quote of a cell" if "expected after" in str(error) else str(error)


def _trim_header(header: list[str]) -> list[str]:
    """Return the header without empty names at its end."""
    while header and not header[-1].strip():
        header = header[:-1]
    return header
