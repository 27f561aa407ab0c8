"""Writes a report as CSV or xlsx, completely or not at all."""

import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from uploader.core.errors import UploaderError
from uploader.report.columns import HEAD, TAIL
from uploader.report.context import ReportContext
from uploader.report.csv_format import escape_cells, write_csv

# File systems allow at most 255 bytes, or characters, in a name. The input's name is cut to leave room for the suffix.
LONGEST_STEM = 200  # bytes
LONGEST_NAME = 240  # bytes

NO_CONTEXT = ReportContext()


def default_path(source: Path, kind: str, now: float) -> Path:
    """Return where a report goes by default: `leads.csv` gives `leads.report-20261123T174501Z.csv` beside it.

    Args:
        source: The input; the report of a report replaces the time in its name.
        kind: "csv" or "xlsx".
        now: UNIX time.
    """
    name = source.stem.split(".report-", maxsplit=1)[0]
    if len(os.fsencode(name)) > LONGEST_STEM:
        name = os.fsencode(name)[:LONGEST_STEM].decode("utf-8", "ignore")
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    return free_path(source.with_name(f"{name}.report-{stamp}.{kind}"))


def kind_of(path: Path) -> str:
    """Return the format of a report at this path: "xlsx" or "csv"."""
    return "xlsx" if path.suffix.lower() in {".xlsx", ".xlsm"} else "csv"


def utc(seconds: float) -> str:
    """Return a UNIX time as ISO 8601 in UTC, to the second."""
    return _utc(int(seconds))


@lru_cache(maxsize=1024)  # many leads are sent in one second
def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_report(
    path: Path,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    delimiter: str = ",",
    about: ReportContext = NO_CONTEXT,
    *,
    is_escaped: bool | None = None,
) -> Path:
    """Write a report completely or not at all.

    Args:
        path: Where to write; its suffix decides the format.
        columns: The names of the input's columns.
        rows: The cells of HEAD, `columns` and TAIL.
        delimiter: Between the cells of a CSV.
        about: Facts for the summary of an xlsx.
        is_escaped: Whether cells get the apostrophes of a CSV; None: if it is one.

    Returns:
        Where it was written: the next free name if another program holds the file open.

    Raises:
        XlsxLimitError: xlsx cannot hold the rows.
        UploaderError: The file cannot be written.
    """
    is_xlsx = kind_of(path) == "xlsx"
    if is_escaped if is_escaped is not None else not is_xlsx:
        columns, rows = escape_cells(columns), map(escape_cells, rows)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _temporary_file(path) as temporary:
            if is_xlsx:
                from uploader.report.xlsx.workbook import write_xlsx  # noqa: PLC0415 - it takes a while to load

                write_xlsx(temporary, columns, rows, replace(about, report=path))
            else:
                write_csv(temporary, [*HEAD, *columns, *TAIL], rows, delimiter)
            return _move(temporary, path)
    except OSError as error:
        raise UploaderError(
            f"The report {path} cannot be written: {error}.",
            "Choose another place with --report PATH.",
        ) from None


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file completely or not at all, and return its path. Raises OSError."""
    with _temporary_file(path) as temporary:
        temporary.write_bytes(content)
        return _move(temporary, path)


@contextmanager
def _temporary_file(path: Path) -> Iterator[Path]:
    """Provide a temporary file beside the path that only its owner can read; it is removed afterwards."""
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _move(temporary: Path, path: Path) -> Path:
    """Move the finished file into place; where another program holds that one open (Windows), beside it."""
    try:
        os.replace(temporary, path)
    except PermissionError:
        path = free_path(path)
        os.replace(temporary, path)
    return path


def free_path(path: Path) -> Path:
    """Return the path itself, or with -2, -3 … added if it exists."""
    tried, number = path, 2
    while tried.exists():
        tried, number = path.with_name(f"{path.stem}-{number}{path.suffix}"), number + 1
    return tried
