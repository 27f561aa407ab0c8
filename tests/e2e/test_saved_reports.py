"""Programs that save a report change the form of its own columns. No outcome changes, and the next report is whole."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.support.files import MAPPING, MAPPING_IDS, people, read_report, write_csv, write_report
from tests.support.slow import few_quick
from uploader.report import HEAD, TAIL

Rows = list[dict[str, str]]
Change = Callable[[Rows], Rows]

NUMBERS = ("upload_row", "upload_lead_id", "upload_http_status", "upload_attempts")
OUTCOMES = ["accepted", "accepted", "unknown", "accepted", "duplicate", "accepted"]
FACTS = ("upload_row", "upload_outcome", "upload_lead_id", "upload_http_status", "upload_attempts", "upload_sent_at")


@pytest.fixture
def uploaded(command, platform, monkeypatch):
    """A report with a row of most outcomes; the invalid one has been corrected."""
    monkeypatch.setenv("UPLOADER_CONCURRENCY", "1")  # the leads arrive in the file's order
    sandbox = platform(faults="400@2,close@3")
    Path("map.yaml").write_text(MAPPING)
    rows = people(6)
    rows[3][2] = "ann@example"
    rows[4][2] = rows[0][2]
    command("upload", write_csv(Path("leads.csv"), rows), "-m", "map.yaml", "--report", "r.csv")
    report = read_report(Path("r.csv"))
    assert [row["upload_outcome"] for row in report] == [
        "accepted", "rejected", "unknown", "invalid", "duplicate", "accepted",
    ]  # fmt: skip
    report[3]["Email"] = "ann@example.com"
    return sandbox, report


def numbers(form: Callable[[int], str], *columns: str) -> Change:
    """Every number in our columns is shown in another form."""

    def change(rows: Rows) -> Rows:
        shown = columns or NUMBERS
        return [
            {name: form(int(cell)) if name in shown and cell.isdigit() else cell for name, cell in row.items()}
            for row in rows
        ]

    return change


def cells(form: Callable[[str], str], *columns: str) -> Change:
    def change(rows: Rows) -> Rows:
        shown = columns or (*HEAD, *TAIL)
        return [{name: form(cell) if name in shown else cell for name, cell in row.items()} for row in rows]

    return change


def without(*columns: str) -> Change:
    return lambda rows: [{name: cell for name, cell in row.items() if name not in columns} for row in rows]


def everywhere(form: Callable[[str], str]) -> Change:
    return lambda rows: [{name: form(cell) for name, cell in row.items()} for row in rows]


def written_by_r(rows: Rows) -> Rows:
    """Row names in a first column without a name, and NA for every empty cell."""
    return [{"": str(n), **{k: cell or "NA" for k, cell in row.items()}} for n, row in enumerate(rows, 1)]


def filled_down(rows: Rows) -> Rows:
    return [{**row, "upload_lead_id": rows[0]["upload_lead_id"] if row["upload_lead_id"] else ""} for row in rows]


OPTIONAL = tuple(name for name in (*HEAD, *TAIL) if name not in {"upload_row", "upload_outcome", "upload_run"})

READABLE: dict[str, Change] = {
    "nothing": lambda rows: rows,
    "two decimals": numbers("{:.2f}".format),
    "one decimal": numbers("{:.1f}".format),
    "three decimals": numbers("{:.3f}".format),
    "two decimals, German": numbers(lambda n: f"{n:.2f}".replace(".", ",")),
    "three decimals, German": numbers(lambda n: f"{n:.3f}".replace(".", ",")),
    "thousands": numbers("{:,}".format),
    "thousands, German": numbers(lambda n: f"{n:,}".replace(",", ".")),
    "thousands, French": numbers(lambda n: f"{n:,}".replace(",", "\u202f")),
    "thousands, Swiss, decimals": numbers(lambda n: f"{n:,.2f}".replace(",", "’")),
    "thousands and decimals": numbers("{:,.2f}".format),
    "scientific": numbers("{:.2E}".format),
    "scientific, German": numbers(lambda n: f"{n:.2E}".replace(".", ",")),
    "currency": numbers(lambda n: f"${n:,.2f}"),
    "euro": numbers(lambda n: f"{n} €"),
    "leading zeros": numbers("{:06}".format),
    "blanks around": cells(lambda cell: f" {cell}\u00a0"),
    "apostrophe in front": numbers(lambda n: f"'{n}"),
    "as formulas": numbers(lambda n: f'="{n}"'),
    "apostrophes lost": everywhere(lambda cell: cell.removeprefix("'")),
    "written by R": written_by_r,
    "NULL": everywhere(lambda cell: cell or "NULL"),
    "nan": everywhere(lambda cell: cell or "nan"),
    "outcomes in capitals": cells(str.upper, "upload_outcome"),
    "outcomes gone": cells(lambda _: "", "upload_outcome"),
    "outcomes NA": cells(lambda _: "NA", "upload_outcome"),
    "outcomes ###": cells(lambda _: "########", "upload_outcome"),
    "outcomes an error": cells(lambda _: "#NAME?", "upload_outcome"),
    "ids ###": cells(lambda cell: "####" if cell else "", "upload_lead_id"),
    "ids gone": cells(lambda _: "", "upload_lead_id"),
    "ids rounded": numbers("{:.0E}".format, "upload_lead_id"),
    "ids filled down": filled_down,
    "everything gone but run and row": cells(lambda _: "", *(set(OPTIONAL) | {"upload_outcome"})),
    "optional columns deleted": without(*OPTIONAL),
    "times reformatted": cells(lambda cell: cell and "23.11.26 17:45", "upload_sent_at"),
    "reversed": lambda rows: rows[::-1],
    "blank columns": lambda rows: [{" ": "", **row, "  ": "", "   ": ""} for row in rows],
}

LOST: dict[str, Change] = {
    "narrow column": cells(lambda _: "###", "upload_row"),
    "NA": cells(lambda _: "NA", "upload_row"),
    "narrow columns": cells(lambda cell: "###" if cell else "", "upload_row", "upload_lead_id"),
    "numbers gone": cells(lambda _: "", "upload_row"),
    "dates": cells(lambda _: "#VALUE!", "upload_row", "upload_lead_id"),
}


def save(rows: Rows, path: Path, *, delimiter: str = ",", encoding: str = "utf-8-sig", title: str = "") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        file.write(title)
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def facts(rows: Rows) -> list[tuple[str, ...]]:
    return sorted(tuple(row[name] for name in FACTS) for row in rows)


def expected(report: Rows, new: Rows) -> list[tuple[str, ...]]:
    """What the ledger knows: rows that were not sent again as in the first report, the others as in the new one."""
    sent = {"3", "5"}
    kept = [row for row in report if row["upload_row"] not in sent]
    return facts([*kept, *(row for row in new if row["upload_row"] in sent)])


@pytest.mark.parametrize("change", READABLE)
def test_retry_gives_every_row_its_outcome_and_id(command, uploaded, change: str) -> None:
    sandbox, report = uploaded
    save(READABLE[change](report), Path("saved.csv"))
    before = len(sandbox.received)
    ran = command("retry", "saved.csv", "--report", "new.csv")
    new = read_report(Path("new.csv"))
    assert (ran.code, len(sandbox.received) - before) == (6, 2), ran
    assert [row["upload_outcome"] for row in sorted(new, key=lambda row: row["upload_row"])] == OUTCOMES
    assert facts(new) == expected(report, new)
    assert [name for name in new[0] if name.strip()] == list(report[0])
    runs = {row["upload_run"] for row in new if row["upload_row"] in {"3", "5"}}
    assert len(runs) == 1
    assert {row["upload_run"] for row in new} == {report[0]["upload_run"], *runs}
    assert [row["Email"] for row in new] == [row["Email"] for row in READABLE[change](report)]


@pytest.mark.parametrize("change", LOST)
def test_rows_without_a_readable_number_keep_what_was_sent(command, uploaded, change: str) -> None:
    """They are found by the lead's id or the lead; only one that never was in the ledger needs its number."""
    sandbox, report = uploaded
    save(LOST[change](report), Path("saved.csv"))
    before = len(sandbox.received)
    ran = command("retry", "saved.csv", "--report", "new.csv")
    new = read_report(Path("new.csv"))
    assert (ran.code, len(sandbox.received) - before) == (6, 1), ran
    assert [row["upload_outcome"] for row in new] == [
        "accepted",
        "accepted",
        "unknown",
        "invalid",
        "duplicate",
        "accepted",
    ]
    assert [row["upload_row"] for row in new[:3]] == ["2", "3", "4"]
    for at in (0, 2, 5):
        assert facts([new[at]]) == facts([report[at]])
    assert "upload_row" in new[3]["upload_reason"]
    assert new[3]["upload_hint"]


