"""From realistic spreadsheets to accepted leads in a terminal, by answering questions only."""

import datetime
from pathlib import Path

import openpyxl
import pytest

from tests.support.files import write_csv
from tests.support.terminal import Terminal, in_terminal


def finish(terminal: Terminal, mapping: str) -> str:
    """Accept the summary, and return what is shown above it."""
    summary = terminal.answer(f"Write {mapping} [yes]: ", "")
    code = terminal.wait()
    assert code == 0, terminal.shown
    return summary


def upload(sandbox, file: str, mapping: str, outcome: str) -> list[dict[str, str]]:
    """Upload in a terminal, and return what the platform received, in the order of the addresses."""
    with in_terminal("upload", file, "--mapping", mapping) as terminal:
        terminal.answer("[y/N]: ", "y")
        terminal.expect(f"{outcome}\n")
        code = terminal.wait()
        assert code in {0, 1}, terminal.shown
    return sorted((dict(lead.fields) for lead in sandbox.received), key=lambda lead: lead["email"])


def test_linkedin_lead_ads(platform) -> None:
    sandbox = platform()
    columns = ["id", "Created Time", "First Name", "Last Name", "Work Email", "Phone Number", "Company Name", "Title"]
    rows = [
        ["l:801", "2026-11-12T09:14:00Z", "Ann", "Lee", "ann@example.com", "07700 900123", "Thistle Ltd", "Buyer"],
        ["l:802", "2026-11-13T10:02:00Z", "Bea", "Ray", "bea@example.com", "+447700900124", "Heron plc", "Head of IT"],
    ]
    write_csv(Path("linkedin.csv"), rows, columns)
    with in_terminal("map", "linkedin.csv", "--campaign", 44400) as terminal:
        choices = terminal.answer("Link: ", "1")
        assert "1  135 Autumn webinar  Email, https://example.com/webinar" in choices
        terminal.answer("telephone country: ", "UK")
        terminal.answer("source: ", "LinkedIn")
        terminal.answer("Send 'LinkedIn' as the source of every lead? [y/N]: ", "y")
        terminal.answer("Left out [all]: ", "")
        assert "telephone    (+44)07700900123" in finish(terminal, "linkedin.yaml")
        assert "Check it:  uploader check linkedin.csv --mapping linkedin.yaml\n" in terminal.shown
    received = upload(sandbox, "linkedin.csv", "linkedin.yaml", "2 accepted")
    assert received[0] == {
        "firstName": "Ann",
        "lastName": "Lee",
        "fullName": "Ann Lee",
        "email": "ann@example.com",
        "telephone": "(+44)07700900123",
        "companyName": "Thistle Ltd",
        "jobTitle": "Buyer",
        "source": "LinkedIn",
    }


@pytest.mark.slow
def test_hubspot_export(platform) -> None:
    """American dates, a lifecycle stage, and columns about the owner and the record."""
    sandbox = platform()
    columns = [
        "Record ID", "First Name", "Last Name", "Email", "Phone Number", "Contact owner", "Lifecycle Stage",
        "Company name", "Country/Region", "Job Title", "Event date", "Original Source",
    ]  # fmt: skip
    stages = ["Lead", "Marketing Qualified Lead", "Lead", "Marketing Qualified Lead", "Customer", "Customer"]
    rows = [
        [str(51 + at), f"Ann{letter}", "Lee", f"ann{letter}@example.com", f"0770090012{at}", "Sam Poe", stage,
         "Thistle Ltd", "United Kingdom", "Buyer", f"0{at + 1}/0{at + 4}/2026", "Paid Social"]
        for at, (letter, stage) in enumerate(zip("abcdef", stages, strict=True))
    ]  # fmt: skip
    write_csv(Path("hubspot.csv"), rows, columns)
    with in_terminal("map", "hubspot.csv", "--campaign", 44400) as terminal:
        terminal.answer("Link: ", "2")
        terminal.answer("eventDate format: ", "2")
        terminal.answer("source [1]: ", "")
        choices = terminal.answer("Lifecycle Stage: ", "1, 2")
        assert "Marketing Qualified Lead" in choices
        terminal.answer("Left out [all]: ", "")
        finish(terminal, "hubspot.yaml")
    received = upload(sandbox, "hubspot.csv", "hubspot.yaml", "4 accepted · 2 skipped")
    assert received[0]["eventDate"] == "2026-01-04"
    assert {lead["telephone"] for lead in received} == {f"(+44)0770090012{at}" for at in range(4)}


