"""Output about columns, rows and problems is at most 60 lines, whatever the file."""

import csv
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, read_report, write_csv

MAX_LINES = 60
MAX_WIDTH = 20_000  # characters of all lines: 60 lines of a wide terminal would hold fewer

FIELDS = ["firstName", "lastName", "fullName", "jobTitle", "industry", "address", "city", "county", "postcode"]


def lines_of(ran) -> int:
    text = ran.out + ran.err
    assert len(text) < MAX_WIDTH, len(text)
    return len(text.splitlines())


def wide_csv(path: Path, rows: list[list[str]], columns: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


@pytest.fixture
def started(platform):
    Path("map.yaml").write_text(MAPPING)
    return platform()


def check(command, *options: str):
    return command("check", "leads.csv", "-m", "map.yaml", *options)


def test_many_columns_that_are_not_mapped(command, started) -> None:
    names = [f"Question {n}: how did you hear of us?" for n in range(500)]
    columns = ["First Name", "Last Name", "Email", "Phone", "Company", *names]
    wide_csv(Path("leads.csv"), [[*row, *["x"] * 500] for row in people(3)], columns)
    assert lines_of(check(command)) <= MAX_LINES


def test_many_columns_that_are_missing(command, started) -> None:
    fields = "".join(f"  field{n}: Missing column {n}\n" for n in range(400))
    Path("map.yaml").write_text(MAPPING + fields)
    write_csv(Path("leads.csv"), people(3))
    ran = check(command)
    assert ran.code == 3
    assert lines_of(ran) <= MAX_LINES
    assert "more" in ran.err


def test_many_different_problems(command, started) -> None:
    rows = people(900)
    for n, row in enumerate(rows):
        row[2] = f"no address {n}" if n % 3 else f"two@at@{n}.example.com"
        row[0] = "#N/A" if n % 5 == 0 else "x" * (n % 700)
    write_csv(Path("leads.csv"), rows)
    for verbose in ([], ["-v"]):
        assert lines_of(check(command, *verbose)) <= MAX_LINES + 20 * bool(verbose)


def test_many_fixes_and_refusals(command, platform) -> None:
    platform(faults="400@1-40,close@50-90")
    lists = "".join(f"  {name}: {{column: {name}, allowed: [Alpha, Beta, Gamma]}}\n" for name in FIELDS[2:])
    Path("map.yaml").write_text(MAPPING + lists)
    columns = ["First Name", "Last Name", "Email", "Phone", "Company", *FIELDS[2:]]
    rows = [[*row, *[("alpa", "Beta", "gama")[n % 3 if n > 200 else 1]] * 7] for n, row in enumerate(people(300))]
    wide_csv(Path("leads.csv"), rows, columns)
    ran = command("upload", "leads.csv", "-m", "map.yaml", "--report", "r.csv", "--no-page")
    assert lines_of(ran) <= MAX_LINES
    assert lines_of(command("retry", "r.csv", "--report", "s.csv", "--no-page")) <= MAX_LINES


def test_many_damaged_values_with_notes(command, started) -> None:
    rows = people(600)
    for n, row in enumerate(rows):
        row[0] = f"Ann\u200b{chr(97 + n % 26)}{n}"
    write_csv(Path("leads.csv"), rows)
    assert lines_of(check(command, "-v")) <= MAX_LINES + 20


@pytest.mark.slow
def test_a_report_of_many_runs(command, started) -> None:
    write_csv(Path("leads.csv"), people(200))
    command("upload", "leads.csv", "-m", "map.yaml", "--report", "r.csv", "--no-page")
    rows = read_report(Path("r.csv"))
    with Path("many.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "upload_run": f"20260101-000000-{n:04x}"} for n, row in enumerate(rows))
    for verb in ("retry", "results"):
        assert lines_of(command(verb, "many.csv")) <= MAX_LINES


@pytest.mark.slow
def test_every_second_row_unknown(command, platform, monkeypatch) -> None:
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")
    platform(faults=",".join(f"close@{n}" for n in range(1, 800, 2)))
    Path("map.yaml").write_text(MAPPING)
    write_csv(Path("leads.csv"), people(800))
    ran = command("upload", "leads.csv", "-m", "map.yaml", "--report", "r.csv", "--no-page")
    assert lines_of(ran) <= MAX_LINES
    assert ran.code in {5, 6}


@pytest.mark.parametrize("cell", ["a\nb" * 300, "\r\n" * 3000, "\u2028" * 500, "\x85" * 500, "line\x0b" * 400])
def test_line_breaks_in_cells_and_headers(command, started, cell: str) -> None:
    rows = people(3)
    rows[0][2] = rows[1][0] = cell
    wide_csv(
        Path("leads.csv"),
        [[*row, "x"] for row in rows],
        ["First Name", "Last Name", "Email", "Phone", "Company", f"n{cell}"],
    )
    assert lines_of(check(command)) <= MAX_LINES
