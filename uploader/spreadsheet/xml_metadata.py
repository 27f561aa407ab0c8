"""Read sheet metadata from xlsx (ECMA-376, part 1, 18.3) and ods (OpenDocument 1.3, part 3, 9.1)."""

import re
import zipfile
from collections.abc import Iterator
from typing import IO
from xml.etree import ElementTree

from uploader.spreadsheet.cell_errors import UNCALCULATED
from uploader.spreadsheet.column_names import column_index
from uploader.spreadsheet.sheet_metadata import SheetMetadata

# Bytes that are read at a time: a sheet can have hundreds of megabytes of XML.
READ_SIZE = 1 << 20

_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*>")
_NUMBER = re.compile(rb"\br=[\"'](\d+)[\"']")
_HIDDEN = re.compile(rb"\bhidden=[\"'](?:1|true)[\"']")
_ERROR = re.compile(
    rb"<(?:\w+:)?c\b(?=[^>]*\bt=[\"']e[\"'])[^>]*\br=[\"']([A-Z]+)(\d+)[\"'][^>]*>(.*?)</(?:\w+:)?c>", re.DOTALL
)
_CELL = re.compile(rb"<(?:\w+:)?c\b[^>]*\br=[\"']([A-Z]+)(\d+)[\"'][^>/]*>(.*?)</(?:\w+:)?c>", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?f\b")
_VALUE = re.compile(rb"<(?:\w+:)?v>(.*?)</(?:\w+:)?v>", re.DOTALL)
_WIDE = re.compile(rb"\br=[\"']([A-Z]{2,3})(\d+)[\"']")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_VALUE_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"


def read_xlsx_metadata(archive: zipfile.ZipFile, sheet: str) -> SheetMetadata:
    """Return the metadata of one sheet of an xlsx file.

    Raises:
        zipfile.BadZipFile: The archive is damaged.
        ElementTree.ParseError: Its list of sheets is not XML.
    """
    metadata = SheetMetadata(columns=26)  # columns with one letter are not counted
    part = _sheet_part(archive, sheet)
    if part is None:
        return metadata
    with archive.open(part) as file:
        for piece in _read_pieces(file):
            _add_rows(piece, metadata)
            for letters, number in set(_WIDE.findall(piece)):
                metadata.extend_to(int(number) - 1, column_index(letters.decode()))
            if b"<f" in piece or b":f" in piece:
                _add_uncalculated(piece, metadata)
            for letters, number, inner in _ERROR.findall(piece):
                value = _VALUE.search(inner)
                place = int(number) - 1, column_index(letters.decode())
                metadata.errors[place] = value[1].decode("utf-8", "replace") if value else "#VALUE!"
    return metadata


def _add_rows(piece: bytes, metadata: SheetMetadata) -> None:
    last = None
    hides = b"hidden" in piece
    filled = max(piece.rfind(b"v>"), piece.rfind(b"is>"))  # rows after the last value are only formatted
    for row in _ROW.finditer(piece):
        last = row if row.start() < filled else last
        if hides and _HIDDEN.search(row[0]) and (number := _NUMBER.search(row[0])):
            metadata.hidden.add(int(number[1]) - 1)
    if last and (number := _NUMBER.search(last[0])):
        metadata.extend_to(int(number[1]) - 1, 0)


def _add_uncalculated(piece: bytes, metadata: SheetMetadata) -> None:
    """Add formulas without a value, as some programs write them: they would be empty cells."""
    for letters, number, inner in _CELL.findall(piece):
        if _FORMULA.search(inner) and not _VALUE.search(inner):
            metadata.errors[int(number) - 1, column_index(letters.decode())] = UNCALCULATED


def _read_pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the file in pieces that end where a row ends, so that no cell is cut."""
    rest = b""
    while new := file.read(READ_SIZE):
        rest += new
        end = max(rest.rfind(b"</row>"), rest.rfind(b":row>"))
        if end > 0:
            yield rest[: end + 6]
            rest = rest[end + 6 :]
    yield rest


def read_relations(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    """Return the archive's members by relation id, from the relations of the workbook in `part`."""
    root = ElementTree.fromstring(archive.read(part))  # noqa: S314 - expat refuses entity bombs
    found = {str(node.get("Id")): str(node.get("Target")) for node in root}
    return {key: target.lstrip("/") if target.startswith("/") else f"xl/{target}" for key, target in found.items()}


def _sheet_part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the name of the archive's member that has a sheet, or None."""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    wanted = [node.get(_RELATION) for node in book.iter() if node.tag.endswith("}sheet") and node.get("name") == sheet]
    known = read_relations(archive, "xl/_rels/workbook.xml.rels")
    parts = [known[key] for key in wanted if key in known]
    return next((part for part in parts if part in set(archive.namelist())), None)


def read_ods_metadata(archive: zipfile.ZipFile, sheet: str) -> SheetMetadata:
    """Return the metadata of one sheet of an ods file.

    Raises:
        zipfile.BadZipFile: The archive is damaged.
        ElementTree.ParseError: Its content is not XML.
    """
    metadata = SheetMetadata()
    row = 0
    inside = False
    with archive.open("content.xml") as file:
        for event, node in ElementTree.iterparse(file, ("start", "end")):  # noqa: S314
            if node.tag == f"{_TABLE}table":
                inside = event == "start" and node.get(f"{_TABLE}name") == sheet
            elif event == "end" and node.tag == f"{_TABLE}table-row":
                if inside:
                    row += _add_ods_row(node, row, metadata)
                node.clear()
    return metadata


def _add_ods_row(node: ElementTree.Element, row: int, metadata: SheetMetadata) -> int:
    """Add the metadata of a row element. Return how many rows it stands for."""
    times = int(node.get(f"{_TABLE}number-rows-repeated", "1"))
    column, filled = 0, False
    for cell in node:
        repeated = int(cell.get(f"{_TABLE}number-columns-repeated", "1"))
        if cell.get(f"{_OFFICE}value-type") is not None:
            filled = True
            metadata.extend_to(row + times - 1, column + repeated - 1)
            if cell.get(_VALUE_TYPE) == "error":
                text = "".join(cell.itertext()).strip() or "#VALUE!"
                metadata.errors.update({(row + down, column): text for down in range(min(times, 1000))})
        column += repeated
    if filled and node.get(f"{_TABLE}visibility") in {"collapse", "filter"}:
        metadata.hidden.update(range(row, row + times))
    return times
