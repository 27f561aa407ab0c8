"""Containers of workbooks: odd part names, encryption, other files inside, stray cells, bombs."""

import struct
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter
import xlwt

from tests.corpus.builders import BOTH, GOOD, HEAD, TWO, WIDE, xls
from tests.corpus.case import ANN, PLAIN, Build, Case, content
from tests.corpus.encrypted_xls import (
    encrypt_by_cryptoapi,
    encrypt_by_rc4,
    encrypt_by_xor,
    move_sheets,
    record,
    records_of_excel_95,
)
from tests.corpus.formats import write_ods
from tests.corpus.raw_workbooks import (
    HEAD_ROW,
    MAIN,
    compound_file,
    compressed_by,
    encrypted,
    flagged_as_encrypted,
    packed,
    parts_of,
    raw,
    renamed,
    sheet_with,
    then,
    xls_stream,
    xls_with_filepass,
)
from uploader.spreadsheet.workbook.default_password import DEFAULT_PASSWORD

LEEDS = {2: {**ANN, "city": "Leeds"}}
CITY = '<c r="D2" t="inlineStr"><is><t>Leeds</t></is></c>'
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


def reads(name: str, build: Build) -> Case:
    """One lead in an xlsx, which is sent."""
    return Case(name, "a.xlsx", build, LEEDS, mapping=PLAIN + WIDE)


def refuses(name: str, file: str, build: Build, words: str) -> Case:
    """A file that is refused as a whole."""
    return Case(name, file, build, code=3, messages=[words])


def opens(name: str, data: bytes) -> Case:
    """An xls with two leads, which are sent."""
    return Case(name, "a.xls", content(data), BOTH)


def _prefixed(xml: str) -> str:
    """Return a worksheet part with a prefix on every element."""
    return xml.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:").replace("xmlns=", "xmlns:x=")


def _upside_down() -> str:
    """Return a worksheet part whose header comes after the lead."""
    begin, head, lead = sheet_with(CITY).partition(HEAD_ROW)
    row, end, rest = lead.partition("</row>")
    return begin + row + end + head + rest


def _with_sheet(sheet: str | bytes) -> Build:
    return content(packed({**parts_of(""), "xl/worksheets/sheet1.xml": sheet}))


