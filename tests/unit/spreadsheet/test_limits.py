"""Files that would take too much memory or time are refused early, and long ones are read to their end."""

import csv
import io
import struct
from pathlib import Path

import pytest
import xlsxwriter
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.core.errors import TableError
from uploader.spreadsheet import csv_rows, encoding_sample, open_table, time_limit
from uploader.spreadsheet.time_limit import TimeLimit
from uploader.spreadsheet.workbook import xls_workbook
from uploader.spreadsheet.workbook.xlsx_rows import _BlankRows


def rows_of(path: Path) -> list[tuple[str, ...]]:
    return [row for chunk in open_table(path).chunks() for row in chunk.cells()]


def write_xlsx(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet().write_column(0, 0, ["Email", "ann@example.com"])


def write_csv(path: Path) -> None:
    path.write_text("Email\n" + "\n" * 2000)


def test_only_the_time_since_the_last_rows_counts() -> None:
    now = 100.0
    limit = TimeLimit(lambda: now)
    now += 15
    limit.check("a.xlsx")
    now += 1
    with pytest.raises(TableError, match=r"a.xlsx takes longer than 15 seconds to read"):
        limit.check("a.xlsx")
    limit.restart()
    limit.check("a.xlsx")


@pytest.mark.parametrize(("name", "write"), [("a.xlsx", write_xlsx), ("a.csv", write_csv)])
def test_a_file_that_takes_too_long_is_refused(tmp_path: Path, monkeypatch, name: str, write) -> None:
    monkeypatch.setattr(time_limit, "MAX_SECONDS", -1.0)
    path = tmp_path / name
    write(path)
    with pytest.raises(TableError, match="takes longer than"):
        rows_of(path)


ROW = '<row r="2" spans="1:3"><c r="A2" s="1"/><c r="AB2" s="12" /></row>'


@pytest.mark.parametrize(
    ("piece", "kept"),
    [
        (ROW, '<row r="2" spans="1:3"></row>'),
        (ROW * 2, '<row r="2" spans="1:3"></row>' * 2),
        (ROW.replace(' r="2"', ""), None),  # the cells say which row it is
        (ROW.replace('s="1"/>', 's="1"><v>5</v></c>'), None),
        (ROW.replace("</row>", "<c><v>5</v></c></row>"), None),  # a cell without a place comes after the others
        (f"<v><![CDATA[{ROW}]]></v>", None),
        ("<row r='2'><c r='A2' s='1'/></row>", None),
    ],
    ids=["usual", "two", "no number", "a value", "no place", "raw text", "other quotes"],
)
def test_only_cells_of_blank_rows_are_removed(piece: str, kept: str | None) -> None:
    assert _BlankRows().remove_cells(piece.encode()).decode() == (piece if kept is None else kept)


def test_raw_text_that_began_in_an_earlier_piece_is_kept() -> None:
    rows = _BlankRows()
    rows.remove_cells(b"<c><v><![CDA")
    assert rows.remove_cells(ROW.encode()) == ROW.encode()


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.lists(st.sampled_from(["", "a", "b\nc", 'd"', "long " * 9]), min_size=2, max_size=3), max_size=30),
    length=st.integers(1, 60),
)
def test_blocks_of_any_length_give_all_rows(tmp_path_factory, rows, length) -> None:
    path = tmp_path_factory.mktemp("blocks") / "a.csv"
    rows = [[*row, "x"] for row in rows]
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["One", "Two", "Three", "Four"], *rows])
    path.write_text(text.getvalue(), newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_rows, "BLOCK_LENGTH", length)
        assert [list(row) for row in rows_of(path)] == [[*row, *[""] * (4 - len(row))] for row in rows]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Email\n" + "a" * 1200, r"a.csv, line 2: has more than 1,000 characters"),
        ("Email\n" + "a" * 700 + "\rb\n", None),
        ('Email\nann@example.com\n"' + '\n","' * 300, "a.csv, line 3: a quote is opened and never closed"),
        ("a," * 20_000 + "a\n1\n", "a.csv has 20,001 columns"),
    ],
    ids=["one line", "lines of Macs", "an endless row", "columns"],
)
def test_text_that_would_fill_the_memory_is_refused(tmp_path, monkeypatch, content: str, words: str | None) -> None:
    monkeypatch.setattr(encoding_sample, "LONGEST_LINE", 1_000 if len(content) < 10_000 else 100_000)
    monkeypatch.setattr(csv_rows, "LONGEST_ROW", 1_000 if len(content) < 10_000 else 100_000)
    path = tmp_path / "a.csv"
    path.write_text(content, newline="")
    if words is None:
        assert len(rows_of(path)) == 2
        return
    with pytest.raises(TableError, match=words):
        rows_of(path)


def record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def test_an_xls_with_more_cells_than_fit_into_memory_is_refused(tmp_path: Path, monkeypatch) -> None:
    book = xlwt.Workbook()
    book.add_sheet("Leads").write(0, 0, "Email")
    numbers = struct.pack("<HI", 15, 5 << 2 | 2) * 200
    rows = b"".join(record(0xBD, struct.pack("<HH", row, 0) + numbers + b"\xc7\0") for row in range(1, 10))
    path = tmp_path / "a.xls"
    path.write_bytes(bytes(book.get_biff_data())[:-4] + rows + record(0x0A, b""))
    assert len(rows_of(path)) == 8  # the first row is the header, as no mapping says otherwise
    monkeypatch.setattr(xls_workbook, "_SMALL_STREAM", 0)
    assert len(rows_of(path)) == 8  # the first row is the header, as no mapping says otherwise
    monkeypatch.setattr(xls_workbook, "MAX_CELLS_MEMORY", 50_000)
    with pytest.raises(TableError, match=r"a.xls has \d+ MB of cells"):
        rows_of(path)
