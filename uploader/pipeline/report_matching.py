"""What the ledger knows about the rows of a report: their states, and row numbers that the report has lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from uploader.core.model import RowState
from uploader.ledger import Fingerprints, Ledger
from uploader.mapping.row_mapper import RowMapper
from uploader.report.reader import PastReport, Source
from uploader.spreadsheet import Chunk


@dataclass
class LedgerRows:
    """The rows of earlier runs. Implements `EarlierRows` of the report reader.

    Attributes:
        ledger: What was sent.
    """

    ledger: Ledger
    _known: dict[str, bool] = field(default_factory=dict)
    _rows_by_id: dict[str, dict[int, int]] = field(default_factory=dict)

    def is_known(self, run: str) -> bool:
        """Whether the ledger knows this run."""
        if run not in self._known:
            self._known[run] = self.ledger.runs.find(run) is not None
        return self._known[run]

    def states(self, run: str, rows: Sequence[int]) -> Mapping[int, RowState]:
        """Return the state of rows of a run; rows that were never sent are left out."""
        return self.ledger.rows.states(run, rows) if self.is_known(run) else {}

    def row_of_lead(self, run: str, lead_ids: Sequence[int]) -> int | None:
        """Return the row of a run whose accepted lead has one of these ids; None if there are none or several."""
        if not lead_ids or not self.is_known(run):
            return None
        if run not in self._rows_by_id:
            self._rows_by_id[run] = {lead: row for row, lead in self.ledger.rows.lead_ids_by_row(run).items()}
        known = self._rows_by_id[run]
        if len(lead_ids) == 1:
            return known.get(lead_ids[0])
        rows = [row for lead, row in known.items() if lead in lead_ids]
        return rows[0] if len(rows) == 1 else None


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
    """Return a source that finds lost row numbers with this matcher, if it is a report."""
    return replace(source, matcher=matcher) if isinstance(source, PastReport) else source
