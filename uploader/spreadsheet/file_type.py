"""Recognize a file by its first bytes, whatever its name says."""

import re
import zipfile
from pathlib import Path

from uploader.core.errors import TableError

# Bytes that are enough to recognize a file.
HEAD_SIZE = 4096

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"  # xlsx, xlsm, xlsb and ods; xls, and workbooks with a password

# Old workbooks without a container: the record at the beginning of the file in Excel 2 to 4 ([MS-XLS] 2.4.21).
_RECORDS = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00", b"\x09\x08\x10\x00")

# First bytes of files that are not spreadsheets, and what messages call them.
OTHER_FILES = (
    (rb"%PDF", "a PDF"),
    (rb"\s*<(?:!doctype html|html|head|body|table|meta)\b", "a web page"),
    (rb"\s*<\?xml|\s*<\w+ xmlns", "an XML file"),
    (rb"\{\\rtf", "a text document (RTF)"),
    (rb"\s*\{\s*\"|\s*\[\s*[\[{]|\s*\{\s*\}|\s*\[\s*\]", "JSON"),
    (rb"\x1f\x8b|BZh|7z\xbc\xaf|Rar!|\xfd7zXZ", "a packed file"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "a picture"),
    (rb"SQLite format 3", "a database"),
)
_OTHER_FILE = re.compile(
    b"^(?:\xef\xbb\xbf)?(?:%s)" % b"|".join(b"(%s)" % start for start, _ in OTHER_FILES), re.IGNORECASE
)
# Parts of which a workbook has one, whatever its other names: the relationships of Office Open XML, and OpenDocument.
_PARTS = ("_rels/.rels", "workbook.xml", "workbook.bin", "content.xml")


def is_zip(path: Path) -> bool:
    """Return whether a file begins like a zip archive, even if its end is missing."""
    with path.open("rb") as file:
        return _begins_like_zip(path, file.read(HEAD_SIZE))


def _begins_like_zip(path: Path, head: bytes) -> bool:
    """Return the same for a file whose first bytes are known. A mail or a web server may have put some before it."""
    return head.startswith(ZIP) or (ZIP in head and not head.startswith(OLE) and zipfile.is_zipfile(path))


def is_workbook(path: Path, head: bytes) -> bool:
    """Return whether a file is a workbook; otherwise it is text.

    Args:
        path: The file.
        head: Its first `HEAD_SIZE` bytes.

    Raises:
        TableError: The file is something else, such as a PDF.
    """
    if _begins_like_zip(path, head):
        _refuse_other_archives(path)
        return True
    if head.startswith((OLE, *_RECORDS)):
        return True
    if found := _OTHER_FILE.match(head):
        what = OTHER_FILES[(found.lastindex or 1) - 1][1]
        raise TableError(f"{path.name} is {what}, not a spreadsheet.", "Export the leads as CSV or xlsx.")
    return False


def _refuse_other_archives(path: Path) -> None:
    """Refuse a zip archive without a workbook. A damaged one is reported later, when it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return
    if not any(name.replace("\\", "/").lower().endswith(_PARTS) for name in names):
        what = "a Numbers document" if any(name.startswith("Index/") for name in names) else "a zip archive"
        raise TableError(
            f"{path.name} is {what}, not a workbook; it contains {', '.join(names[:3])} ….",
            "Export the leads as CSV or xlsx, or unpack the archive first.",
        )
