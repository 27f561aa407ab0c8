"""Where a report goes and how: as CSV or xlsx, whole or not at all."""

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
from uploader.report.csv_format import escaped, write_csv

# A file's name has at most 255 bytes, or characters, on every disk in use: the input's, cut to so many bytes, leaves
# room for what is added to it.
LONGEST_STEM = 200
LONGEST_NAME = 240

NOTHING = ReportContext()


def default_path(source: Path, kind: str, now: float) -> Path:
    """`leads.csv` -> `leads.report-20261123T174501Z.csv` beside it; of a report, the same with a new time."""
    name = source.stem.split(".report-", maxsplit=1)[0]
    if len(os.fsencode(name)) > LONGEST_STEM:
        name = os.fsencode(name)[:LONGEST_STEM].decode("utf-8", "ignore")
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    return free_path(source.with_name(f"{name}.report-{stamp}.{kind}"))


def kind_of(path: Path) -> str:
    """How a report at this path is written: "xlsx" or "csv"."""
    return "xlsx" if path.suffix.lower() in {".xlsx", ".xlsm"} else "csv"


def utc(seconds: float) -> str:
    """UNIX time as ISO 8601 in UTC, to the second."""
    return _utc(int(seconds))


@lru_cache(maxsize=1024)  # many leads are sent in one second
def _utc(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_report(
    path: Path,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    delimiter: str = ",",
    about: ReportContext = NOTHING,
    *,
    is_escaped: bool | None = None,
) -> Path:
    """Writes HEAD, `columns`, TAIL and the rows (already in that order); as xlsx if the path says so.

    `about` is for the summary of an xlsx; `is_escaped` says whether cells get the apostrophes of
    a CSV, which is so of a CSV unless somebody says otherwise. The file appears whole or not at all. Returns where it
    went: the next free name when the path is held open by another program. Raises DoesNotFit for what xlsx can't hold,
    UploaderError when there is no way to write there.
    """
    is_xlsx = kind_of(path) == "xlsx"
    if is_escaped if is_escaped is not None else not is_xlsx:
        columns, rows = escaped(columns), map(escaped, rows)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _unfinished(path) as part:
            if is_xlsx:
                from uploader.report.xlsx.workbook import write_xlsx  # noqa: PLC0415 - it takes a while to load

                write_xlsx(part, columns, rows, replace(about, report=path))
            else:
                write_csv(part, [*HEAD, *columns, *TAIL], rows, delimiter)
            return _put(part, path)
    except OSError as error:
        raise UploaderError(
            f"The report {path} can't be written: {error}.",
            "Say with --report PATH where it can be.",
        ) from None


def write_whole(path: Path, content: bytes) -> Path:
    """Writes a file beside a report, whole or not at all; where it went. Raises OSError."""
    with _unfinished(path) as part:
        part.write_bytes(content)
        return _put(part, path)


@contextmanager
def _unfinished(path: Path) -> Iterator[Path]:
    """A file beside the path that only its owner can read, and that is gone in the end, whatever happens."""
    handle, name = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _put(part: Path, path: Path) -> Path:
    """Renames the finished file; a spreadsheet program that holds the old one open keeps it (Windows)."""
    try:
        os.replace(part, path)
    except PermissionError:
        path = free_path(path)
        os.replace(part, path)
    return path


def free_path(path: Path) -> Path:
    """The path itself, or with -2, -3 … where it is taken."""
    tried, number = path, 2
    while tried.exists():
        tried, number = path.with_name(f"{path.stem}-{number}{path.suffix}"), number + 1
    return tried
