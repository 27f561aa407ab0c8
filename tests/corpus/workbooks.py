"""Workbooks: sheets, hidden rows, dates and numbers, formulas' values and errors, and files that are none."""

import datetime as dt
from pathlib import Path

import openpyxl
import xlsxwriter

from tests.corpus.builders import BOTH, GOOD, GOOD_2, HEAD, TWO, WIDE, cut, ods, xls, xlsb, xlsx, zipped
from tests.corpus.case import ANN, BOB, MORE, PLAIN, Case, content, lead, text
from tests.corpus.formats import Error


def _hide_row_3(book: xlsxwriter.Workbook) -> None:
    book.worksheets()[0].set_row(2, None, None, {"hidden": True})


def _format_to_row_500(book: xlsxwriter.Workbook) -> None:
    bold = book.add_format({"bold": True})
    for row in range(3, 500):
        book.worksheets()[0].write_blank(row, 0, None, bold)


def _stray_cell(book: xlsxwriter.Workbook) -> None:
    book.worksheets()[0].write(1_048_575, 16_383, "x")


def _formulas(book: xlsxwriter.Workbook) -> None:
    book.worksheets()[0].write_formula(1, 0, '=CONCATENATE("A","nn")', None, "Ann")


ERRORS = [HEAD, GOOD, ["Bob", Error("#N/A"), "bob@example.com"]]
HIDDEN = {"messages": ["1 of the rows is hidden"], "warned": {3: "the row is hidden"}}
NA = {3: "'#N/A' is an error value of the spreadsheet"}

FORMATS = [
    Case("xlsx", "a.xlsx", xlsx(("Leads", TWO)), BOTH),
    Case("xlsm", "a.xlsm", xlsx(("Leads", TWO)), BOTH),
    Case("xls", "a.xls", xls(TWO), BOTH),
    Case("xlsb", "a.xlsb", xlsb(TWO), BOTH),
    Case("ods", "a.ods", ods(TWO), BOTH),
    Case("xlsx called csv", "a.csv", xlsx(("Leads", TWO)), BOTH),
    Case("csv called xlsx", "a.xlsx", text("First Name,Last Name,Email\nAnn,Lee,ann@example.com\n"), {2: ANN}),
    Case(
        "tab-separated text called xls",
        "a.xls",
        text("First Name\tLast Name\tEmail\nAnn\tLee\tann@example.com\n"),
        {2: ANN},
    ),
    Case("an error value in xlsx", "a.xlsx", xlsx(("Leads", ERRORS)), {2: ANN}, NA, code=1),
    Case("an error value in xls", "a.xls", xls(ERRORS), {2: ANN}, NA, code=1),
    Case("an error value in xlsb", "a.xlsb", xlsb(ERRORS), {2: ANN}, NA, code=1),
    Case("an error value in ods", "a.ods", ods(ERRORS), {2: ANN}, NA, code=1),
    Case(
        "an error value in a column that is not mapped",
        "a.xlsx",
        xlsx(("Leads", [[*HEAD, "Note"], [*GOOD, Error("#REF!")]])),
        {2: ANN},
    ),
    Case("a hidden row in xlsx", "a.xlsx", xlsx(("Leads", TWO), change=_hide_row_3), BOTH, **HIDDEN),
    Case("a hidden row in xls", "a.xls", xls(TWO, hidden=[3]), BOTH, **HIDDEN),
    Case("a hidden row in xlsb", "a.xlsb", xlsb(TWO, hidden=[3]), BOTH, **HIDDEN),
    Case("a hidden row in ods", "a.ods", ods(TWO, hidden=[3]), BOTH, **HIDDEN),
]

SHEETS = [
    Case("the sheet that has the columns", "a.xlsx", xlsx(("Read me", [["Hello"], ["Bye"]]), ("Leads", TWO)), BOTH),
    Case(
        "two sheets that fit",
        "a.xlsx",
        xlsx(("May", TWO), ("June", [HEAD, GOOD])),
        BOTH,
        messages=["reading sheet 'May'; June would fit too"],
    ),
    Case(
        "a sheet asked for", "a.xlsx", xlsx(("May", TWO), ("June", [HEAD, GOOD])), {2: ANN}, flags=["--sheet", "June"]
    ),
    Case(
        "a sheet that the mapping names",
        "a.xlsx",
        xlsx(("May", TWO), ("June", [HEAD, GOOD])),
        {2: ANN},
        mapping=f"sheet: June\n{PLAIN}",
    ),
    Case(
        "a sheet that there is not",
        "a.xlsx",
        xlsx(("June", TWO)),
        code=3,
        flags=["--sheet", "Jun"],
        messages=["no sheet 'Jun'; did you mean 'June'?"],
    ),
    Case(
        "a hidden sheet is left alone",
        "a.xlsx",
        xlsx(("Old", [HEAD, GOOD_2]), ("New", [HEAD, GOOD]), hidden=["Old"]),
        {2: ANN},
    ),
    Case("only empty sheets", "a.xlsx", xlsx(("One", []), ("Two", [])), code=3, messages=["no sheet with rows"]),
    Case(
        "title lines and empty columns",
        "a.xlsx",
        xlsx(("Leads", [["Leads of May"], [], ["", *HEAD], ["", *GOOD]])),
        {4: ANN},
        messages=["the header is row 3"],
    ),
    Case(
        "empty rows and columns before the list",
        "a.xlsx",
        xlsx(("Leads", [[], [], ["", *HEAD], ["", *GOOD]])),
        {4: ANN},
    ),
    Case("formatted but empty rows", "a.xlsx", xlsx(("Leads", TWO), change=_format_to_row_500), BOTH),
    Case("a formula's value", "a.xlsx", xlsx(("Leads", TWO), change=_formulas), BOTH),
]

