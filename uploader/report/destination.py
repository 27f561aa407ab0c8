"""Where a report is written. Only reports and blank files are ever overwritten."""

import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from uploader.core.errors import UsageError
from uploader.report import LONGEST_NAME, SUMMARY_SHEET, free_path, kind_of
from uploader.spreadsheet import Sheet, Table
from uploader.spreadsheet.csv_reader import TextFile

# Suffixes of other kinds of files, which a report must not have.
OTHER_SUFFIXES = frozenset(
    {".xls", ".xlsb", ".ods", ".numbers", ".pdf", ".html", ".htm", ".docx", ".json", ".xml", ".yaml", ".zip", ".gz"}
)

# A report has this column near its top, in a workbook near the top of a sheet or of the shared strings.
REPORT_COLUMN = b"upload_outcome"
TOP = 1 << 20  # bytes

# What a blank file consists of: spaces, line ends, byte-order marks.
BLANK = b" \t\r\n\xef\xbb\xbf\xfe\xff"


def update_path(table: Table, asked: Path | None) -> tuple[Path, str]:
    """Return where an updated report goes, and why it does not replace the old one (empty if it does).

    Args:
        table: The old report.
        asked: The path that the user asked for, if any.

    Raises:
        UsageError: The path asked for is of the other format. Cells are escaped in only one of them.
    """
    if asked:
        if kind_of(asked) != table.kind:
            raise UsageError(
                f"--report {asked}: the report of {table.path.name} must be {table.kind} as well.",
                f"Give --report a name that ends in .{table.kind}.",
            )
        return asked, ""
    if table.kind == "xlsx" and kind_of(table.path) != "xlsx":
        return free_path(table.path.with_suffix(".xlsx")), f"{table.path.name} was not changed"
    if lost := content_lost(table):
        beside = free_path(table.path.with_name(f"{table.path.stem}-results{table.path.suffix}"))
        return beside, f"{table.path.name} was not changed because it has {' and '.join(lost)}"
    return table.path, ""


def content_lost(table: Table) -> list[str]:
    """Return what the file contains that a new report in its place would not contain."""
    lost = []
    if isinstance(table.source, Sheet):
        lost += [f"the sheet {name!r}" for name in table.source.others if name != SUMMARY_SHEET]
    elif isinstance(table.source, TextFile) and table.source.is_guess:
        lost.append("an encoding that had to be guessed (specify --encoding)")
    if table.header_row > 1:
        lost.append("lines above the header")
    if any(chunk.faults for chunk in table.chunks()):
        lost.append("cells beyond its last column")
    return lost


def protect_input(report: Path | None, file: Path, *inputs: Path, flag: str = "--report") -> None:
    """Refuse a report path that would overwrite an input or a file that is not a report, before anything is sent.

    Args:
        report: The path that the user asked for; None for a new file beside `file`.
        file: The input.
        inputs: Files that must not be overwritten.
        flag: The flag that gives the path.

    Raises:
        UsageError: The report cannot be written there.
    """
    if report:
        _refuse_name(report, flag)
        if any(_is_same(report, path) for path in inputs):
            raise UsageError(f"{flag} {report} would overwrite an input.", "Choose another name.")
        if report.exists() and not _is_report(report):
            raise UsageError(
                f"{flag} {report} would overwrite a file that is not a report.",
                "Nothing was sent. Choose another name.",
            )
    folder = (report or file).resolve().parent
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        raise UsageError(f"The report cannot be written into {folder}.", f"Choose another place with {flag} PATH.")


def require_same_kind(failed_only: Path, report: Path | None, kind: str) -> None:
    """Refuse a path for the failed rows that does not go with the report's.

    Args:
        failed_only: The path that the user asked for.
        report: The path that the user asked for the report; None for a new file beside the input.
        kind: The format of the report. Cells are escaped in only one of the formats.

    Raises:
        UsageError: It is of the other format, or the same file.
    """
    if kind_of(failed_only) != kind:
        raise UsageError(
            f"--failed-only {failed_only}: it must be {kind}, as the report.",
            f"Give it a name that ends in .{kind}.",
        )
    if report and failed_only.resolve() == report.resolve():
        raise UsageError(f"--failed-only {failed_only} is also the report.", "Choose another name for one of them.")


def _refuse_name(report: Path, flag: str) -> None:
    """Raise UsageError for a name that a report cannot have."""
    if len(os.fsencode(report.name)) > LONGEST_NAME:
        raise UsageError(f"The name in {flag} is longer than {LONGEST_NAME} bytes.", "Choose a shorter name.")
    if report.is_dir():
        raise UsageError(f"{flag} {report} is a folder.", "Add the name of a file in it.")
    if report.suffix.lower() in OTHER_SUFFIXES:
        raise UsageError(
            f"{flag} {report}: a report is CSV or xlsx, not {report.suffix[1:]}.",
            "Nothing was sent. Choose a name that ends in .csv or .xlsx.",
        )


def _is_report(path: Path) -> bool:
    """Whether an existing file is a report, edited or not, or blank: nothing is lost if it is overwritten."""
    try:
        if not path.is_file():
            return False
        if zipfile.is_zipfile(path):
            return any(REPORT_COLUMN in top for top in _tops(path))
        with path.open("rb") as file:
            text = file.read(TOP).replace(b"\0", b"")  # as in UTF-16
        return REPORT_COLUMN in text or not text.strip(BLANK)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError):  # of a damaged workbook
        return False


def _tops(workbook: Path) -> Iterator[bytes]:
    """Yield the beginning of each part of a workbook."""
    with zipfile.ZipFile(workbook) as archive:
        for name in archive.namelist():
            with archive.open(name) as part:
                yield part.read(TOP)


def _is_same(one: Path, other: Path) -> bool:
    """Whether two paths are the same file, also on file systems that ignore case."""
    return one.exists() and other.exists() and one.samefile(other)
