"""Where a report may go: it takes the place of an older one, and of nothing else."""

import os
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.support.files import MAPPING, people, write_csv


@pytest.fixture(autouse=True)
def _files() -> None:
    Path("map.yaml").write_text(MAPPING)
    write_csv(Path("leads.csv"), people(3))


def a_workbook(name: str) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Secret", "Plan"])
    book.save(name)


SOMEBODYS = {
    "precious.xlsx": lambda: a_workbook("precious.xlsx"),
    "notes.csv": lambda: Path("notes.csv").write_text("a,b\n1,2\n"),
    "notes.txt": lambda: Path("notes.txt").write_text("Only words.\n"),
    "notes": lambda: Path("notes").write_bytes(b"\x00\x01\x02"),
    "pipe": lambda: os.mkfifo("pipe"),
}


@pytest.mark.parametrize("name", SOMEBODYS)
@pytest.mark.parametrize("verb", ["upload", "check"])
def test_other_files_are_never_overwritten(command, platform, name, verb) -> None:
    sandbox = platform()
    SOMEBODYS[name]()
    before = Path(name).read_bytes() if name != "pipe" else b""
    ran = command(verb, "leads.csv", "-m", "map.yaml", "--report", name)
    assert (ran.code, ran.out, sandbox.received) == (2, "", [])
    assert (
        f"--report {name} would overwrite a file that is not a report.\nNothing was sent. Choose another name."
        in ran.err
    )
    assert name == "pipe" or Path(name).read_bytes() == before


def test_no_command_overwrites_other_files(command, platform) -> None:
    platform(faults="403inactive@3-9")
    command("upload", "leads.csv", "-m", "map.yaml", "--report", "r.csv")
    Path("notes.csv").write_text("mine")
    run = Path("r.csv").read_text("utf-8-sig").splitlines()[1].split(",")[-4]
    for words in (["retry", "r.csv"], ["resume"], ["results", "r.csv"], ["report", run]):
        ran = command(*words, "--report", "notes.csv")
        assert ran.code == 2, ran
        assert "is not a report" in ran.err
    assert Path("notes.csv").read_text() == "mine"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_older_report_is_replaced(command, platform, kind) -> None:
    """Also a report that was saved again, and an empty file."""
    platform()
    name = f"r.{kind}"
    Path(name).touch()
    flags = ("leads.csv", "-m", "map.yaml", "--report", name)
    assert command("upload", *flags).code == 0
    if kind == "xlsx":
        book = openpyxl.load_workbook(name)
        book.create_sheet("Mine", 0).append(["a"])
        book.save(name)
    else:
        Path(name).write_text(Path(name).read_text("utf-8-sig").replace(",", ";"), "utf-16")
    assert command("upload", *flags).code == 0


BLANK = {"bom.csv": b"\xef\xbb\xbf", "lines.csv": b"\n \r\n", "wide.csv": "\ufeff\n".encode("utf-16-le")}


@pytest.mark.parametrize("name", [*BLANK, "cp1250.csv", "r.2026-11-27", "leads.report-20261123", "r.log"])
def test_scheduled_report_paths_are_recognized(command, platform, name) -> None:
    """A blank file; a report in an encoding that could be another; a name with a date at its end."""
    platform()
    Path(name).write_bytes(BLANK.get(name, "upload_row,upload_outcome,Name\n2,accepted,Šárka\n".encode("cp1250")))
    assert command("upload", "leads.csv", "-m", "map.yaml", "--report", name).code == 0
    assert b"upload_outcome" in Path(name).read_bytes()


def test_rearranged_workbook_is_recognized_as_report(command, platform) -> None:
    """The sheet hidden and its header moved down; another workbook with an empty part is not a report."""
    platform()
    flags = ("leads.csv", "-m", "map.yaml", "--report", "r.xlsx")
    assert command("upload", *flags).code == 0
    book = openpyxl.load_workbook("r.xlsx")
    book["Report"].insert_rows(1, 30)
    book["Report"].sheet_state = "hidden"
    book.active = book.sheetnames.index("Summary")
    book.save("r.xlsx")
    assert command("upload", *flags).code == 0
    a_workbook("r.xlsx")
    with zipfile.ZipFile("r.xlsx", "a") as archive:
        archive.writestr("xl/", "")
    assert command("upload", *flags).code == 2
    whole = Path("r.xlsx").read_bytes()
    begin = whole.index(b"PK\x03\x04", 1)
    Path("r.xlsx").write_bytes(whole[:60] + bytes(begin - 60) + whole[begin:])  # its first part is spoilt
    assert command("upload", *flags).code == 2


@pytest.mark.parametrize("name", ["out.pdf", "out.XLS", "out.html", "out.csv.gz"])
def test_unsupported_report_name_is_refused(command, platform, name) -> None:
    sandbox = platform()
    ran = command("upload", "leads.csv", "-m", "map.yaml", "--report", name)
    assert (ran.code, sandbox.received) == (2, [])
    assert "a report is CSV or xlsx, not " in ran.err