VALUES = [
    Case(
        "whole numbers have no tail",
        "a.xlsx",
        xlsx(("Leads", [[*HEAD, "City"], [*GOOD, 12345.0], [*GOOD_2, 0.5]])),
        {2: {**ANN, "city": "12345"}, 3: {**BOB, "city": "0.5"}},
        mapping=PLAIN + WIDE,
    ),
    Case(
        "dates, with the time if there is one",
        "a.xlsx",
        xlsx(("Leads", [[*HEAD, "City"], [*GOOD, dt.datetime(2026, 4, 3)], [*GOOD_2, dt.datetime(2026, 4, 3, 14, 5)]])),
        {2: {**ANN, "city": "2026-04-03"}, 3: {**BOB, "city": "2026-04-03 14:05:00"}},
        mapping=PLAIN + WIDE,
    ),
    Case(
        "true and false",
        "a.xlsx",
        xlsx(("Leads", [[*HEAD, "City"], [*GOOD, True]])),
        {2: {**ANN, "city": "TRUE"}},
        mapping=PLAIN + WIDE,
    ),
    Case(
        "a telephone number as a number",
        "a.xlsx",
        xlsx(("Leads", [[*HEAD, "Phone"], [*GOOD, 447700900123], [*GOOD_2, 7700900124]])),
        {2: {**ANN, "telephone": "(+44)07700900123"}, 3: {**BOB, "telephone": "(+44)07700900124"}},
        mapping=MORE,
    ),
    Case(
        "numbers of ods", "a.ods", ods([[*HEAD, "City"], [*GOOD, 42]]), {2: {**ANN, "city": "42"}}, mapping=PLAIN + WIDE
    ),
    Case(
        "text that looks like something else stays text",
        "a.xlsx",
        xlsx(("Leads", [HEAD, ["NA", "Null", "ann@example.com"]])),
        {2: lead("NA", "Null")},
    ),
]

BROKEN = [
    Case("half a workbook", "a.xlsx", cut(xlsx(("Leads", TWO)), 0.5), code=3, messages=["a.xlsx"]),
    Case("half an old workbook", "a.xls", cut(xls(TWO), 0.3), code=3, messages=["a.xls"]),
    Case(
        "a workbook with a password",
        "a.xlsx",
        content(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        code=3,
        messages=["a.xlsx"],
    ),
    Case(
        "an archive of something else",
        "a.zip",
        zipped(leads_csv="Email\n"),
        code=3,
        messages=["is a zip archive, not a workbook", "leads.csv"],
    ),
    Case(
        "a Numbers document", "a.numbers", zipped(Index__Document_iwa="x"), code=3, messages=["is a Numbers document"]
    ),
    Case(
        "a stray cell in the last corner",
        "a.xlsx",
        xlsx(("Leads", TWO), change=_stray_cell),
        BOTH,
        {1_048_576: "the row has 1 cell more than the header: 'x'"},
        code=1,
    ),
    Case(
        "a bomb of repeated cells",
        "a.ods",
        ods(
            TWO,
            tail='<table:table-row table:number-rows-repeated="1048000"><table:table-cell office:value-type="string" table:number-columns-repeated="16000"><text:p>z</text:p></table:table-cell></table:table-row>',
        ),
        code=3,
        messages=["row 4 stands for 16,768,000,000 cells"],
    ),
]


def _elsewhere(book: xlsxwriter.Workbook) -> None:
    book.worksheets()[1].write(1_048_575, 16_383, "x")


def _uncalculated(path: Path) -> None:
    """As openpyxl writes formulas: without a value."""
    book = openpyxl.Workbook()
    for row in ([*HEAD, "City"], [*GOOD, "=1+1"], [*GOOD_2, "Bonn"]):
        book.active.append(row)
    book.save(path)


REVIEWED = [
    Case("a stray cell in another sheet", "a.xlsx", xlsx(("Leads", TWO), ("Notes", [["x"]]), change=_elsewhere), BOTH),
    Case(
        "a formula that was never worked out",
        "a.xlsx",
        _uncalculated,
        {3: {**BOB, "city": "Bonn"}},
        {2: "'#UNCALCULATED!' is a formula that was never calculated"},
        messages=[
            "never calculated. Open the workbook in Excel (in LibreOffice, press Ctrl+Shift+F9), save it, and upload that file"
        ],
        code=1,
        mapping=PLAIN + WIDE,
    ),
    Case("a cell left of the header", "a.xlsx", xlsx(("Leads", [["", *HEAD], ["", *GOOD], ["x", *GOOD_2]])), BOTH),
    Case(
        "a number of sixteen digits",
        "a.xlsx",
        xlsx(("Leads", [[*HEAD, "City"], [*GOOD, 1234567890123456.0]])),
        invalid={2: "'1.23456789012346E+15' was rounded by the spreadsheet: its last digits are lost"},
        code=1,
        mapping=PLAIN + WIDE,
    ),
    Case(
        "faults against the sheet that fits best",
        "a.xlsx",
        xlsx(("Summary", [["a"], ["b"]]), ("Leads", [["First Name", "Surname", "Email"], GOOD])),
        code=3,
        messages=["no column 'Last Name'"],
    ),
]

CASES = [*FORMATS, *SHEETS, *VALUES, *REVIEWED, *BROKEN]
