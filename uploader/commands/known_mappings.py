"""Mappings that someone has approved: those of a campaign's earlier uploads, and the one to start from."""

import os
from pathlib import Path
from typing import Any

from uploader.config.settings import Settings
from uploader.core.model import Run
from uploader.ledger import Ledger, RunFilter
from uploader.mapping.load import Mapping, parse_mapping, read_mapping
from uploader.mapping.questionnaire import KnownMapping

MAX_RUNS = 200  # newest runs of the campaign that are looked at
MAX_MAPPINGS = 5  # different mappings of the campaign

_IDS = ("form", "link", "publisher")
_OWN_KEYS = {"version", "campaign", *_IDS, "sheet", "fields", "ignore", "made_against"}


def earlier_mappings(ledger: Ledger, settings: Settings, campaign: int, folder: Path) -> tuple[KnownMapping, ...]:
    """Return the mappings of a campaign's earlier uploads, the newest first.

    Args:
        ledger: Knows the uploads.
        settings: Lead to the platform.
        campaign: The campaign.
        folder: Where the new mapping will be: lists that it names are relative to it.
    """
    found: dict[str, KnownMapping] = {}
    for past in ledger.runs.history(MAX_RUNS, RunFilter(scope=settings.scope, campaign=campaign)):
        run = past.run
        if run.mapping in found:
            continue
        mapping = parse_mapping(run.mapping, Path(run.mapping_path))
        if not mapping.document.errors:
            found[run.mapping] = _known(mapping, f"the upload of {_day_of(run)}", folder, _ids_of(run))
        if len(found) == MAX_MAPPINGS:
            break
    return tuple(found.values())


def mapping_to_start_from(path: Path, campaign: int, folder: Path, label: str = "") -> KnownMapping:
    """Read the mapping of `--like`. Raises MappingError.

    Args:
        path: The mapping.
        campaign: The campaign of the new mapping. Form and link of another campaign are left out.
        folder: Where the new mapping will be.
        label: What the mapping is called; empty for the file's name.
    """
    mapping = read_mapping(path)
    mapping.raise_errors(command="map")
    ids = {name: number for name in _IDS if (number := getattr(mapping.head, name)) is not None}
    if mapping.head.campaign not in {None, campaign}:
        ids = {name: number for name, number in ids.items() if name == "publisher"}
    return _known(mapping, label or path.name, folder, ids)


def _known(mapping: Mapping, label: str, folder: Path, ids: dict[str, int]) -> KnownMapping:
    head = mapping.head.model_dump(by_alias=True, exclude_unset=True, exclude=_OWN_KEYS)
    if "suppressed" in head:
        head["suppressed"] = _moved(head["suppressed"], mapping.path.parent, folder)
    specs = {name: spec.model_dump(by_alias=True, exclude_unset=True) for name, spec in mapping.fields.items()}
    fields = {name: _with_moved_list(spec, mapping.path.parent, folder) for name, spec in specs.items()}
    ignored = tuple(mapping.head.ignore)
    return KnownMapping(label, fields, ids, mapping.head.sheet, ignored, head, mapping.head.made_against)


def _with_moved_list(spec: dict[str, Any], old: Path, new: Path) -> dict[str, Any]:
    allowed = spec.get("allowed")
    return {**spec, "allowed": _moved(allowed, old, new)} if isinstance(allowed, str) else spec


def _moved(path: str, old: Path, new: Path) -> str:
    """Return a path relative to another folder than before."""
    if Path(path).is_absolute() or old.resolve() == new.resolve():
        return path
    try:
        return Path(os.path.relpath(old.resolve() / path, new.resolve())).as_posix()
    except ValueError:  # on Windows, another drive
        return str(old.resolve() / path)


def _ids_of(run: Run) -> dict[str, int]:
    return {name: number for name in _IDS if (number := getattr(run, name)) is not None}


def _day_of(run: Run) -> str:
    """Return the day on which a run began, from its name: `20261123-174501-3f9a`."""
    return f"{run.id[:4]}-{run.id[4:6]}-{run.id[6:8]}"
