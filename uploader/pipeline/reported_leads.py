"""The leads of a report: its rows, joined with the lead ids and results that the ledger knows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from uploader.config.settings import Settings
from uploader.core.errors import MappingError, TableError, UsageError
from uploader.core.model import MAX_ID, MAX_ROW, Outcome, parse_whole_number
from uploader.core.validation_result import LeadResult, Validity
from uploader.ledger import Ledger
from uploader.mapping.bind import Binder
from uploader.mapping.load import parse_mapping
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline.report_rows import result_cells
from uploader.pipeline.result_poller import PolledLead
from uploader.report.reader import PastReport
from uploader.report.row_problems import OUTCOME_HINT
from uploader.spreadsheet import Chunk

SETTLED = {Validity.VALID.value, Validity.INVALID.value}


@dataclass(frozen=True)
class ReportedRow:
    """A row of a report.

    Attributes:
        cells: The report's own cells, by column name; the lead id is the ledger's where that knows it.
        inputs: The input's cells.
    """

    cells: dict[str, str]
    inputs: list[str]

    @property
    def is_accepted(self) -> bool:
        """Whether the platform has the lead."""
        return self.cells["upload_outcome"].strip().casefold() == Outcome.ACCEPTED

    @property
    def lead_id(self) -> int | None:
        """The id of an accepted lead; None if it is lost."""
        if not self.is_accepted:
            return None
        return parse_whole_number(self.cells["upload_lead_id"].strip().removesuffix(".0"), MAX_ID)

    @property
    def run(self) -> str:
        """The run that sent the row."""
        return self.cells["upload_run"].strip()

    @property
    def number(self) -> int:
        """The row number in the input; 0 if it can't be read."""
        return parse_whole_number(self.cells["upload_row"], MAX_ROW) or 0

    def with_result(self, result: LeadResult | None, before: str = "") -> "ReportedRow":
        """Return the row with what is known of its lead; a final result in the report stays.

        Args:
            result: What is known.
            before: The final result that this one replaces; empty if there was none.
        """
        if result is None or (self.cells["upload_result"] in SETTLED and not before):
            return self
        validity, reason = result_cells(result)
        if before and before != validity:
            reason = f"changed from {before}: {reason}" if reason else f"changed from {before}"
        return replace(self, cells={**self.cells, "upload_result": validity, "upload_result_reason": reason})


@dataclass
class ReportedLeads:
    """Iterates over the rows of a report.

    Attributes:
        source: The report.
        ledger: Knows lead ids and earlier results.
        settings: The enterprise, and the publisher of runs that the ledger does not know.
        fresh: Results that have just been fetched, by lead id.
        before: The final results that leads had before those, by lead id: "valid" or "invalid".
    """

    source: PastReport
    ledger: Ledger
    settings: Settings
    fresh: Mapping[int, LeadResult] = field(default_factory=dict)
    before: Mapping[int, str] = field(default_factory=dict)
    _ids_by_run: dict[str, dict[int, int]] = field(default_factory=dict)
    _mappers: dict[str, RowMapper | None] = field(default_factory=dict)

    def rows(self) -> Iterator[ReportedRow]:
        """Yield every row, in the report's order.

        A spreadsheet program spoils ids (`1.8E+13`) and fills them down, so the ledger's id replaces the report's.

        Raises:
            TableError: An outcome is not one.
        """
        for cells, inputs in self.source.rows():
            row = ReportedRow(cells, inputs)
            _require_outcome(row)
            known = self._known_id(row) if row.is_accepted else None
            yield replace(row, cells={**cells, "upload_lead_id": str(known)}) if known else row

    def leads(self, *, again: bool = False) -> Iterator[tuple[PolledLead, str]]:
        """Yield the accepted leads to ask for, with the final results that they have.

        Args:
            again: Also leads that have a final result; otherwise the second item is always empty.

        Raises:
            TableError: An outcome is not one.
            UsageError: The publisher of a run is not known.
        """
        for row in self.rows():
            settled = self._settled_result(row)
            if row.lead_id is not None and (again or not settled):
                values = (*row.inputs, *self._sent_values(row))
                yield PolledLead(row.lead_id, self._publisher(row.run), values), settled

    def updated(self, row: ReportedRow) -> ReportedRow:
        """Return a row with the result of its lead, as it is known now."""
        is_asked_again = row.lead_id in self.fresh and row.lead_id in self.before
        return row.with_result(self.result_of(row), self.before.get(row.lead_id or 0, "") if is_asked_again else "")

    def _settled_result(self, row: ReportedRow) -> str:
        if row.cells["upload_result"] in SETTLED:
            return row.cells["upload_result"]
        result = self.result_of(row)
        return result.validity.value if result and result.is_settled else ""

    def result_of(self, row: ReportedRow) -> LeadResult | None:
        """Return the fresh result of a row's lead, else the ledger's, which lacks the lead's own values."""
        if row.lead_id is None:
            return None
        known = self.fresh.get(row.lead_id)
        return known or self.ledger.results.find(self.settings.scope, [row.lead_id]).get(row.lead_id)

    def is_decided(self, row: ReportedRow) -> bool:
        """Whether the user has resolved the row: then no response ever gave it a lead id."""
        return (row.run, row.number) in self.source.decided

    def _sent_values(self, row: ReportedRow) -> tuple[str, ...]:
        """Return the values that were sent for a row, if its run's mapping is known: the platform may quote them."""
        if row.run not in self._mappers:
            self._mappers[row.run] = self._mapper(row.run)
        mapper = self._mappers[row.run]
        if mapper is None:
            return ()
        mapped = mapper.map_rows(Chunk([row.number or 0], [[cell] for cell in row.inputs]))
        return tuple(value for column in mapped.values for value in column if value)

    def _mapper(self, name: str) -> RowMapper | None:
        """Return what maps the rows of a run; None if the ledger does not know the run or has purged it."""
        run = self.ledger.runs.find(name)
        if run is None or run.is_purged:
            return None
        try:
            mapping = parse_mapping(run.mapping, Path(run.mapping_path))
            return RowMapper(Binder(mapping, self.source.columns).plans(), self.source.columns)
        except MappingError:
            return None

    def _known_id(self, row: ReportedRow) -> int | None:
        """Return the lead id that the ledger has for a row."""
        if row.run not in self._ids_by_run:
            self._ids_by_run[row.run] = self.ledger.rows.lead_ids_by_row(row.run)
        return self._ids_by_run[row.run].get(row.number)

    def _publisher(self, run: str) -> int:
        """Return the publisher that sent a run. Raises UsageError when neither ledger nor settings know it."""
        facts = self.ledger.runs.find(run)
        publisher = facts.publisher if facts else self.settings.publisher_id
        if publisher is None:
            raise UsageError(
                f"The ledger does not know run {run!r}.", "Set UPLOADER_PUBLISHER_ID to the publisher of its leads."
            )
        return publisher


def _require_outcome(row: ReportedRow) -> None:
    """Raises TableError for a word that is not an outcome."""
    try:
        Outcome(row.cells["upload_outcome"].strip().casefold())
    except ValueError:
        word, number = row.cells["upload_outcome"], row.cells["upload_row"]
        raise TableError(f"row {number}, upload_outcome: {word!r} is not an outcome.", OUTCOME_HINT) from None
