"""Any table is read back cell for cell; any bytes at all give a table or a TableError."""

import csv
import functools
import io
import tempfile
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
import xlwt
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.corpus.formats import write_ods, write_xlsb
from tests.support.files import MAPPING
from tests.support.slow import few_quick
from uploader.core.errors import TableError
from uploader.spreadsheet import open_table
from uploader.spreadsheet.encoding_ranking import ENCODINGS
from uploader.spreadsheet.table import CHUNK

# Everything that a cell can have: no NUL, and no surrogates, which no encoding can write.
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
# XML allows no other control characters.
XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"], include_characters="\t\n"), max_size=12
)


def tables(cells: st.SearchStrategy[str]) -> st.SearchStrategy[list[list[str]]]:
    """Rows of three cells, of which at least one is not blank, as blank rows are skipped."""
    row = st.lists(cells, min_size=3, max_size=3).filter(lambda row: any(cell.strip() for cell in row))
    return st.lists(row, min_size=1, max_size=5)


def read(path: Path, encoding: str | None = None) -> list[list[str]]:
    """Return the columns and all rows."""
    table = open_table(path, wanted=["a", "b", "c"], encoding=encoding)
    return [list(table.columns), *(list(row) for chunk in table.chunks(size=2) for row in chunk.cells())]


@settings(max_examples=150)
@given(tables(TEXT), st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from([True, False]))
@example(rows=[["", "", "0\n"]], delimiter=",", line_end="\r", quotes_all=False)
@example(rows=[["\ufeff", "", ""]], delimiter=",", line_end="\n", quotes_all=False)
def test_any_csv_is_read_back(tmp_path_factory, rows, delimiter, line_end, quotes_all) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    stream = io.StringIO(newline="")
    # Before Python 3.13, the writer quotes only the line breaks of its own line end.
    quotes_all = quotes_all or any({"\r", "\n"} & {*cell} for row in rows for cell in row)
    # A byte-order mark at the beginning of a line is no part of its first cell.
    quotes_all = quotes_all or any(row[0].startswith("\ufeff") for row in rows)
    quoting = csv.QUOTE_ALL if quotes_all else csv.QUOTE_MINIMAL
    csv.writer(stream, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows(
        [["a", "b", "c"], *rows]
    )
    path.write_bytes(stream.getvalue().encode("utf-8-sig"))
    assert read(path) == [["a", "b", "c"], *rows]


@pytest.mark.parametrize(
    ("text", "is_mixed"),
    [
        ("a,b,c\r1,2,0\n\r", True),
        ("a,b,c\n1,2,0\r3,4,5\n", True),
        ("a,b,c\r\n1,2,0\r3,4,5\r\n", True),
        ('a,b,c\r1,2,"0\n"\r', False),
        ('a,b,c\n1,2,"0\r""\r"\n', False),
        ("a,b,c\r\n1,2,0\n", False),
        ("a,b,c\r1,2,0\r", False),
    ],
)
def test_mixed_line_ends_are_noted(tmp_path, text, is_mixed) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode())
    notes = open_table(path, wanted=["a"], encoding=None).notes
    assert any("line ends are mixed" in note for note in notes) == is_mixed, notes


@functools.cache
def characters(encoding: str) -> list[str]:
    """Return all characters that an encoding writes and reads back the same."""
    found = []
    for number in range(1, 0x10000):
        char = chr(number)
        try:
            if char.encode(encoding).decode(encoding) == char:
                found.append(char)
        except UnicodeError:
            pass
    return found


@pytest.mark.parametrize("encoding", few_quick(["utf-8", "utf-8-sig", "utf-16", *ENCODINGS], 4))
@settings(max_examples=12)
@given(data=st.data())
def test_any_csv_is_read_back_in_the_encoding_that_is_set(tmp_path_factory, encoding, data) -> None:
    cells = st.text(st.sampled_from(characters(encoding)), max_size=12)
    rows = data.draw(tables(cells))
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *rows])
    try:
        with path.open(encoding=encoding, newline="") as file:
            assume(list(csv.reader(file)) == [["a", "b", "c"], *rows])
    except UnicodeDecodeError:
        assume(False)  # some of Python's codecs write what they can't read
    assert read(path, encoding) == [["a", "b", "c"], *rows]