@pytest.mark.parametrize("change", ["two decimals", "thousands, German", "outcomes gone", "ids rounded", "ids gone"])
@pytest.mark.slow
def test_results_gives_every_row_its_outcome_and_id(command, uploaded, change: str) -> None:
    _, report = uploaded
    save(READABLE[change](report), Path("saved.csv"))
    command("results", "saved.csv")
    new = read_report(Path("saved.csv"))
    if change == "outcomes gone":  # an invalid row was never sent: the ledger cannot distinguish it from an unsent one
        report[3]["upload_outcome"] = "unsent"
    assert facts(new) == facts(report)


@pytest.mark.parametrize(
    "form",
    [
        {"delimiter": ";"},
        {"delimiter": "\t"},
        {"encoding": "utf-16"},
        {"encoding": "cp1252"},
        {"title": "Table 1\r\n"},
        {"title": "Report\r\n\r\nsaved by a program\r\n"},
    ],
)
def test_other_delimiters_encodings_and_titles_change_nothing(command, uploaded, form: dict[str, str]) -> None:
    sandbox, report = uploaded
    save(report, Path("saved.csv"), **form)
    before = len(sandbox.received)
    ran = command("retry", "saved.csv", "--report", "new.csv")
    with Path("new.csv").open(encoding="utf-8-sig", newline="") as file:
        new = list(csv.DictReader(file, delimiter=form.get("delimiter", ",")))
    assert (ran.code, len(sandbox.received) - before) == (6, 2), ran
    assert facts(new) == expected(report, new)


