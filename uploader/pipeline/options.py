"""What the user asked for: the options of the commands that send leads, or check them."""

from dataclasses import dataclass
from pathlib import Path

from uploader.core.errors import UsageError
from uploader.mapping.load import Mapping
from uploader.spreadsheet import Table


@dataclass(frozen=True)
class UploadOptions:
    """The options of upload, check and retry. None: the mapping, the earlier run or the settings decide.

    Attributes:
        file: The spreadsheet, or for a retry the report.
        mapping: The mapping file, or a mapping that is in no file; a retry may leave it out.
        campaign, form, link, publisher: Ids that replace those of the mapping.
        sheet: The sheet of a workbook.
        encoding: The encoding of a text file.
        report: Where to write the report.
        failed_only: Where to write a second report, with only the rows that did not get through.
        limit: Send up to this many leads.
        preview: Show this many leads before they are sent.
        allow_duplicates: Also send leads that were accepted before.
        require_ledger: Send nothing if the ledger has no earlier upload.
        include_unknown: Also send rows whose outcome is unknown.
        canary: Number of leads to send first; 0 for no canary batch.
        canary_pass: Percentage of the canary batch that must be valid.
        stream: Send while the file is being read.
        page: Also write the HTML report.
        names: Show names and e-mail addresses in the HTML report.
        table: The content of `file` where it is in memory and in no file.
    """

    file: Path
    mapping: Path | Mapping | None = None
    campaign: int | None = None
    form: int | None = None
    link: int | None = None
    publisher: int | None = None
    sheet: str | None = None
    encoding: str | None = None
    report: Path | None = None
    failed_only: Path | None = None
    limit: int | None = None
    preview: int = 0
    allow_duplicates: bool = False
    require_ledger: bool = False
    include_unknown: bool = False
    canary: int = 0
    canary_pass: float | None = None
    stream: bool = False
    page: bool = True
    names: bool = True
    table: Table | None = None

    def __post_init__(self) -> None:
        """Reject an option that would have no effect. Raises UsageError."""
        if self.canary_pass is not None and not self.canary:
            raise UsageError("--canary-pass has no effect without --canary.", "Add --canary N.")
