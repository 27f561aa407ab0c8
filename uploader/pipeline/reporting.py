"""The end of a run or a check: its report and page, its counts and its exit code."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from uploader.core.command_line import uploader_command
from uploader.core.errors import RESUME_STEP, TableError, UploaderError
from uploader.core.model import Outcome, Run
from uploader.ledger import Ledger
from uploader.mapping.fix_place import place_fixes
from uploader.pipeline.cancellation import StopRequested
from uploader.pipeline.context import RunContext
from uploader.pipeline.events import Observer, Result
from uploader.pipeline.options import UploadOptions
from uploader.pipeline.plan import Plan, RowAction
from uploader.pipeline.planner import Planner
from uploader.pipeline.prepare import PreparedRun
from uploader.pipeline.report_output import (
    ReportContent,
    count_rows,
    name_columns,
    write_failed_rows,
    write_report_files,
)
from uploader.pipeline.report_rows import ReportRows
from uploader.report import ReportContext, kind_of

# The seconds between two looks at what another upload has recorded.
LOOK_AGAIN = 0.05


@dataclass(frozen=True)
class Reporting:
    """Writes the report of a run or a check.

    Attributes:
        context: The open resources.
        ready: The input, its mapping and its destination.
        planner: Reads and maps the input again.
        options: Which files to write beside the report.
        shows_names: The page shows names and e-mail addresses beside row numbers.
    """

    context: RunContext[Observer]
    ready: PreparedRun
    planner: Planner
    options: UploadOptions
    shows_names: bool = True

    def report(self, plan: Plan, run: Run | None, path: Path) -> Result:
        """Write the report and return what the run adds up to.

        Where the report can't be written, its rows are counted all the same and the result says why.

        Args:
            plan: What was decided about each row.
            run: The run; None for a check.
            path: Where to write.

        Raises:
            TableError: The input can't be read again.
        """
        content = self._content(plan, run)
        try:
            written = write_report_files(content, path, with_page=self.options.page)
        except TableError:
            raise
        except UploaderError as error:
            totals, statistics = count_rows(content)
            result = self.result(totals.outcomes, run, None)
            result = replace(result, unwritten=_how_to_write_again(error, run), exit_code=result.exit_code or 1)
        else:
            totals, statistics = written.totals, written.statistics
            result = replace(self.result(totals.outcomes, run, written.path), page=written.page)
            result = self._with_failed_rows(result, content)
        return replace(
            result,
            statistics=statistics,
            unknown_rows={**totals.unknown_rows, **plan.unknown_rows()},
            asked=path,
            fixes=place_fixes(self.ready.mapping, plan.problems.fixes()),
            amended=self.ready.amended,
            accepted_before=plan.settled[Outcome.ACCEPTED],
        )

    def _with_failed_rows(self, result: Result, content: ReportContent) -> Result:
        """Write the second report, if there is to be one. The result says why it can't be written."""
        if self.options.failed_only is None or result.report is None:
            return result
        try:
            written = write_failed_rows(content, self.options.failed_only, kind_of(result.report))
        except TableError:
            raise
        except UploaderError as error:
            return replace(result, unwritten=error, exit_code=result.exit_code or 1)
        return replace(result, failed_only=written)

    def result(self, counts: Mapping[Outcome, int], run: Run | None, path: Path | None) -> Result:
        """Return what a run, or a check (`run` is None), adds up to; `path` is its report, if it has one."""
        error = self.context.stop.error
        every = {outcome: Counter(counts)[outcome] for outcome in Outcome}
        return Result(
            run.id if run else None,
            self.ready.table.path,
            path,
            every,
            error,
            exit_code(counts, error, check=run is None),
            can_be_judged=bool(run and self.context.settings.endpoints.result),
            flags=self.context.settings.platform_flags,
        )

    def _content(self, plan: Plan, run: Run | None) -> ReportContent:
        name, warns = run.id if run else None, self.ready.mapping.head.quality == "warn"
        context = self.context
        rows = ReportRows(
            self.planner,
            plan,
            context.ledger,
            name,
            context.stop.error,
            context.settings.scope,
            warns,
            context.messages,
        )
        return ReportContent(
            self.ready.source.columns, lambda: rows, self._report_context(plan, run), self.ready.table.delimiter
        )

    def _report_context(self, plan: Plan, run: Run | None) -> ReportContext:
        """Return what the report shows beside its rows."""
        error = self.context.stop.error
        return ReportContext(
            self.ready.table.path,
            mapping=self.ready.mapping.path,
            run=run,
            stopped=error.message if error else "",
            next_step=error.next_step if error else RESUME_STEP,
            is_sandbox=self.context.settings.is_sandbox,
            form_name=self.ready.form.name,
            fixes=place_fixes(self.ready.mapping, plan.problems.fixes()),
            name_columns=name_columns(self.ready.mapping) if self.shows_names else (),
            slowest=self.context.ledger.rows.slowest(run.id) if run else (),
            flags=self.context.settings.platform_flags,
        )


