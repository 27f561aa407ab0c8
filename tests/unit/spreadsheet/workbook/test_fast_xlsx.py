"""The fast way of reading plain sheets gives the same rows as the parser, or none."""

import datetime as dt
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus.raw_workbooks import MAIN, packed, parts_of
from tests.support.damage import damaged
from uploader.spreadsheet.time_limit import TimeLimit
from uploader.spreadsheet.workbook import plain_xml
from uploader.spreadsheet.workbook.fast_xlsx import MAX_FAST_COLUMNS, _PlainRows, read_rows
from uploader.spreadsheet.workbook.model import Rows, SheetRow
from uploader.spreadsheet.workbook.opening import opened_workbook
from uploader.spreadsheet.workbook.plain_xml import Items, OddXmlError
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
    check_fast(path)


def check_fast(path: Path) -> list[SheetRow]:
    """Return the rows of a workbook, which must be the same by both ways."""
    fast, slow = read_both(path)
    assert fast == slow
    return slow


def read_both(path: Path) -> tuple[list[SheetRow] | None, list[SheetRow]]:
    """Return the rows by both ways; None if the sheet is not plain."""
    with opened_workbook(path, TimeLimit()) as workbook:
        assert isinstance(workbook, XlsxWorkbook)
        fast = read_fast(workbook)
        part = workbook._package.open("xl/worksheets/sheet1.xml")
        return fast, list(read_sheet_rows(part, workbook._styles, workbook._strings))


def read_fast(workbook: XlsxWorkbook) -> list[SheetRow] | None:
    part = workbook._package.open("xl/worksheets/sheet1.xml")
    try:
        reader = _PlainRows(workbook._styles, workbook._strings)
        return [*itertools.chain(*map(reader.read, Items(part, "sheetData", "row").pieces()))]
    except OddXmlError:
        return None


