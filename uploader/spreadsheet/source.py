"""A file of leads as batches of rows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from uploader.core.model import EarlierAttempt
from uploader.spreadsheet import Chunk, Table


@dataclass(frozen=True)
class RowBatch:
    """A chunk of rows with what an earlier report says about them.

    Attributes:
        chunk: The rows.
        settled: By position in the chunk, rows that are not sent again: their report cells (HEAD, then TAIL).
        lines: By position in the chunk, rows without a row number: their lines in the report.
        foreign: Positions in the chunk of rows of another upload than the report goes back to: their numbers mean
            other rows there.
        replaced: By position in the chunk, rows that are sent as new ones: what was sent as this row before, with
            another lead.
        unsent_changes: By position in the chunk, why a row that was changed is not sent again even so.
    """

    chunk: Chunk
    settled: dict[int, tuple[str, ...]] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    foreign: frozenset[int] = frozenset()
    replaced: Mapping[int, EarlierAttempt] = field(default_factory=dict)
    unsent_changes: Mapping[int, str] = field(default_factory=dict)

    def name(self, at: int) -> int | str:
        """Return how messages name a row: by its number, or by its line in the report."""
        return self.chunk.rows[at] or f"{self.lines[at]} of the report"


@dataclass(frozen=True)
class Spreadsheet:
    """A file of leads that no report has been written about."""

    table: Table

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names that a mapping can use and the report repeats."""
        return self.table.columns

    def batches(self) -> Iterator[RowBatch]:
        """Yield all rows in file order; may be called several times."""
        for chunk in self.table.chunks():
            yield RowBatch(chunk)
