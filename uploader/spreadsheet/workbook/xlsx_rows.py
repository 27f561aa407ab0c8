"""Rows of a worksheet part (ECMA-376, part 1, 18.3.1), as texts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from uploader.core.errors import TableError
from uploader.spreadsheet.cell_errors import UNCALCULATED
from uploader.spreadsheet.column_names import column_index
from uploader.spreadsheet.time_limit import TimedFile
from uploader.spreadsheet.workbook.array_formula import ArrayArea, parse_area
from uploader.spreadsheet.workbook.cell_text import formatted_text, is_zero, moment_from_iso, unescape
from uploader.spreadsheet.workbook.model import Rows, SheetRow
from uploader.spreadsheet.workbook.number_format import PLAIN, NumberFormat
from uploader.spreadsheet.workbook.xml_parser import feed, make_parser

# The largest sheet that any program reads (18.3.1.73): rows and columns.
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384

# Characters of a cell; spreadsheet programs allow 32,767.
LONGEST_TEXT = 1_000_000

# Cells without a value that may stand before the next one with a value, except those of usual blank rows: these cost
# hardly any time.
MAX_BLANK_CELLS = 10_000_000

# A row of formatted cells without values, as most programs write it.
_BLANK_ROW = re.compile(rb'(<row r="[0-9]++"[^<>/]*+>)(?:<c r="[A-Z]{1,3}[0-9]++" s="[0-9]++" ?/>)++</row>')

_COLUMNS: dict[str, int] = {}  # letters -> index from 0


@dataclass
class Styles:
    """What the workbook says about the cells of all sheets.

    Attributes:
        formats: The number format of each style.
        is_1904: Whether dates count from 1904.
        zero_is_uncalculated: Whether the program that wrote the file left calculating to the one that opens it:
            XlsxWriter puts 0 where it knows no result.
    """

    formats: Sequence[NumberFormat] = ()
    is_1904: bool = False
    zero_is_uncalculated: bool = False
    _texts: dict[tuple[str, str | None], str] = field(default_factory=dict)

    def number_text(self, raw: str, style: str | None) -> str:
        """Return the text of a number that the file has as `raw`."""
        key = raw, style
        if (known := self._texts.get(key)) is None:
            known = self.format_number(raw, style)
            if len(self._texts) < 100_000:
                self._texts[key] = known
        return known

    def format_number(self, raw: str, style: str | None) -> str:
        """Return the same text, which is not kept for the next number like it."""
        at = int(style) if style and style.isdecimal() else 0
        form = self.formats[at] if at < len(self.formats) else PLAIN
        try:
            value = float(raw)  # blanks around it do no harm
            return formatted_text(value, form, is_1904=self.is_1904)
        except (ValueError, OverflowError):  # no number, or infinite
            return raw


class _RowCollector:
    """The handlers of a parser, which put the rows of a worksheet into `rows`.

    Most elements are cells and values, a million of each in a long list: they are handled first.
    """

    def __init__(self, styles: Styles, strings: Sequence[str]) -> None:
        self.rows: list[SheetRow] = []
        self.is_done = False
        self.blanks = 0  # cells without a value since the last one with a value
        self._styles = styles
        self._strings = strings
        self._root = ""
        self._names = ("c", "v", "row")
        self._number = 0
        self._has_number = True  # whether the row says it, or a cell of it
        self._cells: list[str] = []
        self._is_hidden = False
        self._column = -1
        self._cell: dict[str, str] = {}
        self._has_formula = False
        self._area = ""  # of the cell's array formula
        self._uncalculated: list[ArrayArea] = []
        self._hides_zeros = False
        self._in_hint = False
        self._in_value = False
        self._value = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element."""
        cell, value, row = self._names
        if name == value:
            self._in_value = True
        elif name == cell:
            self._cell = attributes
            self._value = ""
            self._has_formula = False
            self.blanks += 1
            if (reference := attributes.get("r")) is None:
                self._column += 1
            else:
                letters = reference.rstrip("0123456789")
                if not self._has_number and (digits := reference[len(letters) :]):
                    self._number, self._has_number = int(digits), True
                self._column = _COLUMNS[letters] if letters in _COLUMNS else _learn_column(letters)
        elif name == row:
            self._start_row(attributes)
        elif not self._root:
            self._root = name
            prefix = name[: name.rfind(":") + 1]
            self._names = (f"{prefix}c", f"{prefix}v", f"{prefix}row")
        else:
            self._start_inside(name.rpartition(":")[2], attributes)

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", "")
        self._has_number = number.isdecimal()
        self._number = int(number) if self._has_number else self._number + 1
        self._is_hidden = attributes.get("hidden") in {"1", "true", "on"}
        self._cells = []
        self._column = -1

    def _start_inside(self, name: str, attributes: dict[str, str]) -> None:
        """Handle what stands in cells beside values: formulas, texts, and their phonetic hints."""
        if name == "f":
            self._has_formula = True
            self._area = attributes.get("ref", "") if attributes.get("t") == "array" else ""
        elif name == "rPh":
            self._in_hint = True
        elif name == "t":
            self._in_value = not self._in_hint
        elif name == "sheetView" and attributes.get("showZeros") in {"0", "false", "off"}:
            self._hides_zeros = True

    def add(self, text: str) -> None:
        """Collect the characters of a value."""
        if self._in_value:
            self._value += text
            if len(self._value) > LONGEST_TEXT:
                raise ValueError(f"a cell of row {self._number} has more than {LONGEST_TEXT:,} characters")

    def end(self, name: str) -> None:
        """Handle the end of an element."""
        cell, value, row = self._names
        if name == value:
            self._in_value = False
        elif name == cell:
            if (self._value or self._has_formula) and (text := self._cell_text(self._value)):
                self._put(text)
        elif name == row:
            self._end_row()
        else:
            self._end_inside(name.rpartition(":")[2])

    def _end_inside(self, name: str) -> None:
        if name == "t":
            self._in_value = False
        elif name == "rPh":
            self._in_hint = False
        elif name == "sheetData":
            self.is_done = True

    def _end_row(self) -> None:
        if not self._cells:
            return
        for area in self._uncalculated:
            area.mark(self._number, self._cells)
        if not 1 <= self._number <= LAST_ROW:
            raise ValueError(f"it has a row number {self._number}")
        self.rows.append(SheetRow(self._number, self._cells, self._is_hidden))

    def _put(self, text: str) -> None:
        """Put a text into its column of the row."""
        cells, column = self._cells, self._column
        self.blanks = 0
        missing = column - len(cells)
        if missing == 0:
            cells.append(text)
        elif missing < 0:
            cells[column] = text
        elif column < LAST_COLUMN:
            cells.extend([""] * missing)
            cells.append(text)
        else:
            raise ValueError(f"it has a column {column + 1}")

    def _cell_text(self, raw: str) -> str:
        match self._cell.get("t"):
            case "s":
                return self._shared_string(raw)
            case None | "n":
                return self._number_text(raw)
            case kind:
                return plain_text(kind, raw)

    def _number_text(self, raw: str) -> str:
        if self._has_formula and (not raw or (self._styles.zero_is_uncalculated and raw == "0")):
            if area := parse_area(self._area):
                self._uncalculated.append(area)
            return UNCALCULATED
        if self._hides_zeros and is_zero(raw):
            return ""
        return self._styles.number_text(raw, self._cell.get("s"))

    def _shared_string(self, raw: str) -> str:
        try:
            place = int(raw)
            text = self._strings[place]
        except (ValueError, IndexError):
            place, text = -1, ""
        if place < 0:
            raise ValueError(f"a cell of row {self._number} refers to a text that is missing")
        return text


