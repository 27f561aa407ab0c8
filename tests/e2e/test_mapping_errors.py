"""A mapping with faults: all of them in one go, with file, line and column; nothing is sent."""

from pathlib import Path

import pytest
import xlsxwriter

from tests.support.files import COLUMNS, MAPPING, MAPPING_IDS, people, write_csv

SIX = (
    MAPPING_IDS
    + """\
fields:
  firstNam: First Name
  lastName: Sirname
  email: {column: Email, transform: [lowercase]}
  telephone: Phone
  companyName: {column: Company, required: perhaps}
  telephone: Phone
"""
)


def test_all_mapping_errors_are_shown_at_once(command, platform) -> None:
    Path("map.yaml").write_text(SIX)
    sandbox = platform()
    ran = command("upload", write_csv(Path("leads.csv"), people(3)), "-m", "map.yaml")
    assert ran.code == 3
    for line in (
        "map.yaml:7:3: form 75 has no field 'firstNam'; did you mean 'firstName'?",
        "map.yaml:8:13: no column 'Sirname'",
        "map.yaml:9:",
        "map.yaml:11:",
        "map.yaml:12:3: 'telephone' is already on line 10",
        "form 75 requires 'source', which is not mapped",
    ):
        assert line in ran.err
    assert "'lowercase'" in ran.err
    assert "did you mean 'lower'" in ran.err
    assert "required:" in ran.err
    assert len(sandbox.received) == 0
    assert list(Path().glob("*.report-*")) == []


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (("campaign: 44400", "campaign: 1"), 3, "does not know campaign 1"),
        (("form: 75", "form: 7"), 3, "Campaign 44400 has no form 7"),
        (("link: 135", "link: 1"), 3, "Campaign 44400 has no link 1"),
        (("publisher: 11003", "publisher: 1"), 5, "Publisher not found"),
        (("campaign: 44400", ""), 2, "No campaign is given"),
        (("version: 1", ""), 3, "`version: 1` is missing"),
        (("  email: Email", "  email: [Email"), 3, "a `[` is never closed"),
        (("source:", "sauce:"), 3, "no field 'sauce'"),
        (("ignore", "ignore"), 0, ""),
    ],
)
def test_mismatch_is_reported(command, platform, change, code, words) -> None:
    Path("map.yaml").write_text(MAPPING.replace(*change))
    platform()
    ran = command("upload", write_csv(Path("leads.csv"), people(3)), "-m", "map.yaml")
    assert ran.code == code
    assert words in ran.err


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("  email: Email\n", "  email Email\n"),
            "9:3: no colon after 'email'; write `email: Email`\n    9 |   email Email\n",
        ),
        (
            ("  source: {value: Autumn webinar}\n", "  source Autumn\n"),
            "12:3: no colon after 'source'; write `source: Autumn`\n    12 |   source Autumn\n",
        ),
        (("  email: Email\n", '  email: "Email\n'), "9:10: a quote is never closed\n    9 |   email: "),
        (("  email: Email\n", "  email: Email: x\n"), '9:15: a text with a colon needs quotes: "Email: x"\n'),
        (
            ("  email: Email\n", "  email: Email\nignore:\n- A\n- B: c: d\n"),
            '12:7: a text with a colon needs quotes: "c: d"\n',
        ),
        (
            ("  email: Email\n", "\temail: Email\n"),
            "9:1: the line begins with a tab; use spaces instead\n    9 | → email: Email\n",
        ),
        ((MAPPING, ""), "1:1: a mapping file begins with `version: 1`"),
        ((MAPPING, "version: 1\nfields: Email\n"), "2:9: `fields:` needs one line for each form field"),
    ],
)
def test_syntax_error_is_reported_alone_with_its_place(command, platform, change, message) -> None:
    """Not what follows from it: that the version is missing, that fields are not mapped, that no form is chosen."""
    Path("map.yaml").write_text(MAPPING.replace(*change))
    platform()
    ids = ("--campaign", 44400, "--publisher", 11003, "--link", 135, "--form", 75)
    ran = command("check", write_csv(Path("leads.csv"), people(3)), "-m", "map.yaml", *ids)
    assert ran.code == 3, ran
    assert "has 1 error; nothing was sent" in ran.err
    assert f"map.yaml:{message}" in ran.err


