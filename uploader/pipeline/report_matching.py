"""Finds what a program did to the rows of a report: lost row numbers, lost zeros."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from uploader.ledger import Fingerprints, Ledger
from uploader.mapping.row_mapper import RowMapper
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
        identity: The fields that tell one lead from another.
        fingerprints: Makes 16 bytes of their values.
    """

    ledger: Ledger
    family: str
    mapper: RowMapper
    identity: Sequence[str]
    fingerprints: Fingerprints

    def __call__(self, chunk: Chunk, places: Sequence[int]) -> Mapping[int, int]:
        """Return the row number of each row whose lead was sent as exactly one row of the upload.

        Args:
            chunk: The input's cells.
            places: The positions of the rows without a number.
        """
        if not self.identity or not places:
            return {}
        columns = [[column[place] for place in places] for column in chunk.columns]
        mapped = self.mapper.map_rows(replace(chunk, rows=[0] * len(places), columns=columns, faults={}, notes={}))
        fingerprints = self.fingerprints(mapped.columns(self.identity))
        found = self.ledger.rows.rows_by_fingerprint(self.family, [one for one in fingerprints if one is not None])
        rows = {place: found.get(one, ()) for place, one in zip(places, fingerprints, strict=True) if one is not None}
        return {place: next(iter(numbers)) for place, numbers in rows.items() if len(numbers) == 1}


def matched(source: Source, matcher: LeadMatcher) -> Source:
    """Return a source that finds what a program did to its rows, if it is a report."""
    if not isinstance(source, PastReport):
        return source
    check = OriginalValues(matcher.ledger, matcher.family, source.columns, matcher.mapper)
    return replace(source, matcher=matcher, check=check)
