"""Finds what a program or a person did to the rows of a report: lost row numbers, lost zeros, replaced leads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from uploader.core.model import EarlierAttempt, Run
from uploader.ledger import Ledger
from uploader.mapping.row_mapper import MappedRows, RowMapper
from uploader.pipeline.identity import LeadIdentity
from uploader.pipeline.original_values import OriginalValues
from uploader.report.lead_matcher import OtherLead, SentRow
from uploader.report.reader import PastReport, Source
from uploader.spreadsheet import Chunk

# What programs write in place of a letter that their character set lacks: such an address may be the one that was sent.
_LOST_LETTER = "?"


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
    _runs: dict[str, Run | None] = field(default_factory=dict)

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

    def other_leads(self, inputs: Chunk, rows: Mapping[int, SentRow]) -> Mapping[int, OtherLead]:
        """Return the rows under whose number the upload has sent another lead, or may have, by position.

        A row's cells are about what its own run has sent, so that is what its lead is compared with.

        Args:
            inputs: The input's cells.
            rows: Where the rows were sent, by position.
        """
        attempts = self._attempts(rows)
        if not attempts:
            return {}
        places = sorted(attempts)
        some = _only(inputs, places)
        mapped = self._with_problems_of_identity(self.mapper.map_rows(some))
        same = self.same_leads(some, mapped, {at: attempts[place] for at, place in enumerate(places)})
        others = {
            place: OtherLead(attempts[place][-1], self._is_certain(mapped, at, attempts[place]))
            for at, place in enumerate(places)
            if not same[at]
        }
        return others | {
            place: OtherLead(attempts[place][-1], is_certain=False, is_readable=False)
            for at, place in enumerate(places)
            if rows[place].is_settled and self._is_unreadable(mapped, at, attempts[place])
        }

    def left_out(self, inputs: Chunk, places: Sequence[int]) -> set[int]:
        """Return which of these rows `where` in the mapping leaves out, by position."""
        if self.mapper.row_filter is None or not places:
            return set()
        return {places[at] for at in self.mapper.row_filter.apply(_only(inputs, places)).skipped}

    def same_leads(
        self, chunk: Chunk, mapped: MappedRows, sent: Mapping[int, Sequence[EarlierAttempt]]
    ) -> dict[int, list[EarlierAttempt]]:
        """Return what was sent under the numbers of rows and may be the lead that they have now, by position.

        Args:
            chunk: The rows.
            mapped: The same rows, mapped.
            sent: What was sent under their numbers, by position.
        """
        is_asked = any(self._is_comparable(one) for attempts in sent.values() for one in attempts)
        ways = list(self._fingerprints(chunk, mapped)) if is_asked else []
        marks = {at: {way[at] for way in ways} - {None} for at in sent}
        return {
            at: [
                one for one in attempts if not marks[at] or not self._is_comparable(one) or one.fingerprint in marks[at]
            ]
            for at, attempts in sent.items()
        }

    def _with_problems_of_identity(self, mapped: MappedRows) -> MappedRows:
        """Return mapped rows in which only problems of identifying fields count: others do not hide another lead."""
        names = {name for scheme in self.identity.schemes for name in scheme.names}
        problems = {
            at: found
            for at, problems in mapped.problems.items()
            if (found := [one for one in problems if not one.field or one.field in names])
        }
        return replace(mapped, problems=problems)

    def _attempts(self, rows: Mapping[int, SentRow]) -> dict[int, list[EarlierAttempt]]:
        """Return the attempts that the cells of rows can be about, by position: those of the row's own run, if any.

        Where that run left the row out as a duplicate, this is the attempt at the lead that it had then.
        """
        by_family: dict[str, list[int]] = {}
        by_run: dict[str, list[int]] = {}
        for row in rows.values():
            by_family.setdefault(self._family(row.run), []).append(row.number)
            by_run.setdefault(row.run, []).append(row.number)
        found = {family: self.ledger.rows.earlier_by_row(family, numbers) for family, numbers in by_family.items()}
        attempts = {place: found[self._family(row.run)].get(row.number, []) for place, row in rows.items()}
        marks = {run: self.ledger.rows.marked_duplicates(run, numbers) for run, numbers in by_run.items()}
        for place, row in rows.items():
            if own := [one for one in attempts[place] if one.run == row.run]:
                attempts[place] = own
            elif row.number in marks[row.run]:
                repeated = marks[row.run][row.number]
                attempts[place] = [repeated] if repeated else []
        return {place: some for place, some in attempts.items() if some}

    def _fingerprints(self, chunk: Chunk, mapped: MappedRows) -> Iterator[Sequence[bytes | None]]:
        """Yield the fingerprints of rows in every way in which leads of the campaign were identified."""
        yield self.identity.fingerprints(mapped)
        yield from self.identity.earlier_fingerprints(chunk, mapped)

    def _is_comparable(self, attempt: EarlierAttempt) -> bool:
        """Whether all ways are known in which an attempt's run identified leads; those of a purged run are not."""
        run = self._run(attempt.run)
        if run is None or run.is_purged or (run.scope, run.campaign) != self.identity.campaign:
            return False
        return bool(attempt.fingerprint and run.identities) and set(run.identities) <= self.identity.schemes

    def _is_unreadable(self, mapped: MappedRows, at: int, attempts: Sequence[EarlierAttempt]) -> bool:
        """Whether a row has no valid identifying values, although what was sent as it had."""
        if not (self.identity.scheme and all(map(self._is_comparable, attempts))):
            return False
        return at in mapped.problems or not any(column[at] for column in mapped.columns(self.identity.scheme.names))

    def _is_certain(self, mapped: MappedRows, at: int, attempts: Sequence[EarlierAttempt]) -> bool:
        """Whether only a person can have made another lead of a row: it is identified by e-mail, which programs keep.

        Numbers, dates and names can look different after a program has saved them.
        """
        schemes = {scheme for one in attempts if (run := self._run(one.run)) for scheme in run.identities}
        schemes |= {self.identity.scheme} if self.identity.scheme else set()
        is_by_email = all(scheme.finds_duplicates and scheme.is_by_email for scheme in schemes)
        if self.identity.allow_duplicates or not is_by_email:
            return False
        names = list({name for scheme in schemes for name in scheme.names})
        values = [column[at] for column in mapped.columns(names)]
        return not any(_LOST_LETTER in value for value in values)

    def _family(self, name: str) -> str:
        run = self._run(name)
        return run.family if run else self.family

    def _run(self, name: str) -> Run | None:
        if name not in self._runs:
            self._runs[name] = self.ledger.runs.find(name)
        return self._runs[name]


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
