"""The workbook: every cell comes back character for character, nothing is evaluated, and it is pleasant to read."""

import csv
import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from tests.support.files import MAPPING, people, write_csv
from uploader.core.errors import UploaderError
from uploader.report import HEAD, TAIL, write_report
from uploader.report.columns import XLSX_CELL
from uploader.spreadsheet import open_table

NASTY = [
    "=1+1", '=HYPERLINK("https://example.com")', "+44 7700 900123", "-Smith & Sons", "@SUM(A1)", "'quoted", "{=1}",
    "00123", "1e5", "1E400", "12345678901234567890", "0.10", "1/2", "5%", "€ 5", "TRUE", "false", "#N/A", "NULL",
    "2024-01-02", "03/04/2025", "12:30", "https://example.com/?a=1&b=<2>", "ann@example.com", "internal:Summary!A1",
    " both ", "\ttab\t", "\xa0no-break\xa0", "\u3000wide\u3000", "two\nlines", "\n", "\n\nlast\n", "a\rb",
    "a\x85b\u2028c", "_x000D_", "_x0041_x0042_", "_x005F_", "_x005F_x0041_", "_x0041\x01", "__x0041__", "_X0041_",
    "_xD83D_", "_x00e9_", "\x00", "a\x01b\x08\x0b\x0c\x0e\x1f", "\x7f\x80\x9f", "\ufffe", "a\uffffb", "\ufeffmark",
    "\u200bzero\u200d", "<r>bold</r>", "<r>a & b</r>", "<r><t>x</t></r>", "&amp;&#65;", "]]>", "<!-- -->", '"; "',
    "a,b;c\td|e", "😀👩‍👩‍👧", "e\u0301 é", "\u202eright to left", "שלום", "中文", "x" * XLSX_CELL,
]  # fmt: skip

# Cells that LibreOffice keeps but for their line ends: beside a LF, a CR is one too.
LINE_ENDS = ["two\r\nlines", "\r\n", "\r\nfirst\r\nlast\r\n"]

ESCAPES = st.lists(st.sampled_from(["_", "x", "_x", "_x0041_", "005F", "000D", "\x01", "\r", "\n", "<r>", "</r>", " "]))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | ESCAPES.map("".join) | st.sampled_from(NASTY)


def row_of(cells: list[str], number: int = 2, outcome: str = "accepted", reason: str = "") -> list[str]:
    return [str(number), outcome, reason, "", *cells, *[""] * len(TAIL)]


