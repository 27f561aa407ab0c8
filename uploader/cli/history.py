"""`runs`, `report`, `purge` and `forget`: what the ledger knows, and what to delete from it."""

import shutil
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from uploader.cli import options as flag
from uploader.cli.console import Console, single_line
from uploader.cli.prompts import confirm, require_consent
from uploader.cli.run_output import error_json, print_result
from uploader.cli.session import read_settings
from uploader.core.command_line import PlatformFlags, uploader_command
from uploader.core.errors import UploaderError, UsageError
from uploader.core.messages import count_of
from uploader.core.model import Outcome

if TYPE_CHECKING:
    from uploader.core.model import PastRun
    from uploader.ledger import PurgeSummary, UnsentRun

HEADER = ("run", "when", "command", "file", "enterprise", "campaign", "state", "outcomes")
MAX_FIELDS = 5  # combinations of fields that are listed
MAX_RUNS = 5  # runs with unsent rows that are listed
KEPT = "Accepted and unknown leads are still recognized and not sent again."
FORGOTTEN = "Their leads are forgotten as well: if you upload them again, they are SENT AGAIN."


def runs(
    limit: Annotated[int, typer.Option(help="Show up to N runs.", min=1, metavar="N")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list on stdout.")] = False,
    profile: flag.Profile = None,
) -> None:
    """Show what was uploaded, when, and with what outcome, newest first."""
    from uploader.commands import retention
    from uploader.config.trust import ledger_place

    console = Console(PlatformFlags(profile=profile))
    found = retention.runs(ledger_place(profile), limit)
    if as_json:
        console.print_json([_run_json(past) for past in found], indent=1)
    elif found:
        _print_table([HEADER, *map(_table_row, found)], console)
    else:
        console.print("Nothing was uploaded yet.")


def report(
    run: flag.RunName,
    report: flag.ReportPath = None,
    as_json: flag.Json = False,
    profile: flag.Profile = None,
    quiet: flag.Quiet = False,
) -> None:
    """Write the report of a run again, from the ledger and the run's file. Sends no request."""
    from uploader.commands.report import report as rewrite_report

    try:
        result = rewrite_report(run, report, read_settings(PlatformFlags(profile=profile), keyring=False))
    except UploaderError as error:
        if as_json:
            Console(PlatformFlags(profile=profile)).print_error_json(error_json(error, ""))
        raise
    print_result(result, None, as_json=as_json, quiet=quiet)
    raise typer.Exit(result.exit_code)


def purge(
    older_than: Annotated[str, typer.Option(help="Age, such as 90d, 12w or 1y, or a date.", metavar="AGE")],
    forget_leads: Annotated[
        bool, typer.Option("--forget-leads", help="Also forget that their leads were sent. They can be sent again.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking for confirmation.")] = False,
    profile: flag.Profile = None,
) -> None:
    """Delete old runs from the ledger. Their leads are still not sent twice."""
    from uploader.commands import retention
    from uploader.config.trust import ledger_place
    from uploader.config.value_types import parse_moment
    from uploader.ledger import open_ledger

    console = Console(PlatformFlags(profile=profile))
    try:
        before = parse_moment(older_than, datetime.now().astimezone())
    except ValueError as error:
        raise UsageError(f"--older-than {older_than}: {error}.") from None
    place = ledger_place(profile)
    with open_ledger(place) as ledger:
        plan = retention.preview(ledger, before.timestamp(), forget_leads=forget_leads)
        if not plan.runs:
            retention.remove_workspaces(place.home, before.timestamp())
            console.print(f"No run ended before {before:%Y-%m-%d %H:%M}. Nothing to delete.")
            return
        _show_plan(plan, before, forget_leads, console)
        _show_unsent(retention.unsent_runs(ledger, before.timestamp()), console)
        require_consent(yes, "Nothing was deleted")
        if not yes and not confirm("Delete them?"):
            raise UploaderError("Nothing was deleted.")
        deleted = retention.purge(ledger, before.timestamp(), forget_leads=forget_leads)
        retention.remove_workspaces(place.home, before.timestamp())
    console.print(f"{count_of(deleted.runs, 'run')} deleted.")


def forget(
    email: Annotated[
        Optional[list[str]], typer.Option(help="E-mail address; can be given several times.", metavar="ADDRESS")
    ] = None,
    file: Annotated[
        Optional[Path], typer.Option(help="E-mail addresses, one per line; - for stdin.", metavar="PATH")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Forget without asking for confirmation.")] = False,
    profile: flag.Profile = None,
) -> None:
    """Delete every trace of a lead from the ledger, by e-mail. It can then be sent again."""
    from uploader.commands import retention
    from uploader.config.trust import ledger_place
    from uploader.ledger import open_ledger

    console = Console(PlatformFlags(profile=profile))
    emails = [text for text in [*(email or []), *(_read_lines(file) if file else [])] if text.strip()]
    if not emails:
        raise UsageError("No e-mail address was given.", "Use --email, or --file with one address per line.")
    addresses = f"{len(emails):,} e-mail address{'' if len(emails) == 1 else 'es'}"
    place = ledger_place(profile)
    require_consent(yes, "Nothing was forgotten")
    if not yes and not confirm(f"Forget {addresses}? Their leads can then be sent again."):
        raise UploaderError("Nothing was forgotten.")
    with open_ledger(place) as ledger:
        forgotten = retention.forget(ledger, emails)
    console.print(f"{count_of(forgotten.rows, 'row')} forgotten, for {addresses}.")
    if forgotten.rows:
        console.print("The ledger keeps row numbers and lead ids, which do not identify a person.")
        console.print("These leads are no longer recognized: if a file contains them again, they are sent again.")
    else:
        console.print("No matching lead found.")
    if forgotten.other_fields:
        shown = "; ".join(" and ".join(names) for names in forgotten.other_fields[:MAX_FIELDS])
        purge = uploader_command("purge", "--older-than AGE", "--forget-leads")
        console.print(f"Other leads are identified by {shown}. No e-mail finds those: to forget them, run  {purge}")


def _show_plan(plan: "PurgeSummary", before: datetime, forget_leads: bool, console: Console) -> None:
    """Show what will be deleted."""
    leads = f"({plan.accepted:,} accepted, {plan.unknown:,} unknown)"
    console.log(
        f"To delete: {count_of(plan.runs, 'run')} that ended before {before:%Y-%m-%d %H:%M}, "
        f"with {count_of(plan.rows, 'row')} in the ledger."
    )
    console.log(f"{FORGOTTEN if forget_leads else KEPT} {leads}")
    console.log("These runs cannot be resumed or reported any longer; `retry` needs --mapping.")


def _show_unsent(runs: "Sequence[UnsentRun]", console: Console) -> None:
    """Show runs with unsent rows: the user may want to resume them."""
    if not runs:
        return
    listed = [
        f"{run} ({single_line(file)}{'' if rows is None else f', {rows:,} unsent'})"
        for run, file, rows in runs[:MAX_RUNS]
    ]
    more = f" and {len(runs) - MAX_RUNS:,} more" if len(runs) > MAX_RUNS else ""
    console.log(f"Stopped early, with unsent rows: {', '.join(listed)}{more}.")
    console.log(f"To send those rows first, run:  {uploader_command('resume', 'RUN')}")


def _read_lines(file: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"--file {file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"--file {file} is not UTF-8 text.", "Save it as UTF-8.") from None
    return text.splitlines()


def _run_json(past: "PastRun") -> dict[str, object]:
    run = past.run
    return {
        "run": run.id,
        "started": _utc(past.started),
        "ended": None if past.ended is None else _utc(past.ended),
        "command": run.command,
        "file": run.file,
        "enterprise": run.scope,
        "campaign": run.campaign,
        "form": run.form,
        "link": run.link,
        "publisher": run.publisher,
        "state": past.state,
        "stopped": past.stopped,
        "counts": {outcome.value: past.counts.get(outcome, 0) for outcome in Outcome},
    }


def _table_row(past: "PastRun") -> tuple[str, ...]:
    run = past.run
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(past.started))
    counts = " · ".join(f"{past.counts[word]:,} {word}" for word in Outcome if past.counts.get(word))
    file = single_line(Path(run.file).name)
    return run.id, when, run.command, file, run.scope, str(run.campaign), single_line(past.state_shown), counts


def _print_table(lines: list[tuple[str, ...]], console: Console) -> None:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rows = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    if sys.stdout.isatty() and max(map(len, rows)) > shutil.get_terminal_size().columns:
        rows = [row for line in lines[1:] for row in _on_two_lines(line)]
    for row in rows:
        console.print(row)


def _on_two_lines(line: tuple[str, ...]) -> tuple[str, str]:
    """Return a run on two lines, for a terminal that is too narrow for the table."""
    run, when, command, file, enterprise, campaign, state, outcomes = line
    return f"{run}  {when}  {command:<7} {state}: {outcomes}", f"    {file} → {enterprise}, campaign {campaign}"


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
