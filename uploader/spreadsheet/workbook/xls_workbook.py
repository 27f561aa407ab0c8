"""Workbooks in Excel's old binary format (xls, [MS-XLS]), read by xlrd, which returns values and formats together.

For 65,000 rows of ten columns xlrd takes 0.7 s. calamine takes 0.3 s, but returns no formats, errors or hidden rows;
reading these beside it took as long as xlrd.
"""

import io
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import olefile
import xlrd
from olefile.olefile import OleFileError

from uploader.core.errors import TableError
from uploader.spreadsheet.cell_errors import ERROR_CODES, UNCALCULATED
from uploader.spreadsheet.time_limit import TimeLimit
from uploader.spreadsheet.workbook.cell_text import formatted_text
from uploader.spreadsheet.workbook.model import DamagedError, ProtectedError, Rows, SheetName, SheetRow
from uploader.spreadsheet.workbook.number_format import PLAIN, NumberFormat, parse_number_format
from uploader.spreadsheet.workbook.xls_encryption import decrypt_records
from uploader.spreadsheet.workbook.xls_records import estimate_memory, find_uncalculated, repair_records

# xlrd keeps all texts and all cells of a sheet in memory.
MAX_STREAM = 64 * 1024**2  # bytes
MAX_CELLS_MEMORY = 220_000_000  # bytes

# A smaller stream can't have too many cells: bytes.
_SMALL_STREAM = 8 * 1024**2

_SECTOR_SHIFTS = {(9, 6), (12, 6)}  # 512 or 4,096 bytes, in the mini stream 64
_STREAMS = ("Workbook", "Book")
_ENCRYPTED_STREAMS = ("EncryptedPackage", "EncryptionInfo")  # an encrypted xlsx, [MS-OFFCRYPTO] 2.3

# What xlrd raises for a damaged file: its own errors, and those of Python where it trusts what it reads.
_DAMAGE = (
    xlrd.XLRDError,
    xlrd.compdoc.CompDocError,
    xlrd.formula.FormulaError,
    struct.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    UnboundLocalError,  # a text box without an object
    ValueError,
)


class XlsWorkbook:
    """An opened xls workbook."""

    def __init__(self, path: Path, limit: TimeLimit) -> None:
        """Read the list of sheets.

        Args:
            path: The file.
            limit: How long it may take to read.

        Raises:
            ProtectedError: It is encrypted, and not with Excel's default password.
            TableError: It is too large.
            DamagedError: It is damaged.
        """
        self._path = path
        self._limit = limit
        records = _read_stream(path) if olefile.isOleFile(path) else _read_file(path)
        _check_memory(path, records)
        records = decrypt_records(records)
        self._records = records
        with _convert_damage():
            try:
                self._book = _open_book(records)
            except _DAMAGE as error:
                if _says_encrypted(error):
                    raise
                self._book = _open_book(repair_records(records))
            visibility = self._book._sheet_visibility
            self.sheets: Sequence[SheetName] = [
                SheetName(name, state == 0) for name, state in zip(self._book.sheet_names(), visibility, strict=True)
            ]
        self._formats: dict[int, NumberFormat] = {}
        self._uncalculated = find_uncalculated(records)

    def read_rows(self, sheet: str) -> Rows:
        """Yield the rows of a sheet that have a value, in their order."""
        self._limit.check(self._path.name)
        with _convert_damage():
            found = self._find_sheet(sheet)
            uncalculated = self._find_uncalculated(found.number)
            try:
                for number in range(found.nrows):
                    cells = self._read_cells(found, number)
                    for column in uncalculated.get(number, ()):
                        cells[column] = UNCALCULATED
                    if any(cells):
                        info = found.rowinfo_map.get(number)
                        yield SheetRow(number + 1, cells, bool(info and info.hidden))
            finally:
                if self._book.on_demand:  # xlrd reads the one sheet of Excel 2 to 4 when it opens the file
                    self._book.unload_sheet(sheet)

    def _find_sheet(self, name: str) -> Any:
        if self._book.on_demand:
            try:
                return self._book.sheet_by_name(name)
            except _DAMAGE:
                self._book = _open_book(repair_records(self._records))
                return self._book.sheet_by_name(name)
        return next(sheet for sheet in self._book.sheets() if sheet.name == name)

    def _find_uncalculated(self, sheet: int) -> dict[int, list[int]]:
        """Return the columns of formulas that were never calculated, by their rows."""
        places = self._book._sh_abs_posn
        rows: dict[int, list[int]] = {}
        for row, column in self._uncalculated.get(places[sheet], ()) if sheet < len(places) else ():
            rows.setdefault(row, []).append(column)
        return rows

    def _read_cells(self, sheet: Any, number: int) -> list[str]:
        kinds, values = sheet.row_types(number), sheet.row_values(number)
        return [
            value if kind == xlrd.XL_CELL_TEXT else self._text(sheet, number, column, kind, value)
            for column, (kind, value) in enumerate(zip(kinds, values, strict=True))
        ]

    def _text(self, sheet: Any, row: int, column: int, kind: int, value: Any) -> str:
        if kind in {xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE}:
            if value == 0 and not sheet.show_zero_values:
                return ""
            form = self._format(sheet.cell_xf_index(row, column))
            return formatted_text(float(value), form, is_1904=bool(self._book.datemode))
        if kind == xlrd.XL_CELL_BOOLEAN:
            return "TRUE" if value else "FALSE"
        return ERROR_CODES.get(value, "#VALUE!") if kind == xlrd.XL_CELL_ERROR else ""

    def _format(self, style: int) -> NumberFormat:
        if style not in self._formats:
            key = self._book.xf_list[style].format_key
            form = self._book.format_map.get(key)
            self._formats[style] = parse_number_format(form.format_str) if form and form.format_str else PLAIN
        return self._formats[style]

    def is_large(self, sheet: str) -> bool:
        """Return False: xlrd keeps a sheet in memory anyway."""
        return False

    def close(self) -> None:
        """Close the file."""
        self._book.release_resources()


