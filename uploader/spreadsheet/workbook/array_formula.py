"""Array formulas (ECMA-376, part 1, 18.3.1.40), whose result fills several cells though one of them has the formula.

Libraries leave the other cells out, or put 0 into them.
"""

import re
from typing import NamedTuple

from uploader.spreadsheet.cell_errors import UNCALCULATED
from uploader.spreadsheet.column_names import column_index

_AREA = re.compile(r"([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")

# More are no list, and would take memory for each row.
_MAX_COLUMNS = 200


class ArrayArea(NamedTuple):
    """The cells of an array formula that was never calculated: rows from 1 and columns from 0, the last ones too."""

    top: int
    left: int
    bottom: int
    right: int

    def mark(self, number: int, cells: list[str]) -> None:
        """Mark the cells of a row that belong to the area: what they hold, if anything, stands for no result."""
        if self.top <= number <= self.bottom:
            cells.extend([""] * (self.right + 1 - len(cells)))
            cells[self.left : self.right + 1] = [UNCALCULATED] * (self.right + 1 - self.left)


def parse_area(reference: str) -> ArrayArea | None:
    """Return an area such as `B2:C9`; None for a single cell, and for more columns than a formula fills."""
    if not (found := _AREA.fullmatch(reference)):
        return None
    left, top, right, bottom = (column_index(found[1]), int(found[2]), column_index(found[3]), int(found[4]))
    return ArrayArea(top, left, bottom, right) if 0 <= right - left < _MAX_COLUMNS else None
