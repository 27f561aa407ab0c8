"""Read sheet metadata from Excel's binary formats, [MS-XLS] and [MS-XLSB], which are sequences of records."""

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import olefile

from uploader.spreadsheet.cell_errors import ERROR_CODES
from uploader.spreadsheet.sheet_metadata import SheetMetadata
from uploader.spreadsheet.xml_metadata import read_relations

Record = tuple[int, bytes]  # number and content

# Records of cells, which begin with the cell's row and column ([MS-XLS] 2.4).
XLS_CELLS = {0x06, 0xBD, 0xBE, 0xD6, 0xFD, 0x201, 0x203, 0x204, 0x205, 0x27E}


def read_xls_stream(path: Path) -> bytes:
    """Return the records of an xls file, or nothing for a workbook with a password.

    Raises:
        OSError: The container contradicts itself. For some of these, calamine (0.9) takes all of the memory.
    """
    import olefile  # noqa: PLC0415 - only for this old format

    with olefile.OleFileIO(path, raise_defects=olefile.DEFECT_INCORRECT) as file:
        _check_sector_chains(file)
        if file.exists("EncryptedPackage"):
            return b""
        name = next((name for name in ("Workbook", "Book") if file.exists(name)), None)
        if name is None:
            raise OSError("it contains no workbook")
        stream = bytes(file.openstream(name).read())
    for number, content in _xls_records(stream, 0):
        if number == 0xFC and len(content) >= 8 and struct.unpack_from("<I", content, 4)[0] > len(stream):
            raise OSError("it declares more texts than it has room for")  # SST, 2.4.265
    return stream


def _check_sector_chains(file: "olefile.OleFileIO") -> None:
    """Check that the chains of sectors end ([MS-CFB] 2.3). Raises OSError for a chain that is a loop."""
    entries = [entry.isectStart for entry in file.direntries if entry]
    for start in {file.first_dir_sector, file.first_mini_fat_sector, *entries}:
        sector, steps = start, 0
        while sector < len(file.fat):
            sector, steps = file.fat[sector], steps + 1
            if steps > len(file.fat):
                raise OSError("its sectors form a loop")


def read_xls_metadata(stream: bytes, sheet: str) -> SheetMetadata:
    """Return the metadata of one sheet from the records of an xls file."""
    metadata = SheetMetadata()
    start = next((place for found, place in _xls_sheets(stream) if found == sheet), None)
    if start is not None:
        _read_xls_records(stream, start, metadata)
    return metadata


def _xls_sheets(stream: bytes) -> Iterator[tuple[str, int]]:
    """Yield the name of every sheet and where its records begin (BoundSheet8, 2.4.28)."""
    for number, content in _xls_records(stream, 0):
        if number == 0x85 and len(content) > 8:
            start, length, is_wide = struct.unpack_from("<I2xBB", content)
            yield content[8:].decode("utf-16-le" if is_wide & 1 else "latin-1", "replace")[:length], start


def _read_xls_records(stream: bytes, start: int, metadata: SheetMetadata) -> None:
    for number, content in _xls_records(stream, start):
        if number in XLS_CELLS and len(content) >= 4:
            metadata.extend_to(*struct.unpack_from("<HH", content))
        if number == 0x200 and len(content) >= 12:  # Dimensions, 2.4.90
            metadata.extend_to(
                struct.unpack_from("<I", content, 4)[0] - 1, struct.unpack_from("<H", content, 10)[0] - 1
            )
        elif number == 0x208 and len(content) >= 16:  # Row, 2.4.221: fDyZero
            row = struct.unpack_from("<H", content)[0]
            if content[12] & 0x20:
                metadata.hidden.add(row)
        elif number == 0x205 and len(content) >= 8 and content[7]:  # BoolErr, 2.4.24
            row, column = struct.unpack_from("<HH", content)
            metadata.errors[row, column] = ERROR_CODES.get(content[6], "#VALUE!")
        elif number == 0x06 and len(content) >= 14 and content[12:14] == b"\xff\xff" and content[6] == 2:
            row, column = struct.unpack_from("<HH", content)  # Formula, 2.4.127, with an error for a result
            metadata.errors[row, column] = ERROR_CODES.get(content[8], "#VALUE!")


def _xls_records(stream: bytes, at: int) -> Iterator[Record]:
    """Yield the records of the substream that begins at a place, without those of charts in it."""
    depth = 0
    while at + 4 <= len(stream):
        number, size = struct.unpack_from("<HH", stream, at)
        if number == 0x0A:  # EOF
            depth -= 1
            if depth <= 0:
                return
        elif number == 0x809:  # BOF
            depth += 1
        elif depth == 1:
            yield number, stream[at + 4 : at + 4 + size]
        at += 4 + size


def read_xlsb_metadata(archive: zipfile.ZipFile, sheet: str) -> SheetMetadata:
    """Return the metadata of one sheet of an xlsb file.

    Raises:
        KeyError: The archive has no part of that name.
        zipfile.BadZipFile: The archive is damaged.
    """
    metadata = SheetMetadata()
    known = read_relations(archive, "xl/_rels/workbook.bin.rels")
    part = next((known.get(key) for name, key in _xlsb_sheets(archive) if name == sheet), None)
    row = 0
    for number, content in _xlsb_records(archive.read(part)) if part else ():
        if number == 148 and len(content) >= 16:  # BrtWsDim, 2.4.835
            metadata.extend_to(*struct.unpack_from("<4xI4xI", content))
        elif number == 0 and len(content) >= 12:  # BrtRowHdr, 2.4.740: fDyZero
            row = struct.unpack_from("<I", content)[0]
            if content[11] & 0x10:
                metadata.hidden.add(row)
        elif 1 <= number <= 11 and len(content) >= 8:  # cells, 2.4.307 ff.
            column = struct.unpack_from("<I", content)[0]
            metadata.extend_to(row, column)
            if number in {3, 11} and len(content) > 8:  # BrtCellError, BrtFmlaError
                metadata.errors[row, column] = ERROR_CODES.get(content[8], "#VALUE!")
    return metadata


def _xlsb_sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """Yield the name and relation id of every sheet (BrtBundleSh, 2.4.311)."""
    for number, content in _xlsb_records(archive.read("xl/workbook.bin")):
        if number == 156:
            key, end = _wide_text(content, 8)
            yield _wide_text(content, end)[0], key


def _wide_text(content: bytes, at: int) -> tuple[str, int]:
    """Return an XLWideString and where it ends."""
    (length,) = struct.unpack_from("<I", content, at)
    end = at + 4 + 2 * length
    return content[at + 4 : end].decode("utf-16-le", "replace"), end


def _xlsb_records(stream: bytes) -> Iterator[Record]:
    """Yield all records. Numbers have one or two bytes, sizes up to four, with seven bits in each (2.1.4)."""
    at = 0
    while at < len(stream):
        number, at = _read_packed(stream, at, 2)
        size, at = _read_packed(stream, at, 4)
        yield number, stream[at : at + size]
        at += size


def _read_packed(stream: bytes, at: int, most: int) -> tuple[int, int]:
    """Return a number of up to `most` bytes, and where it ends."""
    value = 0
    for place in range(most):
        if at >= len(stream):
            break
        byte = stream[at]
        at += 1
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            break
    return value, at
