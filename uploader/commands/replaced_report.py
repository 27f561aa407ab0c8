"""Refusing to replace a report that is the only copy of rows which did not get through."""

from pathlib import Path

from uploader.core.command_line import uploader_command
from uploader.core.errors import TableError, UsageError
from uploader.core.model import Outcome, Run
from uploader.ledger import Ledger
from uploader.pipeline.past_run import is_from_stream
from uploader.report import HEAD
from uploader.report.reader import PastReport, Source
from uploader.spreadsheet import open_table

# What did not get through, or perhaps not.
NEEDED = frozenset({Outcome.UNKNOWN, *(outcome for outcome in Outcome if outcome.is_retried)})


def refuse_lost_rows(report: Path, flag: str, source: Source, ledger: Ledger) -> None:
    """Refuse to replace a report with rows that did not get through and that came from standard input or a DataFrame.

    A run of the same rows may replace it, and so may a retry of it.

    Args:
        report: Where the new report goes.
        flag: The flag that gives the path.
        source: The rows of the new run.
        ledger: Knows the runs of the old report.

    Raises:
        UsageError: The rows would be lost.
    """
    if not report.is_file():
        return
    try:
        old = PastReport(open_table(report, wanted=HEAD), frozenset(), escaped=False)
        runs = [run for run in map(ledger.runs.find, old.runs()) if run and _is_needed(run, source)]
        lost = _count_lost(old, {run.id for run in runs}) if runs else 0
    except TableError:  # blank, or a report whose rows no one can read
        return
    if lost:
        what = "a row that" if lost == 1 else f"{lost:,} rows that"
        retry = uploader_command("retry", "REPORT")
        raise UsageError(
            f"{flag} {report} would replace a report with {what} did not get through, and no other file has.",
            f"Nothing was sent. Choose another name, such as one with the date, or run `{retry}` with it first.",
        )


def _is_needed(run: Run, source: Source) -> bool:
    """Return whether the rows of an earlier run can't be read again, and are not those of the new run."""
    is_same = run.sha256 == source.table.sha256 or (isinstance(source, PastReport) and run.id in source.runs())
    return is_from_stream(run) and not is_same


def _count_lost(report: PastReport, runs: set[str]) -> int:
    rows = [cells for cells, _ in report.rows() if cells["upload_run"] in runs]
    return sum(cells["upload_outcome"] in NEEDED for cells in rows)
