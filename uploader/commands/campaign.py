"""What a campaign takes: its forms, its links, and an empty spreadsheet for a form."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from uploader.commands.connection import platform_alone
from uploader.config.settings import Settings
from uploader.core.errors import UsageError
from uploader.core.form import Form, FormField, Link
from uploader.mapping.load import read_mapping
from uploader.mapping.validators import AllowedList
from uploader.pipeline.prepare import choose_form
from uploader.report.xlsx.template import write_template


async def forms(campaign: int, settings: Settings) -> tuple[Form, ...]:
    """Return the campaign's forms with their fields."""
    async with platform_alone(settings) as api:
        return await api.forms(campaign)


async def links(campaign: int, settings: Settings) -> tuple[Link, ...]:
    """Return the campaign's links."""
    async with platform_alone(settings) as api:
        return await api.links(campaign)


async def template(
    path: Path, campaign: int, form: int | None, lists: Mapping[str, Sequence[str]], settings: Settings
) -> tuple[Form, tuple[FormField, ...]]:
    """Write an empty spreadsheet with a form's fields as columns.

    Args:
        path: Where to write it.
        campaign: The campaign.
        form: The form; None if the campaign has only one.
        lists: The values of a field, for a drop-down.
        settings: How to reach the platform.

    Returns:
        The form, and its fields that are columns.

    Raises:
        FormError: The campaign has no such form.
        UsageError: The file can't be written.
    """
    async with platform_alone(settings) as api:
        found = choose_form(await api.forms(campaign), form, campaign)
    return found, write_template(path, found, lists)


def lists_of(mapping: Path | None, files: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the values that fields take: a mapping's `allowed`, and FIELD=FILE pairs.

    Raises:
        UsageError: A pair or a list can't be read.
        MappingError: The mapping has errors.
    """
    found = {name: allowed.entries for name, allowed in _allowed(mapping).items()}
    for pair in files:
        name, _, path = pair.partition("=")
        if not name.strip() or not path.strip():
            raise UsageError(f"--list {pair}: not FIELD=FILE.", "Write it as in --list country=countries.csv.")
        found[name.strip()] = _read_list(Path(path.strip()), f"--list {pair}").entries
    return found


def _read_list(path: Path, what: str) -> AllowedList:
    """Read a list. Raises UsageError, which begins with `what`."""
    try:
        return AllowedList.from_file(path)
    except FileNotFoundError:
        raise UsageError(f"{what}: there is no file {path}.", "Check its name and folder.") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{what}: {error}.", "Give a CSV file with one entry per line.") from None


def _allowed(path: Path | None) -> dict[str, AllowedList]:
    """Return the lists of a mapping's fields."""
    if path is None:
        return {}
    mapping = read_mapping(path)
    mapping.raise_errors(command="template")
    found = {}
    for name, spec in mapping.fields.items():
        if isinstance(spec.allowed, list):
            found[name] = AllowedList.from_values(spec.allowed)
        elif spec.allowed:
            found[name] = _read_list(path.parent / spec.allowed, f"the list of {name} in {path.name}")
    return found
