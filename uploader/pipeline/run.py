"""One run: look at all rows, ask, send, report. No printing: an `Observer` hears what happens."""

import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from uploader.api.protocol import encode_field_names, fill_template
from uploader.api.publisher import PublisherApi
from uploader.config.settings import Settings
from uploader.core.command_line import uploader_command
from uploader.core.errors import StoppedError, TableError, UploaderError, UsageError
from uploader.core.model import Lead, Run
from uploader.core.os_user import user_name
from uploader.core.rate_limit import seconds_for
from uploader.ledger import Ledger, LedgerError, new_run_id
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline.canary import CanaryGate, draw, sent_before
from uploader.pipeline.cancellation import StopSignal, interruptible
from uploader.pipeline.circuit_breaker import CircuitBreaker
from uploader.pipeline.events import Observer, Result, Summary
from uploader.pipeline.inputs import UploadOptions
from uploader.pipeline.plan import Plan, Planner, RowAction, collect_quality_warnings
from uploader.pipeline.prepare import PreparedRun
from uploader.pipeline.report_rows import counted, exit_code
from uploader.pipeline.reporting import Reporting
from uploader.pipeline.sender import Sender
from uploader.pipeline.stream import Stream
from uploader.pipeline.worker_pool import run_pool
from uploader.report import XLSX_ROWS, default_path, kind_of
from uploader.report.reader import PastReport


