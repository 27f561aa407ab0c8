"""Reports are written and read back cell for cell."""

import csv
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.errors import UploaderError
from uploader.report import HEAD, TAIL, default_path, escape, unescape, write_report

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@given(TEXT | st.text("=+-@'\t\r\na", max_size=4))
def test_an_escaped_cell_is_harmless_and_comes_back(cell: str) -> None:
    assert unescape(escape(cell)) == cell
    assert not escape(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_csv_is_what_excel_opens(tmp_path: Path) -> None:
    rows = [["2", *[""] * 3, "=1+1", "two\nlines", *[""] * 8]]
    path = write_report(tmp_path / "r.csv", ["Sum", "Text"], rows, ";")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfupload_row;")
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file, delimiter=";")
    assert header == [*HEAD, "Sum", "Text", *TAIL]
    assert row[4:6] == ["'=1+1", "two\nlines"]


def test_xlsx_has_text_cells_and_evaluates_nothing(tmp_path: Path) -> None:
    cells = ["=1+1", "007", "+44", "1e5", "https://example.com", "true", "two\nlines", "a\rb", "_x0041_", " x "]
    rows = [["2", *[""] * 3, *cells, *[""] * 8]]
    path = write_report(tmp_path / "r.xlsx", [f"c{n}" for n in range(len(cells))], rows)
    sheet = openpyxl.load_workbook(path).active
    read = list(sheet[2][4 : 4 + len(cells)])
    assert [cell.data_type for cell in read] == ["s"] * len(cells)
    assert [openpyxl.utils.escape.unescape(cell.value) for cell in read] == cells
    assert {cell.number_format for cell in read} == {"@"}
    assert sheet.freeze_panes == "C2"


def test_names_carry_the_time_and_never_grow(tmp_path: Path) -> None:
    first = default_path(tmp_path / "leads.csv", "csv", 0.0)
    assert first.name == "leads.report-19700101T000000Z.csv"
    assert default_path(first, "csv", 1.0).name == "leads.report-19700101T000001Z.csv"
    first.write_text("")
    assert default_path(tmp_path / "leads.csv", "csv", 0.0).name == "leads.report-19700101T000000Z-2.csv"


def test_a_report_that_is_held_open_goes_under_the_next_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    real, held = os.replace, tmp_path / "r.csv"
    held.write_text("old")

    def replace(source: Path, target: Path) -> None:
        if Path(target) == held:
            raise PermissionError(13, "in use")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    assert write_report(held, [], []).name == "r-2.csv"
    assert held.read_text() == "old"


def test_a_report_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def rows():
        yield ["2"] * 12
        raise OSError(28, "No space left on device")

    with pytest.raises(UploaderError, match="No space left"):
        write_report(tmp_path / "r.csv", [], rows())
    assert list(tmp_path.iterdir()) == []
