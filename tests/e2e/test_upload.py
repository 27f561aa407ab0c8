"""A spreadsheet through the whole path into an API on a real socket."""

import csv
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.files import COLUMNS, MAPPING, people, read_report, write_csv, write_report
from tests.support.sandbox import every_api_variant
from uploader.report import HEAD, TAIL

ODD = [
    ["Zoë", "Müller-Lüdenscheidt", "zoe+leads@example.com", "(+49)030123456", "Smith & Sons"],
    ["José", "O'Neill", "jose@example.org", "(+34)600000000", 'The "Best" Company; Ltd, 100 % = fine'],
    ["Łukasz", "Żółć", "lukasz@example.net", "", "two\nlines"],
    ["李", "小龍", "li@example.com", "(+852)55500000", "a=b&c=d?e#f%20g+h"],
]


@pytest.fixture
def mapping() -> Path:
    path = Path("map.yaml")
    path.write_text(MAPPING)
    return path


def fields_of(row: list[str]) -> dict[str, str]:
    names = ["firstName", "lastName", "email", "telephone", "companyName"]
    sent = dict(zip(names, row, strict=True)) | {"source": "Autumn webinar"}
    return {name: value for name, value in sent.items() if value}


@every_api_variant
def test_api_receives_every_cell_unchanged(command, platform, mapping) -> None:
    rows = ODD + people(296)
    sandbox = platform()
    ran = command("upload", write_csv(Path("leads.csv"), rows), "--mapping", mapping, "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["exit_code"], printed["stopped"]) == (0, 0, None)
    assert printed["counts"]["accepted"] == 300
    received = {dict(lead.fields)["email"]: dict(lead.fields) for lead in sandbox.received}
    assert len(sandbox.received) == 300
    assert received == {row[2]: fields_of(row) for row in rows}
    report = read_report(Path(printed["report"]))
    assert [row["upload_row"] for row in report] == [str(number) for number in range(2, 302)]
    assert {row["upload_outcome"] for row in report} == {"accepted"}
    ids = {dict(lead.fields)["email"]: str(lead.lead_id) for lead in sandbox.received}
    assert all(row["upload_lead_id"] == ids[row["Email"]] for row in report)


def test_workbook_is_sent_like_a_csv(command, platform, mapping) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for row in [COLUMNS, *ODD]:
        book.active.append(row)
    book.save("leads.xlsx")
    sandbox = platform()
    ran = command("upload", "leads.xlsx", "-m", mapping, "--json")
    assert ran.code == 0
    assert sorted(dict(lead.fields)["email"] for lead in sandbox.received) == sorted(row[2] for row in ODD)
    report = json.loads(ran.out)["report"]
    assert report.endswith(".xlsx")
    cells = list(openpyxl.load_workbook(report).active.iter_rows(values_only=True))
    assert cells[0] == (*HEAD, *COLUMNS, *TAIL)
    assert [list(row[4:9]) for row in cells[1:]] == [[cell or None for cell in row] for row in ODD]


@every_api_variant
def test_retry_sends_only_fixed_rows(command, platform, mapping, variant) -> None:
    # webhook-v1 lists bare field names: only the platform knows that firstName is required.
    invalid = 2 if variant == "webhook-v1" else 3
    rows = people(100)
    for number in (10, 20, 30):
        rows[number][3] = "call me"  # the API refuses letters in a telephone
    for number in (40, 50):
        rows[number][2] = f"ann.{number}@example"
    rows[60][0] = ""
    sandbox = platform()
    ran = command("upload", write_csv(Path("leads.csv"), rows), "--mapping", mapping, "--json")
    assert ran.code == 1
    printed = json.loads(ran.out)
    counts = printed["counts"]
    assert (counts["accepted"], counts["rejected"], counts["invalid"]) == (94, 6 - invalid, invalid)
    report = read_report(Path(printed["report"]))
    bad = {int(row["upload_row"]): row for row in report if row["upload_outcome"] != "accepted"}
    assert sorted(bad) == [12, 22, 32, 42, 52, 62]
    assert "telephone" in bad[12]["upload_reason"]
    assert "'Phone'" in bad[12]["upload_hint"]
    assert "email" in bad[42]["upload_reason"]
    assert "firstName" in bad[62]["upload_reason"]
    assert all("retry" in row["upload_hint"] for row in bad.values())

    for row in report:
        if row["upload_outcome"] != "accepted":
            row.update(
                {"First Name": "Fixed", "Phone": "(+44)07700900999", "Email": f"m{row['upload_row']}@example.com"}
            )
    random.Random(1).shuffle(report)
    write_report(Path("fixed.csv"), report)
    first = len(sandbox.received)
    ran = command("retry", "fixed.csv", "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["counts"]["accepted"]) == (0, 100)
    again = [dict(lead.fields) for lead in sandbox.received[first:]]
    assert sorted(lead["email"] for lead in again) == sorted(f"m{number}@example.com" for number in bad)
    assert {lead["firstName"] for lead in again} == {"Fixed"}
    second = read_report(Path(printed["report"]))
    assert [row["upload_row"] for row in second] == [row["upload_row"] for row in report]
    kept = {row["upload_row"]: row for row in report if row["upload_outcome"] == "accepted"}
    assert all(row == kept[row["upload_row"]] for row in second if row["upload_row"] in kept)


def test_filtered_xlsx_report_is_retried(command, platform, mapping) -> None:
    import openpyxl

    rows = people(20)
    rows[4][2] = "no-address"
    book = openpyxl.Workbook()
    for row in [COLUMNS, *rows]:
        book.active.append(row)
    book.save("leads.xlsx")
    sandbox = platform()
    report = json.loads(command("upload", "leads.xlsx", "-m", mapping, "--json").out)["report"]
    edited = openpyxl.load_workbook(report)
    sheet = edited.active
    for line in range(sheet.max_row, 1, -1):
        if sheet.cell(line, 2).value == "accepted":
            sheet.delete_rows(line)
        else:
            sheet.cell(line, 7).value = "fixed@example.com"
    edited.save("filtered.xlsx")
    printed = json.loads(command("retry", "filtered.xlsx", "--json").out)
    assert printed["counts"]["accepted"] == 1
    assert dict(sandbox.received[-1].fields)["email"] == "fixed@example.com"


def test_accepted_leads_are_duplicates_in_later_files(command, platform, mapping) -> None:
    sandbox = platform()
    rows = people(5)
    command("upload", write_csv(Path("one.csv"), rows), "-m", mapping)
    shouted = [[first, last, email.upper(), *rest] for first, last, email, *rest in rows[:3]]
    other = [*shouted, people(6)[5], people(6)[5]]
    ran = command("upload", write_csv(Path("two.csv"), other), "-m", mapping, "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["counts"]["duplicate"], printed["counts"]["accepted"]) == (0, 4, 1)
    assert len(sandbox.received) == 6
    report = read_report(Path(printed["report"]))
    lead_id = sandbox.received[[dict(lead.fields)["email"] for lead in sandbox.received].index(rows[0][2])].lead_id
    assert f"one.csv, row 2; lead {lead_id}" in report[0]["upload_reason"]
    assert "row 5 of this file" in report[4]["upload_reason"]
    ran = command("upload", "two.csv", "-m", mapping, "--allow-duplicates", "--json")
    assert json.loads(ran.out)["counts"]["accepted"] == 5


def test_limit_leaves_the_rest_unsent(command, platform, mapping) -> None:
    sandbox = platform()
    ran = command("upload", write_csv(Path("leads.csv"), people(10)), "-m", mapping, "--limit", 4, "--json")
    printed = json.loads(ran.out)
    assert (ran.code, printed["counts"]["accepted"], printed["counts"]["unsent"]) == (1, 4, 6)
    ran = command("retry", printed["report"], "--json")
    assert (ran.code, len(sandbox.received)) == (0, 10)


def test_formula_cells_are_escaped_and_restored(command, platform, mapping) -> None:
    rows = [["=SUM(A1)", "-Dash", "a@example.com", "+447700900123", "@home"], ["'t", "Hooft", "bad", "", "\ttab"]]
    sandbox = platform()
    printed = json.loads(command("upload", write_csv(Path("leads.csv"), rows), "-m", mapping, "--json").out)
    with Path(printed["report"]).open(encoding="utf-8-sig", newline="") as file:
        cells = list(csv.reader(file))
    assert cells[1][4:9] == ["'=SUM(A1)", "'-Dash", "a@example.com", "'+447700900123", "'@home"]
    assert cells[2][4:9] == ["''t", "Hooft", "bad", "", "'\ttab"]
    report = read_report(Path(printed["report"]))
    report[1]["Email"] = "good@example.com"
    write_report(Path("fixed.csv"), report)
    assert command("retry", "fixed.csv").code == 0
    assert dict(sandbox.received[-1].fields)["firstName"] == "'t"


def test_check_sends_nothing(command, platform, mapping) -> None:
    sandbox = platform()
    ran = command("check", write_csv(Path("leads.csv"), people(3)), "-m", mapping, "--json")
    assert (ran.code, json.loads(ran.out)["report"], len(sandbox.received)) == (0, None, 0)
    assert list(Path().glob("*.report-*")) == []
    ran = command("upload", "leads.csv", "-m", mapping, "--dry-run", "--report", "checked.csv")
    assert (ran.code, len(sandbox.received)) == (0, 0)
    assert [row["upload_outcome"] for row in read_report(Path("checked.csv"))] == ["unsent"] * 3


def test_every_row_invalid_is_exit_1_and_no_rows_is_exit_3(command, platform, mapping) -> None:
    platform()
    ran = command("upload", write_csv(Path("bad.csv"), [["A", "B", "c", "", ""]]), "-m", mapping, "--json")
    assert (ran.code, json.loads(ran.out)["counts"]["invalid"]) == (1, 1)
    assert command("upload", write_csv(Path("empty.csv"), []), "-m", mapping).code == 3


@pytest.fixture
def meddle(monkeypatch):
    """Changes a file whenever a lead is about to be sent; `()` leaves it alone again."""
    from uploader.pipeline.sender import Sender

    real = Sender.send

    def begin(path: Path, content: bytes) -> Callable[[], None]:
        def send(self, lead):
            path.write_bytes(content)
            return real(self, lead)

        monkeypatch.setattr(Sender, "send", send)
        return lambda: monkeypatch.setattr(Sender, "send", real)

    return begin


def test_small_file_is_sent_as_it_was_read(command, platform, mapping, meddle) -> None:
    sandbox = platform()
    leads = write_csv(Path("leads.csv"), people(30))
    meddle(leads, b"nothing")
    ran = command("upload", leads, "-m", mapping, "--json")
    assert (ran.code, len(sandbox.received)) == (0, 30)
    assert len(read_report(Path(json.loads(ran.out)["report"]))) == 30


def test_large_file_changed_while_sending_stops_the_run(command, platform, mapping, meddle, monkeypatch) -> None:
    monkeypatch.setattr("uploader.pipeline.row_cache.CELLS", 0)
    sandbox = platform()
    leads = write_csv(Path("leads.csv"), people(30))
    content = leads.read_bytes()
    leave_alone = meddle(leads, content + b"A,B,c@example.com,,\r\n")
    ran = command("upload", leads, "-m", mapping, "--json")
    assert ran.code == 5, ran
    assert "was changed while it was read" in ran.err
    leave_alone()
    leads.write_bytes(content)
    assert command("resume").code == 0
    assert len(sandbox.received) == 30


def test_quality_checks_only_warn(command, platform, mapping) -> None:
    sandbox = platform()
    rows = [["Joe", "Test", "joe@example.com", "(+44)07700900123", "Acme"], people(1)[0]]
    report = read_report(
        Path(json.loads(command("upload", write_csv(Path("a.csv"), rows), "-m", mapping, "--json").out)["report"])
    )
    assert "the word “test”" in report[0]["upload_warnings"]
    assert report[1]["upload_warnings"] == ""
    assert len(sandbox.received) == 2


def test_upload_refuses_a_report(command, platform, mapping) -> None:
    platform()
    report = json.loads(command("upload", write_csv(Path("a.csv"), people(2)), "-m", mapping, "--json").out)["report"]
    ran = command("upload", report, "-m", mapping)
    assert ran.code == 3
    assert "uploader retry" in ran.err


def test_internal_error_is_one_line(command, platform, mapping, monkeypatch) -> None:
    from uploader.pipeline.planner import Planner

    def broken(self, *_: object) -> None:
        raise RuntimeError("ann.1@example.com")

    monkeypatch.setattr(Planner, "plan", broken)
    platform()
    ran = command("upload", write_csv(Path("leads.csv"), people(2)), "-m", mapping)
    assert ran.code == 5, ran
    assert "RuntimeError at test_upload.py" in ran.err
    assert "example.com" not in ran.err


def test_missing_file_is_reported_before_a_missing_mapping(command, platform) -> None:
    platform()
    ran = command("upload", "leeds.csv")
    assert ran.code == 3, ran
    assert "There is no file leeds.csv" in ran.err
    assert "No mapping" not in ran.err


def test_lock_file_of_excel_is_explained(command, platform) -> None:
    platform()
    Path("~$leads.xlsx").write_bytes(b"\x05Owner" + bytes(159))
    ran = command("map", "~$leads.xlsx", "--campaign", "44400")
    assert ran.code == 3, ran
    assert "~$leads.xlsx only says that leads.xlsx is open in Excel." in ran.err
