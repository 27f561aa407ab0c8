"""Spreadsheets, reports and a mapping, written by hand."""

import csv
from pathlib import Path

MAPPING_IDS = """\
version: 1
campaign: 44400
form: 75
link: 135
publisher: 11003
"""
MAPPING = f"""\
{MAPPING_IDS}fields:
  firstName: First Name
  lastName: Last Name
  email: Email
  telephone: Phone
  companyName: Company
  source: {{value: Autumn webinar}}
"""


COLUMNS = ["First Name", "Last Name", "Email", "Phone", "Company"]


def write_csv(path: Path, rows: list[list[str]], columns: list[str] = COLUMNS) -> Path:
    """A plain UTF-8 CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def read_report(path: Path) -> list[dict[str, str]]:
    """A CSV report as it stands, apostrophes and all."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write_report(path: Path, rows: list[dict[str, str]]) -> None:
    """Writes rows of a report back, as a spreadsheet program would."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def people(count: int) -> list[list[str]]:
    """Invented leads: all different, all fine."""
    return [
        [f"Ann{chr(97 + n % 26)}", f"Lindqvist{n}", f"ann.{n}@example.com", f"(+44)07700900{n:03}", "Smith & Sons"]
        for n in range(count)
    ]
