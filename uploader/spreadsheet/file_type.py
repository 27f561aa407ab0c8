"""What a file is by its first bytes, whatever its name says."""

import re
import zipfile
from pathlib import Path

from uploader.core.errors import TableError

# Enough to know a file by: bytes.
HEAD = 4096

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # xlsx, xlsm, xlsb and ods; xls, and workbooks with a password

# Beginnings of files that are no spreadsheets, and what to call them.
OTHERS = (
    (rb"%PDF", "a PDF"),
    (rb"\s*<(?:!doctype html|html|head|body|table|meta)\b", "a web page"),
    (rb"\s*<\?xml|\s*<\w+ xmlns", "an XML file"),
    (rb"\{\\rtf", "a text document (RTF)"),
    (rb"\s*\{\s*\"|\s*\[\s*[\[{]|\s*\{\s*\}|\s*\[\s*\]", "JSON"),
    (rb"\x1f\x8b|BZh|7z\xbc\xaf|Rar!|\xfd7zXZ", "a packed file"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "a picture"),
    (rb"PAR1|SQLite format 3", "a database"),
)
_MARKED = re.compile(b"^(?:\xef\xbb\xbf)?(?:%s)" % b"|".join(b"(%s)" % start for start, _ in OTHERS), re.IGNORECASE)
_WORKBOOKS = {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}


def is_workbook(path: Path, head: bytes) -> bool:
    """Whether a file is a workbook, else text. Raises TableError for what is surely neither."""
    if head.startswith(ZIP):
        _refuse_other_archives(path)
        return True
    if head.startswith(OLE):
        return True
    if found := _MARKED.match(head):
        what = OTHERS[(found.lastindex or 1) - 1][1]
        raise TableError(f"{path.name} is {what}, not a spreadsheet.", "Export the leads as CSV or xlsx.")
    return False


def _refuse_other_archives(path: Path) -> None:
    """A zip archive can hold anything. What is damaged is told of when it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return
    if _WORKBOOKS.isdisjoint(names):
        what = "a Numbers document" if any(name.startswith("Index/") for name in names) else "a zip archive"
        raise TableError(
            f"{path.name} is {what} and no workbook; it holds {', '.join(names[:3])} ….",
            "Export the leads as CSV or xlsx, or unpack the archive first.",
        )
