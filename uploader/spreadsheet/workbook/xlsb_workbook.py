"""Workbooks in Excel's binary format (xlsb; [MS-XLSB]): records of numbered kinds, one after another."""

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property

from uploader.core.errors import TableError
from uploader.spreadsheet.cell_errors import ERROR_CODES
from uploader.spreadsheet.time_limit import TimedFile
from uploader.spreadsheet.workbook.cell_text import formatted_text
from uploader.spreadsheet.workbook.model import Rows, SheetName, SheetRow
from uploader.spreadsheet.workbook.number_format import BUILT_IN, PLAIN, NumberFormat, parse_number_format
from uploader.spreadsheet.workbook.package import Package, relations
from uploader.spreadsheet.workbook.xlsx_rows import LAST_COLUMN, LAST_ROW
from uploader.spreadsheet.workbook.xlsx_strings import MAX_STRINGS_MEMORY
from uploader.spreadsheet.workbook.xlsx_workbook import LARGE_SHEET

Record = tuple[int, bytes]  # kind and content

_PIECE_SIZE = 1 << 18  # bytes
_MAX_RECORD = 1 << 20  # bytes; a cell's text has at most 64 KB

# Kinds of records (2.3.2).
_ROW, _STRING, _FORMAT, _STYLE, _END_OF_ROWS = 0, 19, 44, 47, 146
_VIEW, _PROPERTIES, _SHEET, _STYLES, _END_OF_STYLES = 137, 153, 156, 617, 618


class XlsbWorkbook:
    """An opened xlsb workbook."""

    def __init__(self, package: Package, part: str) -> None:
        """Read the list of sheets: BrtBundleSh, 2.4.311.

        Args:
            package: The zip package, which is closed with the workbook.
            part: The name of the workbook part.
        """
        self._package = package
        self._relations = relations(package, part)
        parts = {one.id: one for one in self._relations}
        self._sheets: dict[str, str] = {}
        self._is_1904 = False
        names = []
        with package.open(part) as file:
            for kind, content in _records(file):
                if kind == _PROPERTIES and len(content) >= 4:
                    self._is_1904 = bool(content[0] & 1)  # BrtWbProp, 2.4.822
                elif kind == _SHEET:
                    (state,) = struct.unpack_from("<I", content)
                    key, end = _wide_text(content, 8)
                    name, _ = _wide_text(content, end)
                    relation = parts.get(key)
                    if relation and relation.kind == "worksheet" and relation.part:
                        self._sheets.setdefault(name, relation.part)
                        names.append(SheetName(name, state == 0))
        self.sheets: Sequence[SheetName] = names

    def read_rows(self, sheet: str) -> Rows:
        """Yield the rows of a sheet that have a value, in the file's order."""
        number, cells, is_hidden, hides_zeros = 0, [""][:0], False, False
        with self._package.open(self._sheets[sheet]) as file:
            for kind, content in _records(file):
                if kind == _ROW and len(content) >= 12:  # BrtRowHdr, 2.4.740: fDyZero
                    if any(cells):
                        yield SheetRow(number, cells, is_hidden)
                    number = struct.unpack_from("<I", content)[0] + 1
                    if number > LAST_ROW:
                        raise ValueError(f"it has a row number {number}")
                    cells, is_hidden = [], bool(content[11] & 0x10)
                elif (read := _CELLS.get(kind)) and len(content) >= 8:
                    if not (hides_zeros and _is_zero(kind, content)):
                        self._add(cells, content, read)
                elif kind == _VIEW and content:  # BrtBeginWsView, 2.4.296: fDspZeros
                    hides_zeros = not content[0] & 0x10
                elif kind == _END_OF_ROWS:
                    break
        if any(cells):
            yield SheetRow(number, cells, is_hidden)

    def _add(self, cells: list[str], content: bytes, read: "Callable[[XlsbWorkbook, bytes], str]") -> None:
        (column,) = struct.unpack_from("<I", content)
        if column >= LAST_COLUMN:
            raise ValueError(f"it has a column {column + 1}")
        if text := read(self, content):
            cells.extend([""] * (column + 1 - len(cells)))
            cells[column] = text

    def is_large(self, sheet: str) -> bool:
        """Return whether a sheet has too many rows to keep them in memory."""
        return self._package.size(self._sheets[sheet]) > LARGE_SHEET // 3

    def close(self) -> None:
        """Close the file."""
        self._package.close()

    def _part_of(self, kind: str) -> str | None:
        return next((one.part for one in self._relations if one.kind == kind and one.part), None)

    @cached_property
    def _formats(self) -> list[NumberFormat]:
        """The number format of each cell style: BrtFmt, 2.4.658, and BrtXF, 2.4.823."""
        part = self._part_of("styles")
        codes, numbers, is_inside = dict(BUILT_IN), [], False
        for kind, content in _read_records(self._package, part) if part else ():
            if kind == _FORMAT:
                codes[struct.unpack_from("<H", content)[0]] = _wide_text(content, 2)[0]
            elif kind in {_STYLES, _END_OF_STYLES}:
                is_inside = kind == _STYLES
            elif kind == _STYLE and is_inside:
                numbers.append(struct.unpack_from("<H", content, 2)[0])
        return [parse_number_format(codes[number]) if number in codes else PLAIN for number in numbers]

    @cached_property
    def _strings(self) -> list[str]:
        """The shared strings: BrtSSTItem, 2.4.771."""
        part = self._part_of("sharedstrings")
        strings: list[str] = []
        memory = 0
        for kind, content in _read_records(self._package, part) if part else ():
            if kind == _STRING:
                strings.append(_wide_text(content, 1)[0])
                memory += 60 + 2 * len(strings[-1])
                if memory > MAX_STRINGS_MEMORY:
                    raise TableError(
                        f"{self._package.path.name} has more than {len(strings):,} different texts.",
                        "Split it, or save the sheet as CSV.",
                    )
        return strings

    def _number(self, content: bytes, value: float) -> str:
        style = int.from_bytes(content[4:7], "little")
        form = self._formats[style] if style < len(self._formats) else PLAIN
        try:
            return formatted_text(value, form, is_1904=self._is_1904)
        except (ValueError, OverflowError):  # infinite, or not a number
            return "#NUM!"

    def _real(self, content: bytes) -> str:
        return self._number(content, struct.unpack_from("<d", content, 8)[0])

    def _compressed(self, content: bytes) -> str:
        """Return the text of an RkNumber, 2.5.122: an integer or the upper half of a double, as it is or times 100."""
        (packed,) = struct.unpack_from("<i", content, 8)
        value = float(packed >> 2) if packed & 2 else struct.unpack("<d", struct.pack("<q", (packed & ~3) << 32))[0]
        return self._number(content, value / 100 if packed & 1 else value)

    def _shared(self, content: bytes) -> str:
        return self._strings[int.from_bytes(content[8:12], "little")]

    def _error(self, content: bytes) -> str:
        return ERROR_CODES.get(content[8], "#VALUE!")

    def _yes_or_no(self, content: bytes) -> str:
        return "TRUE" if content[8] else "FALSE"

    def _inline(self, content: bytes) -> str:
        return _wide_text(content, 8)[0]

    def _rich(self, content: bytes) -> str:
        return _wide_text(content, 9)[0]


