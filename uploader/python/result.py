"""What a run, a check or a fetch of results has done, for the caller."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from uploader.core.errors import UploaderError, UsageError
from uploader.core.message_groups import MessageGroup
from uploader.core.model import Outcome

if TYPE_CHECKING:
    import pandas as pd

    from uploader.commands.results_summary import ResultsSummary
    from uploader.pipeline import events
    from uploader.python.observer import ProgramObserver


@dataclass(frozen=True)
class Result:
    """What a run has done.

    Attributes:
        run: The run's id, as in the column `upload_run`; None for a check.
        file: The input.
        report: Where the report is; None if there is none.
        counts: Number of rows by outcome, zeros too: accepted, rejected, invalid, duplicate, failed, unknown, …
        exit_code: The exit code of the same command in a terminal; 0 if every row is accepted, a duplicate or skipped.
        stopped: Why the run ended before its end; None if it did not.
        results: Number of leads by validation result; empty if results were not fetched.
        problems: Why rows are invalid: similar problems as one, with their number and the first row numbers.
        notes: What the terminal would show as notes and warnings.
        page: The HTML report; None if there is none.
    """

    run: str | None
    file: Path
    report: Path | None
    counts: Mapping[str, int]
    exit_code: int
    stopped: UploaderError | None = None
    results: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[MessageGroup, ...] = ()
    notes: tuple[str, ...] = ()
    page: Path | None = None

    def frame(self) -> "pd.DataFrame":
        """Return the report as a DataFrame, as `read_report` does.

        Raises:
            UsageError: There is no report: a check writes one only with `report=`.
        """
        from uploader.python.frames import report_frame

        if self.report is None:
            raise UsageError("There is no report.", "A check writes one only with report=PATH.")
        return report_frame(self.report)


def result_of_run(
    done: "events.Result", observer: "ProgramObserver", summary: "ResultsSummary | None" = None
) -> Result:
    """Return the result of a run or a check, with the validation results if they were fetched."""
    error = done.stopped or done.unwritten
    return Result(
        run=done.run,
        file=done.file,
        report=done.report,
        counts=_counts(done.counts),
        exit_code=done.exit_code,
        stopped=error,
        results=_results(summary),
        problems=observer.problems,
        notes=tuple(observer.notes),
        page=done.page,
    )


def result_of_results(summary: "ResultsSummary", observer: "ProgramObserver") -> Result:
    """Return the result of fetching validation results."""
    return Result(
        run=summary.run,
        file=summary.file,
        report=summary.report,
        counts=_counts(summary.counts),
        exit_code=summary.exit_code,
        stopped=summary.stopped,
        results=_results(summary),
        notes=(*observer.notes, *summary.notes),
    )


def _counts(counts: Mapping[Outcome, int]) -> dict[str, int]:
    return {outcome.value: count for outcome, count in counts.items()}


def _results(summary: "ResultsSummary | None") -> dict[str, int]:
    return {validity.value: count for validity, count in summary.results.items()} if summary else {}
