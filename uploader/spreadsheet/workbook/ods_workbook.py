"""Workbooks in OpenDocument (ods; version 1.3, part 3, 9.1): rows of a table as texts."""

import re
from collections.abc import Sequence

from uploader.spreadsheet.workbook.model import MAX_CELLS, ProtectedError, Rows, SheetName, SheetRow
from uploader.spreadsheet.workbook.ods_cells import OFFICE, TABLE, cell_text, has_zero
from uploader.spreadsheet.workbook.package import Package
from uploader.spreadsheet.workbook.xlsx_rows import LONGEST_TEXT
from uploader.spreadsheet.workbook.xlsx_workbook import LARGE_SHEET
from uploader.spreadsheet.workbook.xml_parser import feed, make_parser

CONTENT = "content.xml"
_MANIFEST, _SETTINGS = "meta-inf/manifest.xml", "settings.xml"

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _STYLE = (f"{_NAMESPACE}{name}:1.0 " for name in ("text", "style"))
_CELLS = {f"{TABLE}table-cell", f"{TABLE}covered-table-cell"}

_BLANKS = re.compile(r"[ \t\r\n]+")


class OdsWorkbook:
    """An opened ods workbook."""

    def __init__(self, package: Package) -> None:
        """Read the list of sheets. Raises ProtectedError for an encrypted workbook."""
        if _is_encrypted(package):
            raise ProtectedError
        self._package = package
        self._shows_zeros = _read_zero_settings(package)
        self.sheets: Sequence[SheetName] = _read_sheet_names(package)

    def read_rows(self, sheet: str) -> Rows:
        """Yield the rows of a sheet that have a value, in the file's order."""
        shows_zeros = self._shows_zeros.get(sheet, self._shows_zeros.get("", True))
        reader = _TableReader(sheet, shows_zeros=shows_zeros)
        parser = make_parser(with_namespaces=True)
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.add
        with self._package.open(CONTENT) as file:
            for _ in feed(parser, file, lambda: reader.is_done):
                for row, times in reader.rows:
                    if len(row.cells) * times > MAX_CELLS:
                        raise ValueError(f"row {row.number} stands for {len(row.cells) * times:,} cells")
                    yield from (row._replace(number=row.number + down) for down in range(times))
                reader.rows.clear()

    def is_large(self, sheet: str) -> bool:
        """Return whether the sheets have too many rows to keep them in memory."""
        return self._package.size(CONTENT) > LARGE_SHEET

    def close(self) -> None:
        """Close the file."""
        self._package.close()


def _is_encrypted(package: Package) -> bool:
    """Return whether the manifest says that a part is encrypted (part 2, 3.4 and 4.8)."""
    if _MANIFEST not in package:
        return False
    return any(node.tag == "encryption-data" for node in package.parse(_MANIFEST).iter())


def _read_zero_settings(package: Package) -> dict[str, bool]:
    """Return whether zeros are shown, by sheet, and by "" for the others: settings of LibreOffice (part 3, 3.10)."""
    if _SETTINGS not in package:
        return {}
    return {
        entry.get("name", ""): (item.text or "").strip() != "false"
        for entry in package.parse(_SETTINGS).iter("config-item-map-entry")  # views have no names, sheets have
        for item in entry
        if item.get("name") == "ShowZeroValues"
    }


def _read_sheet_names(package: Package) -> list[SheetName]:
    """Return the sheets; a sheet is hidden by its style."""
    names: list[SheetName] = []
    hidden: set[str] = set()
    style = ""
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal style, depth
        if name == f"{_STYLE}style":
            style = attributes.get(f"{_STYLE}name", "")
        elif name == f"{_STYLE}table-properties" and attributes.get(f"{TABLE}display") == "false":
            hidden.add(style)
        elif name == f"{TABLE}table":
            depth += 1
            if depth == 1 and f"{TABLE}name" in attributes:
                is_hidden = attributes.get(f"{TABLE}style-name") in hidden
                names.append(SheetName(attributes[f"{TABLE}name"], not is_hidden))

    def end(name: str) -> None:
        nonlocal depth
        if name == f"{TABLE}table":
            depth -= 1

    parser = make_parser(with_namespaces=True)
    parser.StartElementHandler, parser.EndElementHandler = start, end
    with package.open(CONTENT) as file:
        for _ in feed(parser, file):
            pass
    return names


