"""Open a workbook by its content, and turn what the libraries raise about a damaged one into a TableError."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from uploader.core.errors import TableError
from uploader.spreadsheet.file_type import is_zip
from uploader.spreadsheet.time_limit import TimeLimit
from uploader.spreadsheet.workbook.default_password import decrypt_with_default_password
from uploader.spreadsheet.workbook.model import DamagedError, ProtectedError, Workbook
from uploader.spreadsheet.workbook.ods_workbook import CONTENT, OdsWorkbook
from uploader.spreadsheet.workbook.package import Package, main_part
from uploader.spreadsheet.workbook.xlsb_workbook import XlsbWorkbook
from uploader.spreadsheet.workbook.xlsx_workbook import XlsxWorkbook

# What the libraries, and our own readers of foreign bytes, raise where these contradict each other. A bug in a reader
# can raise the same and is then called damage: the file is refused or the run stopped; no row is dropped or guessed.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    struct.error,
    ArithmeticError,
    LookupError,
    UnicodeError,
    DamagedError,
)


@contextmanager
def opened_workbook(path: Path, limit: TimeLimit) -> Iterator[Workbook]:
    """Open a workbook for reading, and close it in the end.

    Args:
        path: The file.
        limit: How long it may take to read.

    Raises:
        TableError: It is damaged, encrypted, too large, or no workbook; also while its rows are read.
    """
    with _convert_errors(path), ExitStack() as stack:
        try:
            workbook = _open(path, limit)
        except ProtectedError:
            workbook = _open(stack.enter_context(decrypt_with_default_password(path)), limit)
        yield stack.enter_context(closing(workbook))


def _open(path: Path, limit: TimeLimit) -> Workbook:
    if not is_zip(path):
        from uploader.spreadsheet.workbook.xls_workbook import XlsWorkbook  # noqa: PLC0415 - only for this old format

        return XlsWorkbook(path, limit)
    if not zipfile.is_zipfile(path):  # the list of its parts is at its end
        raise TableError(f"{path.name} is damaged: its end is missing.", "Copy, download or save it again.")
    package = Package(path, limit)
    try:
        return _open_package(package)
    except BaseException:  # it is raised again
        package.close()
        raise


def _open_package(package: Package) -> Workbook:
    part = main_part(package)
    if part is None:
        if CONTENT in package:
            return OdsWorkbook(package)
        raise ValueError("it has no list of sheets")
    with package.open(part) as file:
        is_binary = file.read(1) == b"\x83"  # BrtBeginBook
    return XlsbWorkbook(package, part) if is_binary else XlsxWorkbook(package, part)


@contextmanager
def _convert_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except ProtectedError:
        raise TableError(
            f"{path.name} is protected by a password.",
            "Save a copy without a password: open it in Excel, choose File > Info > Protect Workbook > Encrypt with "
            "Password, delete the password, and save.",
        ) from None
    except _DAMAGE:  # what the libraries say of it would not help the user
        raise TableError(f"{path.name} is damaged.", "Open it in the spreadsheet program and save it again.") from None
    except (OSError, ValueError, NotImplementedError) as error:
        raise TableError(
            f"{path.name} can't be read as a workbook: {error}.", "Save it again as xlsx or CSV."
        ) from None
