"""The commands that send leads, or would: upload, check, retry and resume. Each opens and closes its own resources."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from uploader.commands import retention
from uploader.commands.connection import run_context
from uploader.commands.replaced_report import refuse_lost_rows
from uploader.commands.session import Session
from uploader.config.settings import Settings
from uploader.core.errors import UploaderError, UsageError
from uploader.core.model import Run
from uploader.ledger import Ledger, LedgerError, lock_names, missing_ledger, open_ledger
from uploader.mapping.load import Mapping as FieldMapping
from uploader.pipeline.context import RunContext
from uploader.pipeline.events import Observer, Result
from uploader.pipeline.inputs import open_report, open_spreadsheet, reopen
from uploader.pipeline.newest_report import find_unknown_leads
from uploader.pipeline.options import UploadOptions
from uploader.pipeline.past_run import require_input, require_own_scope, require_run, require_same_platform
from uploader.pipeline.prepare import prepare
from uploader.pipeline.run import UploadRun
from uploader.report import kind_of
from uploader.report.destination import protect_input, require_same_kind
from uploader.report.reader import Source

RunSession = Session[Observer]


@dataclass(frozen=True)
class _Input:
    """What is sent: the rows, their mapping, and the earlier run that they come from.

    Attributes:
        source: The spreadsheet or the report.
        mapping: The mapping of its columns.
        past: The run that wrote the report; None for a spreadsheet.
        resumed: The run that is continued.
    """

    source: Source
    mapping: FieldMapping
    past: Run | None = None
    resumed: Run | None = None

    def locks(self, settings: Settings) -> list[str]:
        """Return the names that no other process may hold meanwhile: the file's content and its family of runs."""
        before = self.resumed or self.past
        return lock_names(settings.scope, self.source.table.sha256, before.family if before else None)


@contextmanager
def _open_ledger(options: UploadOptions, session: RunSession) -> Iterator[Ledger]:
    """Open the ledger. Raises LedgerError if it has no earlier upload, but one is required."""
    settings = session.settings
    with open_ledger(settings.ledger_place, must_exist=options.require_ledger) as ledger:
        if ledger.is_empty and options.require_ledger:
            raise missing_ledger(settings.ledger_place)
        if ledger.is_empty and not settings.platform_flags.sandbox:
            session.observer.new_ledger(settings.ledger_place)
        yield ledger


def _look_for_unknown_leads(options: UploadOptions, session: RunSession, ledger: Ledger) -> None:
    """Warn if the file's newest report has leads that the ledger does not know; it may be an older one, put back.

    Raises:
        LedgerError: There are such leads, and the right ledger is required.
    """
    settings = session.settings
    if settings.platform_flags.sandbox:
        return
    found = find_unknown_leads(options.file, ledger)
    if found is None:
        return
    place = settings.ledger_place
    message = f"The ledger in {place} does not know leads of run {found.run}, which {found.report.name} has."
    hint = "If the ledger was restored from a backup, restore the newest one."
    if options.require_ledger:
        raise LedgerError(message, f"Nothing was sent, as they would be sent again. {hint}")
    session.observer.warn(f"{message} They can be sent again. {hint}")


async def upload(options: UploadOptions, session: RunSession) -> Result:
    """Send a spreadsheet.

    Raises:
        UploaderError: Nothing was sent. What happens later is in the result.
    """
    with _open_ledger(options, session) as ledger:
        what = _Input(*open_spreadsheet(options))
        _look_for_unknown_leads(options, session, ledger)
        return await _send(what, options, session, ledger)


async def check(options: UploadOptions, session: RunSession) -> Result:
    """Do all of `upload` up to the first POST; write a report only if a path for it was given."""
    with _open_ledger(options, session) as ledger:
        what = _Input(*open_spreadsheet(options))
        _look_for_unknown_leads(options, session, ledger)
        return await _check(what, options, session, ledger)


async def retry(options: UploadOptions, session: RunSession) -> Result:
    """Send the rows of a report again that did not get through."""
    with _open_ledger(options, session) as ledger:
        return await _send(_Input(*open_report(options, ledger, session.settings)), options, session, ledger)


async def check_again(options: UploadOptions, session: RunSession) -> Result:
    """Do all of `retry` up to the first POST."""
    with _open_ledger(options, session) as ledger:
        return await _check(_Input(*open_report(options, ledger, session.settings)), options, session, ledger)