def test_a_workbook_with_numbers_instead_of_text(command, uploaded) -> None:
    sandbox, report = uploaded
    book = Workbook()
    book.active.append(list(report[0]))
    for row in report:
        book.active.append([float(cell) if cell.isdigit() else cell or None for cell in row.values()])
    for cell in book.active["A"]:
        cell.number_format = "#,##0.00"
    book.save("saved.xlsx")
    before = len(sandbox.received)
    ran = command("retry", "saved.xlsx", "--report", "new.xlsx", "--json")
    assert (json.loads(ran.out)["counts"]["accepted"], len(sandbox.received) - before) == (4, 2), ran


@pytest.mark.parametrize(
    "form",
    few_quick(["{:,}", "{:,.2f}", "{:.0f}", "{:.2E}", "{:g}"]),
)
def test_a_thousand_rows_keep_their_numbers(command, platform, form: str) -> None:
    """Grouped thousands are exact; of rounded numbers above 999 the rows are found by what was sent."""
    sandbox = platform(faults="400@1005")
    Path("map.yaml").write_text(MAPPING)
    command("upload", write_csv(Path("leads.csv"), people(1010)), "-m", "map.yaml", "--report", "r.csv", "--no-page")
    report = read_report(Path("r.csv"))
    save(numbers(form.format, "upload_row")(report), Path("saved.csv"))
    ran = command("retry", "saved.csv", "--report", "new.csv", "--no-page")
    new = read_report(Path("new.csv"))
    assert (ran.code, len(sandbox.received)) == (0, 1010), ran
    rejected = next(row["upload_row"] for row in report if row["upload_outcome"] == "rejected")
    assert [row["upload_row"] for row in new] == [str(n) for n in range(2, 1012)]
    kept = [row for row in new if row["upload_row"] != rejected]
    assert facts(kept) == facts([row for row in report if row["upload_row"] != rejected])


