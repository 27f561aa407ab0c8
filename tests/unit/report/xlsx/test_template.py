"""Empty spreadsheets for a form, read back by another library and by the uploader's own reader."""

import csv
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.datavalidation import DataValidation

from tests.support.paths import ROOT
from uploader.core.errors import FormError, UploaderError, UsageError
from uploader.core.form import Form, FormField
from uploader.mapping.list_file import read_list
from uploader.report.xlsx.template import write_template
from uploader.spreadsheet import open_table

FORM = Form(
    75,
    "Webinar form",
    (
        FormField("form[firstName]", required=True),
        FormField("form[telephone]", required=False),
        FormField("form[country]"),
        FormField("form[industry]", required=True),
        FormField("form[source]", required=True, hidden=True),
        FormField("form[partner]", required=False, hidden=True),
    ),
)
NAMES = ["firstName", "telephone", "country", "industry"]
COUNTRIES = read_list(ROOT / "mappings" / "lists" / "countries.csv")
INDUSTRIES = ("Media", "Retail & Wholesale", "Öl und Gas", "Other")


def written(lists: dict[str, Sequence[str]], name: str = "leads.xlsx") -> Path:
    path = Path(name)
    path.unlink(missing_ok=True)
    write_template(path, FORM, lists)
    return path


def rules(book: openpyxl.Workbook) -> dict[str, DataValidation]:
    """The drop-downs by the cells that they are for."""
    return {str(rule.sqref): rule for rule in book["Leads"].data_validations.dataValidation}


def choices(book: openpyxl.Workbook, rule: DataValidation) -> list[str]:
    """What a drop-down offers."""
    if rule.formula1.startswith('"'):
        return rule.formula1[1:-1].split(",")
    sheet, cells = rule.formula1.split("!")
    first, _, last = cells.replace("$", "").partition(":")
    return [row[0].value for row in book[sheet][f"{first}:{last or first}"]]


@pytest.mark.parametrize("name", ["leads.xlsx", "leads.csv", "LEADS.XLSX"])
def test_the_header_is_the_form_and_there_are_no_rows(name: str) -> None:
    path = written({"country": COUNTRIES, "industry": INDUSTRIES}, name)
    table = open_table(path, wanted=NAMES)
    assert list(table.columns) == NAMES
    assert (table.header_row, table.notes, list(table.chunks())) == (1, (), [])
    assert table.sheet == (None if name.endswith("csv") else "Leads")


def test_rows_that_someone_fills_in_are_read_as_they_were_typed() -> None:
    path = written({"country": COUNTRIES})
    book = openpyxl.load_workbook(path)
    book["Leads"].append(["Ann", "007", "Namibia", "+44"])
    book.save(path)
    (chunk,) = open_table(path, wanted=NAMES).chunks()
    assert (chunk.rows, [*chunk.cells()]) == ([2], [("Ann", "007", "Namibia", "+44")])


def test_csv_is_one_line_marked_as_utf8() -> None:
    assert written({}, "leads.csv").read_bytes() == b"\xef\xbb\xbf" + ",".join(NAMES).encode() + b"\r\n"


def test_csv_quotes_a_name_that_has_a_comma() -> None:
    write_template(Path("odd.csv"), Form(1, fields=(FormField("form[first, last]"), FormField("form[größe]"))), {})
    assert next(csv.reader(Path("odd.csv").read_text("utf-8-sig").splitlines())) == ["first, last", "größe"]


def test_hidden_fields_are_columns_only_with_a_list_or_if_there_are_no_others() -> None:
    columns = write_template(Path("list.csv"), FORM, {"source": ["Web", "Fair"]})
    assert [field.name for field in columns] == [*NAMES, "source"]
    assert Path("list.csv").read_text("utf-8-sig") == "firstName,telephone,country,industry,source\n"
    hidden = Form(1, fields=(FormField("form[source]", hidden=True),))
    assert write_template(Path("hidden.csv"), hidden, {}) == hidden.fields


def test_required_fields_are_marked() -> None:
    sheet = openpyxl.load_workbook(written({}))["Leads"]
    notes = [cell.comment and cell.comment.text for cell in sheet[1]]
    assert notes == ["required", None, None, "required"]
    colored = [cell.fill.fill_type == "solid" for cell in sheet[1]]
    assert colored == [True, False, False, True]
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet.freeze_panes == "A2"


def test_every_column_is_text_and_wide_enough() -> None:
    sheet = openpyxl.load_workbook(written({"industry": INDUSTRIES}))["Leads"]
    columns = {
        number: column for column in sheet.column_dimensions.values() for number in range(column.min, column.max + 1)
    }
    assert sorted(columns) == [1, 2, 3, 4]
    assert {column.number_format for column in columns.values()} == {"@"}
    assert all(columns[number].width > len(name) for number, name in enumerate(NAMES, 1))
    assert columns[4].width > len("Retail & Wholesale")