def test_field_with_invalid_source_is_checked_further(command, platform) -> None:
    """And a slip of the pen is one fault: that the field then has no column follows from it."""
    fields = """\
  telephone: {colum: Mobile, transform: [phne], pattern: "["}
  companyName: {column: Company, value: Acme, transform: [lowr]}
  jobTitle: {required: perhaps}
  city: {column: {a: b}, allowed: none.csv}
  industry:
"""
    Path("map.yaml").write_text(MAPPING.replace("  telephone: Phone\n  companyName: Company\n", fields))
    platform()
    ran = command("check", write_csv(Path("leads.csv"), people(3)), "-m", "map.yaml")
    messages = [line.split("map.yaml:")[1] for line in ran.err.splitlines()[1:-1] if "map.yaml:" in line]
    assert [message.split("; did")[0] for message in messages] == [
        "10:15: unknown key 'colum'",
        "10:41: unknown transform 'phne'",
        "10:58: '[' is not a regular expression: unterminated character set at position 0",
        "11:16: needs exactly one of column, template or value, but has column and value",
        "11:58: unknown transform 'lowr'",
        "12:13: needs exactly one of column, template or value, but has none of them",
        "12:24: required: must be true or false, not 'perhaps'",
        "13:18: column: must be a column, or a list of columns such as [Mobile, Phone], not a table",
        "13:35: there is no file none.csv; paths are relative to the mapping's folder",
        "14:3: 'industry' is empty; write the name of a column after the colon",
    ]


def workbook(path: Path) -> Path:
    """A cover, and leads behind it."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Cover").write_column(0, 0, ["November", "by Ann"])
        leads = book.add_worksheet("Leads")
        for number, row in enumerate([COLUMNS, *people(2)]):
            leads.write_row(number, 0, row)
    return path


@pytest.mark.parametrize(
    ("columns", "flags", "message"),
    [
        (None, ["--sheet", "Cover"], "in leads.xlsx (sheet 'Cover'), which has: 'November'. Is it the right file and"),
        (["Id", "Price", "Colour", "Size", "Weight", "Stock"], [], "in leads.csv, which has: 'Id', 'Price', 'Colour',"),
    ],
)
def test_wrong_file_or_sheet_is_one_error(command, platform, columns, flags, message) -> None:
    Path("map.yaml").write_text(MAPPING)
    platform()
    file = write_csv(Path("leads.csv"), people(2), columns) if columns else workbook(Path("leads.xlsx"))
    ran = command("check", file, "-m", "map.yaml", *flags)
    assert ran.code == 3, ran
    assert "has 1 error; nothing was sent" in ran.err
    assert f"map.yaml:6:1: none of the mapping's 5 columns is {message}" in ran.err


def test_first_row_with_lead_data_is_not_quoted(command, platform) -> None:
    """The message may end up in a log."""
    Path("map.yaml").write_text(MAPPING)
    platform()
    ran = command("check", write_csv(Path("leads.csv"), people(3)[1:], people(1)[0]), "-m", "map.yaml", "--json")
    assert "leads.csv, whose first row looks like a lead, not like a header. Is it the right file" in ran.err
    assert not [cell for cell in people(1)[0][:4] if cell in ran.err + ran.out]


@pytest.mark.parametrize(
    ("columns", "count"),
    [(["Given", "Family", "Mail", "Phone", "Firm"], 4), (["First_Name", "Last_Name", "E-mail", "Tel", "Firma"], 5)],
)
def test_renamed_columns_are_reported_one_by_one(command, platform, columns, count) -> None:
    Path("map.yaml").write_text(MAPPING)
    platform()
    ran = command("check", write_csv(Path("leads.csv"), people(2), columns), "-m", "map.yaml")
    assert ran.err.count("no column ") == count


def test_constant_is_suggested_for_a_missing_column(command, platform) -> None:
    Path("map.yaml").write_text(
        MAPPING.replace("{value: Autumn webinar}", '"Web: 2026"').replace(
            "companyName: Company", "companyName: Companny\n  city: {column: York, transform: [title]}"
        )
    )
    platform()
    ran = command("check", write_csv(Path("leads.csv"), people(3)), "-m", "map.yaml")
    assert "no column 'Web: 2026'. For a fixed value, write: source: {value: \"Web: 2026\"}\n" in ran.err
    assert "no column 'Companny'; did you mean 'Company'?\n" in ran.err
    assert "no column 'York'\n" in ran.err


def test_missing_file_mapping_or_settings_is_reported(command, platform) -> None:
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), people(1))
    ran = command("upload", leads, "-m", "map.yaml")
    assert ran.code == 2, ran
    assert "UPLOADER_CLIENT_ID" in ran.err
    platform()
    assert command("upload", "nothing.csv", "-m", "map.yaml").code == 3
    assert command("upload", leads, "-m", "nothing.yaml").code == 3
    assert command("upload", leads).code == 2
    assert command("upload", leads, "-m", "map.yaml", "--report", leads).code == 2
    assert command("upload", leads, "-m", "map.yaml", "--report", ".").code == 2


def test_file_and_mapping_errors_are_shown_together(command, platform) -> None:
    Path("map.yaml").write_text(MAPPING + "colour: red\n")
    platform()
    ran = command("upload", "nothing.csv", "-m", "map.yaml")
    assert ran.code == 3
    assert "nothing.csv" in ran.err
    assert "unknown key 'colour'" in ran.err
