"""The flags that several commands share, described once."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from uploader.cli import output


def _sandbox(value: bool) -> bool:
    """Whatever is suggested from now on carries the flag too."""
    output.set_flags(sandbox=value)
    return value


def _profile(value: Optional[str]) -> Optional[str]:
    """The same of the profile."""
    output.set_flags(profile=value)
    return value


File = Annotated[Path, typer.Argument(help="The spreadsheet: CSV, TSV, xlsx, xlsm, xls, xlsb or ods.", metavar="FILE")]
Report = Annotated[Path, typer.Argument(help="A report that an upload wrote, mended perhaps.", metavar="REPORT")]
MappingFile = Annotated[
    Optional[Path],
    typer.Option(
        "--mapping", "-m", help="Which column goes to which form field (YAML); `map` proposes one.", metavar="MAP.yaml"
    ),
]
OtherMapping = Annotated[
    Optional[Path],
    typer.Option("--mapping", "-m", help="Use this mapping, not that of the report's run.", metavar="MAP.yaml"),
]
Campaign = Annotated[Optional[int], typer.Option(help="Campaign id, over the mapping's.", min=1)]
TheCampaign = Annotated[int, typer.Option("--campaign", help="Campaign id.", min=1)]
Form = Annotated[Optional[int], typer.Option(help="Form id, over the mapping's.", min=1)]
Link = Annotated[Optional[int], typer.Option(help="Link id, over the mapping's.", min=1)]
Publisher = Annotated[Optional[int], typer.Option(help="Publisher id, over the mapping's.", min=1)]
Sheet = Annotated[Optional[str], typer.Option(help="Which sheet of a workbook.")]
Encoding = Annotated[Optional[str], typer.Option(help="How a text file is encoded, if the guess is wrong.")]
ReportPath = Annotated[Optional[Path], typer.Option("--report", help="Where to write the report.", metavar="PATH")]
Limit = Annotated[Optional[int], typer.Option(help="Send at most so many leads.", min=0, metavar="N")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before sending.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Send nothing: the same as `check`.")]
AllowDuplicates = Annotated[bool, typer.Option("--allow-duplicates", help="Also send leads that were accepted before.")]
IncludeUnknown = Annotated[
    bool, typer.Option("--include-unknown", help="Also send rows that may have been taken: you know they were not.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
InSandbox = Annotated[
    bool, typer.Option("--sandbox", help="Rehearse against the API on this machine; no settings.", callback=_sandbox)
]
Profile = Annotated[
    Optional[str],
    typer.Option(help="Settings of this profile in uploader.toml.", metavar="NAME", callback=_profile),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Only errors, and where the report is.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Also show every request (without values), and what is repaired.")
]
Page = Annotated[bool, typer.Option("--page/--no-page", help="Also write the report as a page to read (HTML).")]
WaitResults = Annotated[
    bool, typer.Option("--wait-results", help="Then wait for the platform's verdicts, as `uploader results` does.")
]
Canary = Annotated[
    int, typer.Option(help="Send so many first, and the rest only if enough are valid.", min=0, metavar="N")
]
CanaryPass = Annotated[
    Optional[float], typer.Option(help="How many of them must be valid, per cent; 80 if left out.", min=0, max=100)
]
Canaries = Annotated[
    bool, typer.Option("--canaries/--no-canaries", help="Go on only if enough of the run's canaries are valid.")
]
Stream = Annotated[
    bool, typer.Option("--stream", help="Send while the file is read: no look at all rows before the first lead.")
]
LogFile = Annotated[
    Optional[Path], typer.Option(help="Append what happens as JSON lines, without personal data.", metavar="PATH")
]
CaBundle = Annotated[Optional[Path], typer.Option(help="Certificates to trust (PEM), for a network with its own.")]
RunName = Annotated[Optional[str], typer.Argument(help="A run's name, as in upload_run.", metavar="[RUN]")]
