"""Whether a report can be written into its own place, and where it goes if not: nobody's work is overwritten."""

import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from uploader.core.errors import UsageError
from uploader.report import LONGEST_NAME, SUMMARY, free_path, kind_of
from uploader.spreadsheet import Sheet, Table

# What a name ends in that somebody would expect to be another kind of file.
OTHER_KINDS = frozenset(
    {".xls", ".xlsb", ".ods", ".numbers", ".pdf", ".html", ".htm", ".docx", ".json", ".xml", ".yaml", ".zip", ".gz"}
)

# By this column a report is known; it stands near the top of one, and of a workbook's sheet or list of texts.
OURS = b"upload_outcome"
TOP = 1 << 20  # bytes

# What a text without a word in it is made of: blanks, line ends, marks of its encoding.
BLANK = b" \t\r\n\xef\xbb\xbf\xfe\xff"


def target(table: Table, asked: Path | None) -> tuple[Path, str]:
    """Where the new report goes: to `asked`, in the old one's place, or beside it; and why it is beside.

    Raises UsageError for another kind of file: read back, one is unescaped and the other not.
    """
    if asked:
        if kind_of(asked) != table.kind:
            raise UsageError(
                f"{table.path.name} is {table.kind}, and `retry` can read back only one kind.",
                f"Give --report a name that ends in .{table.kind}.",
            )
        return asked, ""
    if table.kind == "xlsx" and kind_of(table.path) != "xlsx":
        return free_path(table.path.with_suffix(".xlsx")), f"{table.path.name} is left as it is"
    if lost := what_is_lost(table):
        beside = free_path(table.path.with_name(f"{table.path.stem}-results{table.path.suffix}"))
        return beside, f"{table.path.name} is left as it is: it has {' and '.join(lost)}"
    return table.path, ""


def what_is_lost(table: Table) -> list[str]:
    """What stands in the file and would not stand in a report that takes its place."""
    lost = []
    if isinstance(table.source, Sheet):
        lost += [f"the sheet {name!r}" for name in table.source.others if name != SUMMARY]
    elif table.source.is_guess:
        lost.append("an encoding that can only be guessed (say --encoding)")
    if table.header_row > 1:
        lost.append("lines above the header")
    if any(chunk.faults for chunk in table.chunks()):
        lost.append("cells beyond its last column")
    return lost


def protect_input(report: Path | None, file: Path, *inputs: Path) -> None:
    """A report never takes the place of what it is made from, nor of anybody's file that is no report, and has a place
    before anything is sent or asked.

    Without a path of its own, it goes into the folder of `file`. Raises UsageError.
    """
    if report:
        _refuse_name(report)
        if any(_is_same(report, path) for path in inputs):
            raise UsageError(f"--report {report} would overwrite an input.", "Give another name.")
        if report.exists() and not _is_report(report):
            raise UsageError(
                f"--report {report} would overwrite a file that is no report.", "Nothing was sent. Give another name."
            )
    folder = (report or file).resolve().parent
    standing = next(path for path in (folder, *folder.parents) if path.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK):
        raise UsageError(f"The report can't be written into {folder}.", "Say where with --report PATH.")


def _refuse_name(report: Path) -> None:
    """Raises UsageError for what can't be a report's name."""
    if len(os.fsencode(report.name)) > LONGEST_NAME:
        raise UsageError(f"The name that --report gives is longer than {LONGEST_NAME} bytes.", "Give a shorter one.")
    if report.is_dir():
        raise UsageError(f"--report {report} is a folder.", "Give the name of a file in it.")
    if report.suffix.lower() in OTHER_KINDS:
        raise UsageError(
            f"--report {report}: a report is a CSV or an xlsx, and no {report.suffix[1:]}.",
            "Nothing was sent. Give a name that ends in .csv or .xlsx.",
        )


def _is_report(path: Path) -> bool:
    """Whether a file that is there is a report, whatever somebody did to it since, or blank: nothing is lost if another
    takes its place."""
    try:
        if not path.is_file():
            return False
        if zipfile.is_zipfile(path):
            return any(OURS in top for top in _tops(path))
        with path.open("rb") as file:
            text = file.read(TOP).replace(b"\0", b"")  # as in UTF-16
        return OURS in text or not text.strip(BLANK)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError):  # of a damaged workbook
        return False


def _tops(workbook: Path) -> Iterator[bytes]:
    """Where each sheet and list of texts begins."""
    with zipfile.ZipFile(workbook) as archive:
        for name in archive.namelist():
            with archive.open(name) as part:
                yield part.read(TOP)


def _is_same(one: Path, other: Path) -> bool:
    """Whether two paths are one file, also where case makes no difference to the disk."""
    return one.exists() and other.exists() and one.samefile(other)
