"""`upload`, `check`, `retry` and `resume`: the commands that send leads, or check them."""

from dataclasses import replace
from pathlib import Path

from uploader.cli import options as flag
from uploader.cli.options import CommandOptions
from uploader.cli.runner import run_and_exit
from uploader.core.command_line import PlatformFlags


def upload(
    file: flag.File,
    mapping: flag.MappingFile = None,
    yes: flag.Yes = False,
    dry_run: flag.DryRun = False,
    sandbox: flag.Sandbox = False,
    report: flag.ReportPath = None,
    limit: flag.Limit = None,
    campaign: flag.Campaign = None,
    form: flag.Form = None,
    link: flag.Link = None,
    publisher: flag.Publisher = None,
    sheet: flag.Sheet = None,
    encoding: flag.Encoding = None,
    allow_duplicates: flag.AllowDuplicates = False,
    require_ledger: flag.RequireLedger = False,
    wait_results: flag.WaitResults = False,
    canary: flag.Canary = 0,
    canary_pass: flag.CanaryPass = None,
    stream: flag.Stream = False,
    page: flag.Page = True,
    names: flag.Names = True,
    as_json: flag.Json = False,
    profile: flag.Profile = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
    log_file: flag.LogFile = None,
    ca_bundle: flag.CaBundle = None,
) -> None:
    """Send a spreadsheet of leads and write a report."""
    from uploader.commands import upload as commands
    from uploader.pipeline.inputs import UploadOptions

    options = UploadOptions(
        file=file,
        mapping=mapping,
        campaign=campaign,
        form=form,
        link=link,
        publisher=publisher,
        sheet=sheet,
        encoding=encoding,
        report=report,
        limit=limit,
        allow_duplicates=allow_duplicates,
        require_ledger=require_ledger,
        canary=canary,
        canary_pass=canary_pass,
        stream=stream,
        page=page,
        names=names,
    )
    command = commands.check if dry_run else commands.upload
    terminal = _terminal_options(PlatformFlags(sandbox, profile), as_json, quiet, verbose, log_file, ca_bundle)
    run_and_exit(
        lambda settings, observer: command(options, settings, observer),
        file,
        replace(terminal, sends=not dry_run, yes=yes, wait_results=wait_results, page=page),
    )


def check(
    file: flag.File,
    mapping: flag.MappingFile = None,
    sandbox: flag.Sandbox = False,
    report: flag.ReportPath = None,
    limit: flag.Limit = None,
    campaign: flag.Campaign = None,
    form: flag.Form = None,
    link: flag.Link = None,
    publisher: flag.Publisher = None,
    sheet: flag.Sheet = None,
    encoding: flag.Encoding = None,
    allow_duplicates: flag.AllowDuplicates = False,
    require_ledger: flag.RequireLedger = False,
    page: flag.Page = True,
    names: flag.Names = True,
    as_json: flag.Json = False,
    profile: flag.Profile = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
    log_file: flag.LogFile = None,
    ca_bundle: flag.CaBundle = None,
) -> None:
    """Do everything that upload does except sending: read, map, and validate against the live form."""
    from uploader.commands import upload as commands
    from uploader.pipeline.inputs import UploadOptions

    options = UploadOptions(
        file=file,
        mapping=mapping,
        campaign=campaign,
        form=form,
        link=link,
        publisher=publisher,
        sheet=sheet,
        encoding=encoding,
        report=report,
        limit=limit,
        allow_duplicates=allow_duplicates,
        require_ledger=require_ledger,
        page=page,
        names=names,
    )
    terminal = _terminal_options(PlatformFlags(sandbox, profile), as_json, quiet, verbose, log_file, ca_bundle)
    run_and_exit(
        lambda settings, observer: commands.check(options, settings, observer),
        file,
        replace(terminal, sends=False, page=page),
    )


def retry(
    file: flag.ReportFile,
    mapping: flag.OtherMapping = None,
    yes: flag.Yes = False,
    dry_run: flag.DryRun = False,
    sandbox: flag.Sandbox = False,
    report: flag.ReportPath = None,
    limit: flag.Limit = None,
    campaign: flag.Campaign = None,
    form: flag.Form = None,
    link: flag.Link = None,
    publisher: flag.Publisher = None,
    sheet: flag.Sheet = None,
    encoding: flag.Encoding = None,
    include_unknown: flag.IncludeUnknown = False,
    allow_duplicates: flag.AllowDuplicates = False,
    require_ledger: flag.RequireLedger = False,
    wait_results: flag.WaitResults = False,
    canary: flag.Canary = 0,
    canary_pass: flag.CanaryPass = None,
    stream: flag.Stream = False,
    page: flag.Page = True,
    names: flag.Names = True,
    as_json: flag.Json = False,
    profile: flag.Profile = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
    log_file: flag.LogFile = None,
    ca_bundle: flag.CaBundle = None,
) -> None:
    """Send again only the rows of a report that did not get through, with their edited values."""
    from uploader.commands import upload as commands
    from uploader.pipeline.inputs import UploadOptions

    options = UploadOptions(
        file=file,
        mapping=mapping,
        campaign=campaign,
        form=form,
        link=link,
        publisher=publisher,
        sheet=sheet,
        encoding=encoding,
        report=report,
        limit=limit,
        allow_duplicates=allow_duplicates,
        require_ledger=require_ledger,
        include_unknown=include_unknown,
        canary=canary,
        canary_pass=canary_pass,
        stream=stream,
        page=page,
        names=names,
    )
    command = commands.check_again if dry_run else commands.retry
    terminal = _terminal_options(PlatformFlags(sandbox, profile), as_json, quiet, verbose, log_file, ca_bundle)
    run_and_exit(
        lambda settings, observer: command(options, settings, observer),
        file,
        replace(terminal, sends=not dry_run, yes=yes, wait_results=wait_results, page=page),
    )


def resume(
    run: flag.OptionalRunName = None,
    yes: flag.Yes = False,
    sandbox: flag.Sandbox = False,
    report: flag.ReportPath = None,
    canaries: flag.Canaries = True,
    as_json: flag.Json = False,
    profile: flag.Profile = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
    log_file: flag.LogFile = None,
    ca_bundle: flag.CaBundle = None,
) -> None:
    """Continue a run that was stopped or interrupted (default: the newest unfinished one)."""
    from uploader.commands import upload as commands

    terminal = _terminal_options(PlatformFlags(sandbox, profile), as_json, quiet, verbose, log_file, ca_bundle)
    run_and_exit(
        lambda settings, observer: commands.resume(run, report, settings, observer, canaries=canaries),
        run or "",
        replace(terminal, yes=yes),
        lambda settings: commands.require_resumable(run, settings),
    )


def _terminal_options(
    flags: PlatformFlags, as_json: bool, quiet: bool, verbose: bool, log_file: Path | None, ca_bundle: Path | None
) -> CommandOptions:
    return CommandOptions(
        flags=flags, as_json=as_json, quiet=quiet, verbose=verbose, log_file=log_file, ca_bundle=ca_bundle
    )
