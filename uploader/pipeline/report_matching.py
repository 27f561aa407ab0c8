"""Finds what a program did to the rows of a report: lost row numbers, lost zeros."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from uploader.ledger import Ledger
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline.identity import LeadIdentity
from uploader.pipeline.original_values import OriginalValues
from uploader.report.reader import PastReport, Source
from uploader.spreadsheet import Chunk


@dataclass(frozen=True)
class LeadMatcher:
    """Finds the row numbers of rows that have lost them, by their leads.

    Attributes:
        ledger: What was sent.
        family: The upload that the report goes back to.
        mapper: Maps the rows.
        identity: How leads are identified.
    """

    ledger: Ledger
    family: str
    mapper: RowMapper
    identity: LeadIdentity

    def __call__(self, chunk: Chunk, places: Sequence[int]) -> Mapping[int, int]:
        """Return the row number of each row whose lead was sent as exactly one row of the upload.

        Args:
            chunk: The input's cells.
            places: The positions of the rows without a number.
        """
        if not self.identity.finds_duplicates or not places:
            return {}
        columns = [[column[place] for place in places] for column in chunk.columns]
        some = replace(chunk, rows=[0] * len(places), columns=columns, faults={}, notes={})
        mapped = self.mapper.map_rows(some)
        rows: dict[int, set[int]] = {place: set() for place in places}
        for marks in [self.identity.fingerprints(mapped), *self.identity.earlier_fingerprints(some, mapped)]:
            found = self.ledger.rows.rows_by_fingerprint(self.family, [mark for mark in marks if mark is not None])
            for place, mark in zip(places, marks, strict=True):
                rows[place] |= found.get(mark, set()) if mark is not None else set()
        return {place: next(iter(numbers)) for place, numbers in rows.items() if len(numbers) == 1}


def matched(source: Source, matcher: LeadMatcher) -> Source:
    """Return a source that finds what a program did to its rows, if it is a report."""
    if not isinstance(source, PastReport):
        return source
    check = OriginalValues(matcher.ledger, matcher.family, source.columns, matcher.mapper)
    return replace(source, matcher=matcher, check=check)
