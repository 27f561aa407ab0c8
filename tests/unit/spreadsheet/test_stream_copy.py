"""Standard input and pipes are read like files, from copies that do not stay."""

import io
import os
import sys
import threading
from pathlib import Path

import pytest

from tests.support.files import MAPPING as LONG_MAPPING
from uploader.core.errors import TableError
from uploader.spreadsheet import open_table
from uploader.spreadsheet.stream_copy import copy_stream

MAPPING = "".join(
    line for line in LONG_MAPPING.splitlines(keepends=True) if "Phone" not in line and "Company" not in line
)
LINES = "First Name,Last Name,Email\r\nJörg,Lee,ann@example.com\r\nBob,Ray,bob@example.com\r\n"


@pytest.fixture
def stdin(monkeypatch):
    """Set what standard input holds."""

    def fill(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))

    return fill


def rows_of(path: Path) -> list[tuple[str, ...]]:
    return [cells for chunk in open_table(path).chunks() for cells in chunk.cells()]


def test_standard_input_is_read_several_times(stdin) -> None:
    stdin(LINES.encode("cp1252"))
    table = open_table(Path("-"))
    assert (table.path.name, table.columns) == ("stdin", ("First Name", "Last Name", "Email"))
    assert [list(chunk.rows) for chunk in table.chunks()] == [list(chunk.rows) for chunk in table.chunks()] == [[2, 3]]
    assert not table.has_changed()


def test_a_workbook_from_standard_input(stdin, tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        book.add_worksheet().write_column("A1", ["Email", "ann@example.com"])
    stdin((tmp_path / "a.xlsx").read_bytes())
    assert rows_of(Path("-")) == [("ann@example.com",)]


def test_json_lines_from_standard_input_are_recognized_by_their_first_line(stdin) -> None:
    stdin(b'\n{"Email": "ann@example.com", "Age": 30}\n{"Email": "bob@example.com"}\n')
    assert rows_of(Path("-")) == [("ann@example.com", "30"), ("bob@example.com", "")]


@pytest.mark.parametrize("text", ['{"leads": [\n{}\n]}', "[{}]", '{"Email": '])
def test_other_json_from_standard_input_is_refused(stdin, text) -> None:
    stdin(text.encode())
    with pytest.raises(TableError, match="JSON"):
        rows_of(Path("-"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_read(tmp_path: Path) -> None:
    """As in `uploader check <(zcat leads.csv.gz)`."""
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=(LINES,), kwargs={"encoding": "utf-8"})
    writer.start()
    assert rows_of(path) == [("Jörg", "Lee", "ann@example.com"), ("Bob", "Ray", "bob@example.com")]
    writer.join()


def test_the_copy_is_private_and_removed(stdin) -> None:
    stdin(LINES.encode())
    copy = copy_stream(Path("-"))
    folder = copy.path.parent
    assert folder.stat().st_mode & 0o077 == 0 or sys.platform == "win32"
    del copy
    assert not folder.exists()


def test_leads_from_standard_input_are_sent_and_reported_beside(command, platform, stdin) -> None:
    sandbox = platform()
    Path("map.yaml").write_text(MAPPING)
    stdin(LINES.encode())
    ran = command("upload", "-", "-m", "map.yaml", "--yes")
    assert ran.code == 0, ran.err
    assert [dict(lead.fields)["firstName"] for lead in sandbox.received] == ["Jörg", "Bob"]
    assert len(list(Path.cwd().glob("stdin.report-*.csv"))) == 1


def test_a_run_from_standard_input_is_retried_not_resumed(command, platform, stdin) -> None:
    platform(faults="401@2-99")
    Path("map.yaml").write_text(MAPPING)
    stdin(LINES.encode())
    ran = command("upload", "-", "-m", "map.yaml", "--yes", "--report", "one.csv")
    assert ran.code not in {0, 2, 3}, ran.err
    ran = command("resume", "--yes")
    assert ran.code == 3
    assert "came from standard input, a pipe" in ran.err
    assert "uploader retry" in ran.err


def test_an_empty_pipe_is_an_empty_file(command, stdin) -> None:
    Path("map.yaml").write_text(MAPPING)
    stdin(b"")
    ran = command("check", "-", "-m", "map.yaml", "--sandbox")
    assert ran.code == 3
    assert ran.err.endswith("stdin is empty.\nCheck that it is the right file.\n"), ran.err
