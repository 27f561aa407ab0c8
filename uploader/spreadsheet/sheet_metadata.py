"""What a workbook says of a sheet beside its values: calamine (0.9) gives error values out as empty cells, tells no
hidden rows, and takes memory for every cell between the first and the last, however far apart they are."""

from dataclasses import dataclass, field

Place = tuple[int, int]  # row and column, from 0


@dataclass
class SheetMetadata:
    """Of one sheet: its error values' texts, the hidden rows (from 0), and the corner of the area that is in use."""

    errors: dict[Place, str] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)
    rows: int = 0
    columns: int = 0

    def reach(self, row: int, column: int) -> None:
        """Notes a cell in use."""
        self.rows = max(self.rows, row + 1)
        self.columns = max(self.columns, column + 1)
