"""The commands. Everything heavy is imported when a command runs, so that `--help` answers at once."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from uploader import __version__
from uploader.cli import options as flag
from uploader.cli import show
from uploader.errors import UploaderError, UsageError

if TYPE_CHECKING:
    from uploader.prepare import Options
    from uploader.run import Observer, Result
    from uploader.settings import Settings

app = typer.Typer(
    help="Sends a spreadsheet of leads to the Convertr Publisher API, and never sends one twice.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Runs a command; every error of ours is told in a line or two and gives the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a console that has no → shows ?
    try:
        app()
    except UploaderError as error:
        show.error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        show.say("Interrupted; no lead was under way.")
        sys.exit(130)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"uploader {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    pass


@app.command(epilog="Example: uploader upload leads.xlsx --mapping mappings/leads.yaml --sandbox")
def upload(
    file: flag.File,
    mapping: flag.MappingFile,
    campaign: flag.Campaign = None,
    form: flag.Form = None,
    link: flag.Link = None,
    publisher: flag.Publisher = None,
    sheet: flag.Sheet = None,
    encoding: flag.Encoding = None,
    report: flag.ReportPath = None,
    limit: flag.Limit = None,
    yes: flag.Yes = False,
    dry_run: flag.DryRun = False,
    allow_duplicates: flag.AllowDuplicates = False,
    as_json: flag.Json = False,
    sandbox: flag.InSandbox = False,
    profile: flag.Profile = None,
    ca_bundle: flag.CaBundle = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
) -> None:
    """Send a spreadsheet of leads, write the report."""
    from uploader import commands

    wish = _wish(locals())
    _go(commands.check if dry_run else commands.upload, wish, locals())


@app.command(epilog="Example: uploader check leads.xlsx --mapping mappings/leads.yaml --sandbox")
def check(
    file: flag.File,
    mapping: flag.MappingFile,
    campaign: flag.Campaign = None,
    form: flag.Form = None,
    link: flag.Link = None,
    publisher: flag.Publisher = None,
    sheet: flag.Sheet = None,
    encoding: flag.Encoding = None,
    report: flag.ReportPath = None,
    limit: flag.Limit = None,
    allow_duplicates: flag.AllowDuplicates = False,
    as_json: flag.Json = False,
    sandbox: flag.InSandbox = False,
    profile: flag.Profile = None,
    ca_bundle: flag.CaBundle = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
) -> None:
    """The same as upload up to the first POST: reads, maps, checks against the live form, sends nothing."""
    from uploader import commands

    _go(commands.check, _wish(locals()), {**locals(), "yes": True})


@app.command(epilog="Example: uploader retry leads.report-20261123T174501Z.csv")
def retry(
    file: flag.Report,
    mapping: flag.OtherMapping = None,
    campaign: flag.Campaign = None,
    form: flag.Form = None,
    link: flag.Link = None,
    publisher: flag.Publisher = None,
    sheet: flag.Sheet = None,
    encoding: flag.Encoding = None,
    report: flag.ReportPath = None,
    limit: flag.Limit = None,
    yes: flag.Yes = False,
    dry_run: flag.DryRun = False,
    allow_duplicates: flag.AllowDuplicates = False,
    include_unknown: flag.IncludeUnknown = False,
    as_json: flag.Json = False,
    sandbox: flag.InSandbox = False,
    profile: flag.Profile = None,
    ca_bundle: flag.CaBundle = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
) -> None:
    """Send again only the rows of a report that did not get through, with the values that stand in it now."""
    from uploader import commands

    _go(commands.check_again if dry_run else commands.retry, _wish(locals()), locals())


@app.command(epilog="Example: uploader resume")
def resume(
    run: flag.RunName = None,
    report: flag.ReportPath = None,
    yes: flag.Yes = False,
    as_json: flag.Json = False,
    sandbox: flag.InSandbox = False,
    profile: flag.Profile = None,
    ca_bundle: flag.CaBundle = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
) -> None:
    """Go on with a run that was stopped or interrupted (the newest unfinished one)."""
    from uploader import commands

    _run(lambda settings, watcher: commands.resume(run, report, settings, watcher), run or "", locals())


@app.command(epilog="Example: uploader resolve 20261123-174501-3f9a --rows 17,20-22 --not-sent")
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
    from uploader import commands
    from uploader.settings import load_settings

    chosen = [word for word, is_it in (("accepted", accepted), ("not-sent", not_sent), ("resend", resend)) if is_it]
    if len(chosen) != 1:
        raise UsageError("Say one of --accepted, --not-sent and --resend.")
    if lead_id is not None and (chosen != ["accepted"] or not rows.isdigit()):
        raise UsageError("--lead-id goes with --accepted and one row.")
    _, meant = commands.resolve(run, rows, chosen[0], lead_id, load_settings({"profile": profile}))
    typer.echo(f"{len(meant)} rows of run {run}: {chosen[0]}.")
    if chosen != ["accepted"] and meant:
        typer.echo(f"Next: `uploader retry` its report, or  uploader resume {run}")


@app.command(epilog="Example: uploader reconcile 20261123-174501-3f9a --export leads-of-campaign.csv")
def reconcile(
    run: Annotated[str, typer.Argument(help="The run, as in upload_run.", metavar="RUN")],
    export: Annotated[Optional[Path], typer.Option(help="The campaign's leads: id, email, createdTs.")] = None,
    profile: flag.Profile = None,
) -> None:
    """Look unknown rows up by e-mail and time: in an export, or on the platform if the account may read leads."""
    from uploader import commands
    from uploader.decide import rows_text
    from uploader.settings import load_settings

    settings = load_settings({"profile": profile})
    if export is None:
        settings.require_credentials()
    found, missing = asyncio.run(commands.reconcile(run, export, settings))
    typer.echo(f"{len(found)} rows found, and accepted{': ' if found else ''}{','.join(rows_text(found))}")
    if missing:
        told = ",".join(rows_text(missing))
        typer.echo(f"{len(missing)} rows not found: {told}")
        typer.echo(f"If what was looked in is complete:  uploader resolve {run} --rows {told} --not-sent")


@app.command(epilog="Example: uploader forms --campaign 44400 --sandbox")
def forms(campaign: flag.TheCampaign, sandbox: flag.InSandbox = False, profile: flag.Profile = None) -> None:
    """What the campaign takes: its forms with their fields."""
    from uploader import commands

    show.forms(_ask(lambda settings: commands.forms(campaign, settings), sandbox, profile))


@app.command(epilog="Example: uploader links --campaign 44400 --sandbox")
def links(campaign: flag.TheCampaign, sandbox: flag.InSandbox = False, profile: flag.Profile = None) -> None:
    """The campaign's tracking links."""
    from uploader import commands

    show.links(_ask(lambda settings: commands.links(campaign, settings), sandbox, profile))


