"""A run's report, written again from the ledger and the run's file: nothing is sent, and nobody is asked."""

import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from uploader.config.settings import Settings
from uploader.core.command_line import PlatformFlags, uploader_command
from uploader.core.errors import StoppedError, UsageError
from uploader.core.model import Outcome, Run
from uploader.ledger import Ledger, lock_names_of, open_ledger
from uploader.mapping.bind import Binder
from uploader.mapping.load import Mapping
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline.events import Result
from uploader.pipeline.inputs import flags_of_run, reopen, require_run, suggesting_flags
from uploader.pipeline.plan import Planner
from uploader.pipeline.report_rows import ReportRows, context_of_run, exit_code
from uploader.report import (
    ReportStatistics,
    XlsxLimitError,
    default_path,
    free_path,
    kind_of,
    next_step_of,
    write_html_page,
    write_report,
)
from uploader.report.destination import protect_input
from uploader.report.reader import Source


def rewrite(
    run: Run, source: Source, mapping: Mapping, path: Path | None, ledger: Ledger, flags: PlatformFlags
) -> Result:
    """Writes the report to `path`, or beside the run's file under a new name.

    Raises UsageError for another kind of file than the run's report: read back, one is unescaped and the other not.
    Raises MappingError when a list that the mapping names is gone, UploaderError when the report can't be written.
    """
    if path and kind_of(path) != run.report_kind:
        raise UsageError(
            f"The report of run {run.id} is {run.report_kind}, and `retry` can read back only one kind.",
            f"Give --report a name that ends in .{run.report_kind}.",
        )
    rows = _rows(run, source, mapping, ledger)
    target = path or default_path(source.table.path, run.report_kind, time.time())
    tally, table = ReportStatistics(), source.table
    stopped = _stopped(run, ledger)
    about = replace(context_of_run(run, ledger), flags=flags)
    try:
        written = write_report(target, source.columns, tally.counting(rows), table.delimiter, about)
    except XlsxLimitError:  # so it never was an xlsx
        ledger.runs.set_report_kind(run.id, "csv")
        as_csv = replace(run, report_kind="csv")
        beside = free_path(target.with_suffix(".csv"))
        return replace(rewrite(as_csv, source, mapping, beside, ledger, flags), asked=target)
    page = None
    with suppress(OSError):  # the page is for reading; without it nothing is missing
        page = write_html_page(tally, replace(about, report=written))
    every = {outcome: rows.counts[outcome] for outcome in Outcome}
    code = exit_code(rows.counts, stopped)
    return Result(
        run.id,
        table.path,
        written,
        every,
        stopped,
        code,
        rows.unknown,
        asked=target,
        page=page,
        tally=tally,
        flags=flags,
    )


def _rows(run: Run, source: Source, mapping: Mapping, ledger: Ledger) -> ReportRows:
    """All rows with what the ledger says of them; what it does not know is invalid, or was never sent."""
    plans = Binder(mapping, source.columns).plans()
    mapping.raise_faults()
    surveyor = Planner(
        source,
        RowMapper(
            [replace(plan, required=plan.required or plan.name in run.required) for plan in plans],
            source.columns,
            strict=mapping.head.quality == "platform",
        ),
        ledger,
        (),  # who is a duplicate was decided then, and the ledger has it
        ledger.fingerprints(run.scope, run.campaign),
        source.table.path.name,
        resumed=run.id,
    )
    warns = mapping.head.quality == "warn"
    return ReportRows(surveyor, surveyor.survey(), ledger, run.id, _stopped(run, ledger), scope=run.scope, warns=warns)


def _stopped(run: Run, ledger: Ledger) -> StoppedError | None:
    why = ledger.runs.stop_reason(run.id)
    return StoppedError(why, f"`{uploader_command('resume', run.id)}` goes on.", next_step_of(run)) if why else None


def report(name: str, path: Path | None, settings: Settings) -> Result:
    """Writes a run's report again, from ledger and file alone. Raises UsageError, TableError, MappingError."""
    with open_ledger(settings.home) as ledger:
        run = require_run(name, ledger, settings)
        flags = flags_of_run(run, settings)
        with suggesting_flags(flags), ledger.lock(lock_names_of(run), Path(run.file).name):
            source, mapping = reopen(run, ledger)
            protect_input(path, Path(run.file), Path(run.file), mapping.path)
            return rewrite(run, source, mapping, path, ledger, flags)
