"""The commands. Everything heavy is imported when a command runs, so that `--help` answers at once."""

import gc
import sys
import traceback
from pathlib import Path

import typer

from uploader import __version__
from uploader.cli import account, campaign, history, mapping, output, reconcile, results, stdio
from uploader.cli import options as flag
from uploader.cli.runner import go, run_command, wish
from uploader.core.command_line import uploader_command
from uploader.core.errors import UploaderError

app = typer.Typer(
    help="Sends a spreadsheet of leads to the Convertr Publisher API, and never sends one twice.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Runs a command; every error of ours is told in a line or two and gives the exit code."""
    gc.set_threshold(200_000, 20, 50)  # cells come by the million and make no circles: looking for some took a third
    stdio.open_all()
    output.set_flags()
    try:
        app()
    except UploaderError as error:
        output.error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        output.say("Interrupted; no lead was under way.")
        sys.exit(130)
    except Exception as error:  # noqa: BLE001 - the last resort: a traceback could show a lead or a secret
        if why := stdio.refusal(sys.stdout):
            stdio.silence(sys.stdout)
            seen = f"What was done before stays done: see `{uploader_command('runs')}`."
            output.say(f"Standard output can't be written: {why}. {seen}")
            sys.exit(5)
        place = traceback.extract_tb(error.__traceback__)[-1]
        output.say(f"A fault in uploader itself: {type(error).__name__} at {Path(place.filename).name}:{place.lineno}.")
        output.say(f"Please report that line. The ledger has what was sent: `{uploader_command('resume')}` goes on.")
        sys.exit(5)


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
    mapping: flag.MappingFile = None,
    campaign: flag.Campaign = None,
    form: flag.Form = None,
    link: flag.Link = None,
    publisher: flag.Publisher = None,
    sheet: flag.Sheet = None,
    encoding: flag.Encoding = None,
    report: flag.ReportPath = None,
    page: flag.Page = True,
    limit: flag.Limit = None,
    wait_results: flag.WaitResults = False,
    canary: flag.Canary = 0,
    canary_pass: flag.CanaryPass = None,
    stream: flag.Stream = False,
    yes: flag.Yes = False,
    dry_run: flag.DryRun = False,
    allow_duplicates: flag.AllowDuplicates = False,
    as_json: flag.Json = False,
    sandbox: flag.InSandbox = False,
    profile: flag.Profile = None,
    ca_bundle: flag.CaBundle = None,
    log_file: flag.LogFile = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
) -> None:
    """Send a spreadsheet of leads, write the report."""
    from uploader.commands import upload

    go(upload.check if dry_run else upload.upload, wish(locals()), locals())


@app.command(epilog="Example: uploader check leads.xlsx --mapping mappings/leads.yaml --sandbox")
def check(
    file: flag.File,
    mapping: flag.MappingFile = None,
    campaign: flag.Campaign = None,
    form: flag.Form = None,
    link: flag.Link = None,
    publisher: flag.Publisher = None,
    sheet: flag.Sheet = None,
    encoding: flag.Encoding = None,
    report: flag.ReportPath = None,
    page: flag.Page = True,
    limit: flag.Limit = None,
    allow_duplicates: flag.AllowDuplicates = False,
    as_json: flag.Json = False,
    sandbox: flag.InSandbox = False,
    profile: flag.Profile = None,
    ca_bundle: flag.CaBundle = None,
    log_file: flag.LogFile = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
) -> None:
    """The same as upload up to the first POST: reads, maps, checks against the live form, sends nothing."""
    from uploader.commands import upload

    go(upload.check, wish(locals()), {**locals(), "yes": True})


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
    page: flag.Page = True,
    limit: flag.Limit = None,
    wait_results: flag.WaitResults = False,
    canary: flag.Canary = 0,
    canary_pass: flag.CanaryPass = None,
    stream: flag.Stream = False,
    yes: flag.Yes = False,
    dry_run: flag.DryRun = False,
    allow_duplicates: flag.AllowDuplicates = False,
    include_unknown: flag.IncludeUnknown = False,
    as_json: flag.Json = False,
    sandbox: flag.InSandbox = False,
    profile: flag.Profile = None,
    ca_bundle: flag.CaBundle = None,
    log_file: flag.LogFile = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
) -> None:
    """Send again only the rows of a report that did not get through, with the values that stand in it now."""
    from uploader.commands import upload

    go(upload.check_again if dry_run else upload.retry, wish(locals()), locals())


@app.command(epilog="Example: uploader resume")
def resume(
    run: flag.RunName = None,
    report: flag.ReportPath = None,
    canaries: flag.Canaries = True,
    yes: flag.Yes = False,
    as_json: flag.Json = False,
    sandbox: flag.InSandbox = False,
    profile: flag.Profile = None,
    ca_bundle: flag.CaBundle = None,
    log_file: flag.LogFile = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
) -> None:
    """Go on with a run that was stopped or interrupted (the newest unfinished one)."""
    from uploader.commands import upload

    given = locals()
    run_command(
        lambda settings, watcher: upload.resume(run, report, settings, watcher, canaries=canaries), run or "", given
    )


# The other commands, in the order of the help.
app.command(epilog="Example: uploader results leads.report-20261123T174501Z.csv")(results.results)
app.command(epilog="Example: uploader resolve 20261123-174501-3f9a --rows 17,20-22 --not-sent")(reconcile.resolve)
app.command(epilog="Example: uploader reconcile 20261123-174501-3f9a --export leads-of-campaign.csv")(
    reconcile.reconcile
)
app.command("map", epilog="Example: uploader map leads.xlsx --campaign 44400 --sandbox")(mapping.map_)
app.command(epilog="Example: uploader forms --campaign 44400 --sandbox")(campaign.forms)
app.command(epilog="Example: uploader links --campaign 44400 --sandbox")(campaign.links)
app.command(epilog="Example: uploader template leads.xlsx --campaign 44400 --list country=countries.csv --sandbox")(
    mapping.template
)
app.command(epilog="Example: uploader schema mapping.schema.json")(mapping.schema)
app.command(epilog="Example: uploader sandbox --port 8765 --faults 500@10,close@20-25")(campaign.sandbox)
app.command(epilog="Example: uploader runs --limit 5")(history.runs)
app.command(epilog="Example: uploader report 20261123-174501-3f9a")(history.report)
app.command(epilog="Example: uploader purge --older-than 90d")(history.purge)
app.command(epilog="Example: uploader forget --email joe@example.com")(history.forget)
app.command(epilog="Example: uploader login --profile acme")(account.login)
app.command(epilog="Example: uploader doctor --profile acme")(account.doctor)
