"""Writes reports: every row of the input, in its order, with one outcome and what to do about it."""

import csv
import itertools
import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter

from uploader.errors import UploaderError

HEAD = ("upload_row", "upload_outcome", "upload_reason", "upload_hint")
TAIL = (
    "upload_lead_id",
    "upload_http_status",
    "upload_attempts",
    "upload_sent_at",
    "upload_run",
    "upload_warnings",
    "upload_result",
    "upload_result_reason",
)

# What a sheet of xlsx holds at most ("Excel specifications and limits").
XLSX_ROWS = 1_048_576
XLSX_CELL = 32_767  # characters

# What a spreadsheet program would take for a formula, or cut off ("CSV injection", OWASP).
RISKY = ("=", "+", "-", "@", "'", "\t", "\r", "\n")


def escape(cell: str) -> str:
    """One apostrophe in front of what a spreadsheet program would run or mangle."""
    return f"'{cell}" if cell.startswith(RISKY) else cell


def unescape(cell: str) -> str:
    """Takes exactly the apostrophe away that `escape` put there."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(RISKY) else cell


def default_path(source: Path, kind: str, now: float) -> Path:
    """`leads.csv` -> `leads.report-20261123T174501Z.csv` beside it; of a report, the same with a new time."""
    name = source.stem.split(".report-", maxsplit=1)[0]
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    return _free(source.with_name(f"{name}.report-{stamp}.{kind}"))


def kind_of(path: Path) -> str:
    """How a report at this path is written: "xlsx" or "csv"."""
    return "xlsx" if path.suffix.lower() in {".xlsx", ".xlsm"} else "csv"


def utc(seconds: float) -> str:
    """UNIX time as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write_report(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str = ",") -> Path:
    """Writes HEAD, `columns`, TAIL and the rows (already in that order); as xlsx if the path says so.

    The file appears whole or not at all. Returns where it went: the next free name when the path is held
    open by another program. Raises UploaderError when there is no way to write there.
    """
    write = _write_xlsx if kind_of(path) == "xlsx" else _write_csv
    part = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=".", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        write(Path(part), [*HEAD, *columns, *TAIL], rows, delimiter)
        return _put(Path(part), path)
    except (OSError, xlsxwriter.exceptions.XlsxWriterException) as error:
        if part:
            with suppress(OSError):
                os.unlink(part)
        raise UploaderError(
            f"The report {path} can't be written: {error}.",
            "Nothing is lost, the ledger has every outcome: `uploader resume` writes the report again.",
        ) from None


def _put(part: Path, path: Path) -> Path:
    """Renames the finished file; a spreadsheet program that holds the old one open keeps it (Windows)."""
    try:
        os.replace(part, path)
    except PermissionError:
        path = _free(path)
        os.replace(part, path)
    return path


def _free(path: Path) -> Path:
    """The path itself, or with -2, -3 … where it is taken."""
    tried, number = path, 2
    while tried.exists():
        tried, number = path.with_name(f"{path.stem}-{number}{path.suffix}"), number + 1
    return tried


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow([escape(name) for name in header])
        writer.writerows([escape(cell) for cell in row] for row in rows)


def _write_xlsx(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str) -> None:
    """All cells are text cells, so that zeros and plus signs stay, also after someone edits them."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("Report")
        sheet.set_column(0, len(header) - 1, 18, text)
        sheet.freeze_panes(1, 2)
        bold = book.add_format({"num_format": "@", "bold": True})
        for number, row in enumerate(itertools.chain([header], rows)):
            for column, cell in enumerate(row):
                if len(cell) > XLSX_CELL:
                    raise OSError(f"a cell of row {number + 1} has {len(cell):,} characters, more than xlsx holds")
                if cell:
                    sheet.write_string(number, column, cell, text if number else bold)
            last = number
        sheet.autofilter(0, 0, last, len(header) - 1)
