"""The newest report beside a file: leads in it that the ledger does not know show that the ledger is an older one.

A ledger that was restored from an old backup looks like any other: nothing in it says what came later. The reports of
later uploads do.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from uploader.core.errors import TableError
from uploader.core.model import MAX_ID, Outcome, parse_whole_number
from uploader.ledger import Ledger
from uploader.report import HEAD
from uploader.report.reader import PastReport
from uploader.spreadsheet import open_table

# No larger report is read, in bytes, and no more rows of one: it is only a hint, and should not take long.
LARGEST, ROWS = 20_000_000, 1_000


class UnknownLeads(NamedTuple):
    """Leads of a report that the ledger does not know: the report, its newest run, and the number of rows looked at."""

    report: Path
    run: str
    rows: int


def find_unknown_leads(file: Path, ledger: Ledger) -> UnknownLeads | None:
    """Return the leads of the newest report beside a file that the ledger should know and does not; None without any.

    Args:
        file: The input. Its reports are known by their names.
        ledger: Knows what was sent.
    """
    name = file.stem.split(".report-", maxsplit=1)[0]
    reports = [path for path in file.parent.glob("*.report-*") if path.name.startswith(f"{name}.report-")]
    newest = max((path for path in reports if path.suffix in {".csv", ".xlsx"}), default=None)
    try:
        if newest is None or newest.stat().st_size > LARGEST:
            return None
        runs = list(_unknown_rows(newest, ledger))
    except (TableError, OSError):  # it is not read for its own sake
        return None
    return UnknownLeads(newest, max(runs), len(runs)) if runs else None


def _unknown_rows(path: Path, ledger: Ledger) -> Iterator[str]:
    """Yield the run of each row with a lead that the ledger does not know."""
    report = PastReport(open_table(path, wanted=HEAD), frozenset(), escaped=False)
    runs = {name: ledger.runs.find(name) for name in report.runs()}
    for (cells, _), _ in zip(report.rows(), range(ROWS), strict=False):
        name = cells["upload_run"].strip()
        outcome = cells["upload_outcome"].strip().casefold()
        if name not in runs or outcome not in {Outcome.ACCEPTED, Outcome.UNKNOWN}:
            continue
        run, lead_id = runs[name], parse_whole_number(cells["upload_lead_id"], MAX_ID)
        if run is None or (lead_id and not ledger.rows.has_lead_id(run.scope, lead_id)):
            yield name
