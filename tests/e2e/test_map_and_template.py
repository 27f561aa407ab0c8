"""`map`, `template` and `schema`, as typed; and what a mapping remembers of the form."""

import csv
import hashlib
import json
import re
from pathlib import Path

import openpyxl
import pytest

from tests.support.files import COLUMNS, MAPPING, people, read_report, write_csv


def test_map_check_upload(command, platform) -> None:
    """A sheet, its mapping proposed, the one open question answered, checked and uploaded."""
    sandbox = platform()
    write_csv(Path("leads.csv"), people(3))
    ran = command("map", "leads.csv", "--campaign", 44400, "--link", 135)
    assert ran.code == 0, ran
    assert "You still need to set: source" in ran.out
    assert "Mapping: leads.yaml" in ran.out
    ran = command("check", "leads.csv", "-m", "leads.yaml")
    assert ran.code == 3, ran
    assert "form 75 requires 'source'" in ran.err
    text = Path("leads.yaml").read_text("utf-8")
    Path("leads.yaml").write_text(text.replace("# source: {value: …}", "source: {value: Autumn webinar}"), "utf-8")
    assert command("check", "leads.csv", "-m", "leads.yaml").code == 0
    assert command("upload", "leads.csv", "-m", "leads.yaml").code == 0
    assert dict(sandbox.received[0].fields) == {
        "firstName": "Anna",
        "lastName": "Lindqvist0",
        "email": "ann.0@example.com",
        "telephone": "(+44)07700900000",
        "fullName": "Anna Lindqvist0",
        "companyName": "Smith & Sons",
        "source": "Autumn webinar",
    }


def test_map_never_overwrites(command, platform) -> None:
    platform()
    write_csv(Path("leads.csv"), people(3))
    Path("leads.yaml").write_text("mine")
    ran = command("map", "leads.csv", "--campaign", 44400)
    assert ran.code == 2, ran
    assert "leads.yaml already exists" in ran.err
    assert Path("leads.yaml").read_text() == "mine"
    assert command("map", "leads.csv", "--campaign", 44400, "-o", "other.yaml").code == 0


def test_map_writes_to_stdout_and_links_the_schema(command, platform) -> None:
    platform()
    write_csv(Path("leads.csv"), people(3))
    assert command("map", "leads.csv", "--campaign", 44400, "-o", "-").out.startswith("# Proposed by")
    assert command("schema", "mapping.schema.json").code == 0
    command("map", "leads.csv", "--campaign", 44400)
    assert Path("leads.yaml").read_text("utf-8").startswith("# yaml-language-server: $schema=mapping.schema.json\n")
    assert json.loads(command("schema").out) == json.loads(Path("mapping.schema.json").read_text("utf-8"))


def test_map_finds_the_header_below_title_lines(command, platform) -> None:
    platform()
    with Path("leads.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["Leads of November"], [], COLUMNS, *people(3)])
    assert "firstName        ← First Name  (sure" in command("map", "leads.csv", "--campaign", 44400).out


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["nothing.csv", "--campaign", 44400], 3, "There is no file nothing.csv"),
        (["leads.csv", "--campaign", 1], 3, "does not know campaign 1"),
        (["leads.csv", "--campaign", 44400, "--form", 7], 3, "has no form 7"),
        (["leads.csv"], 2, "--campaign"),
    ],
)
def test_map_errors(command, platform, args, code, words) -> None:
    platform()
    write_csv(Path("leads.csv"), people(1))
    ran = command("map", *args)
    assert ran.code == code, ran
    assert words in ran.err


def test_filled_template_is_sent(command, platform) -> None:
    sandbox = platform()
    Path("countries.csv").write_text("Country\nGermany\nSpain\n")
    ran = command("template", "empty.xlsx", "--campaign", 44400, "--list", "country=countries.csv")
    assert ran.code == 0, ran
    assert "Required: firstName, lastName, email.\n" in ran.out
    assert "the form hides it: source. Set a fixed value in the mapping.\n" in ran.out
    book = openpyxl.load_workbook("empty.xlsx")
    sheet = book["Leads"]
    assert [rule.formula1 for rule in sheet.data_validations.dataValidation] == ['"Germany,Spain"']
    names = [cell.value for cell in sheet[1]]
    given = {"firstName": "Ann", "lastName": "Smith", "email": "ann@example.com", "country": "Spain"}
    for name, value in given.items():
        sheet.cell(2, names.index(name) + 1, value)
    book.save("filled.xlsx")
    assert command("map", "filled.xlsx", "--campaign", 44400, "--link", 135).code == 0
    text = Path("filled.yaml").read_text("utf-8").replace("# source: {value: …}", "source: {value: Web}")
    Path("filled.yaml").write_text(text, "utf-8")
    ran = command("upload", "filled.xlsx", "-m", "filled.yaml")
    assert ran.code == 0, ran
    assert dict(sandbox.received[0].fields) == {**given, "source": "Web"}