def _far_xls_cell(path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Leads")
    for number, cells in enumerate(TWO):
        for column, cell in enumerate(cells):
            sheet.write(number, column, cell)
    sheet.write(65_535, 255, "x")
    book.save(str(path))


def _with_theme() -> bytes:
    """Return the records of an xls with Excel's theme, a zip (Theme, [MS-XLS] 2.4.326), before their end."""
    stream = xls_stream(TWO)
    theme = packed({"theme/theme/themeManager.xml": "<a/>"})
    new = record(0x896, struct.pack("<H14x", 0x896) + theme)
    end = stream.index(record(0x0A))
    return move_sheets(stream, len(new), end)[:end] + new + stream[end:]


def _records_of_excel_4() -> bytes:
    """Return the records of a sheet as Excel 4 wrote them: no container, one sheet, texts in place."""
    records = [(0x409, struct.pack("<HHH", 0x400, 0x10, 0))]
    for row, cells in enumerate(TWO):
        for column, cell in enumerate(cells):
            text = str(cell).encode("ascii")
            records.append((0x204, struct.pack("<HHHH", row, column, 0, len(text)) + text))
    records.append((0x0A, b""))
    return b"".join(record(kind, inner) for kind, inner in records)


PARTS: Sequence[Case] = [
    reads("part names in capitals", renamed({"xl/worksheets/sheet1.xml": "XL/Worksheets/SHEET1.XML"})),
    reads(
        "part names with backslashes",
        renamed({name: name.replace("/", "\\") for name in parts_of("")}),
    ),
    reads(
        "a workbook part of another name",
        renamed(
            {"xl/workbook.xml": "xl/workbook2.xml", "xl/_rels/workbook.xml.rels": "xl/_rels/workbook2.xml.rels"},
            {"xl/workbook.xml": "xl/workbook2.xml"},
        ),
    ),
    reads(
        "absolute targets", renamed({}, {'"worksheets/': '"/xl/worksheets/', '"xl/workbook.xml': '"/xl/workbook.xml'})
    ),
    reads("targets that go up", renamed({}, {'"worksheets/': '"../xl/worksheets/'})),
    reads("targets with backslashes", renamed({}, {'"worksheets/': '"\\xl\\worksheets\\'})),
    reads(
        "parts in another folder",
        renamed({"xl/worksheets/sheet1.xml": "data/one.xml"}, {"worksheets/sheet1": "../data/one"}),
    ),
    reads("elements with a prefix", _with_sheet(_prefixed(sheet_with(CITY)))),
    reads("strict Office Open XML", _with_sheet(sheet_with(CITY).replace(MAIN, STRICT))),
    reads(
        "a part in UTF-16", _with_sheet(('<?xml version="1.0" encoding="UTF-16"?>' + sheet_with(CITY)).encode("utf-16"))
    ),
    reads("single quotes", _with_sheet(sheet_with(CITY).replace('"', "'"))),
    reads("rows out of order", _with_sheet(_upside_down())),
    Case(
        "rows that only their cells number",
        "a.xlsx",
        _with_sheet(sheet_with(CITY).replace('<row r="2">', "<row>").replace('2" t=', '5" t=')),
        {5: {**ANN, "city": "Leeds"}},
        mapping=PLAIN + WIDE,
    ),
    reads("a sheet of an unknown state", renamed({}, {'sheetId="1"': 'sheetId="1" state="show"'})),
    reads("a workbook called csv", raw(CITY)),
]

PASSWORD = "is protected by a password"
ENCRYPTED: Sequence[Case] = [
    reads("an xlsx encrypted with Excel's default password", encrypted(CITY, DEFAULT_PASSWORD)),
    opens(
        "an xls of Excel 95 encrypted with its default password",
        compound_file(encrypt_by_xor(records_of_excel_95(TWO), DEFAULT_PASSWORD, is_excel_95=True), "Book"),
    ),
    opens("an xls encrypted by XOR with it", compound_file(encrypt_by_xor(xls_stream(TWO), DEFAULT_PASSWORD))),
    opens(
        "an xls encrypted by RC4 with it, and bytes behind its last record",
        compound_file(encrypt_by_rc4(xls_stream(TWO), DEFAULT_PASSWORD) + b"\0\0"),
    ),
    opens(
        "an xls encrypted by CryptoAPI with it", compound_file(encrypt_by_cryptoapi(xls_stream(TWO), DEFAULT_PASSWORD))
    ),
    refuses(
        "an xls encrypted by CryptoAPI with a password",
        "a.xls",
        content(compound_file(encrypt_by_cryptoapi(xls_stream(TWO), "secret"))),
        PASSWORD,
    ),
    refuses("an xlsx encrypted with a password", "a.xlsx", encrypted(CITY, "secret"), PASSWORD),
    refuses("an encrypted xlsx", "a.xlsx", content(compound_file(bytes(5000), "EncryptedPackage")), PASSWORD),
    refuses("an encrypted xlsx called csv", "a.csv", content(compound_file(bytes(5000), "EncryptedPackage")), PASSWORD),
    refuses("an xls encrypted by XOR", "a.xls", xls_with_filepass(TWO, bytes(6)), PASSWORD),
    refuses(
        "an xls encrypted by RC4", "a.xls", xls_with_filepass(TWO, struct.pack("<HHH", 1, 1, 1) + bytes(48)), PASSWORD
    ),
    refuses(
        "a zip with encrypted parts",
        "a.xlsx",
        content(flagged_as_encrypted(packed(parts_of(sheet_with(CITY))))),
        PASSWORD,
    ),
    refuses(
        "a zip compressed by Deflate64",
        "a.xlsx",
        content(compressed_by(9, packed(parts_of(sheet_with(CITY))))),
        "can't be read as a workbook: That compression method is not supported",
    ),
    refuses(
        "an encrypted ods",
        "a.ods",
        content(
            packed(
                {
                    "content.xml": b"\x8a\x01" * 50,
                    "META-INF/manifest.xml": (
                        '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
                        '<m:file-entry m:full-path="content.xml"><m:encryption-data m:checksum="x"/></m:file-entry></m:manifest>'
                    ),
                }
            )
        ),
        PASSWORD,
    ),
    refuses(
        "a compound file of something else",
        "a.xls",
        content(compound_file(bytes(5000), "WordDoc")),
        "holds no workbook",
    ),
]

THEME = packed({"theme/theme/themeManager.xml": "<a/>", "theme/theme/theme1.xml": "<a/>"})
INSIDE: Sequence[Case] = [
    Case("an xls with a zip at its end", "a.xls", then(xls(TWO), THEME), BOTH),
    Case("an xls with a theme among its records", "a.xls", content(compound_file(_with_theme(), "Workbook")), BOTH),
    Case("records without a container", "a.xls", content(_records_of_excel_4()), BOTH),
]


def _far_cell(row: int, column: int) -> Build:
    def build(path: Path) -> None:
        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet("Leads")
            for number, cells in enumerate(TWO):
                sheet.write_row(number, 0, cells)
            sheet.write(row - 1, column - 1, "x")

    return build


def _filled_to_the_right(path: Path) -> None:
    """Write thousands of rows, each with a value in the last column that a sheet can have."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Leads")
        for number in range(4_000):
            sheet.write_row(number, 0, HEAD if number == 0 else GOOD)
            sheet.write(number, 16_383, "x")


BEYOND = "the row has 1 cell more than the header: 'x'"
_GAP = (
    '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/>'
    "</table:table-row>"
)
FAR: Sequence[Case] = [
    Case("a stray cell far below", "a.xlsx", _far_cell(1_048_576, 1), BOTH, {1_048_576: "is empty"}, code=1),
    Case("a stray cell far to the right", "a.xlsx", _far_cell(3, 16_384), {2: ANN}, {3: BEYOND}, code=1),
    Case(
        "a stray cell in the last corner of xls",
        "a.xls",
        _far_xls_cell,
        BOTH,
        {65_536: BEYOND},
        messages=["Delete these cells, or name their columns in the header"],
        code=1,
    ),
    Case("empty rows and columns to the end of ods", "a.ods", lambda path: write_ods(path, TWO, (), _GAP), BOTH),
    refuses(
        "a value at the end of thousands of rows", "a.xlsx", _filled_to_the_right, "has more than 50,000,000 cells"
    ),
]

BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
BOMBS: Sequence[Case] = [
    refuses("entities in a sheet", "a.xlsx", _with_sheet(BOMB + sheet_with(CITY)), "it declares entities"),
    refuses(
        "a part that hardly takes room", "a.xlsx", _with_sheet(sheet_with(CITY) + " " * 40_000_000), "would unpack to"
    ),
    refuses("XML that ends early", "a.xlsx", _with_sheet(sheet_with(CITY)[:-40]), "its XML is damaged"),
    refuses(
        "a text that is missing", "a.xlsx", raw('<c r="D2" t="s"><v>7</v></c>'), "refers to a text that is missing"
    ),
    refuses(
        "a row beyond the last",
        "a.xlsx",
        _with_sheet(sheet_with(CITY).replace('r="2"', 'r="2000000"')),
        "row number 2000000",
    ),
]

CASES = [*PARTS, *ENCRYPTED, *INSIDE, *FAR, *BOMBS]