@pytest.mark.slow
def test_german_workbook_with_title_lines(platform) -> None:
    """The header below title lines, real dates, and telephone numbers as people write them."""
    sandbox = platform()
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Leads der Herbstmesse"])
    sheet.append(["Stand: 28.11.2026"])
    sheet.append([])
    sheet.append(["Anrede", "Vorname", "Nachname", "E-Mail", "Telefon", "Firma", "PLZ", "Ort", "Datum", "Bemerkung"])
    day = datetime.date(2026, 11, 12)
    sheet.append(
        ["Frau", "Änne", "Müller", "aenne@example.com", "030 23125 123", "Distel GmbH", "01067", "Köln", day, "ruft an"]
    )
    sheet.append(
        ["Herr", "Jörg", "Groß", "joerg@example.com", "+49 30 23125 124", "Reiher AG", "50667", "Köln", day, ""]
    )
    book.save("messe.xlsx")
    with in_terminal("map", "messe.xlsx", "--campaign", 44400) as terminal:
        terminal.answer("Link: ", "1")
        terminal.answer("telephone country: ", "Deutschland")
        terminal.answer("eventDate [1]: ", "")
        terminal.answer("source: ", "=Herbstmesse")
        terminal.answer("Left out [all]: ", "")
        finish(terminal, "messe.yaml")
    received = upload(sandbox, "messe.xlsx", "messe.yaml", "2 accepted")
    assert [lead["telephone"] for lead in received] == ["(+49)03023125123", "(+49)03023125124"]
    assert received[0]["eventDate"] == "2026-11-12"


@pytest.mark.slow
def test_workbook_with_three_sheets_status_and_consent(platform) -> None:
    sandbox = platform()
    book = openpyxl.Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "Cover"
    cover.append(["Leads of the year"])
    header = ["First name", "Last name", "Email", "Company", "Opt in", "Status", "Source"]
    for name, letters in (("October", "abc"), ("November", "defghi")):
        sheet = book.create_sheet(name)
        sheet.append(header)
        for at, letter in enumerate(letters):
            status, opt_in = ("Qualified" if at % 3 else "New"), ("no" if at == 1 else "yes")
            sheet.append([f"Bea{letter}", "Ray", f"bea{letter}@example.com", "Heron plc", opt_in, status, "Fair"])
    book.save("year.xlsx")
    with in_terminal("map", "year.xlsx", "--campaign", 44400) as terminal:
        sheets = terminal.answer("Sheet [1]: ", "November")
        assert "Cover" not in sheets
        terminal.answer("Link: ", "1")
        terminal.answer("optIn consent [1]: ", "")
        terminal.answer("Status: ", "1")
        summary = finish(terminal, "year.yaml")
        assert "Of the first 6 rows, 1 would be invalid and 2 would be skipped" in summary
    received = upload(sandbox, "year.xlsx", "year.yaml", "3 accepted · 1 invalid · 2 skipped")
    assert [lead["firstName"] for lead in received] == ["Beaf", "Beah", "Beai"]


@pytest.mark.slow
def test_webinar_export_with_full_names(platform) -> None:
    sandbox = platform()
    columns = ["Full Name", "Email Address", "Organization", "Attended", "Join Time", "Test registration"]
    rows = [
        ["Ann van der Lee", "ann@example.com", "Thistle Ltd", "Yes", "Nov 12, 2026 10:01", "No"],
        ["RAY, BEA", "bea@example.com", "Heron plc", "Yes", "Nov 12, 2026 10:04", "No"],
        ["Sam Poe", "sam@example.com", "Our Agency", "Yes", "Nov 12, 2026 09:58", "Yes"],
    ]
    write_csv(Path("webinar.csv"), rows, columns)
    with in_terminal("map", "webinar.csv", "--campaign", 44400) as terminal:
        terminal.answer("Link: ", "1")
        terminal.expect("firstName [1]: ")
        terminal.press("\x03")
        terminal.expect("Interrupted. Your answers are kept: run the same command to continue.")
        code = terminal.wait()
        assert code == 130, terminal.shown
    with in_terminal("map", "webinar.csv", "--campaign", 44400) as terminal:
        terminal.answer("firstName [1]: ", "")
        terminal.answer("lastName [1]: ", "")
        terminal.answer("source: ", "=Webinar")
        terminal.answer("Test registration [all but Yes]: ", "")
        terminal.answer("Left out [all]: ", "")
        finish(terminal, "webinar.yaml")
    received = upload(sandbox, "webinar.csv", "webinar.yaml", "2 accepted · 1 skipped")
    assert [(lead["firstName"], lead["lastName"]) for lead in received] == [("Ann", "van der Lee"), ("Bea", "Ray")]