def test_short_lists_are_in_the_rule_and_long_ones_on_a_hidden_sheet() -> None:
    book = openpyxl.load_workbook(written({"country": COUNTRIES, "form[industry]": INDUSTRIES}))
    drop_downs = rules(book)
    assert set(drop_downs) == {"C2:C1048576", "D2:D1048576"}
    country, industry = drop_downs["C2:C1048576"], drop_downs["D2:D1048576"]
    assert industry.formula1 == '"Media,Retail & Wholesale,Öl und Gas,Other"'
    assert country.formula1 == f"Lists!$A$2:$A${len(COUNTRIES) + 1}"
    assert choices(book, country) == list(COUNTRIES)
    for rule, name in ((country, "country"), (industry, "industry")):
        assert (rule.type, rule.promptTitle, rule.errorStyle) == ("list", name, None)
        assert rule.showInputMessage
        assert "list" in rule.prompt
    assert [(sheet.title, sheet.sheet_state) for sheet in book] == [
        ("Leads", "visible"),
        ("Lists", "hidden"),
        ("About", "visible"),
    ]


def test_without_long_lists_there_is_no_hidden_sheet() -> None:
    assert openpyxl.load_workbook(written({"industry": INDUSTRIES})).sheetnames == ["Leads", "About"]


@pytest.mark.parametrize(
    "entries",
    [("Sales, Marketing", "Other"), ('17" screens', "Other"), ("0", "1"), ("1-10", "11-50"), (" Other",), ("x" * 255,)],
)
def test_what_a_rule_would_not_keep_goes_to_the_sheet(entries: tuple[str, ...]) -> None:
    book = openpyxl.load_workbook(written({"industry": entries}))
    assert choices(book, rules(book)["D2:D1048576"]) == list(entries)
    assert book["Lists"]["A2"].data_type == "s"


TEXTS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=40)


@settings(max_examples=40)
@given(st.lists(TEXTS, min_size=1, max_size=30, unique=True))
def test_a_drop_down_offers_exactly_the_entries(entries: list[str]) -> None:
    book = openpyxl.load_workbook(written({"industry": entries}))
    (rule,) = rules(book).values()
    assert choices(book, rule) == entries
    assert not rule.formula1.startswith('"') or len(rule.formula1.encode("utf-16-le")) // 2 - 2 < 255


def test_about_sheet_describes_each_field() -> None:
    sheet = openpyxl.load_workbook(written({"country": COUNTRIES}))["About"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0] == "Form 75 Webinar form"
    assert rows[3:] == [
        ["Field", "Required", "Hidden", "List"],
        ["firstName", "yes", "no", None],
        ["telephone", "no", "no", None],
        ["country", "unknown: the platform does not say", "no", f"one of {len(COUNTRIES)} in the drop-down"],
        ["industry", "yes", "no", None],
        ["source", "yes", "yes: not a column, usually a fixed value in the mapping", None],
        ["partner", "no", "yes: not a column, usually a fixed value in the mapping", None],
    ]


def test_long_field_names_have_drop_downs_too() -> None:
    name = "howManyEmployeesDoesYourCompanyHaveWorldwide"
    write_template(Path("long.xlsx"), Form(1, fields=(FormField(f"form[{name}]"),)), {name: ["few", "many"]})
    (rule,) = rules(openpyxl.load_workbook("long.xlsx")).values()
    assert rule.promptTitle == name[:32]


def test_all_lists_that_do_not_match_are_reported_at_once() -> None:
    with pytest.raises(FormError) as caught:
        write_template(Path("leads.xlsx"), FORM, {"contry": COUNTRIES, "form[industri]": INDUSTRIES, "source": []})
    assert caught.value.problems == (
        "form 75 has no field 'contry'; did you mean 'country'?",
        "form 75 has no field 'form[industri]'; did you mean 'industry'?",
        "the list for 'source' has no entries",
    )
    assert not Path("leads.xlsx").exists()


def test_a_form_without_fields_has_no_template() -> None:
    with pytest.raises(FormError, match="Form 1 has no fields"):
        write_template(Path("leads.csv"), Form(1), {})


@pytest.mark.parametrize("name", ["leads.xlsx", "leads.csv"])
def test_existing_file_is_not_overwritten(name: str) -> None:
    Path(name).write_bytes(b"mine")
    with pytest.raises(UsageError, match=f"{name} already exists"):
        write_template(Path(name), FORM, {})
    assert Path(name).read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["leads", "leads.xls", "leads.xlsm", "leads.txt"])
def test_unsupported_extension_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=r"unsupported extension"):
        write_template(Path(name), FORM, {})
    assert not Path(name).exists()


def test_missing_folder_is_reported() -> None:
    with pytest.raises(UploaderError, match="cannot be written: No such file or directory") as caught:
        write_template(Path("nowhere/leads.csv"), FORM, {})
    assert "\n" not in caught.value.message


def test_full_disk_leaves_no_partial_file() -> None:
    """A limit on the size of files stands for the disk: both fail in the midst of writing."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        with pytest.raises(UploaderError, match="cannot be written: File too large"):
            write_template(Path("leads.xlsx"), FORM, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not Path("leads.xlsx").exists()


def test_names_are_never_formulas() -> None:
    write_template(Path("odd.xlsx"), Form(1, "=1+1", (FormField("form[=2+2]"),)), {"=2+2": ["=3+3,"]})
    with zipfile.ZipFile("odd.xlsx") as archive:
        sheets = [archive.read(part) for part in archive.namelist() if part.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 3
    assert not any(b"<f>" in sheet for sheet in sheets)