@app.command(epilog="Example: uploader sandbox --port 8765 --faults 500@10,close@20-25")
def sandbox(
    port: Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)] = 8765,
    latency: Annotated[str, typer.Option(help="Seconds that an answer takes, from-to.")] = "0-0",
    token_lifetime: Annotated[float, typer.Option(help="Seconds that a token lives.")] = 3600,
    limit: Annotated[str, typer.Option(help="requests/seconds in a rolling window, or off.")] = "3000/300",
    campaign_cap: Annotated[Optional[int], typer.Option(help="Leads until the campaign is fulfilled.")] = None,
    result_delay: Annotated[float, typer.Option(help="Seconds until a lead's verdict is known.")] = 2,
    faults: Annotated[str, typer.Option(help="What goes wrong at which lead: 500@10,close@20-25,token:429@1.")] = "",
) -> None:
    """Run the API on this machine until Ctrl-C, to rehearse against with any client."""
    from uploader.cli import rehearsal

    asyncio.run(
        rehearsal.serve(
            port,
            latency=latency,
            token_lifetime=token_lifetime,
            limit=limit,
            campaign_cap=campaign_cap,
            result_delay=result_delay,
            faults=faults,
        )
    )


def _wish(given: dict[str, Any]) -> "Options":
    """The flags that are a run's options."""
    from uploader.prepare import Options

    names = Options.__dataclass_fields__
    return Options(**{name: value for name, value in given.items() if name in names})


def _go(
    command: "Callable[[Options, Settings, Observer], Awaitable[Result]]", wish: "Options", given: dict[str, Any]
) -> None:
    """Runs upload, check or retry."""
    _run(lambda settings, watcher: command(wish, settings, watcher), str(wish.file), given)


def _run(command: "Callable[[Settings, Observer], Awaitable[Result]]", file: str, given: dict[str, Any]) -> None:
    """Runs a command, shows its result, ends with its exit code. `given` are the flags."""

    async def go() -> "Result":
        async with _settings(given["sandbox"], given["profile"], given["ca_bundle"]) as settings:
            ask = not given["yes"] and sys.stdin.isatty() and sys.stderr.isatty()
            watcher = show.Watcher(quiet=given["quiet"], verbose=given["verbose"], ask=ask, scope=settings.scope)
            return await command(settings, watcher)

    try:
        told = asyncio.run(go())
    except UploaderError as error:
        if given["as_json"]:
            typer.echo(json.dumps(show.error_json(error, file)))
        raise
    show.result(told, as_json=given["as_json"], quiet=given["quiet"], sandbox=given["sandbox"])
    raise typer.Exit(told.exit_code)


def _ask(question: "Callable[[Settings], Awaitable[Any]]", sandbox: bool, profile: str | None) -> Any:
    """Runs a question to the platform."""

    async def go() -> Any:
        async with _settings(sandbox, profile) as settings:
            return await question(settings)

    return asyncio.run(go())


@asynccontextmanager
async def _settings(sandbox: bool, profile: str | None, ca_bundle: Path | None = None) -> AsyncIterator["Settings"]:
    """The settings of a command; with `--sandbox` those of a sandbox that lives as long as the command."""
    from uploader.settings import load_settings

    if not sandbox:
        settings = load_settings({"profile": profile, "ca_bundle": ca_bundle})
        settings.require_credentials()
        yield settings
        return
    from uploader.cli.rehearsal import rehearsal

    async with rehearsal() as settings:
        yield settings
