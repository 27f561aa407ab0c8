"""Zip archives (xlsx, xlsm, xlsb, ods) are looked at before anything unpacks them."""

import zipfile
import zlib
from pathlib import Path

from uploader.core.errors import TableError
from uploader.spreadsheet.file_type import ZIP

# A workbook that unpacks to more than this is not a list of leads: bytes. A million rows of ten columns are 400 MB.
MAX_UNPACKED = 2 * 1024**3

# Cells between the first and the last of a sheet: calamine takes some 30 bytes for each, filled or not.
MAX_CELLS = 50_000_000

PIECE = 1 << 20


def is_archive(path: Path) -> bool:
    """Whether a file begins as an archive does, also where the rest is missing."""
    with path.open("rb") as file:
        return file.read(len(ZIP)) == ZIP


def refuse_bombs(path: Path) -> None:
    """Raises TableError for an archive that is damaged, encrypted, or unpacks to an absurd size."""
    if not zipfile.is_zipfile(path):  # what it holds is listed at its end
        raise TableError(f"{path.name} is damaged: its end is missing.", "Copy or download it again, or save it anew.")
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_size(path, archive)
            for part in archive.infolist():
                _unpack(archive, part)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise TableError(f"{path.name} is damaged: {error}.", "Save it again, or get it anew.") from None
    except RuntimeError:  # zipfile's word for a password
        raise TableError(f"{path.name} is protected by a password.", "Save a copy without one.") from None


def _refuse_size(path: Path, archive: zipfile.ZipFile) -> None:
    unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > MAX_UNPACKED:
        raise TableError(f"{path.name} would unpack to {unpacked / 1e9:.1f} GB.", "Split it, or save it as CSV.")


def _unpack(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """A part can hold more than it says: reading it once, no further than that, finds it out by its checksum."""
    if part.filename.endswith((".xml", ".rels", ".bin")):
        with archive.open(part) as file:
            while file.read(PIECE):
                pass


def refuse_area(name: str, sheet: str, rows: int, columns: int) -> None:
    """Raises TableError for a sheet with a stray cell so far from the others that the area between is absurd."""
    if rows * columns > MAX_CELLS:
        raise TableError(
            f"{name}: sheet {sheet!r} reaches to row {rows:,} and column {columns:,}.",
            "Delete the stray cells far below or beside the list, or save the sheet as CSV.",
        )
