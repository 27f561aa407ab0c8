"""What a user can ask for that sends no leads, as functions: each opens what it needs, and closes it again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from uploader import decide
from uploader.beginning import Proposed, Wanted, make_template, propose_mapping
from uploader.connecting import platform
from uploader.form import Form, Link
from uploader.ledger import Ledger, locks_of, only_run
from uploader.model import Run
from uploader.opening import known_run, open_again, open_past, same_platform, speak_as_it_was
from uploader.replacing import protect_input, target
from uploader.results import Closing, Findings, Listener, close
from uploader.rewrite import rewrite
from uploader.settings import Settings
from uploader.stop import Stop
from uploader.user import user_name
from uploader.watching import Result
from uploader.wire import Response


async def forms(campaign: int, settings: Settings) -> tuple[Form, ...]:
    """The campaign's forms with their fields."""
    async with platform(settings, Stop()) as api:
        return await api.forms(campaign)


async def links(campaign: int, settings: Settings) -> tuple[Link, ...]:
    """The campaign's links."""
    async with platform(settings, Stop()) as api:
        return await api.links(campaign)


async def results(
    file: Path,
    report: Path | None,
    settings: Settings,
    listener: Listener,
    upload: Result | None = None,
    *,
    page: bool = True,
    sheet: str | None = None,
    encoding: str | None = None,
) -> Findings:
    """Asks what became of a report's leads, and writes it into the report; of `upload` where that wrote it just now."""
    settings.endpoint("result")  # an API without it is told before anything is done
    with Ledger(settings.home) as ledger:
        read = partial(open_past, file, frozenset(), ledger, settings, sheet, encoding)
        source, past = read()
        protect_input(report, file, *([Path(past.file), Path(past.mapping_path)] if past else []))
        target(source.table, report)
        stop = Stop()
        names = [f"family {past.family}"] if past else [f"{settings.scope} {source.table.sha256}"]
        with only_run(settings.home, names, file.name):
            async with platform(settings, stop, listener.trace) as api:
                run, fixes = past.id if past else None, upload.fixes if upload else None
                onward = upload.stopped.onward if upload and upload.stopped else None
                closing = Closing(lambda: read()[0], source, run, ledger, settings, fixes, page, onward)
                return await close(closing, report, api, stop, listener)


async def propose(wanted: Wanted, settings: Settings) -> Proposed:
    """A mapping for a spreadsheet."""
    async with platform(settings, Stop()) as api:
        return await propose_mapping(replace(wanted, publisher=wanted.publisher or settings.publisher_id), api)


async def template(
    path: Path, campaign: int, form: int | None, lists: Mapping[str, Sequence[str]], settings: Settings
) -> Form:
    """Writes an empty spreadsheet for a form."""
    async with platform(settings, Stop()) as api:
        return await make_template(path, campaign, form, lists, api)


async def sign_in(settings: Settings) -> None:
    """Asks for a token once. Raises CredentialsError when the platform does not give one."""
    async with platform(settings, Stop()) as api:
        await api.tokens.get()


async def reach(settings: Settings) -> Response:
    """What the platform answers at its base URL, without a token. Raises NotSent or NoAnswer."""
    async with platform(settings, Stop()) as api:
        return await api.reach()


def report(name: str, path: Path | None, settings: Settings) -> Result:
    """Writes a run's report again, from ledger and file alone. Raises UsageError, TableError, MappingError."""
    with Ledger(settings.home) as ledger:
        run = known_run(name, ledger, settings)
        speak_as_it_was(run, settings)
        with only_run(settings.home, locks_of(run), Path(run.file).name):
            source, mapping = open_again(run, ledger)
            protect_input(path, Path(run.file), Path(run.file), mapping.path)
            return rewrite(run, source, mapping, path, ledger)


def resolve(name: str, rows: str, said: str, lead_id: int | None, settings: Settings) -> tuple[Run, list[int]]:
    """Notes what the user says of rows in doubt; the run, and its rows that were meant."""
    with Ledger(settings.home) as ledger:
        run = known_run(name, ledger, settings)
        speak_as_it_was(run, settings)
        with only_run(settings.home, locks_of(run), Path(run.file).name):
            meant = set(ledger.unknown(run.id)) if rows == "all" else decide.row_numbers(rows)
            return run, decide.resolve(run, meant, said, lead_id, ledger, user_name())


async def reconcile(name: str, export: Path | None, settings: Settings) -> tuple[list[int], list[int]]:
    """Looks rows in doubt up in an export of the campaign's leads, or on the platform; (those found, those not)."""
    with Ledger(settings.home) as ledger:
        run = known_run(name, ledger, settings)
        speak_as_it_was(run, settings)
        with only_run(settings.home, locks_of(run), Path(run.file).name):
            leads = decide.read_export(export) if export else await _leads(run, ledger, settings)
            return decide.reconcile(run, leads, ledger, user_name())


async def _leads(run: Run, ledger: Ledger, settings: Settings) -> decide.Export:
    """The campaign's leads of the days in doubt, as the platform tells them (GET Leads v4)."""
    days = decide.days_in_doubt(run, ledger)
    if days is None:
        return decide.export_of("the platform", [])
    same_platform(run, settings)
    async with platform(settings, Stop()) as api:
        return decide.export_of("the platform", await api.leads(run.campaign, *days))