@settings(max_examples=60)
@given(tables(XML_TEXT))
def test_any_xlsx_is_read_back(tmp_path_factory, rows) -> None:
    path = tmp_path_factory.mktemp("xlsx") / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([["a", "b", "c"], *rows]):
            for column, cell in enumerate(row):
                if cell:
                    sheet.write_string(number, column, cell)
    assert read(path) == [["a", "b", "c"], *rows]


@functools.cache
def seeds() -> list[bytes]:
    """Return good files of every format, for a fuzzer to damage."""
    folder = Path(tempfile.mkdtemp())
    rows = [["a", "b", "c"], ["1", "x", "y"], ["2", "ü", ""]]
    with xlsxwriter.Workbook(str(folder / "a.xlsx")) as book:
        for number, row in enumerate(rows):
            book.get_worksheet_by_name("Sheet1") or book.add_worksheet()
            book.worksheets()[0].write_row(number, 0, row)
    write_ods(folder / "a.ods", rows)
    write_xlsb(folder / "a.xlsb", rows)
    (folder / "a.csv").write_text("\n".join(map(",".join, rows)), "cp1252")
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def assert_table_or_error(path: Path) -> None:
    """Open a file: all of its rows can be read, or a TableError says why not."""
    try:
        for chunk in open_table(path, wanted=["a"]).chunks():
            assert len(chunk.rows) == len([*chunk.cells()])
    except TableError as error:
        assert error.message and error.hint  # noqa: PT017, PT018 - both results are right


@settings(max_examples=250)
@given(st.binary(max_size=300))
@example(b"\xff\xfe\x00\xd8")
@example(b"PK\x03\x04")
@example(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
@example(b'a,b\r\n"' * 50)
def test_any_bytes_give_a_table_or_an_error(tmp_path_factory, data) -> None:
    path = tmp_path_factory.mktemp("bytes") / "a.csv"
    path.write_bytes(data)
    assert_table_or_error(path)


@settings(max_examples=250)
@given(st.data())
def test_any_damaged_file_gives_a_table_or_an_error(tmp_path_factory, data) -> None:
    """Some bytes of a good file are changed, or its end is missing."""
    good = bytearray(seeds()[data.draw(st.sampled_from(range(4)))])
    for _ in range(data.draw(st.integers(1, 6))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(good)))
    path = tmp_path_factory.mktemp("damaged") / "a.xlsx"
    path.write_bytes(bytes(good[:cut]) if data.draw(st.booleans()) else bytes(good))
    assert_table_or_error(path)


@settings(max_examples=120)
@given(st.data())
def test_any_damaged_part_of_a_workbook_gives_a_table_or_an_error(tmp_path_factory, data) -> None:
    """The archive is intact, but one of its parts is not."""
    parts = {}
    with zipfile.ZipFile(
        io.BytesIO(data.draw(st.sampled_from([seed for seed in seeds() if seed[:2] == b"PK"])))
    ) as archive:
        parts = {name: bytearray(archive.read(name)) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, max(0, len(parts[name]) - 1)))
        parts[name][place : place + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    path = tmp_path_factory.mktemp("part") / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for member, inner in parts.items():
            archive.writestr(member, bytes(inner))
    assert_table_or_error(path)


def test_what_a_library_says_about_a_damaged_workbook_becomes_a_table_error(tmp_path, capfd) -> None:
    """Nothing else is printed."""
    path = tmp_path / "a.xls"
    book = xlwt.Workbook()
    book.add_sheet("Leads").write(0, 0, "a")
    book.save(str(path))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(TableError, match=r"^a\.xls is damaged\.$") as refused:
        open_table(path)
    assert refused.value.hint == "Open it in the spreadsheet program and save it again."
    assert capfd.readouterr() == ("", "")


def test_rows_are_read_in_chunks(tmp_path) -> None:
    """The size of a chunk does not depend on the size of the file."""
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "".join(f"{number},x\n" for number in range(50_000)))
    chunks = [(chunk.rows[0], len(chunk.rows)) for chunk in open_table(path).chunks()]
    assert len(chunks) == 50
    assert chunks[1] == (1002, 1000)
    assert sum(size for _, size in chunks) == 50_000


