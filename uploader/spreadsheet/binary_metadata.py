"""The marks of sheets in Excel's binary formats, which are records in a row: [MS-XLS] and [MS-XLSB]."""

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import olefile

from uploader.spreadsheet.cell_errors import ERROR_VALUES
from uploader.spreadsheet.sheet_metadata import SheetMetadata
from uploader.spreadsheet.xml_metadata import relations

Found = tuple[int, bytes]  # a record's number and content


# The records that say where a cell is: its row and column begin them ([MS-XLS] 2.4).
XLS_CELLS = {0x06, 0xBD, 0xBE, 0xD6, 0xFD, 0x201, 0x203, 0x204, 0x205, 0x27E}


def xls_stream(path: Path) -> bytes:
    """The records of an xls file; empty where it is a workbook with a password.

    Raises OSError for a container that contradicts itself: calamine (0.9) takes all of the memory for some of these.
    """
    import olefile  # noqa: PLC0415 - only for this old format

    with olefile.OleFileIO(path, raise_defects=olefile.DEFECT_INCORRECT) as file:
        _refuse_circles(file)
        if file.exists("EncryptedPackage"):
            return b""
        name = next((name for name in ("Workbook", "Book") if file.exists(name)), None)
        if name is None:
            raise OSError("it holds no workbook")
        stream = bytes(file.openstream(name).read())
    for number, content in _xls_records(stream, 0):
        if number == 0xFC and len(content) >= 8 and struct.unpack_from("<I", content, 4)[0] > len(stream):
            raise OSError("it says that it has more texts than it has room for")  # SST, 2.4.265
    return stream


def _refuse_circles(file: "olefile.OleFileIO") -> None:
    """Sectors form chains ([MS-CFB] 2.3); one that bites its own tail never ends. Raises OSError."""
    entries = [entry.isectStart for entry in file.direntries if entry]
    for start in {file.first_dir_sector, file.first_mini_fat_sector, *entries}:
        sector, steps = start, 0
        while sector < len(file.fat):
            sector, steps = file.fat[sector], steps + 1
            if steps > len(file.fat):
                raise OSError("its sectors go in a circle")


def xls_marks(stream: bytes, sheet: str) -> SheetMetadata:
    """Of one sheet of an xls file's records."""
    marks = SheetMetadata()
    start = next((place for found, place in _xls_sheets(stream) if found == sheet), None)
    if start is not None:
        _read_xls(stream, start, marks)
    return marks


def _xls_sheets(stream: bytes) -> Iterator[tuple[str, int]]:
    """(name, where its records begin) of every sheet: BoundSheet8, 2.4.28."""
    for number, content in _xls_records(stream, 0):
        if number == 0x85 and len(content) > 8:
            start, length, is_wide = struct.unpack_from("<I2xBB", content)
            yield content[8:].decode("utf-16-le" if is_wide & 1 else "latin-1", "replace")[:length], start


def _read_xls(stream: bytes, start: int, marks: SheetMetadata) -> None:
    for number, content in _xls_records(stream, start):
        if number in XLS_CELLS and len(content) >= 4:
            marks.reach(*struct.unpack_from("<HH", content))
        if number == 0x200 and len(content) >= 12:  # Dimensions, 2.4.90
            marks.reach(struct.unpack_from("<I", content, 4)[0] - 1, struct.unpack_from("<H", content, 10)[0] - 1)
        elif number == 0x208 and len(content) >= 16:  # Row, 2.4.221: fDyZero
            row = struct.unpack_from("<H", content)[0]
            if content[12] & 0x20:
                marks.hidden.add(row)
        elif number == 0x205 and len(content) >= 8 and content[7]:  # BoolErr, 2.4.24
            row, column = struct.unpack_from("<HH", content)
            marks.errors[row, column] = ERROR_VALUES.get(content[6], "#VALUE!")
        elif number == 0x06 and len(content) >= 14 and content[12:14] == b"\xff\xff" and content[6] == 2:
            row, column = struct.unpack_from("<HH", content)  # Formula, 2.4.127, with an error for a result
            marks.errors[row, column] = ERROR_VALUES.get(content[8], "#VALUE!")


def _xls_records(stream: bytes, at: int) -> Iterator[Found]:
    """The records of the part of the stream that begins at a place; a chart within it is skipped."""
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


def xlsb_marks(archive: zipfile.ZipFile, sheet: str) -> SheetMetadata:
    """Of one sheet of an xlsb file. Raises KeyError, zipfile.BadZipFile."""
    marks = SheetMetadata()
    known = relations(archive, "xl/_rels/workbook.bin.rels")
    part = next((known.get(key) for name, key in _xlsb_sheets(archive) if name == sheet), None)
    row = 0
    for number, content in _xlsb_records(archive.read(part)) if part else ():
        if number == 148 and len(content) >= 16:  # BrtWsDim, 2.4.835
            marks.reach(*struct.unpack_from("<4xI4xI", content))
        elif number == 0 and len(content) >= 12:  # BrtRowHdr, 2.4.740: fDyZero
            row = struct.unpack_from("<I", content)[0]
            if content[11] & 0x10:
                marks.hidden.add(row)
        elif 1 <= number <= 11 and len(content) >= 8:  # the cells, 2.4.307 and on
            column = struct.unpack_from("<I", content)[0]
            marks.reach(row, column)
            if number in {3, 11} and len(content) > 8:  # BrtCellError, BrtFmlaError
                marks.errors[row, column] = ERROR_VALUES.get(content[8], "#VALUE!")
    return marks


def _xlsb_sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """(name, relation id) of every sheet: BrtBundleSh, 2.4.311."""
    for number, content in _xlsb_records(archive.read("xl/workbook.bin")):
        if number == 156:
            key, end = _wide_text(content, 8)
            yield _wide_text(content, end)[0], key


def _wide_text(content: bytes, at: int) -> tuple[str, int]:
    """An XLWideString, and where it ends."""
    (length,) = struct.unpack_from("<I", content, at)
    end = at + 4 + 2 * length
    return content[at + 4 : end].decode("utf-16-le", "replace"), end


def _xlsb_records(stream: bytes) -> Iterator[Found]:
    """Numbers take one or two bytes, sizes up to four, seven bits in each: 2.1.4."""
    at = 0
    while at < len(stream):
        number, at = _packed(stream, at, 2)
        size, at = _packed(stream, at, 4)
        yield number, stream[at : at + size]
        at += size


def _packed(stream: bytes, at: int, most: int) -> tuple[int, int]:
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
