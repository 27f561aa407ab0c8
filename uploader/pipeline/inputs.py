"""The files of a run: a spreadsheet, a report, or those of an earlier run, each with its mapping."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from uploader.config.settings import Settings
from uploader.core.command_line import PlatformFlags, shell_quote, uploader_command
from uploader.core.did_you_mean import PAGES, YAML
from uploader.core.errors import MappingError, TableError, UploaderError, UsageError
from uploader.core.model import Outcome, Run
from uploader.ledger import Ledger
from uploader.mapping.load import Mapping, parse_mapping, read_mapping
from uploader.report import HEAD
from uploader.report.reader import PastReport, Source, leftover_columns
from uploader.spreadsheet import Table, open_table
from uploader.spreadsheet.source import Spreadsheet


@dataclass(frozen=True)
class UploadOptions:
    """The options of upload, check and retry. None: the mapping, the earlier run or the settings decide.

    Attributes:
        file: The spreadsheet, or for a retry the report.
        mapping: The mapping file; a retry may leave it out.
        campaign, form, link, publisher: Ids that replace those of the mapping.
        sheet: The sheet of a workbook.
        encoding: The encoding of a text file.
        report: Where to write the report.
        limit: Send up to this many leads.
        allow_duplicates: Also send leads that were accepted before.
        include_unknown: Also send rows whose outcome is unknown.
        canary: Number of leads to send first; 0 for no canary batch.
        canary_pass: Percentage of the canary batch that must be valid.
        stream: Send while the file is being read.
        page: Also write the HTML report.
    """

    file: Path
    mapping: Path | None = None
    campaign: int | None = None
    form: int | None = None
    link: int | None = None
    publisher: int | None = None
    sheet: str | None = None
    encoding: str | None = None
    report: Path | None = None
    limit: int | None = None
    allow_duplicates: bool = False
    include_unknown: bool = False
    canary: int = 0
    canary_pass: float | None = None
    stream: bool = False
    page: bool = True

    def __post_init__(self) -> None:
        """Reject an option that would have no effect. Raises UsageError."""
        if self.canary_pass is not None and not self.canary:
            raise UsageError("--canary-pass has no effect without --canary.", "Add --canary N.")


def open_spreadsheet(options: UploadOptions) -> tuple[Source, Mapping]:
    """The file and the mapping of an upload or check. Raises TableError, MappingError."""
    if options.mapping is None:
        how = f"`{uploader_command('map', shell_quote(options.file), '--campaign ID')}` proposes one."
        raise UsageError("No mapping was given.", f"Say which with --mapping MAP.yaml; {how}")
    _refuse_swapped(options.file, options.mapping)
    mapping = read_mapping(options.mapping)
    sheet = options.sheet or mapping.head.sheet
    try:
        table = open_table(options.file, wanted=mapping.columns, sheet=sheet, encoding=options.encoding)
    except TableError as error:
        raise _with_faults(mapping, error) from None
    if {"upload_row", "upload_outcome", "upload_run"} <= set(table.columns):
        raise _is_report(PastReport(table, frozenset(), escaped=False))
    if leftover := leftover_columns(table.columns):
        raise TableError(
            f"{table.path.name} has columns of an earlier report: {', '.join(leftover)}.",
            "Delete them, or give them other names: its own report has columns of these names.",
        )
    return Spreadsheet(table), mapping


def open_report(options: UploadOptions, ledger: Ledger, settings: Settings) -> tuple[Source, Mapping, Run | None]:
    """A report, and the mapping of its run or of --mapping. Raises TableError, MappingError, UsageError."""
    again = retried_outcomes(options.include_unknown)
    source, past = open_report_file(options.file, again, ledger, settings, options.sheet, options.encoding)
    table = source.table
    if options.mapping:
        mapping = read_mapping(options.mapping)
    elif past and not past.is_purged:
        mapping = parse_mapping(past.mapping, Path(past.mapping_path))
    elif past:
        raise TableError(
            f"Run {past.id} was purged from the ledger, which no longer knows its mapping.",
            "Give the mapping with --mapping. Leads that were accepted are still recognised.",
        )
    elif source.is_of_a_check():
        raise _is_report(source)
    else:
        raise TableError(
            f"The ledger in {settings.home} does not know the run of {table.path.name}.",
            "Give the mapping with --mapping, or set UPLOADER_HOME as it was for the upload. "
            "What was purged with --forget-leads is not recognised any more.",
        )
    return source, mapping, past


def open_report_file(
    file: Path,
    again: frozenset[Outcome],
    ledger: Ledger,
    settings: Settings,
    sheet: str | None = None,
    encoding: str | None = None,
) -> tuple[PastReport, Run | None]:
    """A report, and the newest run that it goes back to. Raises TableError, UsageError."""
    if file.suffix.lower() in PAGES and file.exists():
        raise _is_page(file)
    table = open_table(file, wanted=HEAD, sheet=sheet, encoding=encoding)
    past = _past_run(PastReport(table, frozenset(), escaped=False).runs(), ledger, table)
    if past:
        require_same_platform(past, settings)
    escaped = (past.report_kind if past else table.kind) == "csv"
    return PastReport(table, again, escaped, ledger.decisions.latest(past.family) if past else {}), past


def reopen(run: Run, ledger: Ledger) -> tuple[Source, Mapping]:
    """The file and the mapping of a run, as they were.

    Raises UsageError when the run was purged, TableError when the file is not the same any more.
    """
    if run.is_purged:
        raise UsageError(
            f"Run {run.id} was purged from the ledger, which no longer knows its file and mapping.",
            f"`{uploader_command('retry', 'REPORT', '--mapping MAP.yaml')}`: "
            "leads that were accepted are still recognised.",
        )
    mapping = parse_mapping(run.mapping, Path(run.mapping_path))
    is_retry = run.command == "retry"
    path = Path(run.file)
    table = open_table(path, wanted=HEAD if is_retry else mapping.columns, sheet=run.sheet, encoding=run.encoding)
    if table.sha256 != run.sha256:
        raise TableError(
            f"{path} has changed since run {run.id}, so its rows can't be told apart any more.",
            f"Put the file back as it was, or `{uploader_command('retry', 'REPORT')}` with the run's report.",
        )
    if is_retry:
        again = retried_outcomes(run.include_unknown)
        return PastReport(table, again, run.is_escaped, ledger.decisions.latest(run.family)), mapping
    return Spreadsheet(table), mapping


def retried_outcomes(include_unknown: bool) -> frozenset[Outcome]:
    """The outcomes whose rows a retry sends."""
    again = {outcome for outcome in Outcome if outcome.is_retried}
    return frozenset(again | {Outcome.UNKNOWN} if include_unknown else again)


def require_same_platform(run: Run, settings: Settings) -> None:
    """Raises UsageError when the settings point to another enterprise than the run's."""
    if run.scope != settings.scope:
        raise UsageError(
            f"Run {run.id} went to {run.scope!r}, and the settings say {settings.scope!r}.",
            "Use the settings (or --sandbox) that it was uploaded with.",
        )


