"""From "accepted" to "valid": fetches the results of a report's leads and writes them into the report."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from uploader.commands.connection import run_context
from uploader.commands.results_summary import ResultsSummary, ResultTotals
from uploader.commands.session import Session
from uploader.core.command_line import shell_quote, uploader_command
from uploader.core.errors import NextStep, StoppedError, TableError, UsageError
from uploader.core.model import Outcome, Run
from uploader.core.validation_result import LeadResult, Validity
from uploader.ledger import open_ledger
from uploader.pipeline.cancellation import ended_by_interruption, interruptible
from uploader.pipeline.context import RunContext
from uploader.pipeline.events import Result, ResultsObserver
from uploader.pipeline.inputs import open_report_file
from uploader.pipeline.report_output import ReportContent, WrittenReport, write_report_files
from uploader.pipeline.report_rows import context_of_run
from uploader.pipeline.reported_leads import ReportedLeads
from uploader.pipeline.reporting import exit_code
from uploader.pipeline.result_poller import poll_results
from uploader.pipeline.worker_pool import as_uploader_error
from uploader.report import HEAD, TAIL, ReportContext, kind_of
from uploader.report.destination import protect_input, update_path
from uploader.report.reader import PastReport


@dataclass(frozen=True)
class ResultsOptions:
    """What the user asked for.

    Attributes:
        file: The report whose leads are meant.
        report: Where to write the new report; None for the old one's place.
        sheet: The sheet of a workbook.
        encoding: The encoding of a text file.
        page: Also write the HTML report.
        again: Also ask for leads that have a final result already: it may have changed.
        is_new_sandbox: The platform is a sandbox that this command has started, so it has none of the leads.
    """

    file: Path
    report: Path | None = None
    sheet: str | None = None
    encoding: str | None = None
    page: bool = True
    again: bool = False
    is_new_sandbox: bool = False


async def results(
    options: ResultsOptions, session: Session[ResultsObserver], upload: Result | None = None
) -> ResultsSummary:
    """Fetch the results of a report's leads and write them into it.

    Args:
        options: What the user asked for.
        session: Its settings must lead to the platform that the leads were sent to.
        upload: The run that has just written the report, if there is one.

    Raises:
        UploaderError: The report can't be read or written, or the platform has no results.
    """
    settings = session.settings
    settings.endpoint("result")  # an API without results is reported before anything is done
    with open_ledger(settings.ledger_place) as ledger:
        open_file = partial(
            open_report_file, options.file, frozenset(), ledger, settings, options.sheet, options.encoding
        )
        source, run = open_file()
        inputs = [Path(run.file), Path(run.mapping_path)] if run else []
        protect_input(options.report, options.file, *inputs)
        update_path(source.table, options.report)
        names = [f"family {run.family}"] if run else [f"{settings.scope} {source.table.sha256}"]
        with ledger.lock(names, options.file.name):
            async with run_context(session, ledger) as context:
                update = ResultsUpdate(context, lambda: open_file()[0], source, run, options, upload)
                return await update.run_once()


async def add_results(
    upload: Result, session: Session[ResultsObserver], *, page: bool = True
) -> tuple[Result, ResultsSummary | None]:
    """Fetch the results of leads that were just sent, and write them into the run's report.

    Args:
        upload: What the run has done; it has a report.
        session: As for the run.
        page: Also write the HTML report.

    Returns:
        What was done by then, and what is known of the leads. The reason that stopped the upload decides the exit code.
    """
    assert upload.report is not None
    was_stopped = upload.exit_code not in {0, 1, 6}
    try:
        summary = await results(ResultsOptions(upload.report, page=page), session, upload)
    except Exception as failure:  # noqa: BLE001 - leads were sent: neither an error nor a bug hides that
        error = as_uploader_error(failure)
        again = uploader_command("results", shell_quote(upload.report))
        hint = f"{error.hint} The leads were sent. To fetch their results, run `{again}`.".strip()
        stopped = StoppedError(error.message, hint)
        return upload if was_stopped else replace(upload, stopped=stopped, exit_code=stopped.exit_code), None
    if was_stopped:
        return upload, summary
    return replace(upload, stopped=summary.stopped, exit_code=summary.exit_code), summary


@dataclass(frozen=True)
class ResultsUpdate:
    """Polls the results of one report and writes them back.

    Attributes:
        context: The open resources.
        reopen: Opens the report again.
        source: The report as it was opened.
        run: The newest run of the report that the ledger knows.
        options: What the user asked for.
        upload: The run that has just written the report, if there is one.
    """

    context: RunContext[ResultsObserver]
    reopen: Callable[[], PastReport]
    source: PastReport
    run: Run | None
    options: ResultsOptions
    upload: Result | None = None

    async def run_once(self) -> ResultsSummary:
        """Poll, then write the report: in its own place, unless another was asked for or something would be lost."""
        asked, fresh, before = await self.poll()
        source = self._as_saved_now()
        path, beside = update_path(source.table, self.options.report)
        totals = ResultTotals()
        reported = ReportedLeads(source, self.context.ledger, self.context.settings, fresh, before)
        written = self._write(reported, totals, path)
        return self._summary(source, asked, totals, written, beside)

    async def poll(self) -> tuple[int, Mapping[int, LeadResult], Mapping[int, str]]:
        """Ask for every lead that has no final result (with --again for all), until all have one or patience is over.

        Every result is in the ledger as soon as it is known, so this can be stopped and run again.

        Returns:
            Number of leads that were asked for, the results by lead id in the platform's own words, and the final
            results that leads had before, by lead id.
        """
        fresh: dict[int, LeadResult] = {}
        reported = ReportedLeads(self.source, self.context.ledger, self.context.settings)
        known = list(reported.leads(again=self.options.again))
        leads, before = [lead for lead, _ in known], {lead.lead_id: settled for lead, settled in known if settled}
        if leads and self.options.is_new_sandbox:
            raise UsageError(
                f"{self.source.table.path.name}: the leads are gone. A sandbox of --sandbox ends with its command.",
                "Add --wait-results to the upload; or run `uploader sandbox`, which keeps leads until it ends, and "
                "upload again without --sandbox.",
            )
        with self.context.observer.polling(len(leads), self.context.api.limiter.wait_time) as show:

            def note(lead_id: int, result: LeadResult) -> None:
                if result.is_statement or lead_id not in before:  # an error says nothing about the lead
                    fresh[lead_id] = result
                show(lead_id, result)

            if leads:
                again = uploader_command("results", shell_quote(self.source.table.path))
                hint = f"The results found so far are in the report. To fetch the others, run `{again}`."
                with interruptible(self.context.stop, hint), ended_by_interruption(self.context.stop):
                    await poll_results(self.context, leads, note)
        return len(leads), fresh, before

    def _as_saved_now(self) -> PastReport:
        """Return the report as someone may have saved it while the platform was asked. Raises StoppedError."""
        if not self.source.table.has_changed():
            return self.source
        try:
            return self.reopen()
        except TableError as error:
            again = uploader_command("results", shell_quote(self.source.table.path))
            hint = f"The results are in the ledger. To write them into the report, run `{again}`."
            raise StoppedError(error.message, hint) from None

    def _write(self, reported: ReportedLeads, totals: ResultTotals, path: Path) -> WrittenReport:
        """Write the report with what is known, counting into `totals`. Raises UploaderError."""
        source, ledger = reported.source, self.context.ledger

        def rows() -> Iterator[Sequence[str]]:
            for row in reported.rows():
                new, before = reported.updated(row), reported.before.get(row.lead_id or 0, "")
                totals.add(new, before, is_decided=reported.is_decided(row))
                yield [*(new.cells[name] for name in HEAD), *new.inputs, *(new.cells[name] for name in TAIL)]

        context = self._report_context(source)
        content = ReportContent(source.columns, rows, context, source.table.delimiter, is_escaped=source.escaped)
        written = write_report_files(content, path, with_page=self.run is not None and self.options.page)
        if self.run and kind_of(written.path) != kind_of(path):
            ledger.runs.set_report_kind(self.run.id, kind_of(written.path))
        return written

    def _report_context(self, source: PastReport) -> ReportContext:
        """Return what the report shows beside its rows."""
        flags = self.context.settings.platform_flags
        if self.run is None:
            return ReportContext(source.table.path, flags=flags)
        next_step: NextStep | None = self.upload.stopped.next_step if self.upload and self.upload.stopped else None
        fixes = self.upload.fixes if self.upload else None
        return replace(context_of_run(self.run, self.context.ledger, fixes, next_step), flags=flags)

    def _summary(
        self, source: PastReport, asked: int, totals: ResultTotals, written: WrittenReport, beside: str
    ) -> ResultsSummary:
        counts = {outcome: written.totals.outcomes[outcome] for outcome in Outcome}
        stopped = self.context.stop.error
        is_open = totals.results[Validity.INVALID] or totals.results[Validity.PENDING] or totals.without_id
        return ResultsSummary(
            run=self.run.id if self.run else None,
            file=source.table.path,
            report=written.path,
            counts=counts,
            results={validity: totals.results[validity] for validity in Validity},
            without_id=totals.without_id,
            resolved_without_id=totals.resolved_without_id,
            statistics=written.statistics,
            asked=asked,
            stopped=stopped,
            exit_code=exit_code(counts, stopped) or int(bool(is_open)),
            beside=beside,
            notes=source.table.notes,
            changed=totals.changed,
        )
