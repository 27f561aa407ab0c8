"""Decides whether the rows of a file are mapped with helper processes, and maps them so."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace

from uploader.mapping.load import Mapping
from uploader.mapping.recipe import recipe_of
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline.block_mapper import BlockMapper, MappedPart, MappingTask
from uploader.pipeline.helpers import count_helpers, map_blocks
from uploader.pipeline.identity import LeadIdentity
from uploader.report.reader import Source
from uploader.spreadsheet.csv_reader import TextFile
from uploader.spreadsheet.source import Spreadsheet
from uploader.spreadsheet.time_limit import TimeLimit

# Bytes from which helpers take part, some 200,000 rows: each takes 0.4 s to start. The rows of a small file are kept.
LARGE_FILE = 30_000_000


@dataclass(frozen=True)
class SharedWork:
    """The mapping of a file's rows by this process and helpers.

    Attributes:
        mapper: Maps blocks here.
        task: What the helpers map, and how.
        helpers: How many.
    """

    mapper: BlockMapper
    task: MappingTask
    helpers: int

    def parts(self, needs_values: Callable[[], bool]) -> Generator[MappedPart]:
        """Yield the parts of the file, in its order. Close it, and the helpers end.

        Args:
            needs_values: Whether all values of the next rows are needed. Otherwise only those of boolean fields are
                there.

        Raises:
            TableError: The rest of the file can't be read, or has too many blank rows.
            LimitReachedError: The order of the rows matters, so that one process must map all.
        """
        limit = TimeLimit()
        with closing(map_blocks(self.mapper, self.task, self.helpers, needs_values)) as results:
            for found in results:
                if found is None:
                    limit.check(self.mapper.table.path.name)
                    continue
                yield found
                limit.restart()


def share_work(source: Source, mapping: Mapping, mapper: RowMapper, identity: LeadIdentity) -> SharedWork | None:
    """Return how the work is shared; None where that does not pay, or where this process needs every mapped row.

    Args:
        source: The input.
        mapping: The mapping.
        mapper: Maps its rows.
        identity: How leads are identified.
    """
    table = source.table
    if not isinstance(source, Spreadsheet) or not isinstance(table.source, TextFile) or table.size < LARGE_FILE:
        return None
    if identity.earlier or not (helpers := count_helpers()):
        return None
    recipe = recipe_of(mapping, mapper)
    if recipe is None:
        return None
    task = MappingTask(replace(table, stream=None), recipe, identity.scheme, identity.make, 1 / (helpers + 1))
    # This process uses a mapper like those of the helpers, so that the other one is as it was if it has to map all.
    return SharedWork(replace(task.begin(), table=table), task, helpers)
