"""The header is one of the first 20 rows, in text files and in workbooks alike."""

from pathlib import Path

import pytest
import xlsxwriter

from uploader.core.errors import TableError
from uploader.spreadsheet import open_table

HEADER, ROW = ["Name", "Email"], ["Ann", "ann@example.com"]


def write(path: Path, top: list[str]) -> None:
    rows = [*([title] for title in top), HEADER, ROW]
    if path.suffix == ".csv":
        path.write_text("".join(",".join(row) + "\n" for row in rows))
        return
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Leads")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
@pytest.mark.parametrize("title", ["", "Autumn"])
@pytest.mark.parametrize("wanted", [["Name", "Email"], ["Name"]])
def test_the_header_is_one_of_the_first_20_rows(tmp_path: Path, name: str, title: str, wanted: list[str]) -> None:
    path = tmp_path / name
    write(path, [title] * 19)
    assert open_table(path, wanted=wanted).header_row == 20
    write(path, [title] * 20)
    with pytest.raises(TableError, match=r"the header is row 21, but must be one of the first 20 rows") as caught:
        open_table(path, wanted=wanted)
    assert str(caught.value).startswith(name)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_without_a_mapping_a_list_may_begin_in_any_row(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path, [""] * 30)
    table = open_table(path)
    assert (table.header_row, table.columns) == (31, ("Name", "Email"))
    assert [(chunk.rows, [*chunk.cells()]) for chunk in table.chunks()] == [([32], [tuple(ROW)])]
    assert table.notes == (
        "the header is row 31; before an upload, delete rows above it: it must be one of the first 20",
    )
