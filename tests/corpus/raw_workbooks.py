"""Workbooks written part by part, as other programs write them and as no library of the project does."""

import io
import random
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msoffcrypto
import xlwt
from xlwt.CompoundDoc import XlsDoc

from tests.corpus.case import Build, content

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

Parts = Mapping[str, str]

# Cells of the header and of one lead, and what comes behind them in the row: the city.
HEAD_ROW = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>First Name</t></is></c><c r="B1" t="inlineStr"><is><t>Last Name</t></is></c>'
    '<c r="C1" t="inlineStr"><is><t>Email</t></is></c><c r="D1" t="inlineStr"><is><t>City</t></is></c></row>'
)
LEAD_CELLS = (
    '<c r="A2" t="inlineStr"><is><t>Ann</t></is></c><c r="B2" t="inlineStr"><is><t>Lee</t></is></c>'
    '<c r="C2" t="inlineStr"><is><t>ann@example.com</t></is></c>'
)


def sheet_with(city: str, attributes: str = "", view: str = "") -> str:
    """Return a worksheet part with a lead whose last cell is this XML; `view` are attributes of its view."""
    views = f'<sheetViews><sheetView workbookViewId="0" {view}/></sheetViews>' if view else ""
    return f'<worksheet xmlns="{MAIN}">{views}<sheetData>{HEAD_ROW}<row r="2"{attributes}>{LEAD_CELLS}{city}</row></sheetData></worksheet>'


def parts_of(sheet: str, *, more: str = "", strings: str = "", formats: Sequence[str] = ()) -> dict[str, str]:
    """Return the parts of a workbook with a sheet "Leads".

    Args:
        sheet: The worksheet part.
        more: Elements of the workbook part behind the list of sheets.
        strings: Elements `si` of the shared strings.
        formats: Number formats of the styles 1, 2, ….
    """
    numbers = "".join(f'<numFmt numFmtId="{164 + at}" formatCode="{code}"/>' for at, code in enumerate(formats))
    styles = "".join(f'<xf numFmtId="{164 + at}"/>' for at in range(len(formats)))
    return {
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets><sheet name="Leads" sheetId="1" r:id="rId1"/></sheets>'
            f"{more}</workbook>"
        ),
        "xl/_rels/workbook.xml.rels": relations(
            ("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")
        ),
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>',
        "xl/styles.xml": (
            f'<styleSheet xmlns="{MAIN}"><numFmts>{numbers}</numFmts><cellXfs><xf numFmtId="0"/>{styles}</cellXfs></styleSheet>'
        ),
        "xl/worksheets/sheet1.xml": sheet,
    }


def relations(*targets: tuple[str, str]) -> str:
    """Return a relationships part: (kind, target) of rId1, rId2, …."""
    nodes = "".join(
        f'<Relationship Id="rId{at}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{nodes}</Relationships>'


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive of these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, inner in parts.items():
            info = zipfile.ZipInfo(name)
            info.filename = name  # ZipInfo would turn backslashes
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, inner)
    return stream.getvalue()


def raw(city: str, **options: object) -> Build:
    """An xlsx with one lead, whose last cell is this XML."""
    return content(packed(parts_of(sheet_with(city), **options)))  # type: ignore[arg-type]


def renamed(names: Mapping[str, str], texts: Mapping[str, str] | None = None) -> Build:
    """An xlsx with one lead whose parts have other names; `texts` are replaced in all parts."""
    parts = parts_of(sheet_with('<c r="D2" t="inlineStr"><is><t>Leeds</t></is></c>'))
    for old, new in (texts or {}).items():
        parts = {name: inner.replace(old, new) for name, inner in parts.items()}
    return content(packed({names.get(name, name): inner for name, inner in parts.items()}))


def xls_stream(rows: Sequence[Sequence[object]]) -> bytes:
    """Return the records of an xls workbook with a sheet "Leads"."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Leads")
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    return bytes(book.get_biff_data())


def compound_file(stream: bytes, name: str = "Workbook") -> bytes:
    """Return a compound file ([MS-CFB]) with one stream."""
    file = io.BytesIO()
    XlsDoc().save(file, stream)
    entry = "Workbook".encode("utf-16-le")
    data = file.getvalue()
    at = data.index(entry)
    field = name.encode("utf-16-le")
    return data[:at] + field.ljust(64, b"\0") + struct.pack("<H", len(field) + 2) + data[at + 66 :]


def xls_with_filepass(rows: Sequence[Sequence[object]], method: bytes) -> Build:
    """An encrypted xls: the record FilePass ([MS-XLS] 2.4.117) stands behind the first one."""
    stream = xls_stream(rows)
    (size,) = struct.unpack_from("<H", stream, 2)
    record = struct.pack("<HH", 0x2F, len(method)) + method
    return content(compound_file(stream[: 4 + size] + record + stream[4 + size :]))


def encrypted(city: str, password: str) -> Build:
    """An xlsx with one lead, encrypted as Excel does."""
    types = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    picture = random.Random(1).randbytes(9_000)  # the library writes small files wrong
    plain = io.BytesIO(packed({**parts_of(sheet_with(city)), "[Content_Types].xml": types, "a.png": picture}))
    target = io.BytesIO()
    msoffcrypto.OfficeFile(plain).encrypt(password, target)
    return content(target.getvalue())


def then(build: Build, data: bytes) -> Build:
    """A file with more bytes at its end."""

    def built(path: Path) -> None:
        build(path)
        path.write_bytes(path.read_bytes() + data)

    return built


def flagged_as_encrypted(data: bytes) -> bytes:
    """Return a zip archive whose parts are marked as encrypted (APPNOTE 4.4.4)."""
    return _with_header_byte(data, 6, lambda flags: flags | 1)


def compressed_by(method: int, data: bytes) -> bytes:
    """Return a zip archive whose parts are marked as compressed by this method (APPNOTE 4.4.5)."""
    return _with_header_byte(data, 8, lambda _: method)


def _with_header_byte(data: bytes, place: int, change: Callable[[int], int]) -> bytes:
    """Change a byte in the local header of each part, and the same in the list of parts, where it is 2 bytes later."""
    changed = bytearray(data)
    for mark, offset in ((b"PK\x03\x04", place), (b"PK\x01\x02", place + 2)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + offset] = change(changed[at + offset])
            at = changed.find(mark, at + 4)
    return bytes(changed)
