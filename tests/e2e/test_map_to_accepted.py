"""From realistic spreadsheets to accepted leads in a terminal, by answering questions only."""

from pathlib import Path

from tests.support.files import write_csv
from tests.support.terminal import in_terminal


def upload(sandbox, file: str, mapping: str) -> list[dict[str, str]]:
    """Upload in a terminal, and return what the platform received."""
    with in_terminal("upload", file, "--mapping", mapping) as terminal:
        terminal.answer("[y/N]: ", "y")
        code = terminal.wait()
        assert code == 0, terminal.shown
    return [dict(lead.fields) for lead in sandbox.received]


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
        summary = terminal.answer("Write linkedin.yaml [yes]: ", "")
        assert "telephone    (+44)07700900123" in summary
        terminal.expect("Check it:  uploader check linkedin.csv --mapping linkedin.yaml\n")
        code = terminal.wait()
        assert code == 0, terminal.shown
    received = upload(sandbox, "linkedin.csv", "linkedin.yaml")
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
    assert len(received) == 2
