"""`--failed-only`: a second report with only the rows that did not get through."""

from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

import uploader
from tests.support.files import COLUMNS, MAPPING, people, read_report, write_csv, write_report

ARGS = ("upload", "leads.csv", "-m", "map.yaml", "--report", "out.csv", "--failed-only", "failed.csv")


@pytest.fixture(autouse=True)
def _mapping() -> None:
    Path("map.yaml").write_text(MAPPING)


def leads() -> list[list[str]]:
    """Six rows; the fourth is invalid, and the sixth the first one again."""
    rows = people(5)
    rows[3][2] = "nobody"
    rows[0][4] = "=Smith"
    return [*rows, rows[0]]


def test_only_rows_that_did_not_get_through_are_in_it(platform, command) -> None:
    platform(faults="400@2,close@3")
    write_csv(Path("leads.csv"), leads())
    ran = command(*ARGS)
    whole = {row["upload_row"]: row for row in read_report(Path("out.csv"))}
    rest = read_report(Path("failed.csv"))
    assert sorted(row["upload_outcome"] for row in rest) == ["invalid", "rejected"], ran.err
    assert rest == [whole[row["upload_row"]] for row in rest]
    assert "Rows that did not get through: failed.csv" in ran.out
    assert not Path("failed.html").exists()


def test_retry_takes_it(platform, command) -> None:
    sandbox = platform()
    write_csv(Path("leads.csv"), leads())
    command(*ARGS)
    rest = read_report(Path("failed.csv"))
    rest[0]["Email"] = "ann.3@example.com"
    write_report(Path("failed.csv"), rest)
    ran = command("retry", "failed.csv", "--report", "second.csv", "--failed-only", "none.csv")
    assert (ran.code, len(sandbox.received)) == (0, 5)
    assert [row["upload_row"] for row in read_report(Path("second.csv"))] == ["5"]
    assert read_report(Path("none.csv")) == []


def test_it_replaces_that_of_the_last_run_even_if_all_got_through(platform, command) -> None:
    platform()
    write_csv(Path("leads.csv"), leads())
    command(*ARGS)
    assert len(read_report(Path("failed.csv"))) == 1
    write_csv(Path("leads.csv"), people(2))
    command(*ARGS)
    assert read_report(Path("failed.csv")) == []


def test_workbook_gets_a_workbook(platform, command) -> None:
    platform(faults="400@1")
    book = Workbook()
    for row in [COLUMNS, *people(3)]:
        book.active.append(row)
    book.save("leads.xlsx")
    command("upload", "leads.xlsx", "-m", "map.yaml", "--failed-only", "failed.xlsx")
    assert len(list(load_workbook("failed.xlsx")["Report"].iter_rows())) == 2
    assert command("retry", "failed.xlsx").code == 0


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("failed.xlsx", "--failed-only failed.xlsx: it must be csv, as the report."),
        ("out.csv", "--failed-only out.csv is also the report."),
        ("leads.csv", "--failed-only leads.csv would overwrite an input."),
        ("other.csv", "--failed-only other.csv would overwrite a file that is not a report."),
    ],
)
def test_bad_path_is_refused_before_sending(platform, command, path, message) -> None:
    sandbox = platform()
    write_csv(Path("leads.csv"), people(1))
    Path("other.csv").write_text("mine\n")
    ran = command(*ARGS[:-1], path)
    assert (ran.code, message in ran.err, len(sandbox.received)) == (2, True, 0), ran.err


def test_check_refuses_it(platform, command) -> None:
    platform()
    write_csv(Path("leads.csv"), leads())
    ran = command(*ARGS, "--dry-run")
    assert (ran.code, "--failed-only has no effect in a check" in ran.err) == (2, True)


def test_resume_and_the_function_write_it(platform) -> None:
    platform(faults="403inactive@3-6")
    write_csv(Path("leads.csv"), people(30))
    first = uploader.upload("leads.csv", "map.yaml", consent=True, failed_only="failed.csv")
    assert len(uploader.read_report("failed.csv")) == first.counts["unsent"] + first.counts["failed"] > 0
    second = uploader.resume(first.run, consent=True, failed_only="failed.csv")
    assert (second.counts["accepted"], len(uploader.read_report("failed.csv"))) == (30, 0)
