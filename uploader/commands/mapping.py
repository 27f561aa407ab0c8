"""Proposing a mapping for a spreadsheet, with what is to be asked about it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from uploader.api.publisher import NotShownError, PublisherApi
from uploader.commands.connection import platform
from uploader.commands.kept_answers import KeptAnswers, kept_answers
from uploader.commands.known_mappings import earlier_mappings, mapping_to_start_from
from uploader.config.settings import Settings
from uploader.core.command_line import uploader_command
from uploader.core.errors import FormError, UsageError
from uploader.core.form import Form, Link
from uploader.core.messages import list_names
from uploader.ledger import Ledger, open_ledger
from uploader.mapping.proposal import Proposal
from uploader.mapping.questionnaire import Basis, Questionnaire, SheetSample, decided_by_earlier, form_notes
from uploader.pipeline.cancellation import StopSignal
from uploader.pipeline.inputs import refuse_sheet
from uploader.pipeline.prepare import choose_form
from uploader.spreadsheet import Chunk, Table, open_table

SAMPLE_ROWS = 1000  # rows from which a mapping is proposed

# An editor that finds this JSON Schema beside a mapping completes and validates it.
SCHEMA = "mapping.schema.json"


@dataclass(frozen=True)
class ProposalRequest:
    """What a mapping is proposed for. None: not known yet.

    Attributes:
        file: The spreadsheet.
        campaign, form, link, publisher: The ids to write into the mapping.
        sheet: The sheet of a workbook.
        encoding: The encoding of a text file.
        table: The content of `file` where it is in memory and in no file.
        like: A mapping to start from.
        like_label: What it is called; empty for the file's name.
        folder: Where the mapping will be; None for the spreadsheet's folder.
    """

    file: Path
    campaign: int
    form: int | None = None
    link: int | None = None
    publisher: int | None = None
    sheet: str | None = None
    encoding: str | None = None
    table: Table | None = None
    like: Path | None = None
    like_label: str = ""
    folder: Path | None = None


@dataclass(frozen=True)
class ProposedMapping:
    """A proposed mapping.

    Attributes:
        text: The mapping file.
        proposal: The proposed sources of its fields.
        form: The form that it is for.
        notes: What the user should know about file and campaign.
        undecided: Ids and fields that the user still needs to set.
    """

    text: str
    proposal: Proposal
    form: Form
    notes: tuple[str, ...]
    undecided: tuple[str, ...]


@dataclass(frozen=True)
class UnfinishedMapping:
    """A mapping that is being made.

    Attributes:
        questionnaire: The questions about it.
        tables: The sheets of the spreadsheet that may have the leads, by name.
        samples: Some rows of each.
        notes: What the user should know about the spreadsheet.
        links_command: The command that lists the campaign's links.
        kept: The answers that were given before an interruption.
    """

    questionnaire: Questionnaire
    tables: Mapping[str | None, Table]
    samples: Mapping[str | None, Chunk]
    notes: tuple[str, ...]
    links_command: str
    kept: KeptAnswers

    def text(self, questionnaire: Questionnaire) -> str:
        """Write the mapping with the answers of a questionnaire."""
        return questionnaire.to_yaml(time.strftime("%Y-%m-%d"), self.links_command)


async def open_questionnaire(request: ProposalRequest, settings: Settings) -> UnfinishedMapping:
    """Read what is needed to ask about a mapping. Raises TableError, FormError, MappingError."""
    with open_ledger(settings.ledger_place) as ledger:
        tables = _tables(request)
        samples = {name: sample_rows(table) for name, table in tables.items()}
        sheets = tuple(SheetSample(name, table.columns, [*samples[name].cells()]) for name, table in tables.items())
        async with platform(ledger, settings, StopSignal()) as api:
            basis = await _basis(request, sheets, api, ledger, settings)
    known = Questionnaire(basis)
    return UnfinishedMapping(
        known,
        tables,
        samples,
        (*next(iter(tables.values())).notes, *(form_notes(basis, known.form) if known.knows_form else ())),
        settings.platform_flags.fill(uploader_command("links", f"--campaign {request.campaign}")),
        kept_answers(request.file, request.campaign, settings),
    )


async def propose(request: ProposalRequest, settings: Settings) -> ProposedMapping:
    """Propose a mapping for a spreadsheet against the live form. Raises TableError, FormError, MappingError."""
    opened = await open_questionnaire(request, settings)
    known = opened.questionnaire
    form = known.form
    if not known.knows_form:
        form = choose_form(known.basis.forms, None, request.campaign)
    notes = [*opened.notes]
    if "link" in known.undecided and known.basis.links:
        notes.append(f"the campaign has several links: {'; '.join(link.description for link in known.basis.links)}")
    for upload, fields in decided_by_earlier(known.proposal).items():
        notes.append(f"{list_names(fields)}: proposed as in {upload}, not from the names of the columns alone")
    return ProposedMapping(opened.text(known), known.proposal, form, tuple(notes), known.undecided)


def write_mapping(text: str, path: Path) -> None:
    """Write a proposed mapping; never over a file that exists. Raises UsageError."""
    if (path.parent / SCHEMA).exists():
        text = f"# yaml-language-server: $schema={SCHEMA}\n{text}"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise already_exists(path) from None
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}.", "Give another place with --output.") from None


def already_exists(path: Path) -> UsageError:
    """Return the error that a mapping would be written over a file."""
    return UsageError(f"{path} already exists.", "Give another name with --output, or move the file away.")


async def _basis(
    request: ProposalRequest, sheets: tuple[SheetSample, ...], api: PublisherApi, ledger: Ledger, settings: Settings
) -> Basis:
    forms = await api.forms(request.campaign)
    readable = tuple(form for form in forms if not form.problem)
    if request.form is not None or len(forms) == 1 or not readable:
        readable = (choose_form(forms, request.form, request.campaign),)
    given = {"publisher": request.publisher or settings.publisher_id, "link": request.link, "form": request.form}
    folder = request.folder or request.file.parent
    return Basis(
        request.file.name,
        sheets,
        readable,
        await campaign_links(api, request.campaign),
        {"campaign": request.campaign, **{name: number for name, number in given.items() if number is not None}},
        settings.api_variant.optional,
        request.sheet,
        earlier_mappings(ledger, settings, request.campaign, folder),
        mapping_to_start_from(request.like, request.campaign, folder, request.like_label) if request.like else None,
    )


def _tables(request: ProposalRequest) -> dict[str | None, Table]:
    """Open the spreadsheet, and the other sheets that may have the leads."""
    table = request.table or open_table(request.file, sheet=request.sheet, encoding=request.encoding)
    refuse_sheet(table, request.sheet)
    others = [open_table(request.file, sheet=name) for name in table.rival_sheets]
    return {one.sheet: one for one in (table, *others)}


def sample_rows(table: Table) -> Chunk:
    """Return the rows from which a mapping is proposed."""
    return next(table.chunks(SAMPLE_ROWS), None) or Chunk([], [()] * len(table.columns))


async def campaign_links(api: PublisherApi, campaign: int) -> tuple[Link, ...]:
    """Return the campaign's links; none where the platform does not list them."""
    try:
        return await api.links(campaign)
    except (FormError, NotShownError):
        return ()