@contextmanager
def _convert_damage() -> Iterator[None]:
    """Raise DamagedError for what xlrd raises about a damaged workbook."""
    try:
        yield
    except _DAMAGE as error:
        if _says_encrypted(error):
            raise ProtectedError from None
        raise DamagedError from None


def _says_encrypted(error: Exception) -> bool:
    return "encrypted" in str(error)


def _open_book(records: bytes) -> Any:
    return xlrd.open_workbook(
        file_contents=records, formatting_info=True, on_demand=True, ragged_rows=True, logfile=io.StringIO()
    )


def _read_file(path: Path) -> bytes:
    """Return the records of a workbook without a container, as Excel 2 to 4 wrote them."""
    if path.stat().st_size > MAX_STREAM:
        raise _too_large(path, path.stat().st_size)
    return path.read_bytes()


def _read_stream(path: Path) -> bytes:
    """Return the records in a compound file ([MS-CFB]), which olefile reads more safely than xlrd.

    Raises:
        ProtectedError: It is an encrypted xlsx.
        TableError: The stream is too large.
        ValueError: There is none.
        DamagedError: The container is damaged.
    """
    with _container(path) as file:
        _refuse_circles(file)
        if any(file.exists(name) for name in _ENCRYPTED_STREAMS):
            raise ProtectedError
        name = next((name for name in _STREAMS if file.get_type(name) == olefile.STGTY_STREAM), None)
        if name is None:
            raise ValueError("it holds no workbook")
        if file.get_size(name) > MAX_STREAM:
            raise _too_large(path, file.get_size(name))
        return bytes(file.openstream(name).read())


@contextmanager
def _container(path: Path) -> Iterator[olefile.OleFileIO]:
    """Open a compound file. Raises DamagedError, also while it is read.

    As in Excel, only what makes it unreadable counts as damage: a stream that is too short ends within a record.
    """
    _refuse_odd_sectors(path)
    try:
        file = olefile.OleFileIO(path, raise_defects=olefile.DEFECT_FATAL)
    except (OleFileError, struct.error, ArithmeticError, LookupError, ValueError):
        raise DamagedError from None
    with file:
        try:
            yield file
        except OleFileError:
            raise DamagedError from None


def _refuse_odd_sectors(path: Path) -> None:
    """Refuse sizes of sectors that do not exist ([MS-CFB] 2.2): each is read as a whole. Raises DamagedError."""
    with path.open("rb") as file:
        header = file.read(34)
    if len(header) < 34 or struct.unpack_from("<HH", header, 30) not in _SECTOR_SHIFTS:
        raise DamagedError


def _check_memory(path: Path, records: bytes) -> None:
    """Refuse more cells and texts than fit into memory. Raises TableError."""
    if len(records) > _SMALL_STREAM and estimate_memory(records) > MAX_CELLS_MEMORY:
        raise _too_large(path, len(records))


def _too_large(path: Path, size: int) -> TableError:
    return TableError(f"{path.name} has {size / 1e6:,.0f} MB of cells.", "Save it as xlsx or CSV, or split it.")


def _refuse_circles(file: olefile.OleFileIO) -> None:
    """Refuse sectors that form a circle: their chain ([MS-CFB] 2.3) never ends. Raises DamagedError."""
    entries = [entry.isectStart for entry in file.direntries if entry]
    for start in {file.first_dir_sector, file.first_mini_fat_sector, *entries}:
        sector, steps = start, 0
        while sector < len(file.fat):
            sector, steps = file.fat[sector], steps + 1
            if steps > len(file.fat):
                raise DamagedError