def require_resumable(name: str | None, settings: Settings) -> None:
    """Raises UsageError if there is no run to resume: of this name, or an unfinished one; TableError if it can't be."""
    with open_ledger(settings.ledger_place) as ledger:
        require_input(require_run(name or ledger.runs.newest_unfinished(settings.scope), ledger, settings))


async def resume(
    name: str | None,
    report: Path | None,
    session: RunSession,
    *,
    canaries: bool = True,
    failed_only: Path | None = None,
) -> Result:
    """Continue a run; its report has the whole file.

    Args:
        name: The run; None for the newest unfinished one.
        report: Where to write the report.
        session: Its settings must lead to the platform that the run was sent to.
        canaries: Whether the run's canary batch still decides about the other leads.
        failed_only: Where to write a second report, with only the rows that did not get through.
    """
    settings = session.settings
    with open_ledger(settings.ledger_place) as ledger:
        run = require_run(name or ledger.runs.newest_unfinished(settings.scope), ledger, settings)
        require_same_platform(run, settings)
        source, mapping = reopen(run, ledger)
        options = replace(_options_of(run, report, canaries=canaries), failed_only=failed_only)
        return await _send(_Input(source, mapping, resumed=run), options, session, ledger)


def _options_of(run: Run, report: Path | None, *, canaries: bool) -> UploadOptions:
    """Return the options that a run was started with, as far as they still apply."""
    has_gate = canaries and bool(run.canary) and not run.canaries_passed
    return UploadOptions(
        file=Path(run.file),
        campaign=run.campaign,
        form=run.form,
        link=run.link,
        publisher=run.publisher,
        report=report,
        allow_duplicates=run.allow_duplicates,
        include_unknown=run.include_unknown,
        limit=run.limit,
        canary=run.canary if has_gate else 0,
        canary_pass=run.canary_pass if has_gate else None,
    )


async def _send(what: _Input, options: UploadOptions, session: RunSession, ledger: Ledger) -> Result:
    """Prepare and send, while no other process sends the same leads."""
    settings = session.settings
    if options.canary:
        settings.endpoint("result")  # an API without results is reported before anything is sent
    _protect_files(what, options, ledger)
    with ledger.lock(what.locks(settings), what.source.table.path.name):
        async with run_context(session, ledger) as context:
            result = await (await _prepare(what, options, context)).send()
    _purge_old_runs(ledger, settings)
    return result


def _protect_files(what: _Input, options: UploadOptions, ledger: Ledger) -> None:
    """Raises UsageError if a file would be overwritten, or can't be written, where the user wants a report."""
    inputs = (options.file, what.mapping.path)
    protect_input(options.report, options.file, *inputs)
    if options.failed_only:
        kind = kind_of(options.report) if options.report else what.source.table.kind
        require_same_kind(options.failed_only, options.report, kind)
        protect_input(options.failed_only, options.file, *inputs, flag="--failed-only")
    for path, flag in ((options.report, "--report"), (options.failed_only, "--failed-only")):
        if path:
            refuse_lost_rows(path, flag, what.source, ledger)


async def _prepare(what: _Input, options: UploadOptions, context: RunContext[Observer]) -> UploadRun:
    """Check the input against the ledger and the platform."""
    require_own_scope(context.ledger, context.settings)
    context.api.limiter.on_wait = context.observer.waiting
    for warning in context.ledger.take_warnings():
        context.observer.warn(warning)
    ready = await prepare(what.source, what.mapping, what.past, options, context.settings, context.api)
    return UploadRun(context, options, ready, what.resumed)


def _purge_old_runs(ledger: Ledger, settings: Settings) -> None:
    """Purge what is older than UPLOADER_RETENTION. If that fails now, the next upload does it."""
    if settings.retention is not None:
        cutoff = time.time() - settings.retention.total_seconds()
        with suppress(UploaderError):
            retention.purge(ledger, cutoff)
        retention.remove_workspaces(settings.home, cutoff)


async def _check(what: _Input, options: UploadOptions, session: RunSession, ledger: Ledger) -> Result:
    """Prepare and plan all rows."""
    if options.failed_only:
        raise UsageError("--failed-only has no effect in a check.", "Use --report: the check's report has every row.")
    _protect_files(what, options, ledger)
    async with run_context(session, ledger) as context:
        return (await _prepare(what, options, context)).check()
