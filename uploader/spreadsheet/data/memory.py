"""A table in memory, as rows of text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class MemoryRows:
    """Rows that are in memory and in no file.

    Attributes:
        columns: The names of the columns.
        cells: Text cells column by column.
        is_unescaped: They come from a report whose apostrophes were taken away when it was read.
    """

    columns: tuple[str, ...]
    cells: Sequence[Sequence[str]]
    is_unescaped: bool = False

    def read_blocks(self, size: int) -> Iterator[list[list[str]]]:
        """Yield all rows, blank ones too, `size` at a time."""
        count = len(self.cells[0]) if self.cells else 0
        for begin in range(0, count, size):
            block = zip(*(column[begin : begin + size] for column in self.cells), strict=True)
            yield list(map(list, block))