def test_links_with_equal_names_are_distinguished(command, platform) -> None:
    platform()
    links = "135 (Autumn webinar, Email, https://example.com/webinar); 136 (Autumn webinar, Display, https://"
    leads = write_csv(Path("leads.csv"), people(1))
    assert f"several links: {links}" in command("map", leads, "--campaign", 44400).err
    Path("map.yaml").write_text(MAPPING.replace("link: 135\n", ""))
    printed = command("check", leads, "-m", "map.yaml").err
    assert f"It has: {links}" in printed
    assert "map.yaml: `link:` is missing, and campaign 44400 has several links." in printed
    assert "In map.yaml, add `link: ID` below line 3, or use --link." in printed
    Path("map.yaml").write_text(MAPPING.replace("link: 135\n", "# link:\n"))
    number = MAPPING.splitlines().index("link: 135") + 1
    printed = command("check", leads, "-m", "map.yaml").err
    assert f"In map.yaml, replace line {number} with `link: ID`, or use --link." in printed
    fields = MAPPING.partition("fields:")[2]
    Path("map.yaml").write_text(f"fields:{fields}")
    ids = ("--campaign", 44400, "--form", 75, "--publisher", 11003)
    printed = command("check", leads, "-m", "map.yaml", *ids).err
    assert "In map.yaml, add `link: ID`, or use --link." in printed
    assert "`version: 1` is missing" in printed


def test_default_country_note_counts_empty_cells_only(command, platform) -> None:
    platform()
    rows = [[*row, country] for row, country in zip(people(4), ["UK", "GB", "UK", ""], strict=True)]
    for row in rows:
        row[3] = "07700 900123"
    write_csv(Path("leads.csv"), rows, [*COLUMNS, "Country"])
    command("map", "leads.csv", "--campaign", 44400)
    assert "GB where 'Country' is empty: most rows are from GB" in Path("leads.yaml").read_text("utf-8")


def test_sheet_suggestions_are_plausible(command, platform) -> None:
    """Not the template's own legend, nor a cover, nor what is empty; but leads of another month."""
    platform()
    command("template", "leads.xlsx", "--campaign", 44400)
    book = openpyxl.load_workbook("leads.xlsx")
    names = [cell.value for cell in book["Leads"][1]]
    book["Leads"].append([f"{name}@example.com" for name in names])
    book.create_sheet("Cover", 0).append(["Leads of November", "2026"])
    book["Cover"].append(["ask ann@example.com", "for more"])
    book.create_sheet("December").append(names)
    book.create_sheet("Prices").append(names)
    book["Prices"].append([12.5 for _ in names])
    book.save("leads.xlsx")
    assert "would fit too" not in command("map", "leads.xlsx", "--campaign", 44400, "-o", "one.yaml").err
    book.create_sheet("October").append(names[:10])
    book["October"].append([f"{name}@example.com" for name in names[:10]])
    book.save("leads.xlsx")
    ran = command("map", "leads.xlsx", "--campaign", 44400, "-o", "two.yaml")
    assert "reading sheet 'Leads'; October would fit too (choose with --sheet)" in ran.err


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["empty.pdf"], 2, "unsupported extension"),
        (["there.csv"], 2, "already exists"),
        (["empty.xlsx", "--list", "countries.csv"], 2, "not FIELD=FILE"),
        (["empty.xlsx", "--list", "country=nothing.csv"], 2, "there is no file nothing.csv"),
        (["empty.xlsx", "--list", "county=there.csv"], 3, "did you mean 'country'?"),
    ],
)
def test_template_errors(command, platform, args, code, words) -> None:
    platform()
    Path("there.csv").write_text("Spain\n")
    ran = command("template", *args, "--campaign", 44400)
    assert ran.code == code, ran
    assert words in ran.err


def test_check_reports_form_changes(command, platform) -> None:
    platform()
    made = """
made_against:
  date: 2026-01-31
  form: 75
  fields: {firstName: required, lastName: "", email: required, telephone: "", companyName: "", age: ""}
"""
    Path("map.yaml").write_text(MAPPING + made)
    ran = command("check", write_csv(Path("leads.csv"), people(1)), "-m", "map.yaml")
    assert ran.code == 0
    for words in (
        "new on the form since the mapping was proposed (2026-01-31): source (required hidden)",
        "removed from the form since the mapping was proposed (2026-01-31): age",
        "changed on the form since the mapping was proposed (2026-01-31): lastName is required, it was optional",
    ):
        assert words in ran.err
    Path("map.yaml").write_text(MAPPING + made.replace("form: 75", "form: 74"))
    assert "proposed for form 74, not 75" in command("check", "leads.csv", "-m", "map.yaml").err


def test_quality_setting_is_followed(command, platform) -> None:
    """Warnings by default, invalid rows if asked for, nothing at all if that is asked for."""
    sandbox = platform()
    rows = people(2)
    rows[0][1] = "Test"
    leads = write_csv(Path("leads.csv"), rows)
    found = {}
    for quality in ("platform", "off", "warn"):
        Path("map.yaml").write_text(f"{MAPPING}quality: {quality}\n")
        command("check", leads, "-m", "map.yaml", "--report", f"{quality}.csv")
        first = read_report(Path(f"{quality}.csv"))[0]
        found[quality] = (first["upload_outcome"], "test" in first["upload_reason"], "test" in first["upload_warnings"])
    assert found == {
        "platform": ("invalid", True, False),
        "off": ("unsent", False, False),
        "warn": ("unsent", False, True),
    }
    assert sandbox.received == []


