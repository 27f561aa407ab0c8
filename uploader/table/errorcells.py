"""Error values (#N/A, #REF! …) of an xlsx sheet, which calamine gives out as empty cells (0.9)."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

from uploader.table.names import column_index

_CELL = re.compile(rb'<c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)(\d+)"[^>]*>(.*?)</c>', re.DOTALL)
_VALUE = re.compile(rb"<v>(.*?)</v>", re.DOTALL)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def error_cells(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """(row from 0, column from 0) -> the error value's text, of one sheet; empty for what is no xlsx.

    The parts of an xlsx file and how they refer to each other: ECMA-376, part 1, 18.2 and 18.3.
    """
    if not zipfile.is_zipfile(path):
        return {}
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        xml = archive.read(part) if part else b""
    if b't="e"' not in xml:
        return {}
    found = {}
    for letters, number, inner in _CELL.findall(xml):
        value = _VALUE.search(inner)
        found[int(number) - 1, column_index(letters.decode())] = value[1].decode() if value else "#VALUE!"
    return found


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The name of the archive's member that holds a sheet."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - expat refuses entity bombs
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    wanted = {node.get(_RELATION) for node in book.iter() if node.tag.endswith("}sheet") and node.get("name") == sheet}
    targets = [str(node.get("Target")) for node in relations if node.get("Id") in wanted]
    parts = [target.lstrip("/") if target.startswith("/") else f"xl/{target}" for target in targets]
    return next((part for part in parts if part in names), None)
