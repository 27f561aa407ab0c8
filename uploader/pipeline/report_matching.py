"""Finds what a program or a person did to the rows of a report: lost row numbers, lost zeros, replaced leads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from uploader.core.model import EarlierAttempt
from uploader.ledger import Ledger
from uploader.mapping.row_mapper import MappedRows, RowMapper
from uploader.pipeline.identity import LeadIdentity
from uploader.pipeline.original_values import OriginalValues
from uploader.report.reader import PastReport, Source
from uploader.spreadsheet import Chunk


@dataclass(frozen=True)
class SentLeads:
    """Compares the leads of rows with those that one upload has sent. Implements `LeadMatcher` of the report reader.

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
    _comparable: dict[str, bool] = field(default_factory=dict)

    def find_rows(self, inputs: Chunk, places: Sequence[int]) -> Mapping[int, int]:
        """Return the row number of each row whose lead was sent as exactly one row of the upload.

        Args:
            inputs: The input's cells.
            places: The positions of the rows without a number.
        """
        if not self.identity.finds_duplicates or not places:
            return {}
        some = _only(inputs, places)
        rows: dict[int, set[int]] = {place: set() for place in places}
        for marks in self._fingerprints(some, self.mapper.map_rows(some)):
            found = self.ledger.rows.rows_by_fingerprint(self.family, [mark for mark in marks if mark is not None])
            for place, mark in zip(places, marks, strict=True):
                rows[place] |= found.get(mark, set()) if mark is not None else set()
        return {place: next(iter(numbers)) for place, numbers in rows.items() if len(numbers) == 1}

    def other_leads(self, inputs: Chunk, numbers: Mapping[int, int]) -> set[int]:
        """Return the positions of rows under whose number the upload has sent another lead.

        Args:
            inputs: The input's cells.
            numbers: The row numbers by position.
        """
        attempts = self.ledger.rows.earlier_by_row(self.family, list(numbers.values()))
        places = [place for place, number in numbers.items() if number in attempts]
        if not places:
            return set()
        some = _only(inputs, places)
        sent = {at: attempts[numbers[place]] for at, place in enumerate(places)}
        return {places[at] for at in self.other_leads_among(some, self.mapper.map_rows(some), sent)}

    def other_leads_among(self, chunk: Chunk, mapped: MappedRows, sent: Mapping[int, EarlierAttempt]) -> set[int]:
        """Return the positions of rows whose lead is certainly not the one that was sent under their number.

        Args:
            chunk: The rows.
            mapped: The same rows, mapped.
            sent: What was sent under their numbers, by position.
        """
        asked = {at: one for at, one in sent.items() if one.fingerprint and self._is_comparable(one.run)}
        if not asked:
            return set()
        ways = list(self._fingerprints(chunk, mapped))
        marks = {at: {way[at] for way in ways} - {None} for at in asked}
        return {at for at, one in asked.items() if marks[at] and one.fingerprint not in marks[at]}

    def _fingerprints(self, chunk: Chunk, mapped: MappedRows) -> Iterator[Sequence[bytes | None]]:
        """Yield the fingerprints of rows in every way in which leads of the campaign were identified."""
        yield self.identity.fingerprints(mapped)
        yield from self.identity.earlier_fingerprints(chunk, mapped)

    def _is_comparable(self, name: str) -> bool:
        """Whether all ways are known in which a run identified leads; those of a purged run are not."""
        if name not in self._comparable:
            run = self.ledger.runs.find(name)
            ways = {self.identity.scheme, *(one.scheme for one in self.identity.earlier)}
            is_known = run is not None and bool(run.identities) and not run.is_purged
            self._comparable[name] = is_known and run is not None and set(run.identities) <= ways
        return self._comparable[name]


def _only(inputs: Chunk, places: Sequence[int]) -> Chunk:
    """Return some rows of a chunk."""
    columns = [[column[place] for place in places] for column in inputs.columns]
    return replace(inputs, rows=[0] * len(places), columns=columns, faults={}, notes={})


def matched(source: Source, matcher: SentLeads) -> Source:
    """Return a source that finds what a program did to its rows, if it is a report."""
    if not isinstance(source, PastReport):
        return source
    check = OriginalValues(matcher.ledger, matcher.family, source.columns, matcher.mapper)
    return replace(source, matcher=matcher, check=check)