class _BlankRows:
    """Remove the cells of blank rows, of which a formatted sheet can have millions."""

    def __init__(self) -> None:
        self._has_raw_text = False

    def remove_cells(self, piece: bytes) -> bytes:
        """Return the next piece of a worksheet part; comments and raw text (`<![CDATA[`) stay as they are."""
        self._has_raw_text = self._has_raw_text or b"<!" in piece or b"![" in piece
        return piece if self._has_raw_text else _BLANK_ROW.sub(rb"\1</row>", piece)


def plain_text(kind: str, raw: str) -> str:
    """Return the text of a cell that neither is a number nor refers to a text of the workbook.

    Args:
        kind: Its type: `str`, `inlineStr`, `b`, `e` or `d`; others are texts as they stand (18.18.11).
        raw: Its value in the file.
    """
    match kind:
        case "str" | "inlineStr":
            return unescape(raw)
        case "b":
            return {"1": "TRUE", "0": "FALSE"}.get(raw.strip(), raw)
        case "e":
            return raw or "#VALUE!"
        case "d":
            return moment_from_iso(raw)
    return raw


def _learn_column(letters: str) -> int:
    """Return the column that has these letters, from 0."""
    if not (letters.isascii() and letters.isalpha() and len(letters) <= 3):
        raise ValueError(f"it has a cell {letters[:20]!r}")
    return _COLUMNS.setdefault(letters, column_index(letters.upper()))


def read_sheet_rows(file: TimedFile, styles: Styles, strings: Sequence[str]) -> Rows:
    """Yield the rows of a worksheet part that have a value, in the file's order.

    Args:
        file: The part, which is closed in the end.
        styles: The workbook's styles.
        strings: The workbook's shared strings.

    Raises:
        ValueError: The part is damaged.
        TableError: It has more formatted empty cells than any sheet needs.
    """
    collector = _RowCollector(styles, strings)
    parser = make_parser()
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.add
    with file:
        for _ in feed(parser, file, lambda: collector.is_done, _BlankRows().remove_cells):
            yield from collector.rows
            collector.rows.clear()
            if collector.blanks > MAX_BLANK_CELLS:
                raise TableError(
                    f"The workbook has more than {MAX_BLANK_CELLS:,} formatted but empty cells.",
                    "Delete the empty rows and columns, or save the sheet as CSV.",
                )
