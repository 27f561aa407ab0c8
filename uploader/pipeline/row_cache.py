"""Rows are gone through three times: to look at them, to send them, to report. A small file is read and mapped once."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from uploader.mapping.row_mapper import MappedRows, RowMapper
from uploader.report.reader import Source
from uploader.spreadsheet.source import RowBatch

# What is kept at most: with the mapped values some 20 MB. Beyond it a second look at the file costs less than it saves.
CELLS = 250_000
CHARACTERS = 5_000_000

Mapped = tuple[RowBatch, MappedRows]


@dataclass
class RowCache:
    """The parts of a source, mapped and checked; may be gone through several times."""

    source: Source
    preparer: RowMapper
    _all: list[Mapped] | None = field(default=None, init=False)

    @property
    def are_kept(self) -> bool:
        """Whether they were gone through once, and are in memory."""
        return self._all is not None

    def __iter__(self) -> Iterator[Mapped]:
        """Every part, in order. Raises TableError."""
        return self._read() if self._all is None else iter(self._all)

    def _read(self) -> Iterator[Mapped]:
        # What is surely too large is not kept until it shows: a large file takes no more memory than a small one.
        kept: list[Mapped] | None = [] if self.source.table.size <= CHARACTERS else None
        cells = characters = 0
        for part in self.source.batches():
            mapped = part, self.preparer.prepare(part.chunk)
            yield mapped
            if kept is None:
                continue
            kept.append(mapped)
            cells += len(part.chunk.rows) * len(part.chunk.columns)
            characters += sum(sum(map(len, column)) for column in part.chunk.columns)
            if cells > CELLS or characters > CHARACTERS:
                kept = None
        self._all = kept
