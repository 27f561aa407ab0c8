"""The fast way of reading plain sheets gives the same rows as the other way."""

import datetime as dt
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.spreadsheet.time_limit import TimeLimit
from uploader.spreadsheet.workbook.opening import opened_workbook
from uploader.spreadsheet.workbook.xlsx_rows import read_sheet_rows
from uploader.spreadsheet.workbook.xlsx_workbook import XlsxWorkbook

START = dt.datetime.fromisoformat("1900-03-01")
CELLS = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), max_size=8),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**17), 10**17),
    st.booleans(),
    st.integers(0, 250_000_000_000).map(lambda seconds: START + dt.timedelta(seconds=seconds)),
)


@settings(max_examples=150, deadline=None)
@given(
    cells=st.dictionaries(st.tuples(st.integers(0, 40), st.integers(0, 30)), CELLS, min_size=1, max_size=20),
)
@pytest.mark.slow
def test_both_ways_give_the_same_rows(tmp_path_factory, cells) -> None:
    path = tmp_path_factory.mktemp("fast") / "a.xlsx"
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Leads")
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for (row, column), cell in cells.items():
            if isinstance(cell, dt.datetime):
                sheet.write_datetime(row, column, cell, date)
            elif isinstance(cell, str):
                sheet.write_string(row, column, cell)
            else:
                sheet.write(row, column, cell)
    fast, slow = read_both(path)
    if fast is not None:
        assert fast == slow


def read_both(path: Path) -> tuple[list[tuple[int, list[str]]] | None, list[tuple[int, list[str]]]]:
    """Return the rows by both ways, without empty cells at their ends; None if the sheet is not plain."""
    with opened_workbook(path, TimeLimit()) as workbook:
        assert isinstance(workbook, XlsxWorkbook)
        plain = workbook._read_plain_rows("Leads")
        part = workbook._package.open("xl/worksheets/sheet1.xml")
        rows = list(read_sheet_rows(part, workbook._styles, workbook._strings))
    fast = None if plain is None else [(row.number, _trimmed(row.cells)) for row in plain]
    return fast, [(row.number, _trimmed(row.cells)) for row in rows]


def _trimmed(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells = cells[:-1]
    return cells


def test_a_list_of_texts_goes_the_fast_way(tmp_path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Leads").write_row(3, 2, ["Ann", 5, 0.5])
    assert read_both(path) == ([(4, ["", "", "Ann", "5", "0.5"])],) * 2


@pytest.mark.parametrize("days", [-1.5, -1, -0.5, 0, 0.4, 0.999999, 1, 1.5, 2.999999, 59.5, 60, 60.5, 61, 2_958_465])
def test_a_number_as_a_date_is_the_same_by_both_ways(tmp_path, days: float) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Leads").write(0, 0, days, book.add_format({"num_format": "yyyy-mm-dd"}))
    fast, slow = read_both(path)
    assert fast == (None if days < 0 else slow)  # no date is before the first, so such a number is read the other way


def test_texts_that_do_not_belong_to_the_workbook_are_not_read(tmp_path) -> None:
    """calamine reserves memory for as many texts as that part names; the system ends a process that has less."""
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Leads").write_row(0, 0, [5, 6])
    texts = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" uniqueCount="4294967295"/>'
    parts = with_parts(path, {"xl/sharedStrings.xml": texts.encode()})
    assert b"sharedStrings" not in parts["xl/_rels/workbook.xml.rels"]
    code = (
        "import sys, pathlib\nfrom uploader.spreadsheet import open_table\n"
        "print(open_table(pathlib.Path(sys.argv[1])).columns)"
    )
    ran = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "('5', '6')\n", "")


CODES = (
    "00000",
    "0",
    "000-00",
    '"ID"0000',
    "0;-0;",
    ";;;",
    '"Yes";;"No"',
    "[h]:mm:ss",
    "hh:mm",
    "[>5]0000;0",
    "#,###",
    "0%",
)
NUMBERS = (0, -0.0, 7, 42, 1234, 123456, -5, 0.5, 1.25, 61.75, 1e14, 123456789012345, 1e15, 2e20, 1e-7)


@pytest.mark.parametrize("code", CODES)
def test_formatted_numbers_are_the_same_by_both_ways(tmp_path, code: str) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet, form = book.add_worksheet("Leads"), book.add_format({"num_format": code})
        for row, number in enumerate(NUMBERS, 2):
            sheet.write_row(row, 3, ["Ann", number])
            sheet.write_number(row, 5, number, form)
            sheet.write_string(row, 6, "a text", form)
            sheet.write_number(row + 20, 9, number, form)  # nothing else in its row
            sheet.write_blank(row + 20, 10, None, form)
    fast, slow = read_both(path)
    assert fast == (None if code == "[h]:mm:ss" else slow)  # calamine refuses times that are too large


def with_rows(path: Path, rows: str) -> Path:
    """Write a workbook whose first format is `00000`, with these rows as they stand here."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Leads").write(0, 0, 5, book.add_format({"num_format": "00000"}))
    name = "xl/worksheets/sheet1.xml"
    sheet = with_parts(path, {})[name]
    data = f"<sheetData>{rows}</sheetData>".encode()
    with_parts(path, {name: re.sub(rb"<sheetData>.*</sheetData>", data, sheet)})
    return path


def with_parts(path: Path, changes: dict[str, bytes]) -> dict[str, bytes]:
    """Replace these parts of a workbook, or add them; return all its parts."""
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()} | changes
    with zipfile.ZipFile(path, "w") as book:
        for name, part in parts.items():
            book.writestr(name, part)
    return parts


ROW = '<row r="{}"><c r="A{}" s="1">{}</c></row>'


@pytest.mark.parametrize("cell", ["<v>5</v>", "<v>5.0</v>", "<v>5E+2</v>", "<v>-5</v>"])
def test_formatted_number_goes_the_fast_way(tmp_path, cell: str) -> None:
    fast, slow = read_both(with_rows(tmp_path / "a.xlsx", ROW.format(3, 3, cell)))
    assert fast == slow
    assert slow[0][1][0].lstrip("-").startswith("00")


@pytest.mark.parametrize(
    "rows",
    [
        ROW.format(1, 1, "<v> 5</v>"),
        ROW.format(1, 1, "<v></v>"),
        ROW.format(1, 1, "<v>&#53;</v>"),
        ROW.format(1, 1, "<v>five</v>"),
        ROW.format(1, 1, "<is><t>5</t></is>"),
        ROW.format(2, 2, "<v>5</v>") + ROW.format(2, 2, "<v>6</v>"),
        ROW.format(2, 2, "<v>5</v>") + ROW.format(1, 1, "<v>6</v>"),
    ],
)
def test_formatted_number_that_is_written_in_an_odd_way_goes_the_other_way(tmp_path, rows: str) -> None:
    assert read_both(with_rows(tmp_path / "a.xlsx", rows))[0] is None
