"""`resolve` and `reconcile`: rows whose outcome is unknown."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from uploader.cli import options as flag
from uploader.cli.console import Console
from uploader.cli.session import read_settings, run_async
from uploader.core.command_line import PlatformFlags, uploader_command
from uploader.core.errors import UsageError
from uploader.core.messages import count_of
from uploader.core.row_numbers import row_ranges


def resolve(
    run: flag.RunName,
    rows: Annotated[str, typer.Option(help="Rows, such as 17,20-22, or `all` unknown rows.", metavar="ROWS")],
    accepted: Annotated[bool, typer.Option("--accepted", help="The platform has them.")] = False,
    not_sent: Annotated[
        bool, typer.Option("--not-sent", help="The platform does not have them. A retry sends them.")
    ] = False,
    resend: Annotated[bool, typer.Option("--resend", help="Send them again, although they may exist.")] = False,
    lead_id: Annotated[
        Optional[int], typer.Option(help="Lead id on the platform, with --accepted and one row.", metavar="ID")
    ] = None,
    profile: flag.Profile = None,
) -> None:
    """Record what became of rows whose outcome is unknown. The ledger keeps who recorded it and when."""
    from uploader.commands import reconcile as commands
    from uploader.core.model import MAX_ID

    given = [
        name for name, is_given in (("accepted", accepted), ("not-sent", not_sent), ("resend", resend)) if is_given
    ]
    if len(given) != 1:
        raise UsageError("Specify exactly one of --accepted, --not-sent, --resend.")
    if lead_id is not None and (given != ["accepted"] or not rows.isdigit()):
        raise UsageError("--lead-id needs --accepted and exactly one row.")
    if lead_id is not None and not 0 < lead_id < MAX_ID:
        raise UsageError("--lead-id is not a lead id.", "Use the number that the platform shows.")
    settings = read_settings(PlatformFlags(profile=profile), keyring=False)
    resolved, flags = commands.resolve(run, rows, given[0], lead_id, settings)
    console = Console(flags)
    console.print(f"{count_of(len(resolved), 'row')} of run {run}: {given[0]}.")
    if given != ["accepted"] and resolved:
        retry, resume = uploader_command("retry", "REPORT"), uploader_command("resume", run)
        console.print(f"To send them, run:  {retry}  or  {resume}")


def reconcile(
    run: flag.RunName,
    export: Annotated[
        Optional[Path], typer.Option(help="Export of the campaign's leads: id, email, createdTs.", metavar="PATH")
    ] = None,
    profile: flag.Profile = None,
) -> None:
    """Look up unknown rows by e-mail and time, in an export or on the platform (if the account may list leads)."""
    from uploader.commands import reconcile as commands

    settings = read_settings(PlatformFlags(profile=profile))
    if export is None:
        settings.require_credentials()
    reconciled = run_async(commands.reconcile(run, export, settings))
    found, missing = reconciled.found, reconciled.missing
    console = Console(reconciled.flags)
    rows = f": {row_ranges(found)}" if found else ""
    console.print(f"{count_of(len(found), 'row')} found and marked as accepted{rows}")
    if reconciled.without_email:
        rows, resolve_rows = row_ranges(reconciled.without_email), uploader_command("resolve", run, "--rows ROWS")
        console.print(f"{count_of(len(reconciled.without_email), 'row')} without an e-mail: {rows}")
        console.print(f"Look these up on the platform by their other values, then run:  {resolve_rows}")
    if missing:
        rows = row_ranges(missing)
        console.print(f"{count_of(len(missing), 'row')} not found: {rows}")
        what = f"{export.name}" if export else "The platform's list"
        if reconciled.unreadable:
            unreadable = count_of(reconciled.unreadable, "row")
            console.print(f"{what} has {unreadable} whose id, e-mail or time can't be read: they may be among them.")
        elif not reconciled.is_complete:
            console.print(f"{what} may not have all leads of this run: these may be on the platform even so.")
        else:
            not_sent = uploader_command("resolve", run, f"--rows {rows}", "--not-sent")
            console.print(f"{what} has all other leads of this run. To send these again, run:  {not_sent}")
