"""What sends leads, or would: upload, check, retry and resume. Each opens what it needs, and closes it again."""

import time
from contextlib import suppress
from pathlib import Path

from uploader.commands import retention
from uploader.commands.connection import platform
from uploader.config.settings import Settings
from uploader.core.model import Run
from uploader.ledger import Ledger, LedgerError, lock_names, open_ledger
from uploader.mapping.load import Mapping as FieldMapping
from uploader.pipeline.cancellation import StopSignal
from uploader.pipeline.events import Observer, Result
from uploader.pipeline.inputs import (
    UploadOptions,
    open_report,
    open_spreadsheet,
    reopen,
    require_run,
    require_same_platform,
)
from uploader.pipeline.prepare import prepare
from uploader.pipeline.run import Upload
from uploader.report.destination import protect_input
from uploader.report.reader import Source


async def upload(options: UploadOptions, settings: Settings, observer: Observer) -> Result:
    """Sends a spreadsheet. Raises UploaderError when nothing was sent; what happens later is in the result."""
    with open_ledger(settings.home) as ledger:
        source, mapping = open_spreadsheet(options)
        return await _send(source, mapping, None, options, settings, observer, ledger)


async def check(options: UploadOptions, settings: Settings, observer: Observer) -> Result:
    """All of `upload` up to the first POST; writes a report only if a path for it was given."""
    with open_ledger(settings.home) as ledger:
        source, mapping = open_spreadsheet(options)
        return await _check(source, mapping, None, options, settings, observer, ledger)


async def retry(options: UploadOptions, settings: Settings, observer: Observer) -> Result:
    """Sends the rows of a report again that did not get through."""
    with open_ledger(settings.home) as ledger:
        source, mapping, past = open_report(options, ledger, settings)
        return await _send(source, mapping, past, options, settings, observer, ledger)


async def check_again(options: UploadOptions, settings: Settings, observer: Observer) -> Result:
    """All of `retry` up to the first POST."""
    with open_ledger(settings.home) as ledger:
        source, mapping, past = open_report(options, ledger, settings)
        return await _check(source, mapping, past, options, settings, observer, ledger)


async def resume(
    name: str | None, report: Path | None, settings: Settings, observer: Observer, *, canaries: bool = True
) -> Result:
    """Goes on with a run (the newest unfinished one if none is named); its report has the whole file.

    What the run was told to heed still holds: its limit, and its canaries unless `canaries` is False.
    """
    with open_ledger(settings.home) as ledger:
        run = require_run(name or ledger.runs.newest_unfinished(settings.scope), ledger, settings)
        require_same_platform(run, settings)
        source, mapping = reopen(run, ledger)
        gated = canaries and bool(run.canary) and not run.canaries_passed
        options = UploadOptions(
            file=Path(run.file),
            campaign=run.campaign,
            form=run.form,
            link=run.link,
            publisher=run.publisher,
            report=report,
            allow_duplicates=run.allow_duplicates,
            include_unknown=run.include_unknown,
            limit=None if run.limit is None else max(0, run.limit - len(ledger.rows.sent(run.id))),
            canary=run.canary if gated else 0,
            canary_pass=run.canary_pass if gated else None,
        )
        return await _send(source, mapping, None, options, settings, observer, ledger, resumed=run)


async def _send(
    source: Source,
    mapping: FieldMapping,
    past: Run | None,
    options: UploadOptions,
    settings: Settings,
    observer: Observer,
    ledger: Ledger,
    resumed: Run | None = None,
) -> Result:
    """Prepares and sends, while no other process does so with the same leads."""
    if options.canary:
        settings.endpoint("result")
    protect_input(options.report, options.file, options.file, mapping.path)
    before = resumed or past
    names = lock_names(settings.scope, source.table.sha256, before.family if before else None)
    stop = StopSignal()
    with ledger.lock(names, source.table.path.name):
        async with platform(ledger, settings, stop, observer.trace) as api:
            ready = await prepare(source, mapping, past, options, settings, api)
            result = await Upload(options, settings, observer, ledger, api, stop, ready, resumed).send()
    _keep_to_retention(ledger, settings)
    return result


def _keep_to_retention(ledger: Ledger, settings: Settings) -> None:
    """Purges what is older than UPLOADER_RETENTION; where that fails now, the next upload does it."""
    if settings.retention is not None:
        with suppress(LedgerError):
            retention.purge(ledger, time.time() - settings.retention.total_seconds())


async def _check(
    source: Source,
    mapping: FieldMapping,
    past: Run | None,
    options: UploadOptions,
    settings: Settings,
    observer: Observer,
    ledger: Ledger,
) -> Result:
    """Prepares and looks at all rows."""
    protect_input(options.report, options.file, options.file, mapping.path)
    stop = StopSignal()
    async with platform(ledger, settings, stop, observer.trace) as api:
        ready = await prepare(source, mapping, past, options, settings, api)
        return Upload(options, settings, observer, ledger, api, stop, ready).check()
