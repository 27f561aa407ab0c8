"""`resolve` and `reconcile`: rows whose outcome is unknown."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from uploader.cli import options as flag
from uploader.cli import output, session
from uploader.core.command_line import uploader_command
from uploader.core.errors import UsageError
from uploader.core.row_numbers import row_ranges


def resolve(
    run: Annotated[str, typer.Argument(help="The run, as in upload_run.", metavar="RUN")],
    rows: Annotated[str, typer.Option(help="Which rows, such as 17,20-22; or all that are unknown.")],
    accepted: Annotated[bool, typer.Option("--accepted", help="The platform has them.")] = False,
    not_sent: Annotated[bool, typer.Option("--not-sent", help="The platform lacks them: retry sends them.")] = False,
    resend: Annotated[bool, typer.Option("--resend", help="Send them again, though they may exist.")] = False,
    lead_id: Annotated[Optional[int], typer.Option(help="With --accepted and one row: its id there.")] = None,
    profile: flag.Profile = None,
) -> None:
    """Say what became of rows whose outcome is unknown. Who said what, and when, stays in the ledger."""
    from uploader.commands import reconcile as commands
    from uploader.config.load import load_settings
    from uploader.core.model import MAX_ID

    chosen = [word for word, is_it in (("accepted", accepted), ("not-sent", not_sent), ("resend", resend)) if is_it]
    if len(chosen) != 1:
        raise UsageError("Say one of --accepted, --not-sent and --resend.")
    if lead_id is not None and (chosen != ["accepted"] or not rows.isdigit()):
        raise UsageError("--lead-id goes with --accepted and one row.")
    if lead_id is not None and not 0 < lead_id < MAX_ID:
        raise UsageError("--lead-id is no lead's id.", "Give the number that the platform shows.")
    meant, flags = commands.resolve(run, rows, chosen[0], lead_id, load_settings({"profile": profile}, keyring=False))
    output.set_flags(sandbox=flags.sandbox)
    output.echo(f"{_rows(meant)} of run {run}: {chosen[0]}.")
    if chosen != ["accepted"] and meant:
        output.echo(
            f"Next:  {uploader_command('retry', 'REPORT')}  with its report, or  {uploader_command('resume', run)}"
        )


def reconcile(
    run: Annotated[str, typer.Argument(help="The run, as in upload_run.", metavar="RUN")],
    export: Annotated[Optional[Path], typer.Option(help="The campaign's leads: id, email, createdTs.")] = None,
    profile: flag.Profile = None,
) -> None:
    """Look unknown rows up by e-mail and time: in an export, or on the platform if the account may read leads."""
    from uploader.commands import reconcile as commands
    from uploader.config.load import load_settings

    settings = load_settings({"profile": profile})
    if export is None:
        settings.require_credentials()
    reconciled = session.run(commands.reconcile(run, export, settings))
    found, missing = reconciled.found, reconciled.missing
    output.set_flags(sandbox=reconciled.flags.sandbox)
    output.echo(f"{_rows(found)} found, and accepted{': ' if found else ''}{row_ranges(found)}")
    if missing:
        told = row_ranges(missing)
        output.echo(f"{_rows(missing)} not found: {told}")
        output.echo(f"If the export is complete:  {uploader_command('resolve', run, f'--rows {told}', '--not-sent')}")


def _rows(rows: list[int]) -> str:
    return f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"
