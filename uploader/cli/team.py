"""`team`: the ledger that several machines share."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from uploader.cli import options as flag
from uploader.cli.console import Console, single_line
from uploader.cli.prompts import prompt_for
from uploader.cli.stdio import is_interactive
from uploader.core.command_line import PlatformFlags, uploader_command
from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import UsageError
from uploader.core.messages import count_of

if TYPE_CHECKING:
    from uploader.config.ledger_place import LedgerPlace

ACTIONS = ("init", "join", "upgrade", "status")
MAX_RUNS = 10  # unfinished runs that are listed


def team(
    action: Annotated[str, typer.Argument(help="init, join, upgrade or status.", metavar="init|join|upgrade|status")],
    profile: flag.Profile = None,
) -> None:
    """Create, join, upgrade or show the ledger that several machines share (UPLOADER_LEDGER).

    `join` keeps the team's key in the keyring, and moves this machine's own ledger into the shared one.
    """
    from uploader.config.trust import ledger_place

    console = Console(PlatformFlags(profile=profile))
    if action not in ACTIONS:
        raise UsageError(
            f"Unknown action {action!r}{did_you_mean(action, ACTIONS) or '.'}", f"Use {', '.join(ACTIONS)}."
        )
    place = ledger_place(profile)
    {"init": _init, "join": _join, "upgrade": _upgrade, "status": _status}[action](place, console)


def _init(place: "LedgerPlace", console: Console) -> None:
    from uploader.commands import team as shared

    console.print(f"Shared ledger: {place}")  # first, as a key that can't be written would be lost
    created = shared.init(place)
    if not created.is_new:
        console.print("It has a ledger with this key already. Nothing was changed.")
        return
    console.print("It was created.")
    if created.has_group:
        console.print("Members of the role `uploaders` may send leads; only you may purge, forget and upgrade.")
    if created.key:
        console.print()
        console.print(f"UPLOADER_TEAM_KEY={created.key}")
        console.print()
        console.print("Set this key on every machine now. It is shown only once, and the database does not have it:")
        console.print("without it, no lead that was sent is recognized, and it can't be restored.")
        if created.is_kept:
            console.print("The keyring of this machine keeps it, so it need not be set here.")


def _join(place: "LedgerPlace", console: Console) -> None:
    from uploader.commands import team as shared

    if shared.lacks_key(place) and is_interactive():
        key = prompt_for("Team key", hidden=True)
        if not shared.keep_key(place, key):
            raise UsageError(
                "The key is right, but this system has no usable keyring to keep it.",
                "Set UPLOADER_TEAM_KEY to it, then run the same command again.",
            )
        console.print("The key is right. The keyring of this machine keeps it.")
    moved = shared.join(place)
    if moved is None:
        console.print(f"This machine uses {place}, and has no ledger of its own that is left to move.")
        return
    console.print(
        f"Moved {count_of(moved.runs, 'run')} with {count_of(moved.leads, 'accepted or unknown lead')} into {place}."
    )
    console.print("The whole team now recognizes these leads. Runs in a sandbox were not moved.")
    console.print(f"The ledger in {place.home} stays as it is and is read-only.")


def _upgrade(place: "LedgerPlace", console: Console) -> None:
    from uploader.commands import team as shared

    before, after = shared.upgrade(place)
    if before == after:
        console.print(f"The shared ledger in {place} has version {after} already. Nothing was changed.")
    else:
        console.print(f"Upgraded the shared ledger in {place} from version {before} to {after}.")


def _status(place: "LedgerPlace", console: Console) -> None:
    from uploader.commands import team as shared

    found = shared.status(place)
    console.print(f"{place}: version {found.version}, PostgreSQL {found.server}. This machine has its key.")
    for runs, what in ((found.running, "running"), (found.interrupted, "interrupted")):
        for run, host in runs[:MAX_RUNS]:
            console.print(f"{run}  {what} on {host}")
        if len(runs) > MAX_RUNS:
            console.print(f"and {len(runs) - MAX_RUNS:,} more {what}")
    if found.interrupted:
        console.print(f"To continue an interrupted run, where its file is:  {uploader_command('resume', 'RUN')}")
    if not found.running and not found.interrupted:
        console.print("No run is unfinished.")
    for warning in found.warnings:
        console.log(f"Warning: {warning}")
    for one in found.removals:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.made))
        dropped = f"{count_of(one.runs, 'run')}, {count_of(one.rows, 'row')}" if one.runs else count_of(one.rows, "row")
        console.print(f"{when}  {one.what} by {single_line(one.who)}: {dropped}")