def test_row_numbers_of_another_row_are_not_taken(command, uploaded) -> None:
    """A number that a program filled down belongs to its first row; the others are found by what was sent."""
    _, report = uploaded
    save([{**row, "upload_row": "2"} for row in report], Path("saved.csv"))
    command("retry", "saved.csv", "--report", "new.csv")
    new = read_report(Path("new.csv"))
    assert [row["upload_row"] for row in new][:3] == ["2", "3", "4"]
    assert [row["upload_outcome"] for row in new][:3] == ["accepted", "accepted", "unknown"]
    assert facts([new[5]]) == facts([report[5]])


def test_a_report_of_an_unknown_run_keeps_what_it_says(command, uploaded, tmp_path, monkeypatch) -> None:
    """On another machine nothing can be looked up: an accepted row stays accepted, as it is."""
    sandbox, report = uploaded
    save(cells(lambda _: "###", "upload_row")(report), Path("saved.csv"))
    monkeypatch.setenv("UPLOADER_HOME", str(tmp_path / "other"))
    before = len(sandbox.received)
    command("retry", "saved.csv", "-m", "map.yaml", "--report", "new.csv")
    new = read_report(Path("new.csv"))
    assert len(sandbox.received) == before
    assert [row["upload_outcome"] for row in new] == [
        "accepted",
        "invalid",
        "unknown",
        "invalid",
        "duplicate",
        "accepted",
    ]
    assert [row["upload_lead_id"] for row in new] == [row["upload_lead_id"] for row in report]
    assert all(re.fullmatch(r"\d{8}-\d{6}-\w{4}", row["upload_run"]) for row in new)


VALUES = (
    MAPPING_IDS
    + """\
fields:
  firstName: First Name
  lastName: Last Name
  email: Email
  telephone: {column: Phone, transform: [{phone: {region: GB}}]}
  companyName: Company
  postcode: Postcode
  source: {value: Autumn webinar}
"""
)

COLUMNS = ["First Name", "Last Name", "Email", "Phone", "Company", "Postcode", "Notes"]


@pytest.fixture
def rejected_once(command, platform):
    """A report of three rejected rows with zeros in front, in columns that are sent and in one that is not."""
    sandbox = platform(faults="400@1-3")
    Path("map.yaml").write_text(VALUES + "ignore: [Notes]\n")
    rows = [[*row[:3], f"07700 900{n:03}", "0815", f"0213{n}", "007"] for n, row in enumerate(people(3))]
    command("upload", write_csv(Path("leads.csv"), rows, COLUMNS), "-m", "map.yaml", "--report", "r.csv")
    return sandbox, read_report(Path("r.csv"))


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_lost_zeros_are_reported_and_not_sent(command, rejected_once, suffix: str) -> None:
    sandbox, report = rejected_once
    for row in report[:2]:
        row |= {
            "Postcode": row["Postcode"].lstrip("0"),
            "Notes": "7",
            "Phone": row["Phone"].replace(" ", "").lstrip("0"),
        }
    if suffix == "csv":
        save(report, Path("saved.csv"))
    else:
        book = Workbook()
        book.active.append(list(report[0]))
        for row in report:
            book.active.append([int(cell) if cell.isdigit() and cell[0] != "0" else cell for cell in row.values()])
        book.save("saved.xlsx")
    ran = command("retry", f"saved.{suffix}", "--report", f"new.{suffix}")
    assert (ran.code, len(sandbox.received)) == (1, 1), ran
    message = "2 × column 'Postcode': '…' was '…' in the file that was uploaded. Format the column as text"
    assert message in ran.err
    assert dict(sandbox.received[0].fields)["postcode"] == "02132"


