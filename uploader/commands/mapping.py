"""Help to begin: a mapping proposed for a spreadsheet, an empty spreadsheet for a form."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from uploader.api.publisher import PublisherApi
from uploader.commands.connection import platform_alone
from uploader.config.settings import Settings
from uploader.core.errors import FormError, UsageError
from uploader.core.form import Form, Link
from uploader.mapping import proposal
from uploader.mapping.load import read_mapping
from uploader.mapping.proposal import Proposal, missing, to_yaml
from uploader.mapping.validators import AllowedList
from uploader.pipeline.prepare import choose_form
from uploader.report.xlsx.template import write_template
from uploader.spreadsheet import Table, open_table

SAMPLE = 1000  # rows that are looked at

# An editor that finds the schema beside a mapping completes and checks it.
SCHEMA = "mapping.schema.json"


@dataclass(frozen=True)
class Wanted:
    """What a proposal is for; ids are None where they are not known yet."""

    file: Path
    campaign: int
    form: int | None = None
    link: int | None = None
    publisher: int | None = None
    sheet: str | None = None
    encoding: str | None = None


@dataclass(frozen=True)
class Proposed:
    """A mapping's text, what it is made of, the form that it is for, and what is left to decide: ids and fields."""

    text: str
    proposal: Proposal
    form: Form
    notes: tuple[str, ...]
    undecided: tuple[str, ...]


async def propose_mapping(wanted: Wanted, api: PublisherApi) -> Proposed:
    """Proposes a mapping against the live form. Raises TableError, FormError."""
    table = open_table(wanted.file, sheet=wanted.sheet, encoding=wanted.encoding)
    form = choose_form(await api.forms(wanted.campaign), wanted.form, wanted.campaign)
    links = await _links(api, wanted.campaign)
    proposed = proposal.propose(form, table.columns, _sample(table))
    ids = {
        "campaign": wanted.campaign,
        "form": form.id,
        "link": wanted.link or (links[0].id if len(links) == 1 else None),
        "publisher": wanted.publisher,
    }
    sheet = table.sheet if wanted.sheet else None
    text = to_yaml(proposed, form, ids, file=wanted.file.name, date=time.strftime("%Y-%m-%d"), sheet=sheet)
    known = "; ".join(link.description for link in links)
    notes = (*table.notes, *([f"the campaign has several links: {known}"] if ids["link"] is None and links else []))
    return Proposed(text, proposed, form, notes, (*missing(ids), *proposed.undecided))


def write_mapping(text: str, path: Path) -> None:
    """Writes a proposed mapping; a file that is there stays. Raises UsageError."""
    if (path.parent / SCHEMA).exists():
        text = f"# yaml-language-server: $schema={SCHEMA}\n{text}"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} is there already.", "Give another name with --output, or move it away.") from None
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}.", "Give another place with --output.") from None


async def make_template(
    path: Path, campaign: int, form: int | None, lists: Mapping[str, Sequence[str]], api: PublisherApi
) -> Form:
    """Writes an empty spreadsheet with the form's fields. Raises FormError, UsageError."""
    found = choose_form(await api.forms(campaign), form, campaign)
    write_template(path, found, lists)
    return found


def lists_of(mapping: Path | None, files: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The entries that fields take: a mapping's `allowed`, and FIELD=FILE pairs. Raises UsageError, MappingError."""
    found = {name: allowed.entries for name, allowed in _allowed(mapping).items()}
    for pair in files:
        name, _, path = pair.partition("=")
        if not name.strip() or not path.strip():
            raise UsageError(f"--list {pair}: write it as FIELD=FILE.", "Such as --list country=countries.csv.")
        found[name.strip()] = _read_list(Path(path.strip()), f"--list {pair}").entries
    return found


def _read_list(path: Path, what: str) -> AllowedList:
    """Raises UsageError, with `what` it is for."""
    try:
        return AllowedList.from_file(path)
    except FileNotFoundError:
        raise UsageError(f"{what}: there is no file {path}.", "Look at its name and folder.") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{what}: {error}.", "Give a CSV file with one entry a line.") from None


def _allowed(path: Path | None) -> dict[str, AllowedList]:
    """The lists of a mapping's fields."""
    if path is None:
        return {}
    mapping = read_mapping(path)
    mapping.raise_faults()
    found = {}
    for name, spec in mapping.fields.items():
        if isinstance(spec.allowed, list):
            found[name] = AllowedList.of(spec.allowed)
        elif spec.allowed:
            found[name] = _read_list(path.parent / spec.allowed, f"the list of {name} in {path.name}")
    return found


def _sample(table: Table) -> list[list[str]]:
    chunk = next(table.chunks(SAMPLE), None)
    return [] if chunk is None else [list(row) for row in chunk.cells()]


async def _links(api: PublisherApi, campaign: int) -> tuple[Link, ...]:
    try:
        return await api.links(campaign)
    except FormError:
        return ()


async def propose(wanted: Wanted, settings: Settings) -> Proposed:
    """A mapping for a spreadsheet."""
    async with platform_alone(settings) as api:
        return await propose_mapping(replace(wanted, publisher=wanted.publisher or settings.publisher_id), api)


async def template(
    path: Path, campaign: int, form: int | None, lists: Mapping[str, Sequence[str]], settings: Settings
) -> Form:
    """Writes an empty spreadsheet for a form."""
    async with platform_alone(settings) as api:
        return await make_template(path, campaign, form, lists, api)