def test_a_part_larger_than_it_declares_is_refused(tmp_path) -> None:
    """A zip bomb: the archive's directory declares a small size, and the part unpacks to a large one."""
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<a/>" + " " * 1_000_000)
    data = path.read_bytes()
    size = (1_000_004).to_bytes(4, "little")
    path.write_bytes(data.replace(size, (100).to_bytes(4, "little")))
    with pytest.raises(TableError, match="is damaged"):
        open_table(path)
    path.write_bytes(data.replace(size, (2**32 - 2).to_bytes(4, "little")))
    with pytest.raises(TableError, match=r"would unpack to 4\.3 GB"):
        open_table(path)


def test_damaged_bytes_are_reported_in_plain_words(tmp_path) -> None:
    """What zlib and olefile raise names their own structures."""
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<a/>" + " " * 1_000)
    data = path.read_bytes()
    start = data.index(b"xl/workbook.xml") + len("xl/workbook.xml")
    path.write_bytes(data[:start] + b"\xff" * 8 + data[start + 8 :])
    with pytest.raises(TableError, match=r"^a\.xlsx is damaged\.$"):
        open_table(path)
    old = tmp_path / "a.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 3000)
    with pytest.raises(TableError, match=r"^a\.xls is damaged\.$"):
        open_table(old)


def test_a_truncated_workbook_is_reported(command) -> None:
    """An incomplete download."""
    data = seeds()[3]
    Path("a.xlsx").write_bytes(data[: len(data) // 2])
    Path("map.yaml").write_text(MAPPING)
    ran = command("check", "a.xlsx", "-m", "map.yaml", "--sandbox")
    assert ran.code == 3
    assert ran.err.endswith("a.xlsx is damaged: its end is missing.\nCopy, download or save it again.\n"), ran.err


def test_a_file_saved_while_it_is_read_is_reported(tmp_path: Path) -> None:
    """A program that saves in place replaces rows that have not been read yet."""
    path = tmp_path / "leads.csv"
    path.write_text("a,b\n" + "1,2\n" * 40_000, encoding="utf-8")
    chunks = open_table(path).chunks()
    next(chunks)
    path.write_text("a,b\n" + "1,22\n" * 40_000, encoding="utf-8")
    with pytest.raises(TableError, match="was changed while it was read"):
        next(chunks)


def test_long_cells_at_the_top_are_read(tmp_path: Path) -> None:
    """They are longer than the sample from which the header is read, so it ends within a cell."""
    path = tmp_path / "leads.csv"
    text = "x" * 30_000
    path.write_text("a,b\n" + f'1,"{text}"\n' * 20, encoding="utf-8")
    assert sum(len(chunk.rows) for chunk in open_table(path).chunks()) == 20


@pytest.mark.parametrize("rows", [CHUNK, CHUNK + 1])
def test_a_file_emptied_while_it_is_read_is_reported(tmp_path: Path, rows: int) -> None:
    """The file is emptied just before the rows after the first chunk are read."""
    path = tmp_path / "leads.csv"
    path.write_text("a,b\n" + "1,2\n" * rows, encoding="utf-8")
    chunks = open_table(path).chunks()
    next(chunks)
    path.write_text("", encoding="utf-8")
    with pytest.raises(TableError, match="was changed while it was read"):
        next(chunks)
