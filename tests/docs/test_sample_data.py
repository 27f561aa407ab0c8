"""The sample files: made by the script, invented to the last number, and with the outcomes that they are there for."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import openpyxl
import phonenumbers
import pytest
from ruamel.yaml import YAML

from tests.make_sample_data import (
    AWKWARD,
    EVENTS,
    READ_ME,
    SAMPLE_DATA,
    WRONG,
    as_date,
    leads_rows,
    tidy_rows,
    write_csv,
    write_workbook,
)
from tests.support.files import read_report
from tests.support.ran import Ran
from uploader.mapping.transforms.country import find_country
from uploader.sandbox import Sandbox

Command = Callable[..., Ran]
Platform = Callable[..., Sandbox]
MAPPINGS = SAMPLE_DATA.parent / "mappings"

# What regulators set aside for films and books; sample_people.py names the sources.
RESERVED = re.compile(
    r"\+44(7700900|2079460|1(13|21|31|61)4960)\d{3}"
    r"|\+49((3023125|4066969|2214710)\d{3}|17139200\d\d)"
    r"|\+33(19900|26191|35301|46571|53649|63998)\d{4}"
    r"|\+1\d{3}55501\d\d"
    r"|\+46(7017406(0[5-9]|[1-9]\d)|(8465004|3139006|4062804)\d\d)"
    r"|\+3532091\d{5}"
    r"|\+61[23]7010\d{4}"
)
KEYS = {"version", "campaign", "form", "link", "publisher", "sheet", "fields", "ignore", "duplicates"}


def rows_of(name: str) -> list[dict[str, str]]:
    with (SAMPLE_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cells_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Each sheet's cells with what makes them: value, kind and format."""
    return {
        sheet.title: [
            (cell.coordinate, cell.value, cell.data_type, cell.number_format) for row in sheet for cell in row
        ]
        for sheet in openpyxl.load_workbook(path)
    }


def test_committed_files_match_the_script(tmp_path: Path) -> None:
    for name, rows in (("leads.csv", leads_rows()), ("tidy.csv", tidy_rows())):
        write_csv(tmp_path / name, rows)
        assert (tmp_path / name).read_bytes() == (SAMPLE_DATA / name).read_bytes()
    write_workbook(tmp_path / "leads.xlsx", leads_rows())
    assert cells_of(tmp_path / "leads.xlsx") == cells_of(SAMPLE_DATA / "leads.xlsx")
    assert len(rows_of("leads.csv")) == len(rows_of("tidy.csv")) == 300


def test_workbook_and_csv_have_the_same_rows() -> None:
    book = openpyxl.load_workbook(SAMPLE_DATA / "leads.xlsx", data_only=True)
    assert book.sheetnames == ["Leads", "Read me"]
    columns, *rows = book["Leads"].iter_rows(values_only=True, max_row=301)
    for cells, row in zip(rows, rows_of("leads.csv"), strict=True):
        texts = dict(zip(columns, ("" if cell is None else str(cell) for cell in cells), strict=True))
        day = as_date(row["Event date"])
        assert texts == row | {"Event date": str(day) if day else row["Event date"]}
    assert [cell.value for cell in book["Read me"]["A"]] == [line or None for line in READ_ME]


@pytest.mark.parametrize(("name", "column"), [("leads.csv", "Email Address"), ("tidy.csv", "Email")])
def test_every_address_is_reserved(name: str, column: str) -> None:
    wrong = {"", "joe@example", "priya.pemberton@example,com"}
    addresses = {row[column].lower() for row in rows_of(name)} - wrong
    assert len(addresses) > 290
    assert [address for address in addresses if not re.fullmatch(r"[a-z.-]+@example\.(com|net|org)", address)] == []


@pytest.mark.parametrize(("name", "columns"), [("leads.csv", ["Mobile", "Phone"]), ("tidy.csv", ["Telephone"])])
def test_every_phone_number_is_reserved(name: str, columns: list[str]) -> None:
    wrong = {cell for fault in WRONG.values() for cell in fault.cells.values() if not cell.startswith("+")}
    found = {(row[column], row["Country"]) for row in rows_of(name) for column in columns if row[column]}
    numbers = {e164(text, country) for text, country in found if text not in wrong}
    assert len(numbers) > 150
    assert [number for number in numbers if not RESERVED.fullmatch(number)] == []


def e164(text: str, country: str) -> str:
    known = find_country(country)
    number = phonenumbers.parse(text.replace("(+", "+").replace(")0", ")"), known.alpha2 if known else None)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@pytest.mark.parametrize("name", ["leads.yaml", "tidy.yaml"])
def test_mappings_use_the_documented_keys(name: str) -> None:
    mapping = YAML(typ="safe").load(MAPPINGS / name)
    assert {key: mapping[key] for key in ("version", "campaign", "form", "link", "publisher")} == {
        "version": 1, "campaign": 44400, "form": 75, "link": 135, "publisher": 11003,
    }  # fmt: skip
    assert set(mapping) <= KEYS
    assert list(mapping["fields"]) == [
        "firstName", "lastName", "email", "telephone", "fullName", "companyName", "jobTitle", "industry", "address",
        "city", "postcode", "country", "optIn", "terms", "eventDate", "source",
    ]  # fmt: skip
    assert mapping["fields"]["source"] == {"value": "Autumn webinar"}


@pytest.mark.parametrize("name", ["leads.csv", "leads.xlsx"])
def test_sample_leads_have_the_intended_outcomes(
    command: Command, platform: Platform, tmp_path: Path, name: str
) -> None:
    sandbox = platform()
    report = tmp_path / f"report{Path(name).suffix}"
    ran = command("upload", SAMPLE_DATA / name, "--mapping", MAPPINGS / "leads.yaml", "--report", report, "--json")
    assert (ran.code, json.loads(ran.out)["counts"]) == (1, {
        "accepted": 285, "rejected": 3, "invalid": 11, "duplicate": 1, "failed": 0, "unknown": 0, "unsent": 0,
        "skipped": 0,
    })  # fmt: skip
    outcomes = outcomes_in(report)
    assert {row: outcome for row, outcome in outcomes.items() if outcome != "accepted"} == {
        row: fault.outcome for row, fault in WRONG.items()
    }
    assert {dict(lead.fields)["eventDate"] for lead in sandbox.received} == set(EVENTS)


def outcomes_in(report: Path) -> dict[int, str]:
    if report.suffix == ".csv":
        return {int(row["upload_row"]): row["upload_outcome"] for row in read_report(report)}
    sheet = openpyxl.load_workbook(report).active
    return {int(row[0]): row[1] for row in sheet.iter_rows(min_row=2, values_only=True)}


def test_tidy_leads_arrive_unchanged(command: Command, platform: Platform, tmp_path: Path) -> None:
    sandbox = platform()
    mapping = MAPPINGS / "tidy.yaml"
    ran = command("upload", SAMPLE_DATA / "tidy.csv", "--mapping", mapping, "--report", tmp_path / "report.csv")
    assert ran.code == 0
    fields = YAML(typ="safe").load(mapping)["fields"]
    constant = fields.pop("source")["value"]
    wanted = [
        {name: row[column] for name, column in fields.items() if row[column]} | {"source": constant}
        for row in rows_of("tidy.csv")
    ]
    received = {dict(lead.fields)["email"]: dict(lead.fields) for lead in sandbox.received}
    assert received == {lead["email"]: lead for lead in wanted}
    assert set(AWKWARD) <= {lead["companyName"] for lead in wanted}
