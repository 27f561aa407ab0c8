"""Workbooks in Office Open XML (xlsx, xlsm; ECMA-376, part 1, 18): sheets, styles and shared strings."""

from collections.abc import Sequence
from functools import cached_property

from uploader.spreadsheet.workbook.fast_xlsx import read_rows
from uploader.spreadsheet.workbook.model import Rows, SheetName
from uploader.spreadsheet.workbook.number_format import BUILT_IN, PLAIN, NumberFormat, parse_number_format
from uploader.spreadsheet.workbook.package import Package, Relation, relations
from uploader.spreadsheet.workbook.xlsx_rows import Styles
from uploader.spreadsheet.workbook.xlsx_strings import read_strings

# XML of a sheet whose rows are read from the file each time: bytes. Two million cells have some 80 MB.
LARGE_SHEET = 150_000_000


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
        if part := self._sheets[sheet]:
            yield from read_rows(self._package.open(part), self._styles, self._strings)

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
    def _styles(self) -> Styles:
        part = self._part_of("styles")
        formats = _read_formats(self._package, part) if part else []
        return Styles(formats, is_1904=self._is_1904, zero_is_uncalculated=self._calculates_on_load)

    @cached_property
    def _strings(self) -> list[str]:
        """The shared strings."""
        part = self._part_of("sharedStrings")
        return read_strings(self._package, part) if part else []


def _is_true(value: str | None) -> bool:
    return value in {"1", "true", "on"}


def _read_formats(package: Package, part: str) -> list[NumberFormat]:
    """Return the number format of each cell style (18.8.10). Other `numFmt` are those of conditional formats."""
    root = package.parse(part)
    codes = dict(BUILT_IN)
    for node in root.iterfind("numFmts/numFmt"):
        if (number := node.get("numFmtId", "")).isdecimal():
            codes[int(number)] = node.get("formatCode", "")
    styles = root.find("cellXfs")
    numbers = [style.get("numFmtId", "0") for style in styles] if styles is not None else []
    found = [codes.get(int(number)) if number.isdecimal() else None for number in numbers]
    return [parse_number_format(code) if code else PLAIN for code in found]
