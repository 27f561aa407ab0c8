"""What a user can ask for, as functions: each opens what it needs, and closes it again."""

import os
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

from uploader import decide, retention
from uploader.api import PublisherApi
from uploader.beginning import Proposed, Wanted, make_template, propose_mapping
from uploader.client import Client
from uploader.errors import UsageError
from uploader.form import Form, Link
from uploader.ledger import Ledger, LedgerError, locks_of, only_run, open_permits
from uploader.mapping.load import Mapping as FieldMapping
from uploader.model import Run
from uploader.opening import Options, open_again, open_past, open_report, open_spreadsheet, same_platform
from uploader.prepare import prepare
from uploader.results import Closing, Findings, Listener, close
from uploader.rewrite import rewrite
from uploader.run import Upload
from uploader.settings import Settings
from uploader.source import Source
from uploader.stop import Stop
from uploader.user import user_name
from uploader.watching import Observer, Result
from uploader.wire import Response

# A permit of a process that was killed counts as if its request had been under way for the longest that a
# request may take, and so much more: seconds.
SLACK = 5.0


async def upload(options: Options, settings: Settings, observer: Observer) -> Result:
    """Sends a spreadsheet. Raises UploaderError when nothing was sent; what happens later is in the result."""
    with Ledger(settings.home) as ledger:
        source, mapping = open_spreadsheet(options)
        return await _send(source, mapping, None, options, settings, observer, ledger)


async def check(options: Options, settings: Settings, observer: Observer) -> Result:
    """All of `upload` up to the first POST; writes a report only if a path for it was given."""
    with Ledger(settings.home) as ledger:
        source, mapping = open_spreadsheet(options)
        return await _check(source, mapping, None, options, settings, observer, ledger)


async def retry(options: Options, settings: Settings, observer: Observer) -> Result:
    """Sends the rows of a report again that did not get through."""
    with Ledger(settings.home) as ledger:
        source, mapping, past = open_report(options, ledger, settings)
        return await _send(source, mapping, past, options, settings, observer, ledger)


async def check_again(options: Options, settings: Settings, observer: Observer) -> Result:
    """All of `retry` up to the first POST."""
    with Ledger(settings.home) as ledger:
        source, mapping, past = open_report(options, ledger, settings)
        return await _check(source, mapping, past, options, settings, observer, ledger)


async def resume(name: str | None, report: Path | None, settings: Settings, observer: Observer) -> Result:
    """Goes on with a run (the newest unfinished one if none is named); its report has the whole file."""
    with Ledger(settings.home) as ledger:
        run = known_run(name or ledger.unfinished(settings.scope), ledger, settings)
        same_platform(run, settings)
        source, mapping = open_again(run, ledger)
        options = Options(
            file=Path(run.file),
            campaign=run.campaign,
            form=run.form,
            link=run.link,
            publisher=run.publisher,
            report=report,
            allow_duplicates=run.allow_duplicates,
            include_unknown=run.include_unknown,
        )
        return await _send(source, mapping, None, options, settings, observer, ledger, resumed=run)


async def forms(campaign: int, settings: Settings) -> tuple[Form, ...]:
    """The campaign's forms with their fields."""
    async with _api(settings, Stop()) as api:
        return await api.forms(campaign)


async def links(campaign: int, settings: Settings) -> tuple[Link, ...]:
    """The campaign's links."""
    async with _api(settings, Stop()) as api:
        return await api.links(campaign)


async def results(
    file: Path, report: Path | None, settings: Settings, listener: Listener, fixes: Mapping[str, str] | None = None
) -> Findings:
    """Asks what became of a report's leads, and writes it into the report."""
    settings.endpoint("result")  # an API without it is told before anything is done
    with Ledger(settings.home) as ledger:
        source, past = open_past(file, frozenset(), ledger, settings)
        stop = Stop()
        names = [f"family {past.family}"] if past else [f"{settings.scope} {source.table.sha256}"]
        with only_run(settings.home, names, file.name):
            async with _api(settings, stop, listener.trace) as api:
                closing = Closing(source, past.id if past else None, ledger, settings, fixes)
                return await close(closing, report, api, stop, listener)


async def propose(wanted: Wanted, settings: Settings) -> Proposed:
    """A mapping for a spreadsheet."""
    async with _api(settings, Stop()) as api:
        return await propose_mapping(replace(wanted, publisher=wanted.publisher or settings.publisher_id), api)


async def template(
    path: Path, campaign: int, form: int | None, lists: Mapping[str, Sequence[str]], settings: Settings
) -> Form:
    """Writes an empty spreadsheet for a form."""
    async with _api(settings, Stop()) as api:
        return await make_template(path, campaign, form, lists, api)


async def sign_in(settings: Settings) -> None:
    """Asks for a token once. Raises CredentialsError when the platform does not give one."""
    async with _api(settings, Stop()) as api:
        await api.tokens.get()


async def reach(settings: Settings) -> Response:
    """What the platform answers at its base URL, without a token. Raises NotSent or NoAnswer."""
    async with _api(settings, Stop()) as api:
        return await api.reach()


