"""Before the first POST: the mapping meets the columns, the live form and the ids; all faults together."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from uploader.api.publisher import PublisherApi
from uploader.config.settings import Settings
from uploader.core.errors import FormError, UsageError
from uploader.core.form import Form
from uploader.core.model import Run
from uploader.mapping.bind import Binder
from uploader.mapping.field_plan import Columns, FieldPlan
from uploader.mapping.form_check import check_against_form, form_changes
from uploader.mapping.load import Mapping
from uploader.mapping.validators import EMPTY_FIELDS
from uploader.pipeline.inputs import UploadOptions
from uploader.report import mapping_flags, mapping_path_flags
from uploader.report.reader import Source
from uploader.spreadsheet import Table

T = TypeVar("T")

SHOWN = 5  # fields that are named


@dataclass(frozen=True)
class Destination:
    """Where leads go."""

    campaign: int
    form: int
    link: int
    publisher: int


@dataclass(frozen=True)
class PreparedRun:
    """A source, a mapping that fits it and the live form, and where its leads go. `keeps_mapping`: it is that of an
    earlier run, whatever its file says now."""

    table: Table
    source: Source
    mapping: Mapping
    plans: list[FieldPlan]
    form: Form
    ids: Destination
    past: Run | None
    notes: tuple[str, ...]
    keeps_mapping: bool = False

    @property
    def flags(self) -> tuple[str, ...]:
        """Those that put ids in the place of the mapping's."""
        head = self.mapping.head
        others = [(name, value) for name, value in vars(self.ids).items() if getattr(head, name) not in {None, value}]
        return tuple(f"--{name} {value}" for name, value in others)

    @property
    def amended(self) -> tuple[str, ...]:
        """The flags of a retry that takes the mapping as it is amended by then, and sends to the same ids."""
        return mapping_path_flags(self.mapping.path, self.flags)

    @property
    def column_of(self) -> dict[str, str]:
        """The spreadsheet's column(s) of each field, for hints."""
        return {
            plan.name: self.source.columns[plan.source.positions[0]]
            for plan in self.plans
            if isinstance(plan.source, Columns)
        }


async def prepare(
    source: Source, mapping: Mapping, past: Run | None, options: UploadOptions, settings: Settings, api: PublisherApi
) -> PreparedRun:
    """Binds the mapping to the columns and the live form. Raises all faults at once, as MappingError."""
    if mapping.document.data is None:
        mapping.raise_errors()  # of what can't be parsed nothing else is known
    binder = Binder(mapping, source.columns, source.table.path.name, source.table.sheet)
    plans = binder.plans()
    campaign = _id("campaign", options, mapping, past)
    publisher = _id("publisher", options, mapping, past) or settings.publisher_id
    if campaign is None or publisher is None:
        mapping.raise_errors()
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
    notes = [*source.table.notes, *binder.spelling_notes()]
    if mapping.head.made_against:
        notes += form_changes(mapping.head.made_against, form)
    if unused := binder.unused_columns():
        notes.append(f"not used: {', '.join(unused)} (add to `ignore` in the mapping if that is meant)")
    notes += _gaps(mapping, form)
    keeps = options.mapping is None
    if keeps and mapping.has_changed():
        notes.append(_changed(mapping, past))
    ids = Destination(campaign, form.id, link, publisher)
    return PreparedRun(source.table, source, mapping, plans, form, ids, past, tuple(notes), keeps)


def _changed(mapping: Mapping, past: Run | None) -> str:
    """What becomes of edits of a mapping whose run is retried, or (without `past`) gone on with."""
    if past is None:
        return f"{mapping.path.name} has changed since this run began, which goes on with it as it was"
    return f"{mapping.path.name} has changed since that upload; `{' '.join(mapping_flags(past))}` takes it as it is now"


def _gaps(mapping: Mapping, form: Form) -> list[str]:
    """The fields that no lead will have, where they are as many as the platform's own checks dislike."""
    empty = [field.name for field in form.fields if field.name not in mapping.fields]
    if mapping.head.quality == "off" or len(empty) < EMPTY_FIELDS:
        return []
    shown = ", ".join(empty[:SHOWN]) + (", …" if len(empty) > SHOWN else "")
    return [
        f"{len(empty)} fields of the form are not mapped ({shown}); the platform may find leads with {EMPTY_FIELDS} or "
        "more empty ones invalid"
    ]


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
    mapping.raise_errors(told)
    if len(misfits) == 1:
        raise misfits[0]
    if misfits:
        raise FormError("The ids do not fit the campaign; nothing was sent.", "Mend them in the mapping.", told)


async def _form(api: PublisherApi, campaign: int, wanted: int | None) -> Form:
    return choose_form(await api.forms(campaign), wanted, campaign)


def _id(name: str, options: UploadOptions, mapping: Mapping, past: Run | None) -> int | None:
    """Flag, then the run that a report goes back to, unless a mapping was given for it, then the mapping."""
    sources = (options, mapping.head, past) if options.mapping else (options, past, mapping.head)
    return next((value for one in sources if (value := getattr(one, name, None)) is not None), None)


def choose_form(forms: Sequence[Form], wanted: int | None, campaign: int) -> Form:
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
    known = "; ".join(link.description for link in links) or "none that it shows"
    raise FormError(f"Campaign {campaign} {said}.", f"It has: {known}. Set `link:` in the mapping, or --link.")