def test_zeros_that_make_no_difference_are_not_missed(command, rejected_once) -> None:
    """A phone number is the same lead value without its zero, and an unmapped column is not sent."""
    sandbox, report = rejected_once
    for row in report:
        row |= {"Notes": "7", "Phone": row["Phone"].replace(" ", "").lstrip("0")}
    save(report, Path("saved.csv"))
    assert command("retry", "saved.csv", "--report", "new.csv").code == 0
    assert len(sandbox.received) == 3


def test_a_corrected_value_is_sent(command, rejected_once) -> None:
    sandbox, report = rejected_once
    for row in report:
        row["Postcode"] = "99999"
    save(report, Path("saved.csv"))
    assert command("retry", "saved.csv", "--report", "new.csv").code == 0
    assert [dict(lead.fields)["postcode"] for lead in sandbox.received] == ["99999"] * 3


def test_without_the_uploaded_file_nothing_is_compared(command, rejected_once) -> None:
    sandbox, report = rejected_once
    save([{**row, "Postcode": row["Postcode"].lstrip("0")} for row in report], Path("saved.csv"))
    Path("leads.csv").write_text("changed")
    assert command("retry", "saved.csv", "--report", "new.csv").code == 0
    assert len(sandbox.received) == 3


@pytest.mark.parametrize("column", ["First Name", "Company", "Postcode", "Phone"])
@pytest.mark.parametrize("value", ["1.23457E+15", "4,47701E+11", "1E+20", "-1.5E+15"])
def test_a_rounded_value_is_invalid_in_any_field(command, rejected_once, column: str, value: str) -> None:
    sandbox, report = rejected_once
    report[1][column] = value
    save(report, Path("saved.csv"))
    ran = command("retry", "saved.csv", "--report", "new.csv")
    assert (ran.code, len(sandbox.received)) == (1, 2), ran
    assert [row["upload_outcome"] for row in read_report(Path("new.csv"))] == ["accepted", "invalid", "accepted"]


def test_the_word_for_empty_cells_is_not_sent(command, rejected_once) -> None:
    sandbox, report = rejected_once
    save(written_by_r([{**row, "Company": ""} for row in report]), Path("saved.csv"))
    ran = command("retry", "saved.csv", "--report", "new.csv")
    assert "cells with NA are read as empty" in ran.err
    assert not [value for lead in sandbox.received for _, value in lead.fields if value == "NA"]


def test_corrected_duplicate_is_sent(command, uploaded) -> None:
    """It was never sent: only the row that it repeated was."""
    sandbox, report = uploaded
    report[4]["Email"] = "cleo.new@example.com"
    write_report(Path("r.csv"), report)
    ran = command("retry", "r.csv", "--report", "out.csv")
    assert [dict(lead.fields)["email"] for lead in sandbox.received].count("cleo.new@example.com") == 1, ran
    row = read_report(Path("out.csv"))[4]
    assert (row["upload_row"], row["upload_outcome"], row["upload_attempts"]) == ("6", "accepted", "1")
    sent = len(sandbox.received)
    command("retry", "out.csv", "--report", "again.csv")
    assert len(sandbox.received) == sent


@pytest.mark.parametrize("position", [0, 5])
def test_duplicate_that_becomes_another_accepted_lead_is_not_sent(command, uploaded, position) -> None:
    sandbox, report = uploaded
    report[4]["Email"] = report[position]["Email"].upper()
    write_report(Path("r.csv"), report)
    before = [dict(lead.fields)["email"] for lead in sandbox.received].count(report[position]["Email"])
    command("retry", "r.csv", "--report", "out.csv")
    assert [dict(lead.fields)["email"].lower() for lead in sandbox.received].count(report[position]["Email"]) == before
    row = read_report(Path("out.csv"))[4]
    assert row["upload_outcome"] == "duplicate"
    assert row["upload_reason"].startswith("the same lead as row 2" if position == 0 else "already accepted on")
