"""What the ledger knows about the rows of a report."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from uploader.core.model import RowState
from uploader.ledger import Ledger


@dataclass
class LedgerRows:
    """The rows of earlier runs. Implements `EarlierRows` of the report reader.

    Attributes:
        ledger: What was sent.
        family: The upload that the report goes back to; empty if the ledger does not know it.
    """

    ledger: Ledger
    family: str
    _families: dict[str, str] = field(default_factory=dict)
    _rows_by_id: dict[str, dict[int, int]] = field(default_factory=dict)

    def is_known(self, run: str) -> bool:
        """Whether the ledger knows this run."""
        return bool(self._family(run))

    def is_foreign(self, run: str) -> bool:
        """Whether a run belongs to another upload, or was sent with another ledger."""
        return bool(run) and (not self.family or self._family(run) != self.family)

    def _family(self, run: str) -> str:
        """Return the upload that a run goes back to; empty if the ledger does not know it."""
        if run not in self._families:
            found = self.ledger.runs.find(run)
            self._families[run] = found.family if found else ""
        return self._families[run]

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

    def possibly_accepted(self, rows: Sequence[int]) -> AbstractSet[int]:
        """Return the rows that a run of the upload has sent and that may be accepted."""
        return self.ledger.rows.earlier_by_row(self.family, rows).keys() if self.family and rows else set()
