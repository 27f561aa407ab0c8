"""Preparing a run: the mapping is checked against columns, live form and ids, and all problems are shown at once."""

from collections.abc import Awaitable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from uploader.api.publisher import NotShownError, PublisherApi
from uploader.config.settings import Settings
from uploader.core.errors import FormError, UsageError
from uploader.core.form import Form
from uploader.core.model import Run
from uploader.mapping.bind import Binder
from uploader.mapping.field_plan import Columns, FieldPlan
from uploader.mapping.form_check import check_against_form
from uploader.mapping.load import Mapping
from uploader.mapping.row_filter import RowFilter
from uploader.pipeline.options import UploadOptions
from uploader.pipeline.wording import mapping_change_note, notes_on_mapping
from uploader.report import mapping_path_flags
from uploader.report.reader import PastReport, Source
from uploader.spreadsheet import Table

T = TypeVar("T")


@dataclass(frozen=True)
class Destination:
    """The ids that say where leads are sent. None: the API variant does not need the id, and it is not given."""

    campaign: int
    form: int
    link: int | None
    publisher: int | None


@dataclass(frozen=True)
class PreparedRun:
    """An input with a mapping that fits its columns and the live form.

    Attributes:
        table: The input's table.
        source: The input's rows.
        mapping: The mapping.
        plans: How each form field is made from the columns.
        row_filter: Which rows are left out; None: no row is.
        form: The live form.
        ids: Where the leads are sent.
        past: The run that wrote the report; None for a spreadsheet.
        notes: What the user should know before sending.
        warnings: What will probably go wrong with every lead.
        keeps_mapping: The mapping is that of an earlier run, not of a file given now.
    """

    table: Table
    source: Source
    mapping: Mapping
    plans: list[FieldPlan]
    row_filter: RowFilter | None
    form: Form
    ids: Destination
    past: Run | None
    notes: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    keeps_mapping: bool = False

    @property
    def family(self) -> str | None:
        """The first run of the chain that a retry continues; None for a new upload.

        A report with rows of several uploads starts a chain of its own: their numbers mean different rows.
        """
        is_mixed = isinstance(self.source, PastReport) and bool(self.source.foreign_runs())
        return self.past.family if self.past and not is_mixed else None

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags that replace ids of the mapping."""
        head = self.mapping.head
        others = [(name, value) for name, value in vars(self.ids).items() if getattr(head, name) not in {None, value}]
        return tuple(f"--{name} {value}" for name, value in others)

    @property
    def amended(self) -> tuple[str, ...]:
        """The flags of a retry that uses the mapping file as it is by then, and the same ids."""
        return mapping_path_flags(self.mapping.path, self.flags)

    @property
    def column_of(self) -> dict[str, str]:
        """The spreadsheet's column of each field, for hints."""
        return {
            plan.name: self.source.columns[plan.source.positions[0]]
            for plan in self.plans
            if isinstance(plan.source, Columns)
        }


async def prepare(
    source: Source, mapping: Mapping, past: Run | None, options: UploadOptions, settings: Settings, api: PublisherApi
) -> PreparedRun:
    """Check the mapping against the columns and the live form.

    Args:
        source: The input's rows.
        mapping: The mapping.
        past: The run that wrote the report; None for a spreadsheet.
        options: What the user asked for; its ids replace those of the mapping.
        settings: The default publisher.
        api: The platform.

    Raises:
        MappingError: The mapping has problems; it holds all of them.
        FormError: An id does not fit the campaign.
        UsageError: No campaign or publisher is given.
    """
    command = "retry" if past else "check"
    if mapping.document.data is None:
        mapping.raise_errors(command=command)  # it can't be parsed, so there is nothing else to check
    binder = Binder(mapping, source.columns, source.table.path.name, source.table.sheet)
    plans = binder.plans()
    row_filter = binder.row_filter()
    campaign = _id("campaign", options, mapping, past)
    publisher = _id("publisher", options, mapping, past) or settings.publisher_id
    optional = settings.api_variant.optional
    if campaign is None or (publisher is None and "publisher" not in optional):
        mapping.raise_errors(command=command)
        raise _missing_ids(campaign, publisher, optional)
    errors: list[FormError] = []
    form = await _collect(errors, _form(api, campaign, _id("form", options, mapping, past)))
    if form:
        check_against_form(mapping, form)
    notes = [*source.table.notes, *binder.spelling_notes()]
    wanted_link = _id("link", options, mapping, past)
    link = await _collect(errors, _link(api, campaign, wanted_link, notes, mapping, is_optional="link" in optional))
    _raise_all(mapping, errors, command)
    assert form is not None
    plans = [replace(plan, required=plan.required or plan.name in form.required) for plan in plans]
    keeps = options.mapping is None
    more, warnings = notes_on_mapping(mapping, form, binder.unused_columns())
    if keeps and mapping.has_changed():
        more.append(mapping_change_note(mapping, past))
    return PreparedRun(
        source.table,
        source,
        mapping,
        plans,
        row_filter,
        form,
        Destination(campaign, form.id, link, publisher),
        past,
        notes=(*notes, *more),
        warnings=tuple(warnings),
        keeps_mapping=keeps,
    )


