"""Numbers of a plain worksheet whose format changes their text, such as `00000`, found without parsing its XML."""

import re
from array import array
from collections.abc import Collection, Sequence

from uploader.spreadsheet.column_names import column_index
from uploader.spreadsheet.workbook.model import SheetRow
from uploader.spreadsheet.workbook.xlsx_rows import Styles

# Cells, with some 80 bytes for each.
MAX_FORMATTED = 300_000

_ROW = re.compile(rb'<row r="([0-9]+)"')
# A cell with one of some styles: column, row, style, and the number unless it is written in an odd way.
_CELL = rb'<c r="([A-Z]{1,2})([0-9]++)" s="(%s)"(?: t="n")?+ ?>(?!</c>)(?:<v>([0-9.eE+-]++)</v>)?+'


class FormattedNumbers:
    """Collects such numbers of one worksheet, and puts their texts into its rows."""

    def __init__(self, styles: Styles, needed: Collection[int]) -> None:
        """Prepare the search.

        Args:
            styles: The workbook's styles.
            needed: Those whose numbers are looked for.
        """
        self._styles = styles
        self._pattern = re.compile(_CELL % b"|".join(b"%d" % style for style in needed)) if needed else None
        self._rows, self._columns = array("I"), array("H")
        self._texts: list[str] = []
        self._last_row = 0

    def collect(self, rows: bytes) -> bool:
        """Take the next rows of the worksheet, each written as `fast_xlsx` knows them.

        Returns:
            False if a number is written in an odd way, a row number comes twice, or there are too many.
        """
        cells = self._pattern.findall(rows) if self._pattern else []
        if self._pattern and not self._are_in_order(rows):
            return False
        for letters, row, style, raw in cells:
            if not raw:
                return False
            self._rows.append(int(row))
            self._columns.append(column_index(letters.decode()))
            self._texts.append(self._styles.format_number(raw.decode(), style.decode()))
        return len(self._texts) <= MAX_FORMATTED

    def _are_in_order(self, rows: bytes) -> bool:
        """Whether each row stands below the one before: else it is open which of two cells counts."""
        numbers = [self._last_row, *map(int, _ROW.findall(rows))]
        self._last_row = numbers[-1]
        return all(map(int.__lt__, numbers, numbers[1:]))

    def put_into(self, rows: Sequence[SheetRow]) -> list[SheetRow] | None:
        """Return the rows that still have a value with these texts in their cells; None if one has no such cell."""
        if not self._texts:
            return [*rows]
        by_number = {row.number: row.cells for row in rows}
        for number, column, text in zip(self._rows, self._columns, self._texts, strict=True):
            cells = by_number.get(number, [])
            if column >= len(cells) or not cells[column]:
                return None
            cells[column] = text
        return [row for row in rows if any(row.cells)]
