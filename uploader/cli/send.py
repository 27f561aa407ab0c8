"""`upload`, `check`, `retry` and `resume`: the commands that send leads, or check them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from uploader.cli import options as flag
from uploader.cli.options import CommandOptions, takes_flags
from uploader.cli.preview import FIRST_LEADS
from uploader.cli.runner import run_and_exit
from uploader.cli.stdio import is_interactive
from uploader.core.command_line import PlatformFlags

if TYPE_CHECKING:
    from uploader.commands.upload import RunSession
    from uploader.pipeline.events import Result
    from uploader.pipeline.options import UploadOptions

    Command = Callable[[UploadOptions, RunSession], Awaitable[Result]]


@dataclass(frozen=True)
class SendFlags:
    """The argument and flags of the commands that take a spreadsheet, in the order of their help."""

    file: flag.File
    mapping: flag.MappingFile = None
    yes: flag.Yes = False
    dry_run: flag.DryRun = False
    sandbox: flag.Sandbox = False
    report: flag.ReportPath = None
    failed_only: flag.FailedOnly = None
    limit: flag.Limit = None
    preview: flag.Preview = None
    campaign: flag.Campaign = None
    form: flag.Form = None
    link: flag.Link = None
    publisher: flag.Publisher = None
    sheet: flag.Sheet = None
    encoding: flag.Encoding = None
    include_unknown: flag.IncludeUnknown = False
    allow_duplicates: flag.AllowDuplicates = False
    require_ledger: flag.RequireLedger = False
    wait_results: flag.WaitResults = False
    canary: flag.Canary = 0
    canary_pass: flag.CanaryPass = None
    stream: flag.Stream = False
    page: flag.Page = True
    names: flag.Names = True
    as_json: flag.Json = False
    profile: flag.Profile = None
    quiet: flag.Quiet = False
    verbose: flag.Verbose = False
    log_file: flag.LogFile = None
    notify: flag.Notify = None
    ca_bundle: flag.CaBundle = None


@dataclass(frozen=True)
class RetryFlags(SendFlags):
    """The argument and flags of `retry`: a report, which knows its mapping."""

    file: flag.ReportFile
    mapping: flag.OtherMapping = None


@takes_flags(SendFlags, leave_out=("include_unknown",))
def upload(flags: SendFlags) -> None:
    """Send a spreadsheet of leads and write a report."""
    from uploader.commands import upload as commands

    _run(commands.check if flags.dry_run else commands.upload, flags, sends=not flags.dry_run)


@takes_flags(
    SendFlags,
    leave_out=(
        *("yes", "dry_run", "failed_only", "include_unknown", "wait_results"),
        *("canary", "canary_pass", "stream", "notify"),
    ),
)
def check(flags: SendFlags) -> None:
    """Do everything that upload does except sending: read, map, and validate against the live form."""
    from uploader.commands import upload as commands

    _run(commands.check, flags, sends=False)


@takes_flags(RetryFlags)
def retry(flags: RetryFlags) -> None:
    """Send again only the rows of a report that did not get through, with their edited values."""
    from uploader.commands import upload as commands

    _run(commands.check_again if flags.dry_run else commands.retry, flags, sends=not flags.dry_run)


def resume(
    run: flag.OptionalRunName = None,
    yes: flag.Yes = False,
    sandbox: flag.Sandbox = False,
    report: flag.ReportPath = None,
    failed_only: flag.FailedOnly = None,
    canaries: flag.Canaries = True,
    as_json: flag.Json = False,
    profile: flag.Profile = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
    log_file: flag.LogFile = None,
    notify: flag.Notify = None,
    ca_bundle: flag.CaBundle = None,
) -> None:
    """Continue a run that was stopped or interrupted (default: the newest unfinished one)."""
    from uploader.commands import upload as commands

    terminal = _terminal_options(PlatformFlags(sandbox, profile), as_json, quiet, verbose, log_file, ca_bundle)
    run_and_exit(
        lambda session: commands.resume(run, report, session, canaries=canaries, failed_only=failed_only),
        run or "",
        replace(terminal, yes=yes, notify=notify),
        lambda settings: commands.require_resumable(run, settings),
    )


def _run(command: "Command", flags: SendFlags, *, sends: bool) -> None:
    """Run a command on the file, print its result, and exit with its code."""
    options = _upload_options(flags)
    terminal = _terminal_options(
        PlatformFlags(flags.sandbox, flags.profile),
        flags.as_json,
        flags.quiet,
        flags.verbose,
        flags.log_file,
        flags.ca_bundle,
    )
    run_and_exit(
        lambda session: command(options, session),
        flags.file,
        replace(
            terminal,
            sends=sends,
            yes=flags.yes,
            wait_results=flags.wait_results,
            page=flags.page,
            notify=flags.notify,
        ),
    )


def _upload_options(flags: SendFlags) -> "UploadOptions":
    from uploader.pipeline.options import UploadOptions

    return UploadOptions(
        file=flags.file,
        mapping=flags.mapping,
        campaign=flags.campaign,
        form=flags.form,
        link=flags.link,
        publisher=flags.publisher,
        sheet=flags.sheet,
        encoding=flags.encoding,
        report=flags.report,
        failed_only=flags.failed_only,
        limit=flags.limit,
        preview=_preview(flags),
        allow_duplicates=flags.allow_duplicates,
        require_ledger=flags.require_ledger,
        include_unknown=flags.include_unknown,
        canary=flags.canary,
        canary_pass=flags.canary_pass,
        stream=flags.stream,
        page=flags.page,
        names=flags.names,
    )


def _preview(flags: SendFlags) -> int:
    """Return how many leads are shown before they are sent."""
    if flags.preview is not None:
        return flags.preview
    return FIRST_LEADS if is_interactive() and not flags.quiet else 0


def _terminal_options(
    flags: PlatformFlags, as_json: bool, quiet: bool, verbose: bool, log_file: Path | None, ca_bundle: Path | None
) -> CommandOptions:
    return CommandOptions(
        flags=flags, as_json=as_json, quiet=quiet, verbose=verbose, log_file=log_file, ca_bundle=ca_bundle
    )
