"""What is read from a workbook's first sheet: its columns, and the formats of its cells."""

from pathlib import Path

import pytest
import xlsxwriter

from tests.corpus.raw_workbooks import packed, parts_of, sheet_with
from uploader.spreadsheet import open_table


@pytest.mark.parametrize("left", [0, 1, 3])
def test_sheet_with_only_a_header_has_columns_and_no_rows(tmp_path: Path, left: int) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write_row(0, left, ["Email", "Name"])

    table = open_table(path)

    assert table.columns == ("Email", "Name")
    assert [*table.chunks()] == []


@pytest.mark.parametrize("number", [14, 164])
def test_format_of_a_condition_is_no_cells_format(tmp_path: Path, number: int) -> None:
    parts = parts_of(sheet_with('<c r="D2" s="1"><v>42062</v></c>'))
    parts["xl/styles.xml"] = (
        parts["xl/styles.xml"]
        .replace("<numFmts></numFmts>", '<numFmts><numFmt numFmtId="164" formatCode="yyyy/mm/dd;@"/></numFmts>')
        .replace("</cellXfs>", f'<xf numFmtId="{number}"/></cellXfs>')
        .replace("</styleSheet>", f'<dxfs><dxf><numFmt numFmtId="{number}" formatCode="0%"/></dxf></dxfs></styleSheet>')
    )
    (tmp_path / "a.xlsx").write_bytes(packed(parts))

    table = open_table(tmp_path / "a.xlsx")

    assert [row[-1] for chunk in table.chunks() for row in chunk.cells()] == ["2015-02-27"]
