"""Workbooks in OpenDocument (ods; version 1.3, part 3, 9.1): rows of a table as texts."""

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from uploader.spreadsheet.cell_errors import UNCALCULATED
from uploader.spreadsheet.workbook.cell_text import clock_text, moment_from_iso, number_text
from uploader.spreadsheet.workbook.model import MAX_CELLS, ProtectedError, Rows, SheetName, SheetRow
from uploader.spreadsheet.workbook.number_format import is_worded
from uploader.spreadsheet.workbook.package import Package
from uploader.spreadsheet.workbook.xlsx_rows import LONGEST_TEXT
from uploader.spreadsheet.workbook.xlsx_workbook import LARGE_SHEET
from uploader.spreadsheet.workbook.xml_parser import feed, make_parser

CONTENT = "content.xml"
_MANIFEST = "meta-inf/manifest.xml"

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:"
_TABLE, _TEXT, _OFFICE, _STYLE = (
    f"{_NAMESPACE}{name}:1.0 " for name in ("table", "text", "office", "style")
)  # the blank is between a name's namespace and the name
_CALC_TYPE = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type"
_CELLS = {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}

_BLANKS = re.compile(r"[ \t\r\n]+")
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?")
_ERROR = re.compile(r"#[A-Z/0?!¡¿]+[!?]?|#N/A|Err:\d{3}")

# What may stand beside the digits of a number that is displayed with zeros or fixed text: no separators of thousands.
_PADDED = re.compile(r"[\w+/()#: -]*\d[\w/()#: -]*", re.ASCII)


# How LibreOffice displays booleans in some languages.
_TRUE = "true wahr vrai verdadero vero verdadeiro waar prawda sant sann tosi pravda igaz adevărat истина doğru αληθεσ"
_FALSE = "false falsch faux falso onwaar fałsz falsk epätosi nepravda hamis fals ложь yanliş ψευδεσ"
_BOOLEANS = {**dict.fromkeys(_TRUE.split(), "TRUE"), **dict.fromkeys(_FALSE.split(), "FALSE")}


class OdsWorkbook:
    """An opened ods workbook."""

    def __init__(self, package: Package) -> None:
        """Read the list of sheets. Raises ProtectedError for an encrypted workbook."""
        if _is_encrypted(package):
            raise ProtectedError
        self._package = package
        self.sheets: Sequence[SheetName] = _read_sheet_names(package)

    def read_rows(self, sheet: str) -> Rows:
        """Yield the rows of a sheet that have a value, in the file's order."""
        reader = _TableReader(sheet)
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

    def read_all_rows(self, sheet: str) -> Rows:
        """Yield the same rows."""
        yield from self.read_rows(sheet)

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
        elif name == f"{_STYLE}table-properties" and attributes.get(f"{_TABLE}display") == "false":
            hidden.add(style)
        elif name == f"{_TABLE}table":
            depth += 1
            if depth == 1 and f"{_TABLE}name" in attributes:
                is_hidden = attributes.get(f"{_TABLE}style-name") in hidden
                names.append(SheetName(attributes[f"{_TABLE}name"], not is_hidden))

    def end(name: str) -> None:
        nonlocal depth
        if name == f"{_TABLE}table":
            depth -= 1

    parser = make_parser(with_namespaces=True)
    parser.StartElementHandler, parser.EndElementHandler = start, end
    with package.open(CONTENT) as file:
        for _ in feed(parser, file):
            pass
    return names


class _TableReader:
    """The handlers of a parser, which put the rows of one table into `rows`, each with how often it is repeated."""

    def __init__(self, sheet: str) -> None:
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
        elif name == f"{_TABLE}table":
            if self._depth or attributes.get(f"{_TABLE}name") == self._sheet:
                self._depth += 1
        elif self._depth != 1 or self.is_done:
            return
        elif name == f"{_TABLE}table-row":
            self._times = _count(attributes, "number-rows-repeated")
            self._is_hidden = attributes.get(f"{_TABLE}visibility") in {"collapse", "filter"}
            self._cells, self._column = [], 0
        elif name in _CELLS:
            self._cell = attributes
            self._paragraphs = []
            self._length = 0

    def _start_in_cell(self, name: str, attributes: dict[str, str]) -> None:
        if name == f"{_TEXT}p" and self._runs is None:
            self._runs = []
        elif self._runs is None or name.startswith(_OFFICE):
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
        elif name == f"{_TABLE}table" and self._depth:
            self._depth -= 1
            self.is_done = self._depth == 0
        elif name == f"{_TABLE}table-row" and self._depth == 1:
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
        text = _cell_text(cell, "\n".join(self._paragraphs) if self._paragraphs else None)
        if text:
            if self._column + times > MAX_CELLS:
                raise ValueError(f"row {self._number} has {self._column + times:,} columns")
            self._cells.extend([""] * (self._column - len(self._cells)))
            self._cells.extend([text] * times)
        self._column += times