class Upload:
    """One run, ready to go; `resumed` is the run that is gone on with."""

    def __init__(
        self,
        options: UploadOptions,
        settings: Settings,
        observer: Observer,
        ledger: Ledger,
        api: PublisherApi,
        stop: StopSignal,
        ready: PreparedRun,
        resumed: Run | None = None,
    ) -> None:
        self._options = options
        self._settings = settings
        self._observer = observer
        self._ledger = ledger
        self._api = api
        self._stop = stop
        self._ready = ready
        self._resumed = resumed
        self._run = resumed or self._new_run()
        self._surveyor = Planner(
            ready.source,
            RowMapper(ready.plans, ready.source.columns, strict=ready.mapping.head.quality == "platform"),
            ledger,
            ready.mapping.duplicates,
            ledger.fingerprints(settings.scope, ready.ids.campaign),
            ready.table.path.name,
            family=self._run.family if resumed or ready.past else None,
            resumed=resumed.id if resumed else None,
            begun=None if resumed else self._run.id,
            allow_duplicates=options.allow_duplicates,
            include_unknown=options.include_unknown,
            limit=options.limit,
        )
        self._reporting = Reporting(ready, self._surveyor, ledger, settings, stop, options.page)

    async def send(self) -> Result:
        """Looks at all rows (with --stream the first ones), asks, sends, reports.

        Raises UploaderError when nothing was sent.
        """
        self._observer.prepared(self._ready)
        stream = Stream(self._surveyor) if self._options.stream else None
        survey = stream.survey if stream else self._survey()
        self._refuse_size(survey)
        summary = self._summary(survey)
        consent = self._observer.surveyed(summary)
        if consent is None:
            raise UploaderError("Nothing was sent.")
        self._run = replace(self._run, consent=consent)
        if self._resumed:
            self._ledger.runs.mark_resumed(self._run.id)
        else:
            self._ledger.runs.start(self._run)
        self._mark_duplicates(survey)
        await self._send(summary, stream.leads() if stream else self._surveyor.leads(survey))
        if stream:
            self._look_at_the_rest(stream)
        return self._finish(survey)

    def check(self) -> Result:
        """Looks at all rows; a report is written only where a path for it was given."""
        self._observer.prepared(self._ready)
        survey = self._survey()
        self._refuse_size(survey)
        self._observer.checked(survey)
        if self._options.report:
            return self._reporting.report(survey, None, self._options.report)
        return self._reporting.result(counted(survey), None, None)

    def _survey(self) -> Plan:
        """All rows, looked at. Raises TableError."""
        survey = self._surveyor.survey()
        if self._ready.mapping.head.quality == "warn":
            survey.foreseen = collect_quality_warnings(self._surveyor.mapped, survey)
        return survey

    def _refuse_size(self, survey: Plan) -> None:
        """Raises TableError for a file without rows, UsageError for more than the report can hold."""
        if not survey.fates:
            raise TableError(f"{self._ready.table.path.name} has no rows below its header.", "Is it the right file?")
        report = self._options.report
        if report and kind_of(report) == "xlsx" and len(survey.fates) >= XLSX_ROWS:
            raise UsageError(
                f"{len(survey.fates):,} rows do not fit into an xlsx report.", "Give --report a name that ends in .csv."
            )

    def _summary(self, survey: Plan) -> Summary:
        left, held = self._api.limiter.left(), self._api.limiter.wait_time
        if self._options.stream:
            return Summary(self._ready, survey, None, 0.0, left, held)
        to_send = survey.count(RowAction.SEND)
        return Summary(self._ready, survey, to_send, self._seconds(to_send, left), left, held)

    def _mark_duplicates(self, survey: Plan) -> None:
        self._ledger.rows.mark_duplicates(self._run.id, survey.duplicate_marks(survey.duplicates))

    def _look_at_the_rest(self, stream: Stream) -> None:
        """What a stopped run has not come to, and the marks of the duplicates that were found meanwhile; whatever is
        wrong there is a reason to stop like any other."""
        try:
            stream.look_at_the_rest()
            self._mark_duplicates(stream.survey)
        except UploaderError as error:
            self._stop.request(error)

    async def _send(self, summary: Summary, leads: Iterator[Lead | None]) -> None:
        ready, stop = self._ready, self._stop
        breaker = CircuitBreaker(lambda: self._api.is_responding(ready.ids.campaign), stop, self._settings.patience)
        names = encode_field_names(ready.form.keys)
        sender = Sender(self._api, self._ledger, stop, self._run, self._path(), names, ready.column_of, breaker)
        with self._observer.sending(summary) as done, interruptible(stop):

            async def send(some: Iterator[Lead | None]) -> None:
                await run_pool(some, sender.send, self._settings.concurrency, stop, done, breaker.leave)

            await send(await self._behind_canaries(leads, send) if self._options.canary else leads)

    async def _behind_canaries(
        self, leads: Iterator[Lead | None], send: Callable[[Iterator[Lead | None]], Awaitable[None]]
    ) -> Iterator[Lead | None]:
        """Sends the canaries, or what is left of them, and waits for their results; the leads that go after them."""
        wanted = self._options.canary
        before = sent_before(self._ledger.rows.sent(self._run.id)[:wanted], self._surveyor.mapped)
        first = await draw(leads, wanted - len(before), self._stop)
        await send(iter(first))
        rest = await draw(leads, 1, self._stop)
        if rest:  # else there is nothing to keep back
            canaries = [*before, *first]
            heard = self._observer.judging(len(canaries))
            jury = CanaryGate(
                self._run, self._api, self._stop, self._settings, self._ledger, self._options.canary_pass, heard
            )
            await jury.judge(canaries)
        return itertools.chain(rest, leads)

    def _finish(self, survey: Plan) -> Result:
        try:
            self._ledger.attempts.flush()
        except UploaderError as error:
            self._stop.request(error)
        path = self._options.report or default_path(self._ready.table.path, self._ready.table.kind, time.time())
        try:
            result = self._reporting.report(survey, self._run, path)
        except TableError as error:  # leads were sent: this is no "nothing was sent"
            raise StoppedError(
                f"The report can't be made: {error.message}",
                f"The ledger has every outcome. Put the file back, then `{uploader_command('resume', self._run.id)}`.",
            ) from None
        return self._ended(result)

    def _ended(self, result: Result) -> Result:
        """Notes the run's end; where that fails the report, which is there, is told all the same."""
        counts = {outcome.value: count for outcome, count in result.counts.items()}
        try:
            if result.report:
                self._ledger.runs.set_report_kind(self._run.id, kind_of(result.report))
            self._ledger.runs.finish(self._run.id, counts, self._stop.error.message if self._stop.error else None)
        except LedgerError as error:
            self._stop.request(error)
            code = exit_code(result.counts, self._stop.error)
            return replace(result, stopped=self._stop.error, exit_code=code)
        return result

    def _new_run(self) -> Run:
        ready = self._ready
        run = new_run_id(time.time())
        return Run(
            id=run,
            family=ready.past.family if ready.past else run,
            command="retry" if ready.past else "upload",
            file=str(ready.table.path.resolve()),
            sha256=ready.table.sha256,
            sheet=ready.table.sheet,
            encoding=self._options.encoding,
            mapping=ready.mapping.text,
            mapping_path=str(ready.mapping.path.resolve()),
            scope=self._settings.scope,
            campaign=ready.ids.campaign,
            form=ready.ids.form,
            link=ready.ids.link,
            publisher=ready.ids.publisher,
            report_kind=kind_of(self._options.report) if self._options.report else ready.table.kind,
            is_escaped=isinstance(ready.source, PastReport) and ready.source.escaped,
            allow_duplicates=self._options.allow_duplicates,
            include_unknown=self._options.include_unknown,
            user=user_name(),
            required=ready.form.required,
            limit=self._options.limit,
            canary=self._options.canary,
            canary_pass=self._options.canary_pass,
            flags=ready.flags,
            in_sandbox=self._settings.is_sandbox,
        )

    def _path(self) -> str:
        ids = self._ready.ids
        return fill_template(
            self._settings.endpoint("lead"),
            campaign_id=ids.campaign,
            form_id=ids.form,
            link_id=ids.link,
            publisher_id=ids.publisher,
        )

    def _seconds(self, to_send: int, left: tuple[int, int] | None) -> float:
        quota = self._settings.rate_limit
        used = quota.requests - left[0] if quota and left else 0
        return seconds_for(to_send, quota.requests, quota.seconds, used) if quota else 0.0
