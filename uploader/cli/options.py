"""The arguments and options that several commands share, each described once."""

from collections.abc import Callable, Collection
from dataclasses import MISSING, dataclass, fields
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any, Optional, TypeVar

import typer

from uploader.cli.completion import complete_campaign, complete_form, complete_link, complete_run
from uploader.core.command_line import NO_FLAGS, PlatformFlags

T = TypeVar("T")

File = Annotated[
    Path,
    typer.Argument(
        help="Spreadsheet: CSV, TSV, xlsx, xlsm, xls, xlsb, ods, parquet, feather or jsonl; - for standard input.",
        metavar="FILE",
    ),
]
ReportFile = Annotated[
    Path, typer.Argument(help="A report written by `upload` (you may have edited it).", metavar="REPORT")
]
RunName = Annotated[
    str,
    typer.Argument(help="Run name, as in the report's column upload_run.", metavar="RUN", autocompletion=complete_run),
]
OptionalRunName = Annotated[
    Optional[str],
    typer.Argument(
        help="Run name, as in the report's column upload_run.", metavar="[RUN]", autocompletion=complete_run
    ),
]
MappingFile = Annotated[
    Optional[Path],
    typer.Option(
        "--mapping",
        "-m",
        help="YAML file that maps columns to form fields; `uploader map` proposes one.",
        metavar="MAP.yaml",
    ),
]
OtherMapping = Annotated[
    Optional[Path],
    typer.Option("--mapping", "-m", help="Use this mapping instead of that of the report's run.", metavar="MAP.yaml"),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Send without asking for confirmation.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Send nothing; same as `uploader check`.")]
Sandbox = Annotated[
    bool, typer.Option("--sandbox", help="Use a sandbox of the API on this machine. Needs no settings.")
]
ReportPath = Annotated[Optional[Path], typer.Option("--report", help="Where to write the report.", metavar="PATH")]
FailedOnly = Annotated[
    Optional[Path],
    typer.Option(help="Also write a report with only the rows that did not get through.", metavar="PATH"),
]
Limit = Annotated[Optional[int], typer.Option(help="Send up to N leads.", min=0, metavar="N")]
Preview = Annotated[
    Optional[int],
    typer.Option(
        help="Show the first N leads as the platform will receive them (default: 3 on a terminal).", min=0, metavar="N"
    ),
]
Campaign = Annotated[
    Optional[int],
    typer.Option(help="Campaign id; overrides the mapping.", min=1, metavar="ID", autocompletion=complete_campaign),
]
RequiredCampaign = Annotated[
    int, typer.Option("--campaign", help="Campaign id.", min=1, metavar="ID", autocompletion=complete_campaign)
]
Form = Annotated[
    Optional[int],
    typer.Option(help="Form id; overrides the mapping.", min=1, metavar="ID", autocompletion=complete_form),
]
Link = Annotated[
    Optional[int],
    typer.Option(help="Link id; overrides the mapping.", min=1, metavar="ID", autocompletion=complete_link),
]
Publisher = Annotated[Optional[int], typer.Option(help="Publisher id; overrides the mapping.", min=1, metavar="ID")]
Sheet = Annotated[Optional[str], typer.Option(help="Sheet of the workbook.", metavar="NAME")]
Encoding = Annotated[
    Optional[str], typer.Option(help="Encoding of a text file, if it is not recognized.", metavar="NAME")
]
AllowDuplicates = Annotated[bool, typer.Option("--allow-duplicates", help="Also send leads that were accepted before.")]
RequireLedger = Annotated[
    bool,
    typer.Option("--require-ledger", help="Send nothing if the ledger has no earlier upload: for scheduled jobs."),
]
IncludeUnknown = Annotated[
    bool,
    typer.Option("--include-unknown", help="Also send rows whose outcome is unknown. The platform may have them."),
]
WaitResults = Annotated[
    bool, typer.Option("--wait-results", help="Then wait for the validation results, like `uploader results`.")
]
Canary = Annotated[
    int,
    typer.Option(
        help="Send a canary batch of N leads first; send the rest only if enough are valid.", min=0, metavar="N"
    ),
]
CanaryPass = Annotated[
    Optional[float],
    typer.Option(
        help="Percentage of the canary batch that must be valid (default: 80).", min=0, max=100, metavar="PERCENT"
    ),
]
Canaries = Annotated[
    bool, typer.Option("--canaries/--no-canaries", help="Continue only if enough of the canary batch is valid.")
]
Stream = Annotated[bool, typer.Option("--stream", help="Send while the file is read, before all rows are checked.")]
Page = Annotated[bool, typer.Option("--page/--no-page", help="Also write the report as an HTML page.")]
Names = Annotated[bool, typer.Option("--names/--no-names", help="Show names and e-mail addresses in the HTML report.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Profile = Annotated[Optional[str], typer.Option(help="Profile in uploader.toml.", metavar="NAME")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show only errors and the path of the report.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Also show every request (without values) and every repaired value.")
]
LogFile = Annotated[
    Optional[Path], typer.Option(help="Append events as JSON lines, without personal data.", metavar="PATH")
]
Notify = Annotated[
    Optional[str],
    typer.Option(help="POST a summary of the run to this URL in the end, such as a Slack webhook.", metavar="URL"),
]
CaBundle = Annotated[Optional[Path], typer.Option(help="Certificates to trust (PEM file).", metavar="PATH")]


@dataclass(frozen=True)
class CommandOptions:
    """How a command that sends leads behaves on the terminal; what it sends is in `UploadOptions`.

    Attributes:
        flags: How the platform was chosen.
        sends: The command sends leads, so it needs the user's consent.
        yes: Send without asking.
        as_json: Print one JSON object instead of text.
        quiet: Show only errors and the path of the report.
        verbose: Also show every request and every repaired value.
        log_file: Where to append events.
        ca_bundle: Certificates to trust.
        wait_results: Fetch the validation results after sending.
        page: Also write the HTML report.
        notify: Where to send a summary of the run.
    """

    flags: PlatformFlags = NO_FLAGS
    sends: bool = True
    yes: bool = False
    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    log_file: Path | None = None
    ca_bundle: Path | None = None
    wait_results: bool = False
    page: bool = True
    notify: str | None = None


def takes_flags(
    kind: type[T], leave_out: Collection[str] = ()
) -> "Callable[[Callable[[T], None]], Callable[..., None]]":
    """Let a command take the fields of a dataclass as its arguments and flags.

    Args:
        kind: A dataclass whose fields are annotated for Typer. Their order is that of the help.
        leave_out: Fields that the command does not offer; they keep their defaults.
    """
    parameters = [
        Parameter(
            field.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if field.default is MISSING else field.default,
            annotation=field.type,
        )
        for field in fields(kind)  # type: ignore[arg-type]
        if field.name not in leave_out
    ]

    def decorate(function: Callable[[T], None]) -> Callable[..., None]:
        def command(**given: Any) -> None:
            function(kind(**given))

        command.__doc__ = function.__doc__
        vars(command)["__signature__"] = Signature(parameters)  # which Typer reads
        return command

    return decorate