def test_a_list_of_texts_goes_the_fast_way(tmp_path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Leads").write_row(3, 2, ["Ann", 5, 0.5])
    assert check_fast(path) == [SheetRow(4, ["", "", "Ann", "5", "0.5"])]


@pytest.mark.parametrize("days", [-1.5, -1, -0.5, 0, 0.4, 0.999999, 1, 1.5, 2.999999, 59.5, 60, 60.5, 61, 2_958_465])
def test_a_number_as_a_date_is_the_same_by_both_ways(tmp_path, days: float) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Leads").write(0, 0, days, book.add_format({"num_format": "yyyy-mm-dd"}))
    check_fast(path)


CODES = (
    "00000", "0", "000-00", '"ID"0000', "0;-0;", ";;;", '"Yes";;"No"', "[h]:mm:ss", "hh:mm", "[>5]0000;0", "#,###",
    "0%",
)  # fmt: skip
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
    check_fast(path)


def with_rows(path: Path, rows: str, *, strings: Sequence[str] = ("Ann", "Bo"), before: str = "") -> Path:
    """Write a workbook whose style 1 is `00000`, and style 2 a date, with these rows as they stand here."""
    sheet = f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData></worksheet>'
    items = "".join(f"<si><t>{text}</t></si>" for text in strings)
    path.write_bytes(packed(parts_of(sheet, strings=items, formats=["00000", "yyyy-mm-dd"])))
    return path


PLAIN_ROWS = {
    '<row r="1"><c r="A1" t="s"><v>1</v></c><c r="C1" t="s"><v>0</v></c></row>': ["Bo", "", "Ann"],
    '<row r="1" spans="1:2" ht="15.75" customHeight="1" x14ac:dyDescent="0.25"><c r="A1"><v>5</v></c></row>': ["5"],
    '<row r="1" hidden="false" collapsed="false" outlineLevel="0"><c r="A1" s="0" t="n"><v>5</v></c></row>': ["5"],
    '<row r="1"><c r="A1" t="s" s="1"><v>0</v></c><c r="B1" s="1"/><c r="C1" s="1" /></row>': ["Ann"],
    '<row r="1"><c r="A1" s="1"><v>5</v></c><c r="B1" s="1"><v>5.0</v></c></row>': ["00005", "00005"],
    '<row r="1"><c r="A1" s="1"><v>5E+2</v></c><c r="B1" s="1"><v>-5</v></c></row>': ["00500", "-00005"],
    '<row r="1"><c r="A1" s="2"><v>45000</v></c><c r="B1" s="99"><v>45000</v></c></row>': ["2023-03-15", "45000"],
    '<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1" t="e"><v>#N/A</v></c><c r="C1" t="e"/></row>': ["TRUE", "#N/A"],
    '<row r="1"><c r="A1" t="d"><v>2026-03-04T00:00:00</v></c></row>': ["2026-03-04"],
    '<row r="1"><c r="A1" t="str"><v>a &amp; b_x000D_&#10;</v></c></row>': ["a & b\r\n"],
    '<row r="1"><c r="A1" t="inlineStr"><is><t xml:space="preserve"> Zoë </t></is></c></row>': [" Zoë "],
    '<row r="1"><c r="A1" t="str"><v></v></c><c r="B1" t="s"/><c r="D1"><v>1</v></c></row>': ["", "", "", "1"],
}  # fmt: skip


@pytest.mark.parametrize("rows", PLAIN_ROWS)
def test_what_programs_write_goes_the_fast_way(tmp_path, rows: str) -> None:
    others = '<row r="3"/><row r="5" s="1"></row><row r="1048576"><c r="A1048576"><v>7</v></c></row>'
    path = with_rows(tmp_path / "a.xlsx", rows + others, before='<cols><col min="2" max="2" hidden="1"/></cols>')
    assert check_fast(path) == [SheetRow(1, PLAIN_ROWS[rows]), SheetRow(1_048_576, ["7"])]


ODD_CELLS = [
    "<c r='A1'><v>5</v></c>",
    '<c r="A1"><v> 5</v></c>',
    '<c r="A1"><v>&#53;</v></c>',
    '<c r="A1"><v>five</v></c>',
    '<c r="A1"><v>1_0</v></c>',
    '<c r="A1"><v>inf</v></c>',
    '<c r="A1"><f>2+3</f><v>5</v></c>',
    '<c r="A1" t="s"><v>2</v></c>',
    '<c r="A1" t="s"><v>-1</v></c>',
    '<c r="A1" t="s"><v>+1</v></c>',
    '<c r="A1" t="s"><v>1.0</v></c>',
    '<c r="A1" t="str"><v>&lt</v></c>',
    '<c r="A1" t="str"><v>&nbsp;</v></c>',
    '<c r="A1" t="str"><v>]]></v></c>',
    '<c r="A1" t="str"><v>\r</v></c>',
    '<c r="A1" t="str"><v>\x0b</v></c>',
    '<c r="A1" t="str"><v>\uffff</v></c>',
    '<c r="A1" t="str"><v><![CDATA[x]]></v></c>',
    '<c r="A1" t="str"><v>x</v></is></c>',
    '<c r="A1" t="x"><v>x</v></c>',
    '<c r="A1" s="1" s="2"><v>5</v></c>',
    '<c r="A1" s="-1"><v>5</v></c>',
    '<c r="A1"s="1"><v>5</v></c>',
    '<c r="A1" cm="1"><v>5</v></c>',
    '<c r="A2"><v>5</v></c>',
    '<c r="B1"><v>5</v></c><c r="A1"><v>5</v></c>',
    '<c r="A1"><v>5</v></c><c r="A1"><v>6</v></c>',
    '<c r="A1"><v>5</v></c>6',
    '<c r="A1"><v>5</v></c> <c r="B1"><v>5</v></c>',
    '<c r="A1"><v>5</v></c><!-- a note -->',
    '<c r="IW1"><v>5</v></c>',
    '<c r="A1"><v>5</v></c></row><row r="2" hidden="1"><c r="A2"><v>5</v></c>',
    '<c r="A1"><v>5</v></c></row> <row r="2"><c r="A2"><v>5</v></c>',
    '<c r="A1"><v>5</v></c></row><row r="1048577"><c r="A1048577"><v>5</v></c>',
    '<c r="A1"><v>5</v></c></row><row r="0"><c r="A0"><v>5</v></c>',
    '<c r="A1"><v>5</v></c></row><x/><row r="2"><c r="A2"><v>5</v></c>',
]


@pytest.mark.parametrize("cells", ODD_CELLS)
def test_what_is_written_in_an_odd_way_is_left_to_the_parser(tmp_path, cells: str) -> None:
    path = with_rows(tmp_path / "a.xlsx", f'<row r="1">{cells}</row>')
    with opened_workbook(path, TimeLimit()) as workbook:
        assert read_fast(workbook) is None


@pytest.mark.parametrize(
    "before",
    [
        '<sheetViews><sheetView workbookViewId="0" showZeros="0"/></sheetViews>',
        '<row r="9"><c r="A9"><v>9</v></c></row>',
        "<!-- <sheetData> -->",
        "<?note <sheetData> ?>",
        "<cols>",
        '<cols a="1" a="2"/>',
        "<sheetData></sheetData>",
    ],
)
def test_unusual_beginning_is_left_to_the_parser(tmp_path, before: str) -> None:
    path = with_rows(tmp_path / "a.xlsx", '<row r="1"><c r="A1"><v>5</v></c></row>', before=before)
    with opened_workbook(path, TimeLimit()) as workbook:
        assert not read_fast(workbook)


def test_rows_from_an_odd_one_on_are_read_by_the_parser(tmp_path, monkeypatch) -> None:
    shorten_pieces(monkeypatch, 400)
    rows = "".join(f'<row r="{row}"><c r="B{row}" t="s"><v>{row % 2}</v></c></row>' for row in range(1, 30))
    odd = '<row><c><v>5</v></c></row><row r="31" hidden="1"><c r="A31"><v>6</v></c></row>'
    path = with_rows(tmp_path / "a.xlsx", rows + odd + ROW_7)
    with opened_workbook(path, TimeLimit()) as workbook:
        found = [*workbook.read_rows("Leads")]
        assert read_fast(workbook) is None
    expected = [SheetRow(row, ["", ["Ann", "Bo"][row % 2]]) for row in range(1, 30)]
    assert found == [*expected, SheetRow(30, ["5"]), SheetRow(31, ["6"], True), SheetRow(7, ["8"])]


def shorten_pieces(monkeypatch, size: int) -> None:
    monkeypatch.setattr(plain_xml, "FIRST_SIZE", size)
    monkeypatch.setattr(plain_xml, "PIECE_SIZE", size)


ROW_7 = '<row r="7"><c r="A7"><v>8</v></c></row>'


def test_rows_that_become_wider_go_the_fast_way(tmp_path, monkeypatch) -> None:
    shorten_pieces(monkeypatch, 200)
    last = ["A", "C", "Z", "AA", "IV", "B"]
    rows = "".join(f'<row r="{at}"><c r="{column}{at}"><v>{at}</v></c></row>' for at, column in enumerate(last * 5, 1))
    found = check_fast(with_rows(tmp_path / "a.xlsx", rows))
    assert [len(row.cells) for row in found] == [1, 3, 26, 27, MAX_FAST_COLUMNS, 2] * 5


BASE_ROWS = (
    '<row r="1" spans="1:3"><c r="A1" t="s"><v>0</v></c><c r="B1" s="1"><v>5</v></c><c r="C1" t="b"><v>1</v></c></row>'
    '<row r="2"><c r="A2" t="str"><v>a&amp;b</v></c><c r="C2" t="inlineStr"><is><t>x</t></is></c></row><row r="4"/>'
    '<row r="5"><c r="A5" s="2"><v>45000</v></c><c r="B5" s="1"/><c r="C5" t="e"><v>#N/A</v></c></row>'
)
SNIPPETS = [
    *'<>/"& 01-é\r',
    "&lt;",
    "</row>",
    "<row ",
    "<v>",
    "</v>",
    "</c>",
    '<c r="D2">',
    ' t="s"',
    ' s="1"',
    "<x/>",
    "<!",
]


@settings(max_examples=300, deadline=None)
@given(rows=damaged(BASE_ROWS, SNIPPETS))
@pytest.mark.slow
def test_damaged_rows_are_read_or_refused_as_by_the_parser(tmp_path_factory, rows) -> None:
    path = with_rows(tmp_path_factory.mktemp("damaged") / "a.xlsx", rows)
    with opened_workbook(path, TimeLimit()) as workbook, pytest.MonkeyPatch.context() as patch:
        expected = read_or_refuse(workbook, read_sheet_rows)
        for size in (150, plain_xml.PIECE_SIZE):
            shorten_pieces(patch, size)
            assert read_or_refuse(workbook, read_rows) == expected


def read_or_refuse(workbook: XlsxWorkbook, read: Callable[..., Rows]) -> list[SheetRow] | None:
    part = workbook._package.open("xl/worksheets/sheet1.xml")
    try:
        return [*read(part, workbook._styles, workbook._strings)]
    except ValueError:
        return None
