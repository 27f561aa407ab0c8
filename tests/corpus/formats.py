"""Writers of workbooks in the formats that no library of the project writes: ods and xlsb, as small as they can be."""

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

Rows = Sequence[Sequence[object]]

_ODS = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">
<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"""
_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_ODS_MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS_TYPE}"/></manifest:manifest>'
)
_ODS_SETTINGS = """<office:document-settings xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:config="urn:oasis:names:tc:opendocument:xmlns:config:1.0"><office:settings>{views}</office:settings>
</office:document-settings>"""


class Error(str):
    """A cell's error value."""

    __slots__ = ()


def write_ods(path: Path, rows: Rows, hidden: Sequence[int] = (), tail: str = "", settings: str = "") -> None:
    """A sheet "Leads" (OpenDocument 1.3, part 3).

    `hidden` rows count from 1, `tail` is XML behind the last row, and `settings` that of the views.
    """
    shown = {True: ' table:visibility="collapse"', False: ""}
    body = "".join(
        f"<table:table-row{shown[number in hidden]}>{''.join(map(_ods_cell, row))}</table:table-row>"
        for number, row in enumerate(rows, 1)
    )
    table = f'<table:table table:name="Leads">{body}{tail}</table:table>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", _ODS_TYPE)
        archive.writestr("content.xml", _ODS.format(tables=table))
        archive.writestr("META-INF/manifest.xml", _ODS_MANIFEST)
        if settings:
            archive.writestr("settings.xml", _ODS_SETTINGS.format(views=settings))


def write_ods_cells(path: Path, rows: Rows, tail: str) -> None:
    """A sheet "Leads" whose last row ends with a cell that is given as XML."""
    body = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}{{}}</table:table-row>" for row in rows)
    ends = [""] * (len(rows) - 1) + [tail]
    write_ods(path, [], tail=body.format(*ends))


def _ods_cell(cell: object) -> str:
    if cell in {None, ""}:
        return "<table:table-cell/>"
    if isinstance(cell, Error):
        return (
            '<table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="" '
            f'calcext:value-type="error"><text:p>{cell}</text:p></table:table-cell>'
        )
    if isinstance(cell, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(str(cell))}</text:p></table:table-cell>'


_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
    '<Override PartName="/xl/worksheets/sheet1.bin" ContentType="application/vnd.ms-excel.worksheet"/></Types>'
)


def write_xlsb(path: Path, rows: Rows, hidden: Sequence[int] = (), view: int | None = None) -> None:
    """A sheet "Leads" ([MS-XLSB]); cells are text, numbers or errors (#N/A). `view` has the flags of its view."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _CONTENT_TYPES)
        archive.writestr("_rels/.rels", _relation("officeDocument", "xl/workbook.bin"))
        archive.writestr("xl/_rels/workbook.bin.rels", _relation("worksheet", "worksheets/sheet1.bin"))
        sheet = struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Leads")
        archive.writestr(
            "xl/workbook.bin",
            b"".join(map(_record, (131, 143), (b"", b""))) + _record(156, sheet) + _record(144) + _record(132),
        )
        data = b"".join(_xlsb_row(number, row, number + 1 in hidden) for number, row in enumerate(rows))
        shown = b"" if view is None else _record(133) + _record(137, struct.pack("<H28x", view)) + _record(138)
        area = struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
        archive.writestr(
            "xl/worksheets/sheet1.bin",
            _record(129) + _record(148, area) + shown + _record(145) + data + _record(146) + _record(130),
        )


def _relation(kind: str, target: str) -> str:
    return f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" Type="{_OFFICE}/{kind}" Target="{target}"/></Relationships>'


def _xlsb_row(number: int, cells: Sequence[object], hides: bool) -> bytes:
    head = struct.pack("<IIHBBBI", number, 0, 300, 0, 0x10 if hides else 0, 0, 0)
    return _record(0, head) + b"".join(_xlsb_cell(column, cell) for column, cell in enumerate(cells) if cell != "")


def _xlsb_cell(column: int, cell: object) -> bytes:
    place = struct.pack("<II", column, 0)
    if isinstance(cell, Error):
        return _record(3, place + b"\x2a")
    if isinstance(cell, int | float):
        return _record(5, place + struct.pack("<d", cell))
    return _record(6, place + _wide(str(cell)))


def _wide(text: str) -> bytes:
    encoded = text.encode("utf-16-le")
    return struct.pack("<I", len(encoded) // 2) + encoded


def _record(number: int, content: bytes = b"") -> bytes:
    head = bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])
    size, length = b"", len(content)
    while length >= 128:
        size, length = size + bytes([length & 0x7F | 0x80]), length >> 7
    return head + size + bytes([length]) + content
