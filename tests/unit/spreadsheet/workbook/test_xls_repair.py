"""Old workbooks that Excel opens although xlrd takes them for damaged, and some that really are damaged."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import xlwt

from tests.corpus.raw_workbooks import compound_file
from uploader.core.errors import TableError
from uploader.spreadsheet import open_table
from uploader.spreadsheet.cell_errors import UNCALCULATED
from uploader.spreadsheet.workbook.xls_records import repair_records

ROWS = [("Name", "Email"), ("Ünal", "u@example.com"), ("Łucja", "l@example.com"), ("Long " * 3000, "n@example.com")]


def record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


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
        sheet, texts = place_of(records, 0x85), place_of(records, 0xFC)
        (start,) = struct.unpack_from("<I", records, sheet + 4)
        moved = bytearray(records)
        struct.pack_into("<I", moved, sheet + 4, start + len(new))
        return bytes(moved[:texts]) + new + bytes(moved[texts:])

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


@pytest.mark.parametrize("is_calculated", [True, False])
def test_an_empty_result_is_empty_only_if_a_program_has_calculated_it(tmp_path: Path, is_calculated: bool) -> None:
    book = xlwt.Workbook()
    book.add_sheet("Notes").write(0, 0, "x")
    sheet = book.add_sheet("Leads")
    for column, name in enumerate(("Email", "City")):
        sheet.write(0, column, name)
    sheet.write(1, 0, "ann@example.com")
    sheet.write(1, 1, xlwt.Formula('A1&""'))
    records = bytes(book.get_biff_data())
    path = tmp_path / "a.xls"
    path.write_bytes(records + record(0x1C1, bytes(8)) if is_calculated else records)
    (chunk,) = open_table(path, wanted=["Email", "City"]).chunks()
    assert [*chunk.cells()] == [("ann@example.com", "" if is_calculated else UNCALCULATED)]
