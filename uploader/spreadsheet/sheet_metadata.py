"""What a workbook stores about a sheet in addition to its values.

calamine (0.9) returns error values as empty cells and does not report hidden rows. It also takes memory for every cell
between the first and the last, however far apart they are.
"""

from dataclasses import dataclass, field

CellPosition = tuple[int, int]  # row and column, from 0


@dataclass
class SheetMetadata:
    """Error values, hidden rows and used area of one sheet.

    Attributes:
        errors: The error text of each cell that shows an error.
        hidden: Hidden rows, from 0.
        rows: Rows in use, counted from the top.
        columns: Columns in use, counted from the left.
    """

    errors: dict[CellPosition, str] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    rows: int = 0
    columns: int = 0

    def extend_to(self, row: int, column: int) -> None:
        """Extend the used area to a cell."""
        self.rows = max(self.rows, row + 1)
        self.columns = max(self.columns, column + 1)
