"""Mapped rows, kept in memory for a small file. Rows are iterated three times: to plan, to send and to report."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from uploader.mapping.row_mapper import MappedRows, RowMapper
from uploader.report.reader import Source
from uploader.spreadsheet.source import RowBatch

# The most that is kept: about 20 MB with the mapped values. Beyond it, keeping costs more than reading again.
CELLS = 250_000
CHARACTERS = 5_000_000

Mapped = tuple[RowBatch, MappedRows]


@dataclass
class RowCache:
    """The parts of a source, mapped and validated. May be iterated several times."""

    source: Source
    mapper: RowMapper
    _all: list[Mapped] | None = field(default=None, init=False)

    @property
    def are_kept(self) -> bool:
        """Whether all parts are in memory, after the first iteration."""
        return self._all is not None

    def __iter__(self) -> Iterator[Mapped]:
        """Yield every part, in file order. Raises TableError."""
        return self._read() if self._all is None else iter(self._all)

    def _read(self) -> Iterator[Mapped]:
        # What is certainly too large is never kept: a large file takes no more memory than a small one.
        kept: list[Mapped] | None = [] if self.source.table.size <= CHARACTERS else None
        cells = characters = 0
        for part in self.source.batches():
            mapped = part, self.mapper.map_rows(part.chunk)
            yield mapped
            if kept is None:
                continue
            kept.append(mapped)
            cells += len(part.chunk.rows) * len(part.chunk.columns)
            characters += sum(sum(map(len, column)) for column in part.chunk.columns)
            if cells > CELLS or characters > CHARACTERS:
                kept = None
        self._all = kept
