"""Writing a run's report again, from the ledger and the run's file. It sends nothing and asks no platform."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from uploader.config.settings import Settings
from uploader.core.command_line import PlatformFlags, uploader_command
from uploader.core.errors import StoppedError, UsageError
from uploader.core.model import Outcome, Run
from uploader.ledger import Ledger, lock_names_of, open_ledger
from uploader.mapping.bind import Binder
from uploader.mapping.load import Mapping as FieldMapping
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline.events import Result
from uploader.pipeline.identity import make_identity
from uploader.pipeline.inputs import open_report_file, reopen
from uploader.pipeline.past_run import flags_of_run, require_run, suggesting_flags
from uploader.pipeline.planner import Planner
from uploader.pipeline.report_matching import SentLeads, matched
from uploader.pipeline.report_output import ReportContent, count_rows, write_report_files
from uploader.pipeline.report_rows import ReportRows, context_of_run
from uploader.pipeline.reporting import exit_code
from uploader.report import (
    HEAD,
    TAIL,
    ReportContext,
    ReportStatistics,
    default_path,
    kind_of,
    next_step_of,
)
from uploader.report.destination import protect_input
from uploader.report.reader import PastReport, Source


@dataclass(frozen=True)
class ReadReport:
    """What the rows of a report add up to.

    Attributes:
        statistics: Counts and reasons.
        unknown_rows: The rows with an unknown outcome, by run.
        context: Facts about its run.
    """

    statistics: ReportStatistics
    unknown_rows: Mapping[str, Sequence[int]]
    context: ReportContext


def read_report(path: Path, settings: Settings) -> ReadReport:
    """Read a report back, with what the ledger knows. Raises TableError, UsageError."""
    with open_ledger(settings.ledger_place) as ledger:
        source, run = open_report_file(path, frozenset(), ledger, settings)
        context = context_of_run(run, ledger) if run else ReportContext(path)
        content = ReportContent(source.columns, lambda: _cells_of(source), replace(context, report=path))
        totals, statistics = count_rows(content)
        return ReadReport(statistics, totals.unknown_rows, content.context)


def report(name: str, path: Path | None, settings: Settings) -> Result:
    """Write a run's report again.

    Args:
        name: The run.
        path: Where to write; None for a new name beside the run's file.
        settings: Where the ledger is.

    Raises:
        UsageError: The run is unknown or purged, or the path has another ending than its report.
        TableError: The run's file is gone or has changed.
        MappingError: A list that the mapping names is gone.
        UploaderError: The report can't be written.
    """
    with open_ledger(settings.ledger_place) as ledger:
        run = require_run(name, ledger, settings)
        flags = flags_of_run(run, settings)
        with suggesting_flags(flags), ledger.lock(lock_names_of(run), Path(run.file).name):
            source, mapping = reopen(run, ledger)
            protect_input(path, Path(run.file), Path(run.file), mapping.path)
            return replace(_write_again(run, source, mapping, path, ledger, flags), flags=flags)


def _cells_of(source: PastReport) -> Iterator[list[str]]:
    for own, cells in source.rows():
        yield [*(own[name] for name in HEAD), *cells, *(own[name] for name in TAIL)]


def _write_again(
    run: Run, source: Source, mapping: FieldMapping, path: Path | None, ledger: Ledger, flags: PlatformFlags
) -> Result:
    """Write the report to `path`, or beside the run's file under a new name."""
    if path and kind_of(path) != run.report_kind:  # read back, cells of a CSV are unescaped and those of an xlsx not
        raise UsageError(
            f"The report of run {run.id} is {run.report_kind}, and `retry` can read back only that kind.",
            f"Use a --report name that ends in .{run.report_kind}.",
        )
    asked = path or default_path(source.table.path, run.report_kind, time.time())
    stopped = _why_stopped(run, ledger)
    rows = _rows(run, source, mapping, ledger, stopped)
    context = replace(context_of_run(run, ledger), flags=flags)
    content = ReportContent(source.columns, lambda: rows, context, source.table.delimiter)
    written = write_report_files(content, asked)
    if kind_of(written.path) != run.report_kind:
        ledger.runs.set_report_kind(run.id, kind_of(written.path))
    outcomes = written.totals.outcomes
    result = Result(
        run.id,
        source.table.path,
        written.path,
        {outcome: outcomes[outcome] for outcome in Outcome},
        stopped,
        exit_code(outcomes, stopped),
    )
    return replace(
        result,
        unknown_rows=written.totals.unknown_rows,
        asked=asked,
        page=written.page,
        statistics=written.statistics,
    )


def _rows(run: Run, source: Source, mapping: FieldMapping, ledger: Ledger, stopped: StoppedError | None) -> ReportRows:
    """Return all rows with what the ledger knows of them. A row that it does not know is invalid or was never sent."""
    binder = Binder(mapping, source.columns)
    plans, row_filter = binder.plans(), binder.row_filter()
    mapping.raise_errors(command="report")
    mapper = RowMapper(
        [replace(plan, required=plan.required or plan.name in run.required) for plan in plans],
        source.columns,
        strict=mapping.head.quality == "platform",
        row_filter=row_filter,
    )
    identity = make_identity(
        mapping,
        plans,
        source.columns,
        ledger,
        (run.scope, run.campaign),
        allow_duplicates=run.allow_duplicates,
        must_recognize=False,
    )
    matcher = SentLeads(ledger, run.family, mapper, identity)
    planner = Planner(
        matched(source, matcher),
        mapper,
        ledger,
        None,  # which rows are duplicates was decided by the run, and the ledger has it
        source.table.path.name,
        resumed=run.id,
    )
    warns = mapping.head.quality == "warn"
    return ReportRows(planner, planner.plan(), ledger, run.id, stopped, scope=run.scope, warns=warns)


def _why_stopped(run: Run, ledger: Ledger) -> StoppedError | None:
    """Return why a run ended before its end; None if it did not."""
    why = ledger.runs.stop_reason(run.id)
    return (
        StoppedError(why, f"Run `{uploader_command('resume', run.id)}` to continue.", next_step_of(run))
        if why
        else None
    )
