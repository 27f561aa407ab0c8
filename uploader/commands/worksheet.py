"""A spreadsheet or report whose rows are checked, then edited and checked again, row by row."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from uploader.api.publisher import windows
from uploader.commands.connection import run_context
from uploader.commands.session import Session
from uploader.config.settings import Settings
from uploader.core.rate_limit import seconds_for
from uploader.ledger import Ledger
from uploader.pipeline.events import Observer
from uploader.pipeline.inputs import is_report, open_report, open_spreadsheet
from uploader.pipeline.options import UploadOptions
from uploader.pipeline.prepare import PreparedRun, prepare
from uploader.pipeline.run import UploadRun
from uploader.pipeline.worksheet import Worksheet
from uploader.report import write_report
from uploader.report.reader import PastReport
from uploader.spreadsheet import open_table


@dataclass(frozen=True)
class CheckedFile:
    """A checked file: where its leads go, and its rows."""

    ready: PreparedRun
    sheet: Worksheet

    def write(self, path: Path) -> None:
        """Write the rows as a report that `retry` sends, with everything that was edited and left out.

        Raises:
            UploaderError: The report can't be written.
        """
        source, table = self.ready.source, self.ready.table
        is_escaped = source.escaped if isinstance(source, PastReport) else True
        rows = self.sheet.rows_to_send()
        write_report(path, self.sheet.columns, rows, table.delimiter, is_escaped=is_escaped)


@dataclass(frozen=True)
class Quota:
    """The quota now.

    Attributes:
        left: The requests that are left, and of how many; None without a quota.
        seconds: How long it makes sending take at least.
    """

    left: tuple[int, int] | None
    seconds: float


async def check_file(
    options: UploadOptions, session: Session[Observer], ledger: Ledger, progress: Callable[[int], None]
) -> CheckedFile:
    """Read, map and validate all rows of a spreadsheet or a report, and keep them in memory.

    Args:
        options: The file and its mapping.
        session: Settings and observer.
        ledger: What was sent before; it stays open as long as rows are edited.
        progress: Gets the number of rows read so far.

    Raises:
        UploaderError: The file, the mapping or the form does not fit.
    """
    if is_report(open_table(options.file, sheet=options.sheet, encoding=options.encoding)):
        source, mapping, past = open_report(options, ledger, session.settings)
    else:
        (source, mapping), past = open_spreadsheet(options), None
    async with run_context(session, ledger) as context:
        ready = await prepare(source, mapping, past, options, context.settings, context.api)
        run = UploadRun(context, options, ready)
    session.observer.prepared(ready)
    sheet = Worksheet(run.planner)
    sheet.read(progress)
    return CheckedFile(ready, sheet)


def quota_for(leads: int, settings: Settings, ledger: Ledger) -> Quota:
    """Return what is left of the quota now, and how long it makes sending take."""
    window = next((window for window in windows(settings) if not window.kind), None)
    if window is None:
        return Quota(None, 0.0)
    with ledger.permits(settings.account, settings.timeout) as permits:
        used = permits.used(window)
    left = max(0, window.requests - used), window.requests
    return Quota(left, seconds_for(leads, window.requests, window.seconds, used))
