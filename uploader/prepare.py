"""Everything before the first POST: file, mapping, live form, ids; faults of all of them together."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from uploader.api import PublisherApi
from uploader.errors import FormError, MappingError, TableError, UploaderError, UsageError
from uploader.form import Form
from uploader.ledger import Ledger
from uploader.mapping.bind import Binder
from uploader.mapping.field import Columns, FieldPlan
from uploader.mapping.formcheck import changes, check_against_form
from uploader.mapping.load import Mapping, parse_mapping, read_mapping
from uploader.model import Outcome, Run
from uploader.report import HEAD
from uploader.settings import Settings
from uploader.source import PastReport, Source, Spreadsheet
from uploader.table import Table, open_table

T = TypeVar("T")


@dataclass(frozen=True)
class Ids:
    """Where leads go."""

    campaign: int
    form: int
    link: int
    publisher: int


@dataclass(frozen=True)
class Options:
    """What the user asked for on the command line; None where it is left to mapping, run or settings."""

    file: Path
    mapping: Path | None = None
    campaign: int | None = None
    form: int | None = None
    link: int | None = None
    publisher: int | None = None
    sheet: str | None = None
    encoding: str | None = None
    report: Path | None = None
    limit: int | None = None
    allow_duplicates: bool = False
    include_unknown: bool = False
    canary: int = 0
    canary_pass: float = 80.0
    stream: bool = False
    page: bool = True


@dataclass(frozen=True)
class Ready:
    """A source, a mapping that fits it and the live form, and where its leads go."""

    table: Table
    source: Source
    mapping: Mapping
    plans: list[FieldPlan]
    form: Form
    ids: Ids
    past: Run | None
    notes: tuple[str, ...]

    @property
    def column_of(self) -> dict[str, str]:
        """The spreadsheet's column(s) of each field, for hints."""
        return {
            plan.name: self.source.columns[plan.source.positions[0]]
            for plan in self.plans
            if isinstance(plan.source, Columns)
        }


def open_spreadsheet(options: Options) -> tuple[Source, Mapping]:
    """The file and the mapping of an upload or check. Raises TableError, MappingError."""
    if options.mapping is None:
        how = f"`uploader map {options.file} --campaign ID` proposes one."
        raise UsageError("No mapping was given.", f"Say which with --mapping MAP.yaml; {how}")
    mapping = read_mapping(options.mapping)
    sheet = options.sheet or mapping.head.sheet
    try:
        table = open_table(options.file, wanted=mapping.columns, sheet=sheet, encoding=options.encoding)
    except TableError as error:
        raise _with_faults(mapping, error) from None
    if {"upload_row", "upload_outcome", "upload_run"} <= set(table.columns):
        raise TableError(
            f"{table.path.name} is a report of an earlier upload.", f"Send its rows with `uploader retry {table.path}`."
        )
    return Spreadsheet(table), mapping


def open_report(options: Options, ledger: Ledger, settings: Settings) -> tuple[Source, Mapping, Run | None]:
    """A report, and the mapping of its run or of --mapping. Raises TableError, MappingError, UsageError."""
    again = outcomes_again(options.include_unknown)
    source, past = open_past(options.file, again, ledger, settings, options.sheet, options.encoding)
    table = source.table
    if options.mapping:
        mapping = read_mapping(options.mapping)
    elif past and not past.is_purged:
        mapping = parse_mapping(past.mapping, Path(past.mapping_path))
    elif past:
        raise TableError(
            f"Run {past.id} was purged from the ledger, which no longer knows its mapping.",
            "Give the mapping with --mapping. Leads that were accepted are still recognised.",
        )
    else:
        raise TableError(
            f"The ledger in {settings.home} does not know the run of {table.path.name}.",
            "Give the mapping with --mapping, or set UPLOADER_HOME as it was for the upload. "
            "What was purged with --forget-leads is not recognised any more.",
        )
    return source, mapping, past


def open_past(
    file: Path,
    again: frozenset[Outcome],
    ledger: Ledger,
    settings: Settings,
    sheet: str | None = None,
    encoding: str | None = None,
) -> tuple[PastReport, Run | None]:
    """A report, and the newest run that it goes back to. Raises TableError, UsageError."""
    table = open_table(file, wanted=HEAD, sheet=sheet, encoding=encoding)
    past = _past_run(PastReport(table, frozenset(), escaped=False).runs(), ledger, table)
    if past:
        same_platform(past, settings)
    escaped = (past.report_kind if past else table.kind) == "csv"
    return PastReport(table, again, escaped, ledger.decided(past.family) if past else {}), past


def open_again(run: Run, ledger: Ledger) -> tuple[Source, Mapping]:
    """The file and the mapping of a run, as they were.

    Raises UsageError when the run was purged, TableError when the file is not the same any more.
    """
    if run.is_purged:
        raise UsageError(
            f"Run {run.id} was purged from the ledger, which no longer knows its file and mapping.",
            "`uploader retry` its report with --mapping: leads that were accepted are still recognised.",
        )
    mapping = parse_mapping(run.mapping, Path(run.mapping_path))
    is_retry = run.command == "retry"
    path = Path(run.file)
    table = open_table(path, wanted=HEAD if is_retry else mapping.columns, sheet=run.sheet, encoding=run.encoding)
    if table.sha256 != run.sha256:
        raise TableError(
            f"{path} has changed since run {run.id}, so its rows can't be told apart any more.",
            "Put the file back as it was, or `uploader retry` the run's report.",
        )
    if is_retry:
        again = outcomes_again(run.include_unknown)
        return PastReport(table, again, run.escaped, ledger.decided(run.family)), mapping
    return Spreadsheet(table), mapping


