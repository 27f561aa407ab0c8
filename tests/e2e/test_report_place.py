"""Where a report may go: it takes the place of an older one, and of nothing else."""

import os
from pathlib import Path

import openpyxl
import pytest

from tests.conftest import MAPPING, people, write_csv


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
def test_what_is_no_report_stays(command, platform, name, verb) -> None:
    sandbox = platform()
    SOMEBODYS[name]()
    before = Path(name).read_bytes() if name != "pipe" else b""
    ran = command(verb, "leads.csv", "-m", "map.yaml", "--report", name)
    assert (ran.code, ran.out, sandbox.received) == (2, "", [])
    assert f"--report {name} would overwrite a file that is no report.\nNothing was sent. Give another name." in ran.err
    assert name == "pipe" or Path(name).read_bytes() == before


def test_retry_resume_results_and_report_leave_it_too(command, platform) -> None:
    platform(faults="403inactive@3-9")
    command("upload", "leads.csv", "-m", "map.yaml", "--report", "r.csv")
    Path("notes.csv").write_text("mine")
    run = Path("r.csv").read_text("utf-8-sig").splitlines()[1].split(",")[-4]
    for words in (["retry", "r.csv"], ["resume"], ["results", "r.csv"], ["report", run]):
        ran = command(*words, "--report", "notes.csv")
        assert (ran.code, "is no report" in ran.err) == (2, True), words
    assert Path("notes.csv").read_text() == "mine"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_report_takes_the_place_of_an_older_one(command, platform, kind) -> None:
    """Also of one that somebody saved again, and of an empty file."""
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


@pytest.mark.parametrize("name", ["out.pdf", "out.XLS", "out.html", "out.csv.gz"])
def test_a_name_that_is_no_reports_is_refused(command, platform, name) -> None:
    sandbox = platform()
    ran = command("upload", "leads.csv", "-m", "map.yaml", "--report", name)
    assert (ran.code, sandbox.received) == (2, [])
    assert "a report is a CSV or an xlsx, and no " in ran.err
