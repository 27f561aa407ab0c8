"""Open a data file: Parquet, Feather, or JSON Lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from uploader.core.errors import TableError
from uploader.spreadsheet.data.json_lines import JsonLines, begins_with_object
from uploader.spreadsheet.unchanged import FileStamp, require_unchanged, stamp_of

JSON_LINES = (".jsonl", ".ndjson")
PARQUET, FEATHER = b"PAR1", b"ARROW1"
DATA_SUFFIXES = (".parquet", ".feather", *JSON_LINES)


class DataReader(Protocol):
    """Reads one format."""

    columns: tuple[str, ...]

    def blocks(self, size: int) -> Iterator[list[list[str]]]:
        """Yield all rows, up to `size` at a time. Raises TableError."""


@dataclass(frozen=True)
class DataFile:
    """A data file, whose rows are read from it each time.

    Attributes:
        path: The file.
        reader: Reads its format.
        stamp: Size and time of writing when it was opened.
    """

    path: Path
    reader: DataReader
    stamp: FileStamp

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return self.reader.columns

    def read_blocks(self, size: int) -> Iterator[list[list[str]]]:
        """Yield all rows, blank ones too, up to `size` at a time.

        Raises:
            TableError: The file is damaged somewhere, or changed while it was read.
        """
        require_unchanged(self.path, self.stamp)
        for block in self.reader.blocks(size):
            require_unchanged(self.path, self.stamp)
            yield block


def is_data_file(path: Path, head: bytes, *, has_name: bool = True) -> bool:
    """Return whether a file is a data file: by its first bytes, for JSON Lines by its name.

    Args:
        path: The file.
        head: Its first bytes.
        has_name: Whether its name means something. Standard input has none: its first line decides about JSON Lines.
    """
    if head.startswith((PARQUET, FEATHER, b"FEA1")) or path.suffix.lower() in JSON_LINES:
        return True
    return not has_name and b"{" in head and begins_with_object(path)


def open_data_file(path: Path, head: bytes) -> DataFile:
    """Open a data file.

    Args:
        path: The file.
        head: Its first bytes.

    Raises:
        TableError: It is damaged, has no columns, or needs a library that is not installed.
    """
    stamp = stamp_of(path)
    reader = _arrow_reader(path, head) if head.startswith((PARQUET, FEATHER, b"FEA1")) else JsonLines(path)
    if not reader.columns:
        raise TableError(f"{path.name} has no columns.", "Check that it is the right file.")
    return DataFile(path, reader, stamp)


def _arrow_reader(path: Path, head: bytes) -> DataReader:
    if head.startswith(b"FEA1"):
        raise TableError(f"{path.name} is a Feather file of version 1.", "Save it as version 2, or as Parquet.")
    try:
        from uploader.spreadsheet.data.arrow_file import ArrowFile  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        raise TableError(
            f"{path.name}: Parquet and Feather files need the package pyarrow, which is not installed.",
            "In the folder of uploader's source, run  pip install '.[data]'  or export the leads as CSV.",
        ) from None
    return ArrowFile(path, is_parquet=head.startswith(PARQUET))
