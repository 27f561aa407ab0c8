"""Maps the rows of a file block by block: in this process, or in a helper process, by the same code."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from uploader.core.fingerprint import Fingerprints
from uploader.core.model import IdentityScheme
from uploader.mapping.recipe import MapperRecipe
from uploader.mapping.row_mapper import MappedRows, RowMapper
from uploader.pipeline.identifying_texts import hash_texts, identifying_texts
from uploader.spreadsheet import Table
from uploader.spreadsheet.source import RowBatch
from uploader.spreadsheet.table import Block


class LimitReachedError(Exception):
    """What may be done for a field, however many rows there are, is used up: which rows get it depends on the order."""


class MappedPart(NamedTuple):
    """Rows that are not blank: as they were read, mapped, and with the fingerprints of their leads."""

    part: RowBatch
    mapped: MappedRows
    fingerprints: Sequence[bytes | None]


@dataclass(frozen=True)
class BlockMapper:
    """Splits, maps, checks and identifies the rows of blocks.

    Attributes:
        table: The table that the blocks are of.
        mapper: Maps and checks rows.
        scheme: How leads are identified.
        make: Makes their fingerprints.
        limit: The share of what may be done for a field that this process may use; see `InvalidValue`.
    """

    table: Table
    mapper: RowMapper
    scheme: IdentityScheme | None
    make: Fingerprints
    limit: float

    def map(self, first: int, block: Block) -> MappedPart | None:
        """Return the rows of a block; None if all are blank.

        Args:
            first: The number of its first row.
            block: The rows.

        Raises:
            LimitReachedError: The limit is reached.
        """
        chunk = self.table.chunk_of(first, block)
        if chunk is None:
            return None
        mapped = self.mapper.map_rows(chunk)
        if self.mapper.effort > self.limit:
            raise LimitReachedError
        fingerprints = hash_texts(self.make, identifying_texts(self.scheme, mapped), mapped)
        return MappedPart(RowBatch(chunk), mapped, fingerprints)

    def condense(self, found: MappedPart) -> MappedPart:
        """Return what planning needs of mapped rows: of their values, only those that may be a "no".

        Of the cells, those of columns that `where` names are left.
        """
        part, mapped, fingerprints = found
        named = {one.position for one in self.mapper.row_filter.conditions} if self.mapper.row_filter else set()
        columns = [column if at in named else () for at, column in enumerate(part.chunk.columns)]
        names = [plan.name for plan in self.mapper.plans if plan.is_boolean]
        answers = ["".join("0" if value == "0" else "-" for value in values) for values in mapped.columns(names)]
        rows = replace(part, chunk=replace(part.chunk, columns=columns))
        return MappedPart(rows, replace(mapped, names=names, values=answers), fingerprints)


@dataclass(frozen=True)
class MappingTask:
    """The makings of a `BlockMapper`. They can be pickled for a pipe to a helper process."""

    table: Table
    recipe: MapperRecipe
    scheme: IdentityScheme | None
    make: Fingerprints
    limit: float

    def begin(self) -> BlockMapper:
        """Return what maps the blocks."""
        return BlockMapper(self.table, self.recipe.make(), self.scheme, self.make, self.limit)
