"""A file of leads as parts of rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from uploader.spreadsheet import Chunk, Table


@dataclass(frozen=True)
class Part:
    """A chunk of rows; `settled` has, by position, what an earlier report says of rows that are left alone:
    the cells of HEAD and TAIL in their order. `lines` says where rows without a number stand in that report."""

    chunk: Chunk
    settled: dict[int, tuple[str, ...]] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)

    def name(self, at: int) -> int | str:
        """How a person finds a row: by its number, or by its line in the report."""
        return self.chunk.rows[at] or f"{self.lines[at]} of the report"


@dataclass(frozen=True)
class Spreadsheet:
    """A file of leads, as it is."""

    table: Table

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a mapping can name, and that the report repeats."""
        return self.table.columns

    def parts(self) -> Iterator[Part]:
        """All rows, in file order; may be called several times."""
        for chunk in self.table.chunks():
            yield Part(chunk)
