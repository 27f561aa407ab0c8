"""What is known of the leads of a report after their results were fetched."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from uploader.core.errors import UploaderError
from uploader.core.model import Outcome
from uploader.core.validation_result import Validity
from uploader.pipeline.reported_leads import ReportedRow
from uploader.report import ReportStatistics


@dataclass(frozen=True)
class ResultsSummary:
    """What is known of a report's leads now.

    Attributes:
        run: The newest run of the report; None if the ledger does not know it.
        file: The report that was read.
        report: The report that was written.
        counts: Rows by outcome, zeros too.
        results: Rows by validity, zeros too.
        without_id: Accepted rows whose lead id is lost, as the report numbers them.
        resolved_without_id: Accepted rows that the user resolved without a lead id.
        statistics: What the rows of the new report add up to.
        asked: Number of leads that the platform was asked about.
        stopped: Why it ended early.
        exit_code: The exit code of the command.
        beside: Why the new report did not replace the old one; empty if it did.
        notes: What the user should know about how the report was read.
        changed: Rows whose final result has changed, as the report numbers them, with both results.
    """

    run: str | None
    file: Path
    report: Path
    counts: dict[Outcome, int]
    results: dict[Validity, int]
    without_id: Sequence[str]
    resolved_without_id: Sequence[str]
    statistics: ReportStatistics
    asked: int
    stopped: UploaderError | None
    exit_code: int
    beside: str = ""
    notes: tuple[str, ...] = ()
    changed: Sequence[tuple[str, str, str]] = ()


@dataclass
class ResultTotals:
    """Counts what is known of the leads of a report, row by row.

    Attributes:
        results: Rows by validity.
        without_id: Accepted rows whose lead id is lost.
        resolved_without_id: Accepted rows that the user resolved without a lead id.
        changed: Rows whose final result has changed, with the result before and now.
    """

    results: Counter[Validity] = field(default_factory=Counter)
    without_id: list[str] = field(default_factory=list)
    resolved_without_id: list[str] = field(default_factory=list)
    changed: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, row: ReportedRow, before: str, *, is_decided: bool) -> None:
        """Count a row of the new report.

        Args:
            row: The row.
            before: The final result that its lead had before; empty if it had none.
            is_decided: Whether the user has resolved the row.
        """
        if before and row.cells["upload_result"] != before:
            self.changed.append((row.cells["upload_row"], before, row.cells["upload_result"]))
        if row.is_accepted and row.lead_id is None:
            (self.resolved_without_id if is_decided else self.without_id).append(row.cells["upload_row"])
        if row.cells["upload_result"] in {*Validity}:
            self.results[Validity(row.cells["upload_result"])] += 1