def _paragraph(text: str) -> str:
    """Return a paragraph's text: blanks that are not marked as such count as one (part 3, 6.1.2)."""
    return _BLANKS.sub(" ", text).replace("\0", " ").replace("\1", "\n")


def _count(attributes: dict[str, str], name: str, namespace: str = _TABLE) -> int:
    count = attributes.get(namespace + name, "1")
    return int(count) if count.isdecimal() and len(count) < 10 else 1


def _cell_text(cell: dict[str, str], displayed: str | None) -> str:
    """Return a cell's text, by the type of its value.

    Args:
        cell: The attributes of the cell.
        displayed: Its paragraphs, as LibreOffice displays them; None if it has none, not even an empty one.
    """
    shown = displayed or ""
    if cell.get(_CALC_TYPE) == "error":
        return shown.strip() or "#VALUE!"
    match cell.get(f"{_OFFICE}value-type"):
        case None:
            text = UNCALCULATED if f"{_TABLE}formula" in cell and displayed is None else shown
        case "float" | "percentage" | "currency" as kind:
            raw = cell.get(f"{_OFFICE}value", "")
            boolean = _BOOLEANS.get(shown.strip().casefold())
            is_boolean = boolean and raw in {"0", "1"}  # of a formula, whose type is a number
            text = boolean if boolean and is_boolean else _number_text(raw, shown, may_be_padded=kind == "float")
        case "date":
            text = moment_from_iso(cell.get(f"{_OFFICE}date-value", "")) or shown
        case "time":
            text = _duration_text(cell.get(f"{_OFFICE}time-value", "")) or shown
        case "boolean":
            text = cell.get(f"{_OFFICE}boolean-value", shown).upper()
        case _:
            text = shown or cell.get(f"{_OFFICE}string-value", "")
    return text


def _number_text(raw: str, shown: str, *, may_be_padded: bool) -> str:
    """Return a number's text: as it is displayed if that adds zeros or fixed text to its digits, or is words alone."""
    try:
        value = float(raw)
        number = Decimal(raw)
    except (ValueError, InvalidOperation):
        return raw or shown
    if f"{shown[:1]}{shown[-1:]}".startswith("#") and _ERROR.fullmatch(shown):
        return shown
    if value in {float("inf"), float("-inf")} or value != value:  # noqa: PLR0124 - not a number
        return raw
    if may_be_padded and number == number.to_integral_value() and _is_padded(number, shown):
        return shown.strip()
    if may_be_padded and is_worded(shown) and not any(map(str.isdigit, shown)):
        return shown.strip()
    return number_text(value)


def _is_padded(number: Decimal, shown: str) -> bool:
    """Return whether a display has exactly the digits of a whole number, and zeros or fixed text before or between."""
    if not _PADDED.fullmatch(shown):
        return False
    digits = "".join(filter(str.isdigit, shown))
    whole = str(abs(int(number)))
    if digits.lstrip("0") != whole.lstrip("0") or shown.strip().lstrip("-").isalpha():
        return False
    before_last = shown.strip().lstrip("-").rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz. ")
    return len(digits) > len(whole) or not (before_last.isdigit() or _is_grouped(before_last))


def _is_grouped(text: str) -> bool:
    """Return whether digits stand in thousands."""
    return re.fullmatch(r"\d{1,3}(?: \d{3})+", text) is not None


def _duration_text(raw: str) -> str:
    """Return a duration such as PT36H30M00S as 36:30:00; "" for anything else."""
    found = _DURATION.fullmatch(raw)
    if not found or not any(found.groups()[1:]):
        return ""
    sign, days, hours, minutes, seconds = found.groups()
    whole = int(days or 0) * 86_400 + int(hours or 0) * 3_600 + int(minutes or 0) * 60
    total = whole + round(Decimal((seconds or "0").replace(",", ".")))
    return clock_text(-total if sign else total)
