"""Shell completion of ids, from the runs in the ledger. It asks no platform, and has nothing to say about errors."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import typer

from uploader.core.errors import UploaderError

if TYPE_CHECKING:
    from uploader.core.model import PastRun

MAX_RUNS = 200  # the newest ones, of which ids are offered

Completion = list[tuple[str, str]]


def complete_run(ctx: typer.Context, incomplete: str) -> Completion:
    """Offer runs, the newest first, with their files and states."""
    found = [(past.run.id, f"{_file(past)}, {past.state}") for past in _past_runs(ctx)]
    return [(run, about) for run, about in found if run.startswith(incomplete)]


def complete_campaign(ctx: typer.Context, incomplete: str) -> Completion:
    """Offer campaigns that leads were sent to."""
    return _ids(ctx, incomplete, lambda past: past.run.campaign)


def complete_form(ctx: typer.Context, incomplete: str) -> Completion:
    """Offer forms, those of the campaign if it is given."""
    return _ids(ctx, incomplete, lambda past: past.run.form)


def complete_link(ctx: typer.Context, incomplete: str) -> Completion:
    """Offer links, those of the campaign if it is given."""
    return _ids(ctx, incomplete, lambda past: past.run.link)


def _ids(ctx: typer.Context, incomplete: str, id_of: "Callable[[PastRun], int | None]") -> Completion:
    """Return the ids that runs have had, the newest first, each with the file of the newest run."""
    found: dict[str, str] = {}
    for past in _past_runs(ctx):
        if (number := id_of(past)) is not None and str(number).startswith(incomplete):
            found.setdefault(str(number), _file(past))
    return [*found.items()]


def _past_runs(ctx: typer.Context) -> "Iterable[PastRun]":
    """Return the newest runs, those of the campaign if it is given; none if there is no ledger or it can't be read."""
    from uploader.config.trust import ledger_place
    from uploader.ledger import RunFilter, open_ledger

    try:
        with open_ledger(ledger_place(ctx.params.get("profile")), must_exist=True) as ledger:
            return ledger.runs.history(MAX_RUNS, RunFilter(campaign=ctx.params.get("campaign")))
    except (UploaderError, OSError):
        return []


def _file(past: "PastRun") -> str:
    from pathlib import PurePath

    return PurePath(past.run.file).name
