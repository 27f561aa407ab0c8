"""Old workbooks that Excel opens although xlrd takes them for damaged, and some that really are damaged."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import xlwt

from tests.corpus.encrypted_xls import move_sheets, record
from tests.corpus.raw_workbooks import compound_file
from uploader.core.errors import TableError
from uploader.spreadsheet import open_table
from uploader.spreadsheet.cell_errors import UNCALCULATED
from uploader.spreadsheet.workbook.xls_records import repair_records

ROWS = [("Name", "Email"), ("Ünal", "u@example.com"), ("Łucja", "l@example.com"), ("Long " * 3000, "n@example.com")]


def workbook_records() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Leads")
    for number, row in enumerate(ROWS):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    return bytes(book.get_biff_data())


def place_of(records: bytes, kind: int, *, last: bool = False) -> int:
    at, found = 0, -1
    while at + 4 <= len(records):
        this, size = struct.unpack_from("<HH", records, at)
        if this == kind:
            found = at
            if not last:
                break
        at += 4 + size
    assert found >= 0
    return found


def insert_into_globals(new: bytes) -> Callable[[bytes], bytes]:
    def change(records: bytes) -> bytes:
        texts = place_of(records, 0xFC)
        moved = move_sheets(records, len(new), texts)
        return moved[:texts] + new + moved[texts:]

    return change


def insert_into_sheet(new: bytes) -> Callable[[bytes], bytes]:
    return lambda records: records[:-4] + new + records[-4:]


def with_number_of_texts(number: int) -> Callable[[bytes], bytes]:
    def change(records: bytes) -> bytes:
        at = place_of(records, 0xFC) + 8
        return records[:at] + struct.pack("<I", number) + records[at + 4 :]

    return change


NAME_WITH_BAD_FORMULA = record(0x18, struct.pack("<HBBHHHBBBB", 0, 0, 1, 9, 0, 0, 0, 0, 0, 0) + b"\0A\x2d" + b"\0" * 8)


@pytest.mark.parametrize(
    "change",
    [
        lambda records: records,
        with_number_of_texts(3),
        with_number_of_texts(9),
        with_number_of_texts(400_000),
        insert_into_globals(NAME_WITH_BAD_FORMULA),
        insert_into_sheet(record(0x1C, struct.pack("<HHHHH", 1, 0, 0, 1, 300))),
        insert_into_sheet(record(0x1B6, struct.pack("<HH6sHHI", 0, 0, b"", 0, 0, 0))),  # a text box without an object
        insert_into_sheet(record(0xD6, struct.pack("<HHHHB", 4, 0, 15, 3, 0) + b"Zoe" + struct.pack("<HH", 9, 1))),
    ],
    ids=["intact", "too few", "too many", "far too many", "a name", "a note", "a text box", "fonts"],
)
def test_cells_are_read_although_other_records_are_damaged(tmp_path: Path, change) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(change(workbook_records()))
    rows = [row for chunk in open_table(path, wanted=["Email"]).chunks() for row in chunk.cells()]
    assert rows[:3] == [*ROWS[1:3], (ROWS[3][0], ROWS[3][1])]
    assert rows[3:] in ([], [("Zoe", "")])


def test_an_unknown_version_is_read_as_excel_5() -> None:
    records = record(0x809, struct.pack("<HHHH", 0x580, 5, 0, 0)) + record(0x0A, b"")
    assert repair_records(records) == record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0)) + record(0x0A, b"")


def test_a_sheet_without_its_end_is_damaged_however_it_is_cut(tmp_path: Path) -> None:
    records = workbook_records()
    path = tmp_path / "a.xls"
    last = place_of(records, 0xFD, last=True)
    for end in (len(records) - 4, last, last + 7):
        path.write_bytes(records[:end])
        with pytest.raises(TableError, match=r"a\.xls is damaged"):
            open_table(path)


def test_a_folder_in_place_of_the_records_is_no_workbook(tmp_path: Path) -> None:
    data = bytearray(compound_file(workbook_records()))
    at = data.index("Workbook".encode("utf-16-le"))
    data[at + 66] = 1  # a storage ([MS-CFB] 2.6.1), not a stream
    path = tmp_path / "a.xls"
    path.write_bytes(data)
    with pytest.raises(TableError, match="it holds no workbook"):
        open_table(path)


RECALCULATED = insert_into_globals(record(0x1C1, bytes(8)))
EXCEL, LIBRARY = 1, 0  # flags of the program that saved a workbook
ASKS = 2  # flag of a formula: calculate me
EMPTY, ZERO, NUMBER = b"\3\0\0\0\0\0\xff\xff", bytes(8), struct.pack("<d", 7)


def formula_records(result: bytes, options: int, program: int) -> bytes:
    """Return the records of a workbook whose second sheet has a formula with this result in row 2."""
    book = xlwt.Workbook()
    book.add_sheet("Notes").write(0, 0, "x")
    sheet = book.add_sheet("Leads")
    for column, name in enumerate(("Email", "City")):
        sheet.write(0, column, name)
    sheet.write(1, 0, "ann@example.com")
    sheet.write(1, 1, xlwt.Formula('A1&""'))
    records = bytearray(book.get_biff_data())
    struct.pack_into("<I", records, 12, program)
    at = place_of(bytes(records), 0x06)
    records[at + 10 : at + 18] = result
    struct.pack_into("<H", records, at + 18, options)
    return bytes(records)


@pytest.mark.parametrize(
    ("records", "city"),
    [
        (formula_records(EMPTY, 0, LIBRARY), UNCALCULATED),  # xlwt
        (RECALCULATED(formula_records(EMPTY, 0, LIBRARY)), ""),  # Excel since 2000, also on a Mac
        (formula_records(EMPTY, 0, EXCEL), ""),  # Excel 97
        (formula_records(EMPTY, ASKS | 1, EXCEL), ""),  # PhpSpreadsheet
        (formula_records(EMPTY, ASKS, LIBRARY), ""),  # OpenOffice
        (RECALCULATED(formula_records(EMPTY, ASKS, LIBRARY)), ""),  # LibreOffice
        (formula_records(ZERO, ASKS, EXCEL), UNCALCULATED),  # Apache POI
        (RECALCULATED(formula_records(ZERO, ASKS, EXCEL)), UNCALCULATED),  # Apache POI in a workbook of Excel
        (formula_records(ZERO, 0, EXCEL), "0"),
        (formula_records(ZERO, 1, EXCEL), "0"),  # Excel, with TODAY()
        (formula_records(ZERO, ASKS, LIBRARY), "0"),  # OpenOffice
        (formula_records(NUMBER, ASKS, EXCEL), "7"),  # Apache POI, evaluated
    ],
)
def test_a_formula_is_uncalculated_only_where_a_library_left_it_to_the_spreadsheet_program(
    tmp_path: Path, records: bytes, city: str
) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(records)
    (chunk,) = open_table(path, wanted=["Email", "City"]).chunks()
    assert [*chunk.cells()] == [("ann@example.com", city)]


@pytest.mark.parametrize("text", [b"\0\0\0", b"\0\0\1", b"\0\0"])
def test_a_formula_whose_text_is_empty_is_an_empty_cell(tmp_path: Path, text: bytes) -> None:
    records = formula_records(b"\0\0\0\0\0\0\xff\xff", 0, EXCEL)
    at = place_of(records, 0x06)
    end = at + 4 + struct.unpack_from("<H", records, at + 2)[0]
    path = tmp_path / "a.xls"
    path.write_bytes(records[:end] + record(0x207, text) + records[end:])
    (chunk,) = open_table(path, wanted=["Email", "City"]).chunks()
    assert [*chunk.cells()] == [("ann@example.com", "")]


@pytest.mark.parametrize("shift", [0, 1, 8, 10, 13, 30, 31, 63, 0xFFFF])
@pytest.mark.parametrize("place", [30, 32], ids=["sectors", "mini sectors"])
def test_sectors_of_a_size_that_does_not_exist_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int, shift: int
) -> None:
    """A sector of 2³⁰ bytes would be read into memory as a whole."""
    monkeypatch.setattr("olefile.OleFileIO", lambda *_, **__: pytest.fail("the container was opened"))
    data = bytearray(compound_file(workbook_records()))
    struct.pack_into("<H", data, place, shift)
    path = tmp_path / "a.xls"
    path.write_bytes(data)
    with pytest.raises(TableError, match=r"a\.xls is damaged"):
        open_table(path)