async def wait_for_other_uploads(run: str, rows: Sequence[int], context: RunContext[Observer]) -> None:
    """Wait until another upload knows what became of the leads that it had in flight; no longer than a request takes.

    Args:
        run: This run's id.
        rows: The rows whose lead the other upload has sent.
        context: The open resources. If the run stops, there is nothing to wait for.
    """
    end = context.stop.now() + context.settings.timeout
    if rows and not context.stop.is_set:
        context.observer.waiting_for_upload(len(rows), context.settings.timeout)
    with suppress(StopRequested):
        while rows and context.stop.now() < end:
            states = context.ledger.rows.states(run, rows)
            rows = [row for row, state in states.items() if state.outcome is Outcome.UNKNOWN]
            if rows:
                await context.stop.sleep(LOOK_AGAIN)


def check_counts(plan: Plan) -> Counter[Outcome]:
    """Return the outcomes that a check expects; a row that would be sent counts as unsent."""
    unsent = plan.count(RowAction.SEND) + plan.count(RowAction.LIMITED)
    decided = {
        Outcome.INVALID: plan.count(RowAction.INVALID),
        Outcome.DUPLICATE: plan.count(RowAction.DUPLICATE),
        Outcome.UNKNOWN: plan.count(RowAction.UNKNOWN),
        Outcome.SKIPPED: plan.count(RowAction.SKIPPED),
    }
    return plan.settled + Counter({**decided, Outcome.UNSENT: unsent})


def ledger_counts(plan: Plan, run: str, ledger: Ledger) -> Counter[Outcome]:
    """Return the rows of a run by outcome from the plan and the ledger, where the input can't be read again."""
    sent = {RowAction.SEND, RowAction.DONE}
    rows = [row for row, action in zip(plan.rows, plan.actions, strict=True) if action in sent]
    states = ledger.rows.states(run, rows)
    found = check_counts(plan) - Counter({Outcome.UNSENT: plan.count(RowAction.SEND)})
    return found + Counter(states[row].outcome if row in states else Outcome.UNSENT for row in rows)


def exit_code(counts: Mapping[Outcome, int], stopped: UploaderError | None, *, check: bool = False) -> int:
    """Return the exit code of a whole report; where several hold: 130, 4, 5, 6, 1.

    Args:
        counts: The rows by outcome.
        stopped: Why the run ended before its end.
        check: Nothing was to be sent, so that unsent rows are fine.
    """
    if stopped:
        return stopped.exit_code if stopped.exit_code in {130, 4} else 5
    if counts.get(Outcome.UNKNOWN):
        return 6
    fine = {Outcome.UNSENT} if check else set()
    return 1 if any(count and outcome.is_retried and outcome not in fine for outcome, count in counts.items()) else 0


def _how_to_write_again(error: UploaderError, run: Run | None) -> UploaderError:
    """Return why there is no report; for a run, with the command that writes it elsewhere."""
    if run is None:
        return error
    again = f"`{uploader_command('report', run.id, '--report PATH')}` writes it elsewhere."
    return UploaderError(error.message, f"Nothing is lost, the ledger has every outcome: {again}")