def report(name: str, path: Path | None, settings: Settings) -> Result:
    """Writes a run's report again, from ledger and file alone. Raises UsageError, TableError, MappingError."""
    with Ledger(settings.home) as ledger:
        run = known_run(name, ledger, settings)
        with only_run(settings.home, locks_of(run), Path(run.file).name):
            source, mapping = open_again(run, ledger)
            _protect_input(Options(file=Path(run.file), report=path), mapping)
            return rewrite(run, source, mapping, path, ledger)


def resolve(name: str, rows: str, said: str, lead_id: int | None, settings: Settings) -> tuple[Run, list[int]]:
    """Notes what the user says of rows in doubt; the run, and its rows that were meant."""
    with Ledger(settings.home) as ledger:
        run = known_run(name, ledger, settings)
        with only_run(settings.home, locks_of(run), Path(run.file).name):
            meant = set(ledger.unknown(run.id)) if rows == "all" else decide.row_numbers(rows)
            return run, decide.resolve(run, meant, said, lead_id, ledger, user_name())


async def reconcile(name: str, export: Path | None, settings: Settings) -> tuple[list[int], list[int]]:
    """Looks rows in doubt up in an export of the campaign's leads, or on the platform; (those found, those not)."""
    with Ledger(settings.home) as ledger:
        run = known_run(name, ledger, settings)
        with only_run(settings.home, locks_of(run), Path(run.file).name):
            leads = decide.read_export(export) if export else await _leads(run, ledger, settings)
            return decide.reconcile(run, leads, ledger, user_name())


async def _leads(run: Run, ledger: Ledger, settings: Settings) -> decide.Export:
    """The campaign's leads of the days in doubt, as the platform tells them (GET Leads v4)."""
    days = decide.days_in_doubt(run, ledger)
    if days is None:
        return decide.export_of("the platform", [])
    same_platform(run, settings)
    async with _api(settings, Stop()) as api:
        return decide.export_of("the platform", await api.leads(run.campaign, *days))


def known_run(name: str | None, ledger: Ledger, settings: Settings) -> Run:
    """The run's facts. Raises UsageError when there is none to go on with, or none of this name."""
    if name is None:
        raise UsageError("There is no unfinished run.", "Name one: `uploader resume RUN`; it stands in the report.")
    run = ledger.run(name)
    if run is None:
        raise UsageError(f"The ledger in {settings.home} knows no run {name!r}.", "See the report's upload_run.")
    return run


async def _send(
    source: Source,
    mapping: FieldMapping,
    past: Run | None,
    options: Options,
    settings: Settings,
    observer: Observer,
    ledger: Ledger,
    resumed: Run | None = None,
) -> Result:
    """Prepares and sends, while no other process does so with the same leads."""
    if options.canary:
        settings.endpoint("result")
    _protect_input(options, mapping)
    before = resumed or past
    names = [f"{settings.scope} {source.table.sha256}", *([f"family {before.family}"] if before else [])]
    stop = Stop()
    with only_run(settings.home, names, source.table.path.name):
        async with _api(settings, stop, observer.trace) as api:
            ready = await prepare(source, mapping, past, options, settings, api)
            result = await Upload(options, settings, observer, ledger, api, stop, ready, resumed).send()
    _keep_to_retention(ledger, settings)
    return result


def _keep_to_retention(ledger: Ledger, settings: Settings) -> None:
    """Purges what is older than UPLOADER_RETENTION; where that fails now, the next upload does it."""
    if settings.retention is not None:
        with suppress(LedgerError):
            retention.purge(ledger, settings.home, time.time() - settings.retention.total_seconds())


async def _check(
    source: Source,
    mapping: FieldMapping,
    past: Run | None,
    options: Options,
    settings: Settings,
    observer: Observer,
    ledger: Ledger,
) -> Result:
    """Prepares and looks at all rows."""
    _protect_input(options, mapping)
    stop = Stop()
    async with _api(settings, stop, observer.trace) as api:
        ready = await prepare(source, mapping, past, options, settings, api)
        return Upload(options, settings, observer, ledger, api, stop, ready).check()


@asynccontextmanager
async def _api(
    settings: Settings, stop: Stop, trace: Callable[[str], None] | None = None
) -> AsyncIterator[PublisherApi]:
    """The platform, with the permits that all processes of this account share."""
    with open_permits(settings.home, settings.account, settings.timeout + SLACK) as permits:
        async with Client(settings, trace) as client:
            yield PublisherApi(client, settings, permits, stop)


def _protect_input(options: Options, mapping: FieldMapping) -> None:
    """A report never takes the place of what it is made from, and has a place before anything is sent.

    Raises UsageError.
    """
    if options.report and any(_is_same(options.report, path) for path in (options.file, mapping.path)):
        raise UsageError(f"--report {options.report} would overwrite an input.", "Give another name.")
    if options.report and options.report.is_dir():
        raise UsageError(f"--report {options.report} is a folder.", "Give the name of a file in it.")
    folder = (options.report or options.file).resolve().parent
    standing = next(path for path in (folder, *folder.parents) if path.exists())
    if not standing.is_dir() or not os.access(standing, os.W_OK):
        raise UsageError(f"The report can't be written into {folder}.", "Say where with --report PATH.")


def _is_same(one: Path, other: Path) -> bool:
    """Whether two paths are one file, also where case makes no difference to the disk."""
    return one.exists() and other.exists() and one.samefile(other)