class _TableReader:
    """The handlers of a parser, which put the rows of one table into `rows`, each with how often it is repeated."""

    def __init__(self, sheet: str, *, shows_zeros: bool) -> None:
        self._shows_zeros = shows_zeros
        self.rows: list[tuple[SheetRow, int]] = []
        self.is_done = False
        self._sheet = sheet
        self._depth = 0  # of tables, where the sheet is 1
        self._number = 1
        self._times = 1
        self._is_hidden = False
        self._cells: list[str] = []
        self._column = 0
        self._cell: dict[str, str] | None = None
        self._paragraphs: list[str] = []
        self._runs: list[str] | None = None
        self._length = 0  # characters of the cell
        self._skipped = 0  # depth of elements in a cell that are no text of it, such as a comment

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element."""
        if self._skipped:
            self._skipped += 1
        elif self._cell is not None:
            self._start_in_cell(name, attributes)
        elif name == f"{TABLE}table":
            if self._depth or attributes.get(f"{TABLE}name") == self._sheet:
                self._depth += 1
        elif self._depth != 1 or self.is_done:
            return
        elif name == f"{TABLE}table-row":
            self._times = _count(attributes, "number-rows-repeated")
            self._is_hidden = attributes.get(f"{TABLE}visibility") in {"collapse", "filter"}
            self._cells, self._column = [], 0
        elif name in _CELLS:
            self._cell = attributes
            self._paragraphs = []
            self._length = 0

    def _start_in_cell(self, name: str, attributes: dict[str, str]) -> None:
        if name == f"{_TEXT}p" and self._runs is None:
            self._runs = []
        elif self._runs is None or name.startswith(OFFICE):
            self._skipped = 1  # a comment, a drawing, a table within the cell
        elif name == f"{_TEXT}s":
            self.add("\0" * min(_count(attributes, "c", _TEXT), 32_767))
        elif name == f"{_TEXT}tab":
            self._runs.append(" ")
        elif name == f"{_TEXT}line-break":
            self._runs.append("\1")

    def end(self, name: str) -> None:
        """Handle the end of an element."""
        if self._skipped:
            self._skipped -= 1
        elif self._cell is not None:
            if name in _CELLS:
                self._end_cell(self._cell)
                self._cell = None
            elif name == f"{_TEXT}p" and self._runs is not None:
                self._paragraphs.append(_paragraph("".join(self._runs)))
                self._runs = None
        elif name == f"{TABLE}table" and self._depth:
            self._depth -= 1
            self.is_done = self._depth == 0
        elif name == f"{TABLE}table-row" and self._depth == 1:
            if any(self._cells):
                self.rows.append((SheetRow(self._number, self._cells, self._is_hidden), self._times))
            self._number += self._times

    def add(self, text: str) -> None:
        """Collect the characters of a paragraph."""
        if self._runs is not None and not self._skipped:
            self._runs.append(text)
            self._length += len(text)
            if self._length > LONGEST_TEXT:
                raise ValueError(f"a cell of row {self._number} has more than {LONGEST_TEXT:,} characters")

    def _end_cell(self, cell: dict[str, str]) -> None:
        times = _count(cell, "number-columns-repeated")
        text = cell_text(cell, "\n".join(self._paragraphs) if self._paragraphs else None)
        if text and (self._shows_zeros or not has_zero(cell)):
            if self._column + times > MAX_CELLS:
                raise ValueError(f"row {self._number} has {self._column + times:,} columns")
            self._cells.extend([""] * (self._column - len(self._cells)))
            self._cells.extend([text] * times)
        self._column += times


def _paragraph(text: str) -> str:
    """Return a paragraph's text: blanks that are not marked as such count as one (part 3, 6.1.2)."""
    return _BLANKS.sub(" ", text).replace("\0", " ").replace("\1", "\n")


def _count(attributes: dict[str, str], name: str, namespace: str = TABLE) -> int:
    count = attributes.get(namespace + name, "1")
    return int(count) if count.isdecimal() and len(count) < 10 else 1