def _missing_ids(campaign: int | None, publisher: int | None, optional: Collection[str]) -> UsageError:
    given = (("campaign", campaign), ("publisher", publisher))
    missing = [name for name, value in given if value is None and name not in optional]
    return UsageError(f"No {' and no '.join(missing)} is given.", "Add it to the mapping, or use a flag.")


async def _collect(errors: list[FormError], asked: Awaitable[T]) -> T | None:
    """Return what was asked for; None if it does not fit, which is added to the errors."""
    try:
        return await asked
    except FormError as error:
        errors.append(error)
        return None


def _raise_all(mapping: Mapping, errors: Sequence[FormError], command: str) -> None:
    """Raises MappingError or FormError with the problems of ids and mapping together."""
    problems = [f"{error.message} {error.hint}" for error in errors]
    mapping.raise_errors(problems, command=command)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise FormError("The ids do not fit the campaign. Nothing was sent.", "Fix them in the mapping.", problems)


async def _form(api: PublisherApi, campaign: int, wanted: int | None) -> Form:
    return choose_form(await api.forms(campaign), wanted, campaign)


def _id(name: str, options: UploadOptions, mapping: Mapping, past: Run | None) -> int | None:
    """Return an id: from the flag, else the report's run unless a mapping was given, else the mapping."""
    sources = (options, mapping.head, past) if options.mapping else (options, past, mapping.head)
    return next((value for one in sources if (value := getattr(one, name, None)) is not None), None)


def choose_form(forms: Sequence[Form], wanted: int | None, campaign: int) -> Form:
    """Return the form with this id, or the only one. Raises FormError, which lists the campaign's forms."""
    known = ", ".join(f"{form.id} ({form.name})" for form in forms) or "none"
    if wanted is None and len(forms) == 1:
        return forms[0]
    for form in forms:
        if form.id == wanted and form.problem:
            raise FormError(
                f"Campaign {campaign}: {form.problem}.",
                "Ask your campaign manager to look at the form on the platform.",
            )
        if form.id == wanted:
            return form
    problem = f"has no form {wanted}" if wanted is not None else "has several forms, and none was chosen"
    raise FormError(f"Campaign {campaign} {problem}.", f"It has: {known}. Set `form:` in the mapping, or use --form.")


async def _link(
    api: PublisherApi, campaign: int, wanted: int | None, notes: list[str], mapping: Mapping, *, is_optional: bool
) -> int | None:
    """Return the link's id, or the only one's. A given id is used unchecked if the links cannot be read.

    Args:
        api: The platform.
        campaign: The campaign.
        wanted: The given id.
        notes: Gets a note about a link that was not checked.
        mapping: The mapping, for the place where a link can be given.
        is_optional: Leads may be sent without a link.

    Raises:
        FormError: The campaign does not have this link, or a link has to be chosen.
    """
    try:
        links = await api.links(campaign)
    except (FormError, NotShownError) as error:
        if wanted is None and not is_optional:
            raise FormError(error.message, f"{_place_of_link(mapping)}, or use --link.") from None
        notes.append(f"the link was not checked: {error.message}")
        return wanted
    ids = [link.id for link in links]
    if wanted is None and len(ids) == 1:
        return ids[0]
    if wanted is not None and not ids:
        notes.append(f"the link was not checked: the platform lists no links for campaign {campaign}")
    if (wanted is None and is_optional) or wanted in ids or (wanted is not None and not ids):
        return wanted
    if not ids:
        raise FormError(f"Campaign {campaign} has no links.", "Ask your campaign manager for one, then use --link.")
    known = "; ".join(link.description for link in links)
    if wanted is None:
        raise FormError(
            f"{mapping.path.name}: `link:` is missing, and campaign {campaign} has several links.",
            f"It has: {known}. {_place_of_link(mapping)}, or use --link.",
        )
    raise FormError(
        f"Campaign {campaign} has no link {wanted}.", f"It has: {known}. Set `link:` in the mapping, or use --link."
    )


def _place_of_link(mapping: Mapping) -> str:
    """Return where in the mapping to add a link: at the lines that `map` left for it, else below the other ids."""
    left = [number for number, line in enumerate(mapping.document.lines, 1) if line.startswith("# link:")]
    if len(left) > 1:
        numbers = f"{', '.join(map(str, left[:-1]))} or {left[-1]}"
        return f"In {mapping.path.name}, remove the `# ` in front of the right link, line {numbers}"
    if left:
        return f"In {mapping.path.name}, replace line {left[0]} with `link: ID`"
    positions = mapping.document.positions
    ids = [positions[(key, "@")][0] for key in ("version", "campaign", "form") if (key, "@") in positions]
    return f"In {mapping.path.name}, add `link: ID`{f' below line {max(ids)}' if ids else ''}"