@pytest.mark.parametrize("kind", ["plain", "md5", "sha1", "sha256"])
def test_suppressed_addresses_are_not_sent(command, platform, kind) -> None:
    address = "ann.0@example.com"
    entry = address.upper() if kind == "plain" else hashlib.new(kind, address.encode()).hexdigest()
    platform()
    Path("suppressed.csv").write_text(f"Name,Email,Date\nOther,other@example.com,2026\nAnn,{entry},\n")
    Path("map.yaml").write_text(f"{MAPPING}suppressed: suppressed.csv\n")
    ran = command("check", write_csv(Path("leads.csv"), people(2)), "-m", "map.yaml")
    assert ran.code == 1, ran
    assert "1 invalid" in ran.err
    assert "on the suppression list suppressed.csv" in ran.err
    Path("map.yaml").write_text(f"{MAPPING}suppressed: nothing.csv\n")
    assert "map.yaml:13:13: there is no file nothing.csv" in command("check", "leads.csv", "-m", "map.yaml").err


def test_similar_problems_are_grouped_with_a_fix(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(
        MAPPING.replace("  companyName: Company", "  country: {column: Company, allowed: [United Kingdom, Germany]}")
    )
    rows = people(30)
    for number, row in enumerate(rows):
        row[4] = "UK" if number < 20 else "Deutschland" if number < 25 else "Germany"
    ran = command("check", write_csv(Path("leads.csv"), rows), "-m", "map.yaml")
    reason = "'UK' is not in the mapping's list; did you mean United Kingdom?"
    assert f"20 × country (column 'Company'): {reason} Correct the cell" in ran.err
    assert "(row 2, 3, 4, 5, 6, …)" in ran.err
    line = "  country: {column: Company, values: {UK: United Kingdom, Deutschland: Germany}, "
    line += "allowed: [United Kingdom, Germany]}"
    lines = Path("map.yaml").read_text().splitlines()
    number = next(at for at, text in enumerate(lines, 1) if "country" in text)
    assert f"In map.yaml, replace line {number} (country) with:\n{line}\n" in ran.err


def test_loose_name_matches_are_reported(command, platform) -> None:
    platform()
    Path("map.yaml").write_text(MAPPING)
    columns = ["first name", "LAST\u00a0NAME", "\ufeffEmail", "Phone", "Company "]
    ran = command("check", write_csv(Path("leads.csv"), people(1), columns), "-m", "map.yaml")
    assert ran.code == 0, ran
    assert "column 'first name' is used for 'First Name'" in ran.err
    assert "'Company '" not in ran.err


def test_outer_blanks_do_not_change_a_column_name(command, platform) -> None:
    """`map` writes it as it stands in the file."""
    platform()
    write_csv(Path("leads.csv"), people(1), [*COLUMNS[:-1], " Company "])
    assert command("map", "leads.csv", "--campaign", 44400, "--link", 135).code == 0
    text = Path("leads.yaml").read_text("utf-8")
    assert '" Company "' in text
    Path("leads.yaml").write_text(text.replace("# source: {value: …}", "source: {value: Autumn webinar}"), "utf-8")
    ran = command("check", "leads.csv", "-m", "leads.yaml")
    assert ran.code == 0, ran
    assert "is used for" not in ran.err


def test_links_and_fixed_values_are_ready_to_uncomment(command, platform) -> None:
    platform()
    leads = write_csv(Path("leads.csv"), people(3))
    command("map", leads, "--campaign", 44400)
    text = Path("leads.yaml").read_text("utf-8")
    assert re.search(r"(?m)^form: 75 +# Webinar form$", text)
    assert re.search(r"(?m)^# link: 135 +# Autumn webinar, Email, https://example.com/webinar$", text)
    printed = command("check", leads, "-m", "leads.yaml").err
    first = text.splitlines().index(next(line for line in text.splitlines() if line.startswith("# link: 135"))) + 1
    assert f"In leads.yaml, remove the `# ` in front of the right link, line {first} or {first + 1}, or use" in printed
    Path("leads.yaml").write_text(text.replace("# link: 135", "link: 135").replace("# source", "source"), "utf-8")
    ran = command("check", leads, "-m", "leads.yaml")
    assert ran.code == 3, ran
    assert "value: write the value in place of …" in ran.err


def test_long_list_of_links_names_the_whole_command(command, monkeypatch) -> None:
    monkeypatch.setattr("uploader.mapping.proposal.yaml_writer.MAX_LINKS", 1)
    write_csv(Path("leads.csv"), people(3))
    command("map", "leads.csv", "--campaign", 44400, "--sandbox")
    assert "1 more: `uploader links --campaign 44400 --sandbox` lists them" in Path("leads.yaml").read_text("utf-8")