def names(count: int) -> list[str]:
    return [f"column {number}" for number in range(count)]


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with a nasty cell in each row, and one in the header."""
    path = tmp_path_factory.mktemp("nasty") / "report.xlsx"
    return write_report(
        path, ["=1+1", "_x0041_ <r>"], [row_of([cell, "0"], n) for n, cell in enumerate([*NASTY, *LINE_ENDS], 2)]
    )


@settings(max_examples=60)
@given(cells=st.lists(TEXT, min_size=1, max_size=6))
def test_every_cell_comes_back_character_for_character(tmp_path: Path, cells: list[str]) -> None:
    path = write_report(tmp_path / "r.xlsx", names(len(cells)), [row_of(cells)])
    (chunk,) = open_table(path, wanted=HEAD).chunks()
    assert list(next(chunk.cells()))[len(HEAD) : -len(TAIL)] == cells
    read = [cell.value or "" for cell in openpyxl.load_workbook(path)["Report"][2]]
    assert [unescape(cell) for cell in read[len(HEAD) :][: len(cells)]] == cells


def test_nasty_cells_come_back(nasty: Path) -> None:
    table = open_table(nasty, wanted=HEAD)
    (chunk,) = table.chunks()
    assert table.columns == (*HEAD, "=1+1", "_x0041_ <r>", *TAIL)
    assert list(chunk.columns[len(HEAD)]) == [*NASTY, *LINE_ENDS]
    assert table.sheet == "Report"


def test_nothing_in_the_workbook_is_evaluated(nasty: Path) -> None:
    book = openpyxl.load_workbook(nasty)
    cells = [cell for row in book["Report"].iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}
    assert not any(cell.hyperlink for cell in cells)
    with zipfile.ZipFile(nasty) as archive:
        assert not [name for name in archive.namelist() if "External" in name or "vba" in name]
        for sheet in ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"):
            assert b"<f>" not in archive.read(sheet)
            assert b"<hyperlink" not in archive.read(sheet)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_shows_every_cell(nasty: Path, tmp_path: Path) -> None:
    soffice(nasty, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", tmp_path)
    with (tmp_path / "report-Report.csv").open(encoding="utf-8", newline="") as file:
        usual = csv.field_size_limit(1 << 20)  # a limit of the whole process
        header, *rows = csv.reader(file)
        csv.field_size_limit(usual)
    assert header == [*HEAD, "=1+1", "_x0041_ <r>", *TAIL]
    assert [row[len(HEAD)] for row in rows] == [*NASTY, *(cell.replace("\r\n", "\n") for cell in LINE_ENDS)]
    assert [row[0] for row in rows] == [str(2 + n) for n in range(len(rows))]


def soffice(path: Path, kind: str, folder: Path) -> None:
    """Converts a file with a LibreOffice of its own settings; the result is in `folder`."""
    home = f"-env:UserInstallation={(folder / 'office').as_uri()}"
    subprocess.run(
        ["soffice", home, "--headless", "--convert-to", kind, "--outdir", folder, path],
        check=True,
        capture_output=True,
        timeout=120,
    )


def saved_by_openpyxl(path: Path, folder: Path) -> None:
    openpyxl.load_workbook(path).save(folder / path.name)


def saved_by_libreoffice(path: Path, folder: Path) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    soffice(path, "xlsx:Calc MS Excel 2007 XML", folder)


@pytest.mark.parametrize("save", [saved_by_openpyxl, saved_by_libreoffice])
def test_a_report_saved_by_another_program_sends_the_same(command, platform, tmp_path: Path, save) -> None:
    cells = [
        "=1+1",
        "00123",
        "+44",
        "1e5",
        "TRUE",
        "2024-01-02",
        "a\x01b",
        "_x000D_",
        "<r>x</r>",
        "two\nlines",
        "中 😀",
    ]
    sandbox = platform(faults=f"400@1-{len(cells)}")
    rows = [[*person[:4], cell] for person, cell in zip(people(len(cells)), cells, strict=True)]
    Path("map.yaml").write_text(MAPPING)
    (tmp_path / "saved").mkdir()
    assert command("upload", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--report", "one.xlsx").code == 1
    before = len(sandbox.received)
    save(Path("one.xlsx"), tmp_path / "saved")
    assert command("retry", "saved/one.xlsx", "--report", "two.xlsx").code == 0
    sent = {dict(lead.fields)["email"]: dict(lead.fields)["companyName"] for lead in sandbox.received[before:]}
    assert sent == {row[2]: row[4] for row in rows}


def test_what_a_cell_or_a_row_cannot_hold_is_refused(tmp_path: Path) -> None:
    for cell in ("x" * (XLSX_CELL + 1), "😀" * (XLSX_CELL // 2 + 1)):
        with pytest.raises(UploaderError, match=r"row 2 has .* characters, more than a cell can hold"):
            write_report(tmp_path / "r.xlsx", ["Text"], [row_of([cell])])
    with pytest.raises(UploaderError, match="column 16385"):
        write_report(tmp_path / "r.xlsx", names(17_000), [])
    assert list(tmp_path.iterdir()) == []


def test_unpaired_surrogate_is_a_question_mark(tmp_path: Path) -> None:
    path = write_report(tmp_path / "r.xlsx", ["Text"], [row_of(["a\ud800b"])])
    assert openpyxl.load_workbook(path)["Report"]["E2"].value == "a?b"


def test_sheet_has_frozen_header_filter_and_widths(tmp_path: Path) -> None:
    rows = [row_of(["x", "y" * 500, "one\ntwo\nthree"], number) for number in range(2, 12)]
    book = openpyxl.load_workbook(write_report(tmp_path / "r.xlsx", ["Short", "Long", "Lines"], rows))
    sheet = book["Report"]
    assert book.sheetnames == ["Report", "Summary"]
    assert book.active is sheet
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("C2", "A1:O11")
    widths = {name: sheet.column_dimensions[name].width for name in "EF"}
    assert widths["E"] < 12
    assert 40 < widths["F"] < 60
    assert sheet.row_dimensions[2].height == 45
    fills = {name: sheet[f"{name}2"].fill.fgColor.rgb for name in "AE"}
    assert fills["A"] != fills["E"]
    colored = {str(area.sqref): {rule.formula[0] for rule in area.rules} for area in sheet.conditional_formatting}
    outcomes = "accepted rejected invalid duplicate failed unknown unsent skipped"
    assert colored == {
        "B2:B11": {f'"{word}"' for word in outcomes.split()},
        "N2:N11": {'"valid"', '"invalid"', '"pending"'},
    }


def test_a_report_without_rows_can_be_read(tmp_path: Path) -> None:
    path = write_report(tmp_path / "r.xlsx", ["Text"], [])
    assert openpyxl.load_workbook(path)["Report"].max_row == 1
