"""`runs`, `report`, `purge` and `forget`: what the ledger knows, and what it is to let go of."""

import json
import shutil
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from uploader.cli import options as flag
from uploader.cli import output
from uploader.cli.prompts import confirmed
from uploader.cli.stdio import is_interactive
from uploader.core.command_line import uploader_command
from uploader.core.errors import UploaderError, UsageError
from uploader.core.model import Outcome

if TYPE_CHECKING:
    from uploader.core.model import PastRun
    from uploader.ledger import PurgeSummary, UnsentRun

HEADS = ("run", "when", "command", "file", "enterprise", "campaign", "state", "outcomes")
NAMED = 5  # runs that are named for rows that were never sent
NEVER_HARMED = "Leads that were accepted or are in doubt are still recognised, and not sent again."
FORGOTTEN = "Their leads are forgotten too: uploaded again, they are SENT AGAIN."


def runs(
    limit: Annotated[int, typer.Option(help="Show so many.", min=1, metavar="N")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list on stdout.")] = False,
    profile: flag.Profile = None,
) -> None:
    """What was uploaded, when, and with what outcome; the newest first."""
    from uploader.commands import retention
    from uploader.config.profiles import ledger_home

    found = retention.runs(ledger_home(profile), limit)
    if as_json:
        output.echo(json.dumps([_as_object(past) for past in found], indent=1))
    elif found:
        _table([HEADS, *map(_line, found)])
    else:
        output.echo("Nothing was uploaded yet.")


def report(
    run: Annotated[str, typer.Argument(help="The run, as in upload_run.", metavar="RUN")],
    report: flag.ReportPath = None,
    as_json: flag.Json = False,
    profile: flag.Profile = None,
    quiet: flag.Quiet = False,
) -> None:
    """Write a run's report again, from the ledger and the run's file. Sends nothing, asks nobody."""
    from uploader.commands.report import report as report_again
    from uploader.config.load import load_settings

    try:
        told = report_again(run, report, load_settings({"profile": profile}, keyring=False))
    except UploaderError as error:
        if as_json:
            output.echo(json.dumps(output.error_json(error, "")))
        raise
    output.result(told, None, as_json=as_json, quiet=quiet)
    raise typer.Exit(told.exit_code)


def purge(
    older_than: Annotated[str, typer.Option(help="90d, 12w, 1y, or a date: 2026-01-31.", metavar="AGE")],
    forget_leads: Annotated[
        bool, typer.Option("--forget-leads", help="Also forget that their leads were sent: they can be sent again.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before dropping.")] = False,
    profile: flag.Profile = None,
) -> None:
    """Drop the runs that ended so long ago from the ledger; their leads are still not sent twice."""
    from uploader.commands import retention
    from uploader.config.duration import moment
    from uploader.config.profiles import ledger_home
    from uploader.ledger import open_ledger

    try:
        before = moment(older_than, datetime.now().astimezone())
    except ValueError as error:
        raise UsageError(f"--older-than {older_than}: {error}.") from None
    with open_ledger(ledger_home(profile)) as ledger:
        told = retention.preview(ledger, before.timestamp(), forget_leads=forget_leads)
        if not told.runs:
            output.echo(f"No run ended before {before:%Y-%m-%d %H:%M}: nothing to drop.")
            return
        output.say(_plan(told, before, forget_leads))
        _tell_unsent(retention.unsent_runs(ledger, before.timestamp()))
        _agree(yes)
        dropped = retention.purge(ledger, before.timestamp(), forget_leads=forget_leads)
    output.echo(f"{_runs(dropped.runs)} dropped.")


def forget(
    email: Annotated[Optional[list[str]], typer.Option(help="An e-mail; may be given several times.")] = None,
    file: Annotated[Optional[Path], typer.Option(help="E-mails, one a line; - is standard input.")] = None,
    profile: flag.Profile = None,
) -> None:
    """Take every trace of a lead from the ledger, by its e-mail: it can then be sent again."""
    from uploader.commands import retention
    from uploader.config.profiles import ledger_home
    from uploader.ledger import open_ledger

    emails = [text for text in [*(email or []), *(_lines(file) if file else [])] if text.strip()]
    if not emails:
        raise UsageError("No e-mail was given.", "Say which with --email, or --file with one a line.")
    with open_ledger(ledger_home(profile)) as ledger:
        rows = retention.forget(ledger, emails)
    output.echo(
        f"{rows:,} row{'' if rows == 1 else 's'} forgotten, for {len(emails):,} e-mail{'s'[: len(emails) > 1]}."
    )
    if rows:
        output.echo("What stays there, row numbers and lead ids, does not tell who it was.")
        output.echo("These leads are not recognised any more: in another file, or uploaded again, they are sent again.")
    else:
        output.echo("The ledger recognises no lead by that alone; leads told apart by more fields can't be found so.")


def _plan(told: "PurgeSummary", before: datetime, forget_leads: bool) -> str:
    kept = f"{told.accepted:,} accepted and {told.unknown:,} in doubt"
    what = f"{_runs(told.runs)} that ended before {before:%Y-%m-%d %H:%M}, with {told.rows:,} rows in the ledger"
    after = f"({kept}) {FORGOTTEN}" if forget_leads else f"{NEVER_HARMED} ({kept})"
    return f"To be dropped: {what}.\n{after}\nThey can't be resumed or reported any more; `retry` needs --mapping."


def _tell_unsent(runs: "Sequence[UnsentRun]") -> None:
    """Runs that somebody may have meant to go on with."""
    if not runs:
        return
    named = [
        f"{run} ({output.legible(file)}{'' if rows is None else f', {rows:,} unsent'})"
        for run, file, rows in runs[:NAMED]
    ]
    more = f" and {len(runs) - NAMED:,} more" if len(runs) > NAMED else ""
    output.say(f"Stopped before their end, with rows that were never sent: {', '.join(named)}{more}.")
    output.say(f"To send those first:  {uploader_command('resume', 'RUN')}")


def _agree(yes: bool) -> None:
    """Raises UploaderError when the user says no, UsageError when there is nobody to ask."""
    if yes:
        return
    if not is_interactive():
        raise UsageError("Nothing was dropped: there is no terminal to ask.", "Say --yes.")
    if not confirmed("Drop them?"):
        raise UploaderError("Nothing was dropped.")


def _lines(file: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"--file {file} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"--file {file} can't be read as UTF-8 text.", "Save it as that.") from None
    return text.splitlines()


def _as_object(past: "PastRun") -> dict[str, object]:
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


def _line(past: "PastRun") -> tuple[str, ...]:
    run = past.run
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(past.started))
    counts = " · ".join(f"{past.counts[word]:,} {word}" for word in Outcome if past.counts.get(word))
    return (
        run.id,
        when,
        run.command,
        output.legible(Path(run.file).name),
        run.scope,
        str(run.campaign),
        past.state,
        counts,
    )


def _table(lines: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rows = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    if sys.stdout.isatty() and max(map(len, rows)) > shutil.get_terminal_size().columns:
        rows = [_in_two(line) for line in lines[1:]]
    for row in rows:
        output.echo(row)


def _in_two(line: tuple[str, ...]) -> str:
    """A run on two lines, for a terminal that is too narrow for the table."""
    run, when, command, file, enterprise, campaign, state, outcomes = line
    return f"{run}  {when}  {command:<7} {state}: {outcomes}\n    {file} → {enterprise}, campaign {campaign}"


def _runs(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
