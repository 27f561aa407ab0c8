"""Reports are written and read back cell for cell."""

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.core.errors import UploaderError
from uploader.report import HEAD, TAIL, default_path, escape_cells, unescape_cell, write_report

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@given(TEXT | st.text("=+-@'\t\r\na", max_size=4))
def test_an_escaped_cell_is_harmless_and_comes_back(cell: str) -> None:
    assert unescape_cell(escape_cells([cell])[0]) == cell
    assert not escape_cells([cell])[0].startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_csv_is_what_excel_opens(tmp_path: Path) -> None:
    rows = [["2", *[""] * 3, "=1+1", "two\nlines", *[""] * 8]]
    path = write_report(tmp_path / "r.csv", ["Sum", "Text"], rows, ";")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfupload_row;")
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file, delimiter=";")
    assert header == [*HEAD, "Sum", "Text", *TAIL]
    assert row[4:6] == ["'=1+1", "two\nlines"]


def test_half_of_a_surrogate_pair_stops_no_report(tmp_path: Path) -> None:
    path = write_report(tmp_path / "r.csv", ["Text"], [["2", *[""] * 3, "a\ud800b", *[""] * 8]])
    assert "a?b" in path.read_text(encoding="utf-8-sig")


def test_names_carry_the_time_and_never_grow(tmp_path: Path) -> None:
    first = default_path(tmp_path / "leads.csv", "csv", 0.0)
    assert first.name == "leads.report-19700101T000000Z.csv"
    assert default_path(first, "csv", 1.0).name == "leads.report-19700101T000001Z.csv"
    first.write_text("")
    assert default_path(tmp_path / "leads.csv", "csv", 0.0).name == "leads.report-19700101T000000Z-2.csv"


def test_a_report_that_is_held_open_goes_under_the_next_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
        yield ["2", "accepted", *[""] * 10]
        raise OSError(28, "No space left on device")

    for name in ("r.csv", "r.xlsx"):
        with pytest.raises(UploaderError, match="No space left"):
            write_report(tmp_path / name, [], rows())
    assert list(tmp_path.iterdir()) == []
