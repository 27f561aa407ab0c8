"""Makes the files in sample_data/: `python -m tests.make_sample_data`. The seed is fixed: so are the files."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from tests.support.sample_people import Person, as_written, make_people

SAMPLE_DATA = Path(__file__).parent.parent / "sample_data"
EVENTS = ("2025-10-07", "2025-10-21", "2025-11-04", "2025-11-18", "2026-01-13", "2026-02-24")

Row = dict[str, str]

COUNTS_AS = {"IT": "Information Technology", "Finance": "Financial Services"}
NOTES = (
    "Met at the stand, wants a call in March",
    "Asked for pricing\nCall after 4 pm",
    'Said "send me the slides"',
    "Already a customer; copy in Priya",
    "Colleague of the row above?",
)

# Companies as they should never be named: every character that a CSV file, a form body or a spreadsheet
# could take for its own.
AWKWARD = (
    "Smith & Sons", "+Nordlicht Digital", "=Parity Partners", "@Work Interiors", "'t Lindehof", "-40° Cold Chain",
    "50% + 50% = 100%", "Percent%20Space Ltd", "Amp &amp; Co", 'The "Blue Door"; Studios', "Kühn, Groß; Partner",
    "Back\\slash Media", "Question? & Answer!", "Hash#Tag / Pipe|Line", "Zoë’s Café – Bar", "Œuvre & Cie", "form[x]=y",
    "Two Lines Ltd\n(formerly One Line)", "<b>Bold</b> Brands", "Łódź Żagle", "Tab & Tilde ~ Tools", "{First} Inc.",
)  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """What is wrong with one row of leads.csv: cells put in, and the outcome that comes of them."""

    outcome: str
    cells: Mapping[str, str]


AGREED = {"Terms": "agreed"}  # neither 0 nor 1: no check of the mapping sees it, and the form refuses it
ORIGINAL, DOUBLE = 31, 190

# By row as the spreadsheet numbers them. The rows were chosen to suit: number 63 is French, 118 is British.
WRONG = {
    14: Fault("invalid", {"Email Address": ""}),
    42: Fault("invalid", {"Country": "Grmany", "Phone": "+49 30 23125572"}),
    63: Fault("invalid", {"Mobile": "06 39 98 58"}),
    72: Fault("rejected", AGREED),
    99: Fault("invalid", {"Company": "#N/A"}),
    118: Fault("invalid", {"Mobile": "4.47701E+11"}),
    129: Fault("invalid", {"Opt in": "maybe"}),
    150: Fault("invalid", {"Last Name": ""}),
    163: Fault("rejected", AGREED),
    182: Fault("invalid", {"Email Address": "joe@example"}),
    DOUBLE: Fault("duplicate", {}),
    217: Fault("invalid", {"Industry": "Manufactoring"}),
    231: Fault("rejected", AGREED),
    244: Fault("invalid", {"Email Address": "priya.pemberton@example,com"}),
    267: Fault("invalid", {"Event date": "31/02/2026"}),
}


def leads_row(rng: Random, person: Person, event: str) -> Row:
    """A person as a busy team has them: from badge scanners, web forms and by hand."""
    shouted, country, local = rng.random() < 0.06, person.country, person.email.partition("@")[0]
    mobile, phone = as_written(rng, country, person.mobile), as_written(rng, country, person.landline)
    if mobile and phone:
        mobile, phone = rng.choice([(mobile, ""), (mobile, ""), ("", phone), (mobile, phone)])
    iso = event > "2026" and rng.random() < 0.3
    return {
        "First Name": person.first.upper() if shouted else person.first,
        "Last Name": person.last.upper() if shouted else person.last,
        "Email Address": person.email.replace(local, local.title()) if rng.random() < 0.1 else person.email,
        "Mobile": mobile,
        "Phone": phone,
        "Company": person.company + (" " if rng.random() < 0.05 else ""),
        "Job Title": person.title,
        "Industry": person.industry if rng.random() < 0.95 else "",
        "Address": person.address,
        "City": person.city.upper() if shouted else person.city,
        "Postcode": person.postcode,
        "Country": rng.choice(country.written.split("|")),
        "Opt in": rng.choice(["yes", "yes", "x", "no", ""]),
        "Terms": "1",
        "Event date": event if iso else "/".join(reversed(event.split("-"))),
        "Notes": rng.choice(NOTES) if rng.random() < 0.12 else "",
    }


def leads_rows() -> list[Row]:
    """The rows of leads.csv, faults and all, in the order of the events."""
    rng = Random(44400)
    people = make_people(rng, ["example.com", "example.com", "example.net"])
    rows = [leads_row(rng, person, EVENTS[at * len(EVENTS) // len(people)]) for at, person in enumerate(people)]
    again = {"Email Address": rows[ORIGINAL - 2]["Email Address"].upper(), "Event date": rows[DOUBLE - 2]["Event date"]}
    rows[DOUBLE - 2] = rows[ORIGINAL - 2] | again
    for number, fault in WRONG.items():
        rows[number - 2].update(fault.cells)
    return rows


def tidy_rows() -> list[Row]:
    """The rows of tidy.csv: awkward characters, and nothing wrong."""
    rng = Random(75)
    return [tidy_row(rng, person) for person in make_people(rng, ["example.org"])]


def tidy_row(rng: Random, person: Person) -> Row:
    """A person as the form wants them."""
    number = person.mobile or person.landline
    digits = number.replace(" ", "")
    return {
        "First name": person.first,
        "Last name": person.last,
        "Email": person.email,
        "Telephone": f"(+{person.country.code}){digits}" if digits else "",
        "Full name": f"{person.first} {person.last}",
        "Company": rng.choice([rng.choice(AWKWARD), person.company]),
        "Job title": person.title,
        "Industry": COUNTS_AS.get(person.industry, person.industry),
        "Address": person.address,
        "City": person.city,
        "Postcode": person.postcode,
        "Country": person.country.name,
        "Opt-in": rng.choice("01"),
        "Terms": "1",
        "Event date": rng.choice(EVENTS),
    }


def write_csv(path: Path, rows: Sequence[Row]) -> None:
    """UTF-8 with lines that end in LF, also on Windows."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


