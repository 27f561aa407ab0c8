"""Numbers, dates and formulas of workbooks: what is sent is what the owner sees."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import xlsxwriter
import xlwt
from openpyxl.worksheet.formula import ArrayFormula

from tests.corpus.builders import GOOD, GOOD_2, HEAD, WIDE
from tests.corpus.case import ANN, PLAIN, Build, Case
from tests.corpus.formats import write_ods_cells
from tests.corpus.raw_workbooks import raw

DATE = PLAIN + '  city: {column: City, transform: [{date: {from: "%d/%m/%Y"}}]}\n'
LOST = "was rounded by the spreadsheet: its last digits are lost"
UNCALCULATED = "'#UNCALCULATED!' is a formula that was never calculated"


def xlsx_cell(value: object, form: str = "General", **options: object) -> Build:
    """An xlsx with one lead whose city is this value in this number format."""

    def build(path: Path) -> None:
        with xlsxwriter.Workbook(str(path), options) as book:
            sheet = book.add_worksheet("Leads")
            sheet.write_row(0, 0, [*HEAD, "City"])
            sheet.write_row(1, 0, GOOD)
            sheet.write(1, 3, value, book.add_format({"num_format": form}))

    return build


def xls_cell(value: object, form: str = "General", *, is_1904: bool = False) -> Build:
    """The same as an xls."""

    def build(path: Path) -> None:
        book = xlwt.Workbook()
        book.dates_1904 = is_1904
        sheet = book.add_sheet("Leads")
        for column, name in enumerate([*HEAD, "City"]):
            sheet.write(0, column, name)
        for column, cell in enumerate(GOOD):
            sheet.write(1, column, cell)
        sheet.write(1, 3, value, xlwt.easyxf(num_format_str=form))
        book.save(str(path))

    return build


def _array_of_openpyxl(path: Path) -> None:
    book = openpyxl.Workbook()
    for row in ([*HEAD, "City"], GOOD, GOOD_2):
        book.active.append(row)
    book.active["D2"] = ArrayFormula("D2:D3", '=B2:B3&" Ltd"')
    book.save(path)


def _array_of_xlsxwriter(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Leads")
        for number, row in enumerate(([*HEAD, "City"], GOOD, GOOD_2)):
            sheet.write_row(number, 0, row)
        sheet.write_array_formula("D2:D3", '{=B2:B3&" Ltd"}')


def ods_cell(xml: str) -> Build:
    """An ods with one lead whose city is this cell."""
    return lambda path: write_ods_cells(path, [[*HEAD, "City"], GOOD], xml)


def sends(name: str, city: str, build: Build, file: str = "a.xlsx", mapping: str = PLAIN + WIDE) -> Case:
    """One lead, sent with this city; "" for none."""
    return Case(name, file, build, {2: {**ANN, "city": city} if city else ANN}, mapping=mapping)


def refuses(name: str, words: str, build: Build, file: str = "a.xlsx") -> Case:
    """One lead, invalid for its city."""
    return Case(name, file, build, invalid={2: words}, code=1, mapping=PLAIN + WIDE)


FORMATS: Sequence[Case] = [
    sends("a postcode padded with zeros", "01067", xlsx_cell(1067, "00000")),
    sends("a postcode padded with zeros in xls", "01067", xls_cell(1067, "00000"), "a.xls"),
    sends("a padded number in a format of three sections", "00042", xlsx_cell(42, '00000;-00000;"none"')),
    sends("a padded number in color and with a language", "0042", xlsx_cell(42, "[Red][$-407]0000_-")),
    sends("words in place of a number", "Yes", xlsx_cell(1, '"Yes";"Yes";"No"')),
    sends("words in place of a number in xls", "No", xls_cell(0, '"Yes";"Yes";"No"'), "a.xls"),
    sends("a zero that is not shown", "", xlsx_cell(0, "0;-0;;@")),
    sends("a zero without a place for it in xls", "", xls_cell(0, "#"), "a.xls"),
    sends("a duration by a condition", "00:00:09", xlsx_cell(9 / 86_400, "[=0]?;[<4.2][hh]:mm:ss;[hh]:mm")),
    sends("a date by a condition", "2024-03-01", xlsx_cell(45352, '[=0]"";dd/mm/yyyy')),
    sends("no date by a condition", "", xlsx_cell(0, '[=0]"";dd/mm/yyyy')),
    sends("a phone number with one zero in front", "0123456789", xlsx_cell(123456789, "0#########")),
    sends("a dash for an amount of zero", "0", xlsx_cell(0, '_-* #,##0\\ "kr"_-;-* #,##0\\ "kr"_-;_-* "-"\\ "kr"_-')),
    sends("digits in groups", "012-34", xlsx_cell(1234, "000-00")),
    sends("an id with letters before its digits", "ID0042", xlsx_cell(42, '"ID"0000')),
    sends("an id with letters and one digit place", "AB7", xlsx_cell(7, '"AB"0')),
    sends("a long ZIP code by a condition", "01234-5678", xlsx_cell(12345678, "[<=99999]00000;00000-0000")),
    sends("a short ZIP code by a condition", "01234", xlsx_cell(1234, "[<=99999]00000;00000-0000")),
    sends("a telephone format", "(415) 555-0100", xlsx_cell(4155550100, "[<=9999999]###-####;(###) ###-####")),
    sends("a plus sign before a number", "+447700900123", xlsx_cell(447700900123, '"+"0')),
    sends("a padded number that is longer than its format", "1234567", xlsx_cell(1234567, "00000")),
    sends("a broken number in a whole format keeps its value", "12.5", xlsx_cell(12.5, "00000")),
    sends("money is a number", "1250.5", xlsx_cell(1250.5, '#,##0.00 "€"')),
    sends("money in dollars is a number", "7", xlsx_cell(7, "$00.00")),
    sends("a percentage is a number", "0.25", xlsx_cell(0.25, "0%")),
    sends("thousands have no separators", "1234567", xlsx_cell(1234567, "#,##0")),
    sends("thousands apart by blanks are a number", "1234567", xlsx_cell(1234567, "#\\ ###\\ ##0")),
    sends("a unit is no part of a number", "5", xlsx_cell(5, '0" km"')),
    sends("no decimals for a whole number", "5", xlsx_cell(5, "0.00")),
    sends("a fraction is a number", "0.5", xlsx_cell(0.5, "# ?/?")),
    sends("a scientific format is a number", "123456", xlsx_cell(123456, "0.00E+00")),
]

NUMBERS: Sequence[Case] = [
    sends("the tail of a binary number", "0.3", raw('<c r="D2"><v>0.30000000000000004</v></c>')),
    sends("a small number has no exponent", "0.00005", raw('<c r="D2"><v>5.0000000000000002E-5</v></c>')),
    sends("a number of fifteen digits", "123456789012345", raw('<c r="D2"><v>1.23456789012345E14</v></c>')),
    sends("a whole number as a decimal", "42", raw('<c r="D2"><v>42.0</v></c>')),
    sends("a negative zero", "0", raw('<c r="D2"><v>-0</v></c>')),
    refuses("a number of nineteen digits", LOST, raw('<c r="D2"><v>1.2345678901234601E+18</v></c>')),
    refuses("a number of twenty digits in xls", LOST, xls_cell(12345678901234567890, "0"), "a.xls"),
    refuses("what is not a number", "'#NUM!' is an error value", raw('<c r="D2"><v>NaN</v></c>')),
    sends("a false value", "FALSE", xlsx_cell(value=False)),
]

TIMES: Sequence[Case] = [
    sends("ten o'clock", "2024-03-01 10:00:00", xlsx_cell(45352.41666666, "d/m/yyyy h:mm")),
    sends("a time alone", "09:15:00", xlsx_cell(0.38541666, "h:mm")),
    sends("a time of more than a day shows its clock", "12:30:00", xlsx_cell(1.520833333, "hh:mm")),
    sends("a duration of more than a day", "36:30:00", xlsx_cell(1.520833333, "[h]:mm:ss")),
    sends("a negative duration", "-12:00:00", xlsx_cell(-0.5, "[h]:mm")),
    sends("a moment that rounds to midnight", "2024-03-02", xlsx_cell(45352.999999, "yyyy-mm-dd hh:mm:ss")),
    sends("a date of 1904", "2026-04-03", xlsx_cell(dt.date(2026, 4, 3), "dd/mm/yyyy", date_1904=True)),
    sends("a date of 1904 in xls", "2026-04-03", xls_cell(44653, "DD/MM/YYYY", is_1904=True), "a.xls"),
    sends("a date in xls", "2026-04-03", xls_cell(dt.date(2026, 4, 3), "D-MMM-YY"), "a.xls"),
    sends("a duration in xls", "36:30:00", xls_cell(1.520833333, "[h]:mm:ss"), "a.xls"),
    sends("a date cell needs no format in the mapping", "2026-04-03", xlsx_cell(46115, "m/d/yy"), mapping=DATE),
    sends("letters in quotes make no date", "42", xlsx_cell(42, '0"d"')),
    sends("a date as ISO 8601", "2024-03-01 10:00:00", raw('<c r="D2" t="d"><v>2024-03-01T10:00:00.000</v></c>')),
]

FORMULAS: Sequence[Case] = [
    sends("an empty formula with a closed value", "", raw('<c r="D2" t="str"><f>IF(1,"",0)</f><v/></c>')),
    sends("an empty formula with an open value", "", raw('<c r="D2" t="str"><f>IF(1,"",0)</f><v></v></c>')),
    sends("an empty formula without a value", "", raw('<c r="D2" t="str"><f>IF(1,"",0)</f></c>')),
    sends(
        "an empty shared formula", "", raw('<c r="D2" t="str"><f t="shared" si="0"/><v xml:space="preserve"></v></c>')
    ),
    sends(
        "a formula's text with blanks", "Acme", raw('<c r="D2" t="str"><f>E2</f><v xml:space="preserve">Acme </v></c>')
    ),
    sends("a formula that gives a number", "0", raw('<c r="D2"><f>1-1</f><v>0</v></c>')),
    refuses("a formula with an empty value of no type", UNCALCULATED, raw('<c r="D2"><f>1+1</f><v></v></c>')),
    refuses("a formula that XlsxWriter wrote", UNCALCULATED, xlsx_cell('=B2&" Ltd"')),
    Case(
        "an array formula of openpyxl, which has cells in its first row only",
        "a.xlsx",
        _array_of_openpyxl,
        invalid={2: UNCALCULATED, 3: UNCALCULATED},
        code=1,
        mapping=PLAIN + WIDE,
    ),
    Case(
        "an array formula of XlsxWriter, which puts 0 into its rows",
        "a.xlsx",
        _array_of_xlsxwriter,
        invalid={2: UNCALCULATED, 3: UNCALCULATED},
        code=1,
        mapping=PLAIN + WIDE,
    ),
    sends("an array formula that was calculated", "7", raw('<c r="D2"><f t="array" ref="D2:D3">3+4</f><v>7</v></c>')),
    sends(
        "a formula's result where all is calculated on loading",
        "7",
        raw('<c r="D2"><f>3+4</f><v>7</v></c>', more='<calcPr fullCalcOnLoad="1"/>'),
    ),
    refuses(
        "a formula's error without quotes",
        "'#REF!' is an error value",
        raw("<c r='D2' t='e'><f>A0</f><v>#REF!</v></c>"),
    ),
]

_FLOAT = 'office:value-type="float" office:value='
ODS: Sequence[Case] = [
    sends(
        "line breaks, tabs and blanks of ods",
        "1  High Street\nLeeds LS1",
        ods_cell(
            '<table:table-cell office:value-type="string"><text:p>1<text:s text:c="2"/>High <text:span>Street</text:span>'
            "<text:line-break/>Leeds<text:tab/>LS1</text:p></table:table-cell>"
        ),
        "a.ods",
    ),
    sends(
        "paragraphs of ods, without the comment",
        "Leeds\nYork",
        ods_cell(
            '<table:table-cell office:value-type="string"><office:annotation><text:p>ask</text:p></office:annotation>'
            "<text:p>Leeds</text:p><text:p>York</text:p></table:table-cell>"
        ),
        "a.ods",
    ),
    sends(
        "a duration of ods",
        "36:30:00",
        ods_cell(
            '<table:table-cell office:value-type="time" office:time-value="PT36H30M00S"><text:p>36:30</text:p></table:table-cell>'
        ),
        "a.ods",
    ),
    sends(
        "a moment of ods",
        "2024-03-01 10:00:00",
        ods_cell('<table:table-cell office:value-type="date" office:date-value="2024-03-01T09:59:59.999999"/>'),
        "a.ods",
    ),
    sends(
        "a padded number of ods",
        "01067",
        ods_cell(f'<table:table-cell {_FLOAT}"1067"><text:p>01067</text:p></table:table-cell>'),
        "a.ods",
    ),
    sends(
        "words in place of a number of ods",
        "Yes",
        ods_cell(f'<table:table-cell {_FLOAT}"1"><text:p>Yes</text:p></table:table-cell>'),
        "a.ods",
    ),
    sends(
        "a dash in place of a zero of ods",
        "0",
        ods_cell(f'<table:table-cell {_FLOAT}"0"><text:p> - kr</text:p></table:table-cell>'),
        "a.ods",
    ),
    sends(
        "thousands of ods",
        "1234567",
        ods_cell(f'<table:table-cell {_FLOAT}"1234567"><text:p>1,234,567</text:p></table:table-cell>'),
        "a.ods",
    ),
    sends(
        "the tail of a binary number of ods",
        "0.3",
        ods_cell(f'<table:table-cell {_FLOAT}"0.30000000000000004"><text:p>0.3</text:p></table:table-cell>'),
        "a.ods",
    ),
    sends(
        "a true value of ods",
        "TRUE",
        ods_cell(
            '<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>WAHR</text:p></table:table-cell>'
        ),
        "a.ods",
    ),
    sends(
        "an empty formula of ods",
        "",
        ods_cell(
            '<table:table-cell table:formula="of:=&quot;&quot;" office:value-type="string" office:string-value=""/>'
        ),
        "a.ods",
    ),
    sends(
        "an empty formula of ods that LibreOffice calculated",
        "",
        ods_cell('<table:table-cell table:formula="of:=T(0)"><text:p/></table:table-cell>'),
        "a.ods",
    ),
    sends(
        "a true formula of ods, whose type is a number",
        "TRUE",
        ods_cell(
            '<table:table-cell table:formula="of:=1=1" office:value-type="float" office:value="1"><text:p>WAHR</text:p></table:table-cell>'
        ),
        "a.ods",
    ),
    refuses(
        "a formula of ods without a value",
        UNCALCULATED,
        ods_cell('<table:table-cell table:formula="of:=1+1"/>'),
        "a.ods",
    ),
]

TEXTS: Sequence[Case] = [
    sends("runs of rich text", "Leeds", raw('<c r="D2" t="inlineStr"><is><r><t>Le</t></r><r><t>eds</t></r></is></c>')),
    sends(
        "phonetic hints are no text",
        "東京",
        raw('<c r="D2" t="s"><v>0</v></c>', strings='<si><t>東京</t><rPh sb="0" eb="2"><t>とうきょう</t></rPh></si>'),
    ),
    sends("escaped characters", "1\nLeeds", raw('<c r="D2" t="inlineStr"><is><t>1_x000A_Leeds</t></is></c>')),
    sends("an escape that is escaped", "a_x000A_b", raw('<c r="D2" t="inlineStr"><is><t>a_x005F_x000A_b</t></is></c>')),
    sends("a cell without its place", "Leeds", raw('<c t="inlineStr"><is><t>Leeds</t></is></c>')),
]

CASES = [*FORMATS, *NUMBERS, *TIMES, *FORMULAS, *ODS, *TEXTS]