def _is_page(file: Path) -> TableError:
    """That a report's page was given, and where the report is, if it is beside it."""
    beside = [path for path in (file.with_suffix(".csv"), file.with_suffix(".xlsx")) if path.exists()]
    hint = (
        f"Give the report: {' or '.join(map(shell_quote, beside))}" if beside else "Give the report: the CSV or xlsx."
    )
    return TableError(f"{file.name} is the page to read, not the report.", hint)


def _refuse_swapped(file: Path, mapping: Path) -> None:
    """Raises UsageError where the spreadsheet has a mapping's name, and the mapping has not."""
    if file.suffix.lower() in YAML and mapping.suffix.lower() not in YAML:
        raise UsageError(
            f"{file} and {mapping} seem to be swapped: --mapping takes the YAML file.",
            f"Write  {shell_quote(mapping)} --mapping {shell_quote(file)}",
        )


def _is_report(report: PastReport) -> TableError:
    """Of a report that is no spreadsheet to upload, or that no run has: what it is, and how its rows go."""
    name, path = report.table.path.name, shell_quote(report.table.path)
    if not report.is_of_a_check():
        how = f"Send its rows with `{uploader_command('retry', path)}`."
        return TableError(f"{name} is a report of an earlier upload.", how)
    again = uploader_command("retry", path, "--mapping MAP.yaml")
    return TableError(
        f"{name} is the report of a check: nothing was sent with it.",
        f"`uploader upload` the file that was checked. Rows mended in the report go with `{again}`.",
    )


def _with_faults(mapping: Mapping, error: TableError) -> UploaderError:
    """The table's error, together with the faults that the mapping has by itself."""
    try:
        mapping.raise_errors([f"{error.message} {error.hint}"])
    except MappingError as faulty:
        return faulty
    return error


def _past_run(runs: Sequence[str], ledger: Ledger, table: Table) -> Run | None:
    """The newest run that the report names; its rows must all go back to one upload."""
    known = [run for run in (ledger.runs.find(run) for run in runs) if run]
    if len({run.family for run in known}) > 1:
        raise TableError(
            f"{table.path.name} mixes rows of several uploads ({', '.join(runs)}).", "Retry each report by itself."
        )
    newest = ledger.runs.newest(run.id for run in known)
    return next((run for run in known if run.id == newest), None)


def require_run(name: str | None, ledger: Ledger, settings: Settings) -> Run:
    """The run's facts. Raises UsageError when there is none to go on with, or none of this name."""
    if name is None:
        raise UsageError(
            "There is no unfinished run.",
            f"Name one: `{uploader_command('resume', 'RUN')}`; see the report's upload_run.",
        )
    run = ledger.runs.find(name)
    if run is None:
        raise UsageError(f"The ledger in {settings.home} knows no run {name!r}.", "See the report's upload_run.")
    return run


def flags_of_run(run: Run, settings: Settings) -> PlatformFlags:
    """Return the flags that commands about a run need.

    A command without --sandbox can be about a sandbox run; what it suggests needs the flag, unless the settings lead to
    that sandbox anyway.
    """
    flags = settings.platform_flags
    if not run.in_sandbox:
        return flags
    try:
        is_reached = settings.scope == run.scope
    except UsageError:  # no enterprise is set
        is_reached = False
    return flags if is_reached else replace(flags, sandbox=True)


@contextmanager
def suggesting_flags(flags: PlatformFlags) -> Iterator[None]:
    """Fill these flags into the commands that an error suggests."""
    try:
        yield
    except UploaderError as error:
        error.message, error.hint = flags.fill(error.message), flags.fill(error.hint)
        error.problems = tuple(map(flags.fill, error.problems))
        raise