READ_ME = (
    "Leads of the autumn webinars, as collected",
    "",
    "All people and companies are invented; the telephone numbers are reserved for films and books.",
    "One row per person and event. Terms: 1 = agreed. Opt in: yes, x, no or empty.",
    "Event date: the day of the webinar, or of the first view on demand.",
    "Send with:  uploader upload sample_data/leads.xlsx --mapping mappings/leads.yaml --sandbox",
)
WIDTHS = {"Email Address": 34, "Company": 28, "Job Title": 24, "Industry": 22, "Address": 30, "Notes": 34}


def write_workbook(path: Path, rows: Sequence[Row]) -> None:
    """The leads as someone keeps them in Excel: real dates, some numbers as numbers, and ruled empty rows below."""
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": "Leads", "created": datetime(2026, 3, 2)})  # noqa: DTZ001 - a label
        write_leads(book, rows)
        sheet = book.add_worksheet("Read me")
        sheet.set_column(0, 0, 90)
        sheet.write_column(0, 0, READ_ME)


def write_leads(book: xlsxwriter.Workbook, rows: Sequence[Row]) -> None:
    """The sheet "Leads"."""
    sheet = book.add_worksheet("Leads")
    head = book.add_format({"bold": True, "bg_color": "#DDE7F0", "bottom": 1})
    formats = {
        "Event date": book.add_format({"num_format": "dd/mm/yyyy", "valign": "top"}),
        "Address": book.add_format({"text_wrap": True, "valign": "top"}),
        "Notes": book.add_format({"text_wrap": True, "valign": "top"}),
    }
    plain, ruled = book.add_format({"valign": "top"}), book.add_format({"bottom": 4})
    for at, column in enumerate(rows[0]):
        sheet.set_column(at, at, WIDTHS.get(column, 16))
        sheet.write_string(0, at, column, head)
        for number, row in enumerate(rows, start=1):
            write_cell(sheet, (number, at), column, row[column], formats.get(column, plain))
        for number in range(len(rows) + 1, len(rows) + 6):
            sheet.write_blank(number, at, None, ruled)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, len(rows), len(rows[0]) - 1)


def write_cell(sheet: Worksheet, place: tuple[int, int], column: str, text: str, form: Format) -> None:
    """A cell as Excel would have it: a postcode that begins with 0 was made text, or its zero would be gone."""
    if column == "Event date" and (moment := as_date(text)):
        sheet.write_datetime(*place, moment, form)
    elif text == "#N/A":
        sheet.write_formula(*place, "=NA()", form, text)
    elif column in {"Postcode", "Terms"} and text.isdigit() and not text.startswith("0"):
        sheet.write_number(*place, int(text), form)
    elif text:
        sheet.write_string(*place, text, form)


def as_date(text: str) -> datetime | None:
    """A date that exists, written either way; None for any other text."""
    for pattern in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, pattern)  # noqa: DTZ007 - a day
        except ValueError:
            continue
    return None


if __name__ == "__main__":
    write_csv(SAMPLE_DATA / "leads.csv", leads_rows())
    write_workbook(SAMPLE_DATA / "leads.xlsx", leads_rows())
    write_csv(SAMPLE_DATA / "tidy.csv", tidy_rows())
