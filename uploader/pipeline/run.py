"""One run: plan all rows, ask, send, report. It prints nothing: an `Observer` shows what happens."""

import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

from uploader.api.protocol import encode_field_names, fill_lead_path
from uploader.core.command_line import uploader_command
from uploader.core.errors import StoppedError, TableError, UploaderError, UsageError
from uploader.core.model import Lead, Run
from uploader.core.rate_limit import seconds_for
from uploader.ledger import LedgerError, RunFilter
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline.canary import CanaryGate, draw, sent_before
from uploader.pipeline.cancellation import Phase, ended_by_interruption, interruptible, resume_hint
from uploader.pipeline.circuit_breaker import CircuitBreaker
from uploader.pipeline.concurrent_changes import find_resendable, refuse_concurrent_schemes, refuse_new_keys
from uploader.pipeline.context import RunContext
from uploader.pipeline.events import Observer, Result, Summary
from uploader.pipeline.identity import make_identity
from uploader.pipeline.new_run import new_run
from uploader.pipeline.options import UploadOptions
from uploader.pipeline.plan import Plan, RowAction
from uploader.pipeline.planner import Planner, collect_quality_warnings
from uploader.pipeline.prepare import PreparedRun
from uploader.pipeline.report_matching import SentLeads, matched
from uploader.pipeline.reporting import Reporting, check_counts, exit_code, ledger_counts, wait_for_other_uploads
from uploader.pipeline.run_warnings import warn_before_planning, warn_of_changed_rows, warn_of_rows
from uploader.pipeline.sender import Sender
from uploader.pipeline.shared_work import share_work
from uploader.pipeline.stream import Stream
from uploader.pipeline.worker_pool import as_uploader_error, run_pool, stopped_by_errors
from uploader.report import XLSX_ROWS, default_path, kind_of
from uploader.report.reader import PastReport