def outcomes_again(include_unknown: bool) -> frozenset[Outcome]:
    """The outcomes whose rows a retry sends."""
    again = {outcome for outcome in Outcome if outcome.is_retried}
    return frozenset(again | {Outcome.UNKNOWN} if include_unknown else again)


def same_platform(run: Run, settings: Settings) -> None:
    """Raises UsageError when the settings point to another enterprise than the run's."""
    if run.scope != settings.scope:
        raise UsageError(
            f"Run {run.id} went to {run.scope!r}, and the settings say {settings.scope!r}.",
            "Use the settings (or --sandbox) that it was uploaded with.",
        )


async def prepare(
    source: Source, mapping: Mapping, past: Run | None, options: Options, settings: Settings, api: PublisherApi
) -> Ready:
    """Binds the mapping to the columns and the live form. Raises all faults at once, as MappingError."""
    binder = Binder(mapping, source.columns)
    plans = binder.plans()
    campaign = _id("campaign", options, mapping, past)
    publisher = _id("publisher", options, mapping, past) or settings.publisher_id
    if campaign is None or publisher is None:
        mapping.raise_faults()
        missing = [name for name, value in (("campaign", campaign), ("publisher", publisher)) if value is None]
        raise UsageError(f"No {' and no '.join(missing)} is given.", "Write it into the mapping, or give a flag.")
    misfits: list[FormError] = []
    form = await _noted(misfits, _form(api, campaign, _id("form", options, mapping, past)))
    if form:
        check_against_form(mapping, form)
    link = await _noted(misfits, _link(api, campaign, _id("link", options, mapping, past)))
    _raise_all(mapping, misfits)
    assert form is not None
    assert link is not None
    plans = [replace(plan, required=plan.required or plan.name in form.required) for plan in plans]
    notes = [*source.table.notes, *binder.alike()]
    if mapping.head.made_against:
        notes += changes(mapping.head.made_against, form)
    if unused := binder.unused():
        notes.append(f"not used: {', '.join(unused)} (add to `ignore` in the mapping if that is meant)")
    ids = Ids(campaign, form.id, link, publisher)
    return Ready(source.table, source, mapping, plans, form, ids, past, tuple(notes))


async def _noted(misfits: list[FormError], asked: Awaitable[T]) -> T | None:
    """What was asked for; None where it does not fit, which is noted to be told with all the rest."""
    try:
        return await asked
    except FormError as error:
        misfits.append(error)
        return None


def _raise_all(mapping: Mapping, misfits: Sequence[FormError]) -> None:
    """Raises MappingError or FormError with everything that does not fit, ids and mapping together."""
    told = [f"{misfit.message} {misfit.hint}" for misfit in misfits]
    mapping.raise_faults(told)
    if len(misfits) == 1:
        raise misfits[0]
    if misfits:
        raise FormError("The ids do not fit the campaign; nothing was sent.", "Mend them in the mapping.", told)


async def _form(api: PublisherApi, campaign: int, wanted: int | None) -> Form:
    return chosen_form(await api.forms(campaign), wanted, campaign)


def _with_faults(mapping: Mapping, error: TableError) -> UploaderError:
    """The table's error, together with the faults that the mapping has by itself."""
    try:
        mapping.raise_faults([f"{error.message} {error.hint}"])
    except MappingError as faulty:
        return faulty
    return error


def _past_run(runs: Sequence[str], ledger: Ledger, table: Table) -> Run | None:
    """The newest run that the report names; its rows must all go back to one upload."""
    known = [run for run in (ledger.run(run) for run in runs) if run]
    if len({run.family for run in known}) > 1:
        raise TableError(
            f"{table.path.name} mixes rows of several uploads ({', '.join(runs)}).", "Retry each report by itself."
        )
    newest = ledger.newest(run.id for run in known)
    return next((run for run in known if run.id == newest), None)


def _id(name: str, options: Options, mapping: Mapping, past: Run | None) -> int | None:
    """Flag, then mapping, then the run that a report goes back to."""
    candidates = (getattr(options, name), getattr(mapping.head, name), getattr(past, name, None))
    return next((value for value in candidates if value is not None), None)


def chosen_form(forms: Sequence[Form], wanted: int | None, campaign: int) -> Form:
    """The form with this id, or the only one. Raises FormError that names those there are."""
    known = ", ".join(f"{form.id} ({form.name})" for form in forms) or "none"
    if wanted is None and len(forms) == 1:
        return forms[0]
    for form in forms:
        if form.id == wanted:
            return form
    said = f"has no form {wanted}" if wanted is not None else "has several forms, and none was chosen"
    raise FormError(f"Campaign {campaign} {said}.", f"It has: {known}. Set `form:` in the mapping, or --form.")


async def _link(api: PublisherApi, campaign: int, wanted: int | None) -> int:
    """The link's id, or the only one's. An enterprise that does not list links is believed about a given one."""
    try:
        links = await api.links(campaign)
    except FormError:
        links = ()
    ids = [link.id for link in links]
    if wanted is None and len(ids) == 1:
        return ids[0]
    if wanted is not None and (wanted in ids or not ids):
        return wanted
    said = f"has no link {wanted}" if wanted is not None else "has several links, and none was chosen"
    known = ", ".join(f"{link.id} ({link.name})" for link in links) or "none that it shows"
    raise FormError(f"Campaign {campaign} {said}.", f"It has: {known}. Set `link:` in the mapping, or --link.")
