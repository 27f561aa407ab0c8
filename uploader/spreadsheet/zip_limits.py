"""Check zip archives (xlsx, xlsm, xlsb, ods) before anything unpacks them."""

import zipfile
import zlib
from pathlib import Path

from uploader.core.errors import TableError
from uploader.spreadsheet.file_type import ZIP

# Bytes. A list of a million rows with ten columns unpacks to 400 MB; a workbook beyond this is not a list of leads.
MAX_UNPACKED = 2 * 1024**3

# Cells between the first and the last of a sheet: calamine takes about 30 bytes for each, filled or not.
MAX_CELLS = 50_000_000

READ_SIZE = 1 << 20  # bytes


def is_zip(path: Path) -> bool:
    """Return whether a file begins like a zip archive, even if its end is missing."""
    with path.open("rb") as file:
        return file.read(len(ZIP)) == ZIP


def check_archive(path: Path) -> None:
    """Check that an archive is intact, not encrypted, and unpacks to a sensible size.

    Raises:
        TableError: It is damaged, has a password, or is too large.
    """
    if not zipfile.is_zipfile(path):  # the list of its parts is at its end
        raise TableError(f"{path.name} is damaged: its end is missing.", "Copy, download or save it again.")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_size(path, archive)
            for part in archive.infolist():
                _unpack(archive, part)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise TableError(f"{path.name} is damaged: {error}.", "Copy, download or save it again.") from None
    except RuntimeError:  # zipfile raises this for a password
        raise TableError(f"{path.name} is protected by a password.", "Save a copy without a password.") from None


def _check_size(path: Path, archive: zipfile.ZipFile) -> None:
    unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > MAX_UNPACKED:
        raise TableError(f"{path.name} would unpack to {unpacked / 1e9:.1f} GB.", "Split it, or save it as CSV.")


def _unpack(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Unpack a part to the size that the archive states, which fails on its checksum if it holds more."""
    if part.filename.endswith((".xml", ".rels", ".bin")):
        with archive.open(part) as file:
            while file.read(READ_SIZE):
                pass


def check_area(name: str, sheet: str, rows: int, columns: int) -> None:
    """Check the size of a sheet's used area, in cells.

    Raises:
        TableError: A stray cell is so far from the others that the area in between is too large.
    """
    if rows * columns > MAX_CELLS:
        raise TableError(
            f"{name}: sheet {sheet!r} extends to row {rows:,} and column {columns:,}.",
            "Delete the stray cells far below or beside the list, or save the sheet as CSV.",
        )
