"""Workbooks in Office Open XML (xlsx, xlsm; ECMA-376, part 1, 18): sheets, styles and shared strings."""

from collections.abc import Sequence
from functools import cached_property

from uploader.core.errors import TableError
from uploader.spreadsheet.workbook.cell_text import unescape
from uploader.spreadsheet.workbook.fast_xlsx import read_plain_rows
from uploader.spreadsheet.workbook.model import Rows, SheetName, SheetRow
from uploader.spreadsheet.workbook.number_format import BUILT_IN, PLAIN, NumberFormat, parse_number_format
from uploader.spreadsheet.workbook.package import Package, Relation, relations
from uploader.spreadsheet.workbook.xlsx_rows import LONGEST_TEXT, Styles, read_sheet_rows
from uploader.spreadsheet.workbook.xml_parser import feed, make_parser

# XML of a sheet whose rows are read from the file each time: bytes. Two million cells have some 80 MB.
LARGE_SHEET = 150_000_000

# Memory for the shared strings: bytes. Python takes some 60 for each, and up to 4 for a character.
MAX_STRINGS_MEMORY = 300_000_000


class XlsxWorkbook:
    """An opened xlsx or xlsm workbook."""

    def __init__(self, package: Package, part: str) -> None:
        """Read the list of sheets.

        Args:
            package: The zip package, which is closed with the workbook.
            part: The name of the workbook part.
        """
        self._package = package
        self._part = part
        root = package.parse(part)
        self._relations = relations(package, part)
        parts = {one.id: one for one in self._relations}
        self._sheets: dict[str, str | None] = {}
        self.sheets: Sequence[SheetName] = [
            SheetName(node.get("name", ""), node.get("state") not in {"hidden", "veryHidden"})
            for node in root.iter("sheet")
            if self._has_cells(node.get("name", ""), parts.get(node.get("id", "")))
        ]
        properties, calculation = root.find("workbookPr"), root.find("calcPr")
        self._is_1904 = properties is not None and _is_true(properties.get("date1904"))
        self._calculates_on_load = calculation is not None and _is_true(calculation.get("fullCalcOnLoad"))

    def _has_cells(self, name: str, relation: Relation | None) -> bool:
        """Keep the part of a sheet; return False for a chart, a dialog or an old macro sheet."""
        if relation is None or relation.kind != "worksheet":
            return False
        self._sheets.setdefault(name, relation.part)
        return True

    def read_rows(self, sheet: str) -> Rows:
        """Yield the rows of a sheet that have a value, in the file's order."""
        if sheet == self.sheets[0].name and (plain := self._plain_rows) is not None:
            yield from plain
        elif part := self._sheets[sheet]:
            yield from read_sheet_rows(self._package.open(part), self._styles, self._strings)

    def read_all_rows(self, sheet: str) -> Rows:
        """Yield the same rows, if possible faster, for a caller who wants them all."""
        if sheet != self.sheets[0].name and (plain := self._read_plain_rows(sheet)) is not None:
            yield from plain
        else:
            yield from self.read_rows(sheet)

    @cached_property
    def _plain_rows(self) -> list[SheetRow] | None:
        """The rows of the first sheet, if it is plain: mostly it is the one with the leads."""
        return self._read_plain_rows(self.sheets[0].name)

    def _read_plain_rows(self, sheet: str) -> list[SheetRow] | None:
        part = self._sheets[sheet]
        if part is None or not self._has_usual_names:
            return None
        return read_plain_rows(self._package, part, self._strings_part, self._styles, sheet)

    def is_large(self, sheet: str) -> bool:
        """Return whether a sheet has too many rows to keep them in memory."""
        part = self._sheets[sheet]
        return part is not None and self._package.size(part) > LARGE_SHEET

    def close(self) -> None:
        """Close the file."""
        self._package.close()

    def _part_of(self, kind: str) -> str | None:
        return next((one.part for one in self._relations if one.kind == kind.lower() and one.part), None)

    @cached_property
    def _has_usual_names(self) -> bool:
        """Whether the parts are where calamine looks for them, and no others are.

        It reads a workbook without texts or dates otherwise, or texts that do not belong to it.
        """
        usual = {"xl/workbook.xml": self._part, "xl/sharedStrings.xml": self._strings_part}
        usual["xl/styles.xml"] = self._part_of("styles")
        return all(
            part == name.lower() and self._package.has_exactly(name) if part else name not in self._package
            for name, part in usual.items()
        )

    @cached_property
    def _strings_part(self) -> str | None:
        return self._part_of("sharedStrings")

    @cached_property
    def _styles(self) -> Styles:
        part = self._part_of("styles")
        formats = _read_formats(self._package, part) if part else []
        return Styles(formats, is_1904=self._is_1904, zero_is_uncalculated=self._calculates_on_load)

    @cached_property
    def _strings(self) -> list[str]:
        """The shared strings (18.4)."""
        return _read_strings(self._package, self._strings_part) if self._strings_part else []


def _is_true(value: str | None) -> bool:
    return value in {"1", "true", "on"}


def _read_formats(package: Package, part: str) -> list[NumberFormat]:
    """Return the number format of each cell style (18.8.10)."""
    root = package.parse(part)
    codes = dict(BUILT_IN)
    for node in root.iter("numFmt"):
        if (number := node.get("numFmtId", "")).isdecimal():
            codes[int(number)] = node.get("formatCode", "")
    styles = root.find("cellXfs")
    numbers = [style.get("numFmtId", "0") for style in styles] if styles is not None else []
    found = [codes.get(int(number)) if number.isdecimal() else None for number in numbers]
    return [parse_number_format(code) if code else PLAIN for code in found]


def _read_strings(package: Package, part: str) -> list[str]:
    """Return the shared strings: runs of rich text joined, without phonetic hints.

    Raises:
        TableError: There are too many to be kept in memory.
    """
    strings: list[str] = []
    runs: list[str] = []
    memory, length, in_text, in_hint = 0, 0, False, False

    def start(name: str, _: object) -> None:
        nonlocal in_text, in_hint, length
        local = name.rpartition(":")[2]
        if local == "si":
            runs.clear()
            length = 0
        elif local == "rPh":
            in_hint = True
        elif local == "t":
            in_text = not in_hint

    def end(name: str) -> None:
        nonlocal in_text, in_hint, memory
        local = name.rpartition(":")[2]
        if local == "t":
            in_text = False
        elif local == "rPh":
            in_hint = False
        elif local == "si":
            text = unescape("".join(runs))
            strings.append(text)
            memory += 60 + len(text) * (1 if text.isascii() else 4)

    def add(text: str) -> None:
        nonlocal length
        if in_text:
            runs.append(text)
            length += len(text)
            if length > LONGEST_TEXT:
                raise ValueError(f"a text has more than {LONGEST_TEXT:,} characters")

    parser = make_parser()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, add
    with package.open(part) as file:
        for _ in feed(parser, file):
            if memory > MAX_STRINGS_MEMORY:
                raise TableError(
                    f"{package.path.name} has more than {len(strings):,} different texts.",
                    "Split it, or save the sheet as CSV.",
                )
    return strings
