"""Reports are written and read back cell for cell."""

import csv
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.core.errors import UploaderError
from uploader.report import (
    HEAD,
    TAIL,
    ReportContext,
    ReportStatistics,
    default_path,
    escape_cells,
    unescape_cell,
    write_html_page,
    write_report,
)

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


RISKY_TEXT = st.text("=+-@'\t\r\n,;|\"a ", max_size=8)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
SEPARATORS = [",", ";", "\t", "|"]


@given(TEXT | RISKY_TEXT)
def test_an_escaped_cell_is_harmless_and_comes_back(cell: str) -> None:
    assert unescape_cell(escape_cells([cell])[0]) == cell
    assert not escape_cells([cell])[0].startswith(FORMULA_STARTS)


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@a", "'a", "\ta", "\ra", "\na", "'", "''a"])
def test_exactly_one_apostrophe_is_added_at_the_front(cell: str) -> None:
    assert escape_cells([cell]) == [f"'{cell}"]


@pytest.mark.parametrize("cell", ["a", "a, b", "a;b", "1,5", '"=1"', "a=b", "x@example.com", "two\nlines", " =1"])
def test_cells_that_begin_no_formula_stay(cell: str) -> None:
    assert escape_cells([cell]) == [cell]


def parse_with_another_separator(text: str, separator: str) -> Iterator[str]:
    """Cells as a lenient program reads them at another separator: quotes count only where a cell begins."""
    for line in re.split(r"[\r\n]", text):
        for field in line.split(separator):
            yield field.lstrip('"')


@given(
    st.lists(st.lists(RISKY_TEXT, min_size=3, max_size=3), max_size=3),
    st.sampled_from(SEPARATORS),
    st.sampled_from(SEPARATORS),
)
def test_no_separator_makes_a_formula_of_a_cell(rows: list[list[str]], delimiter: str, separator: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cells = [["2", *[""] * 3, *row, *[""] * 8] for row in rows]
        path = write_report(Path(folder) / "r.csv", ["A", "B", "C"], cells, delimiter)
        text = path.read_text("utf-8-sig")
        with path.open(encoding="utf-8-sig", newline="") as file:
            read = [list(map(unescape_cell, row)) for row in csv.reader(file, delimiter=delimiter)]
    assert read[1:] == cells
    if separator != delimiter:
        parsed = parse_with_another_separator(text, separator)
        assert [field for field in parsed if field.startswith(("=", "+", "-", "@"))] == []


@pytest.mark.parametrize("delimiter", SEPARATORS)
@pytest.mark.parametrize("separator", [*SEPARATORS, "\n", "\r", "\r\n", '";', ';"', ';""'])
def test_a_formula_behind_a_separator_is_neutralized(delimiter: str, separator: str, tmp_path: Path) -> None:
    cell = f"a{separator}=1+1"
    path = write_report(tmp_path / "r.csv", ["Sum"], [["2", *[""] * 3, cell, *[""] * 8]], delimiter)
    with path.open(encoding="utf-8-sig", newline="") as file:
        read = list(csv.reader(file, delimiter=delimiter))[1][4]
    assert read != cell
    assert unescape_cell(read) == cell


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("mode", [None, 0o644, 0o666])
def test_only_the_owner_can_read_a_report(suffix: str, mode: int | None, tmp_path: Path) -> None:
    """Also while it is being written, and where it replaces a file that others could read."""
    path, modes = tmp_path / f"r.{suffix}", set()
    if mode:
        path.write_text("")
        path.chmod(mode)

    def rows() -> Iterator[list[str]]:
        yield ["2", "accepted", *[""] * 10]
        modes.update(one.stat().st_mode & 0o777 for one in tmp_path.iterdir() if one != path)

    written = write_report(path, [], rows())
    page = write_html_page(ReportStatistics(), ReportContext(report=written))
    assert modes == {0o600}
    assert {written.stat().st_mode & 0o777, page.stat().st_mode & 0o777} == {0o600}


def test_csv_is_what_excel_opens(tmp_path: Path) -> None:
    rows = [["2", *[""] * 3, "=1+1", "two\nlines", *[""] * 8]]
    path = write_report(tmp_path / "r.csv", ["Sum", "Text"], rows, ";")
    assert path.read_bytes().startswith(b"\xef\xbb\xbfupload_row;")
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, row = csv.reader(file, delimiter=";")
    assert header == [*HEAD, "Sum", "Text", *TAIL]
    assert row[4:6] == ["'=1+1", "two\nlines"]


def test_unpaired_surrogate_becomes_a_question_mark(tmp_path: Path) -> None:
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