# The cells, 2.4.307 and on: values, then the same as results of formulas.
_CELLS: Mapping[int, Callable[[XlsbWorkbook, bytes], str]] = {
    2: XlsbWorkbook._compressed,
    3: XlsbWorkbook._error,
    4: XlsbWorkbook._yes_or_no,
    5: XlsbWorkbook._real,
    6: XlsbWorkbook._inline,
    7: XlsbWorkbook._shared,
    8: XlsbWorkbook._inline,
    9: XlsbWorkbook._real,
    10: XlsbWorkbook._yes_or_no,
    11: XlsbWorkbook._error,
    62: XlsbWorkbook._rich,
}


def _is_zero(kind: int, content: bytes) -> bool:
    """Return whether a cell has the number 0. In a compressed one, the lowest two bits are flags."""
    if kind == 2:
        return int.from_bytes(content[8:12], "little") < 4
    return kind in {5, 9} and bool(struct.unpack_from("<d", content, 8)[0] == 0)


def _wide_text(content: bytes, at: int) -> tuple[str, int]:
    """Return an XLWideString, and where it ends."""
    (length,) = struct.unpack_from("<I", content, at)
    end = at + 4 + 2 * length
    return content[at + 4 : end].decode("utf-16-le", "replace"), end


def _read_records(package: Package, part: str) -> Iterator[Record]:
    with package.open(part) as file:
        yield from _records(file)


def _records(file: TimedFile) -> Iterator[Record]:
    """Yield records: kinds take one or two bytes, sizes up to four, seven bits in each (2.1.4).

    Raises ValueError for a record that is larger than any of a workbook.
    """
    buffer, at = b"", 0
    while True:
        if len(buffer) - at < 6 + _MAX_RECORD:
            new = file.read(_PIECE_SIZE + _MAX_RECORD)
            buffer, at = buffer[at:] + new, 0
        if at >= len(buffer):
            return
        kind, at = _packed(buffer, at, 2)
        size, at = _packed(buffer, at, 4)
        if size > _MAX_RECORD:
            raise ValueError(f"it has a record of {size:,} bytes")
        yield kind, buffer[at : at + size]
        at += size


def _packed(buffer: bytes, at: int, most: int) -> tuple[int, int]:
    value = 0
    for place in range(most):
        if at >= len(buffer):
            break
        byte = buffer[at]
        at += 1
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            break
    return value, at
