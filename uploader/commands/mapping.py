"""Proposing a mapping for a spreadsheet."""

import time
from dataclasses import dataclass, replace
from pathlib import Path

from uploader.api.publisher import NotShownError, PublisherApi
from uploader.commands.connection import platform_alone
from uploader.config.settings import Settings
from uploader.core.command_line import PlatformFlags, uploader_command
from uploader.core.errors import FormError, UsageError
from uploader.core.form import Form, Link
from uploader.mapping import proposal
from uploader.mapping.proposal import Proposal, missing_ids, to_yaml
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
    """

    file: Path
    campaign: int
    form: int | None = None
    link: int | None = None
    publisher: int | None = None
    sheet: str | None = None
    encoding: str | None = None
    table: Table | None = None


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


async def propose(request: ProposalRequest, settings: Settings) -> ProposedMapping:
    """Propose a mapping for a spreadsheet against the live form. Raises TableError, FormError."""
    async with platform_alone(settings) as api:
        request = replace(request, publisher=request.publisher or settings.publisher_id)
        return await _propose(request, api, settings.platform_flags)


async def _propose(request: ProposalRequest, api: PublisherApi, flags: PlatformFlags) -> ProposedMapping:
    table = request.table or open_table(request.file, sheet=request.sheet, encoding=request.encoding)
    refuse_sheet(table, request.sheet)
    form = choose_form(await api.forms(request.campaign), request.form, request.campaign)
    links = await campaign_links(api, request.campaign)
    proposed = proposal.propose(form, table.columns, [list(row) for row in sample_rows(table).cells()])
    ids = {
        "campaign": request.campaign,
        "form": form.id,
        "link": request.link or (links[0].id if len(links) == 1 else None),
        "publisher": request.publisher,
    }
    sheet = table.sheet if request.sheet else None
    text = to_yaml(
        proposed,
        form,
        ids,
        file=request.file.name,
        date=time.strftime("%Y-%m-%d"),
        sheet=sheet,
        links=links,
        links_command=flags.fill(uploader_command("links", f"--campaign {request.campaign}")),
    )
    notes = list(table.notes)
    if ids["link"] is None and links:
        notes.append(f"the campaign has several links: {'; '.join(link.description for link in links)}")
    return ProposedMapping(text, proposed, form, tuple(notes), (*missing_ids(ids), *proposed.undecided))


def write_mapping(text: str, path: Path) -> None:
    """Write a proposed mapping; never over a file that exists. Raises UsageError."""
    if (path.parent / SCHEMA).exists():
        text = f"# yaml-language-server: $schema={SCHEMA}\n{text}"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} already exists.", "Give another name with --output, or move the file away.") from None
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}.", "Give another place with --output.") from None


def sample_rows(table: Table) -> Chunk:
    """Return the rows from which a mapping is proposed."""
    return next(table.chunks(SAMPLE_ROWS), None) or Chunk([], [()] * len(table.columns))


async def campaign_links(api: PublisherApi, campaign: int) -> tuple[Link, ...]:
    """Return the campaign's links; none where the platform does not list them."""
    try:
        return await api.links(campaign)
    except (FormError, NotShownError):
        return ()