class UploadRun:
    """One run, ready to send or to check."""

    def __init__(
        self, context: RunContext[Observer], options: UploadOptions, ready: PreparedRun, resumed: Run | None = None
    ) -> None:
        """Prepare the run without reading rows.

        Args:
            context: The open resources.
            options: What the user asked for.
            ready: The input, its mapping and its destination.
            resumed: The earlier run that this one continues.
        """
        self._context = context
        self._options = options
        self._ready = ready
        self._resumed = resumed
        self._identity = make_identity(
            ready.mapping,
            ready.plans,
            ready.source.columns,
            context.ledger,
            (context.settings.scope, ready.ids.campaign),
            allow_duplicates=options.allow_duplicates,
        )
        self._run = resumed or new_run(ready, options, context.settings, self._identity)
        self._ignored_until = context.ledger.attempts.newest() if context.api.sandbox_started is not None else 0
        self._resendable = find_resendable(self._run, context.ledger)
        self.planner = self._make_planner()
        self._reporting = Reporting(context, ready, self.planner, options, self._run.shows_names)

    async def send(self) -> Result:
        """Plan all rows (with --stream the first ones), ask, send, report.

        Raises:
            UploaderError: Nothing was sent. What happens later is in the result.
        """
        observer = self._context.observer
        observer.prepared(self._ready)
        warn_before_planning(self._context, self._ready, self._resumed, self._resendable)
        stream = Stream(self.planner) if self._options.stream else None
        plan = stream.plan if stream else self._plan()
        self._refuse_size(plan)
        warn_of_rows(plan, observer)
        summary = self._summary(plan)
        consent = observer.confirm(summary)
        if consent is None:
            raise UploaderError("Nothing was sent.")
        self._run = replace(self._run, consent=consent)
        hint = resume_hint(self._options.report) if self._ready.table.is_file else ""
        with interruptible(self._context.stop, hint):
            self._start()
            self._mark_duplicates(plan)
            await self._send(summary, stream.leads() if stream else self.planner.leads(plan))
            self._context.stop.phase = Phase.FINISHING
            if stream:
                self._plan_the_rest(stream)
            return self._finish(plan)

    def check(self) -> Result:
        """Plan all rows; write a report only if a path for it was given."""
        self._context.observer.prepared(self._ready)
        warn_before_planning(self._context, self._ready, self._resumed, self._resendable)
        planner = self.planner
        planner.shared_work = share_work(planner.source, self._ready.mapping, planner.mapper, self._identity)
        plan = self._plan()
        self._refuse_size(plan)
        warn_of_rows(plan, self._context.observer)
        self._context.observer.planned(plan)
        if self._options.report:
            result = self._reporting.report(plan, None, self._options.report)
        else:
            result = self._reporting.result(check_counts(plan), None, None)
        return replace(result, problems=tuple(plan.problems))

    def _start(self) -> None:
        """Record that the run starts, or is resumed, and how it identifies leads. Raises UsageError."""
        runs, scheme = self._context.ledger.runs, self._identity.scheme
        if not self._resumed:
            runs.start(self._run)
        else:
            runs.mark_resumed(self._run.id)
            if scheme and scheme not in self._run.identities:
                runs.add_identity(self._run.id, scheme)
                self._run = replace(self._run, identities=(*self._run.identities, scheme))
        try:
            refuse_new_keys(self._identity, self._context.ledger)
            refuse_concurrent_schemes(self._run, self._context.ledger)
        except UsageError as error:
            (past,) = runs.history(1, RunFilter(run=self._run.id))  # what it has sent before, if it is resumed
            counts = {outcome.value: count for outcome, count in past.counts.items()}
            runs.finish(self._run.id, counts, error.message)
            raise

    def _make_planner(self) -> Planner:
        context, ready, resumed = self._context, self._ready, self._resumed
        is_strict = ready.mapping.head.quality == "platform"
        mapper = RowMapper(ready.plans, ready.source.columns, is_strict, ready.row_filter)
        identity = self._identity
        reported = ready.source.earlier.family if isinstance(ready.source, PastReport) else ""
        sent_leads = SentLeads(context.ledger, reported or self._run.family, mapper, identity)
        return Planner(
            matched(ready.source, sent_leads),
            mapper,
            context.ledger,
            identity,
            ready.table.path.name,
            sent_leads if resumed or ready.past else None,
            resumed=resumed.id if resumed else None,
            started=None if resumed else self._run.id,
            allow_duplicates=self._options.allow_duplicates,
            resendable=self._resendable,
            limit=self._limit_left(),
            platform_started=context.api.sandbox_started,
            preview=self._options.preview,
        )

    def _limit_left(self) -> int | None:
        """Return how many leads may still be sent. Call it while the run's locks are held: no one else sends any."""
        limit = self._options.limit
        if limit is None or self._resumed is None:
            return limit
        return max(0, limit - len(self._context.ledger.rows.sent(self._resumed.id)))

    def _plan(self) -> Plan:
        """Return what happens to each row. Raises TableError."""
        plan = self.planner.plan(self._context.stop.raise_error)
        if self._ready.mapping.head.quality == "warn":
            plan.quality_warnings = collect_quality_warnings(self.planner.mapped, plan)
        return plan

    def _refuse_size(self, plan: Plan) -> None:
        """Raises TableError for a file without rows, UsageError for more rows than the report can hold."""
        if not plan.actions:
            raise TableError(f"{self._ready.table.path.name} has no rows below its header.", "Check the file.")
        report = self._options.report
        if report and kind_of(report) == "xlsx" and len(plan.actions) >= XLSX_ROWS:
            raise UsageError(
                f"{len(plan.actions):,} rows do not fit into an xlsx report.", "Use a --report name that ends in .csv."
            )

    def _summary(self, plan: Plan) -> Summary:
        limiter = self._context.api.limiter
        left, held = limiter.left(), limiter.wait_time
        if self._options.stream:
            return Summary(self._ready, plan, None, 0.0, left, held)
        to_send = plan.count(RowAction.SEND)
        return Summary(self._ready, plan, to_send, self._seconds(to_send, left), left, held)

    def _mark_duplicates(self, plan: Plan) -> None:
        self._context.ledger.rows.mark_duplicates(self._run.id, plan.duplicate_marks())

    def _plan_the_rest(self, stream: Stream) -> None:
        """Plan the rows that a stopped run did not reach, and mark all duplicates; an error here stops the run."""
        stop = self._context.stop
        with stopped_by_errors(stop):
            stream.plan_the_rest()
        with stopped_by_errors(stop):
            self._mark_duplicates(stream.plan)
            if stream.plan.parts > 1:  # the user was warned of the first one
                warn_of_changed_rows(stream.plan, self._context.observer)

    async def _send(self, summary: Summary, leads: Iterator[Lead | None]) -> None:
        context, ready = self._context, self._ready
        stop, api = context.stop, context.api
        breaker = CircuitBreaker(lambda: api.is_responding(ready.ids.campaign), stop, context.settings.patience)
        names = encode_field_names(ready.form.keys)
        sender = Sender(
            api, context.ledger, stop, self._run, self._path(), names, ready.column_of, breaker, context.messages
        )
        sender.ignored_until, sender.resend_unknown_until = self._ignored_until, self._resendable.until
        with stopped_by_errors(stop), context.observer.sending(summary) as done:

            async def send(some: Iterator[Lead | None]) -> None:
                await run_pool(some, sender.send, context.settings.concurrency, stop, done, breaker.leave)

            with ended_by_interruption(stop):
                await send(await self._send_canaries(leads, send) if self._options.canary else leads)
                await wait_for_other_uploads(self._run.id, sender.sent_elsewhere, context)

    async def _send_canaries(
        self, leads: Iterator[Lead | None], send: Callable[[Iterator[Lead | None]], Awaitable[None]]
    ) -> Iterator[Lead | None]:
        """Send the canary batch, or what is left of it, and wait for its results. Returns the leads that follow it."""
        context, wanted = self._context, self._options.canary
        before = sent_before(context.ledger.rows.sent(self._run.id)[:wanted], self.planner.mapped)
        first = await draw(leads, wanted - len(before), context.stop)
        await send(iter(first))
        rest = await draw(leads, 1, context.stop)
        if rest:  # otherwise no lead follows the batch
            canaries = [*before, *first]
            on_result = context.observer.canaries_sent(len(canaries))
            await CanaryGate(context, self._run, self._options.canary_pass, on_result).judge(canaries)
        return itertools.chain(rest, leads)

    def _finish(self, plan: Plan) -> Result:
        try:
            self._context.ledger.attempts.flush()
        except UploaderError as error:
            self._context.stop.request(error)
        if (stopped := self._context.stop.error) and not self._ready.table.is_file:
            stopped.require_retry()
        path = self._options.report or default_path(self._ready.table.path, self._ready.table.kind, time.time())
        try:
            result = self._reporting.report(plan, self._run, path)
        except Exception as failure:  # noqa: BLE001 - leads were sent: neither an error nor a bug hides that
            raise self._without_report(as_uploader_error(failure), plan) from None
        return self._end(result)

    def _without_report(self, error: UploaderError, plan: Plan) -> StoppedError:
        """Return the error of a run whose report can't be made, with its counts if the ledger can be read."""
        run, is_ledger = self._run.id, isinstance(error, LedgerError)
        if isinstance(error, TableError):
            again = uploader_command("resume", run)
            hint = f"The ledger has every outcome. Put the file back, then run `{again}`."
        else:
            when = "When the ledger can be read again" if is_ledger else f"{error.hint} After that"
            hint = f"Leads may have been sent. {when}, `{uploader_command('report', run)}` writes the report."
        counts = {} if is_ledger else ledger_counts(plan, run, self._context.ledger)
        return StoppedError(f"The report can't be made: {error.message}", hint).after_sending(run, counts)

    def _end(self, result: Result) -> Result:
        """Note the run's end in the ledger. If that fails, the result says so: the report is written already."""
        ledger, stop = self._context.ledger, self._context.stop
        counts = {outcome.value: count for outcome, count in result.counts.items()}
        try:
            if result.report:
                ledger.runs.set_report_kind(self._run.id, kind_of(result.report))
            ledger.runs.finish(self._run.id, counts, stop.error.message if stop.error else None)
        except LedgerError as error:
            stop.request(error)
            return replace(result, stopped=stop.error, exit_code=exit_code(result.counts, stop.error))
        return result

    def _path(self) -> str:
        """Return the path that leads are posted to."""
        ids = self._ready.ids
        return fill_lead_path(
            self._context.settings.endpoint("lead"),
            campaign_id=ids.campaign,
            form_id=ids.form,
            link_id=ids.link,
            publisher_id=ids.publisher,
        )

    def _seconds(self, to_send: int, left: tuple[int, int] | None) -> float:
        """Return how long the quota alone makes sending take."""
        quota = self._context.settings.rate_limit
        used = quota.requests - left[0] if quota and left else 0
        return seconds_for(to_send, quota.requests, quota.seconds, used) if quota else 0.0
