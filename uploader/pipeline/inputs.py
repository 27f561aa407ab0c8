"""The inputs of a run: a spreadsheet, a report, or the file of an earlier run, each with its mapping."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from uploader.config.settings import Settings
from uploader.core.command_line import shell_quote, uploader_command
from uploader.core.did_you_mean import PAGES, YAML
from uploader.core.errors import MappingError, TableError, UploaderError, UsageError
from uploader.core.model import Outcome, Run
from uploader.ledger import Ledger
from uploader.mapping.load import Mapping, parse_mapping, read_mapping
from uploader.pipeline.ledger_rows import LedgerRows
from uploader.pipeline.options import UploadOptions
from uploader.pipeline.past_run import newest_run, require_input, require_same_platform
from uploader.report import HEAD
from uploader.report.reader import PastReport, Source, leftover_columns
from uploader.spreadsheet import Table, missing_file, open_table
from uploader.spreadsheet.source import Spreadsheet
from uploader.spreadsheet.stream_copy import is_stream

NAMED_RUNS = 3  # in a message about runs that the ledger does not know


def open_spreadsheet(options: UploadOptions) -> tuple[Source, Mapping]:
    """Open the file and the mapping of an upload or a check. Raises TableError, MappingError, UsageError."""
    if options.mapping is None:
        if options.table is None and not is_stream(options.file) and not options.file.exists():
            raise missing_file(options.file)
        propose = uploader_command("map", shell_quote(options.file), "--campaign ID")
        raise UsageError("No mapping was given.", f"Use --mapping MAP.yaml. To propose one, run `{propose}`.")
    mapping = _read_given(options.mapping, options.file)
    sheet = options.sheet or mapping.head.sheet
    try:
        table = options.table or open_table(
            options.file, wanted=mapping.columns, sheet=sheet, encoding=options.encoding
        )
    except TableError as error:
        raise _with_mapping_problems(mapping, error) from None
    refuse_sheet(table, options.sheet)
    if is_report(table):
        raise _is_report(PastReport(table, frozenset(), escaped=False))
    if leftover := leftover_columns(table.columns):
        raise TableError(
            f"{table.path.name} has columns of an earlier report: {', '.join(leftover)}.",
            "Delete or rename them: the new report has columns with these names.",
        )
    return Spreadsheet(table), mapping


def open_report(options: UploadOptions, ledger: Ledger, settings: Settings) -> tuple[Source, Mapping, Run | None]:
    """Open a report, with the mapping of its run or of --mapping.

    Returns:
        The report, the mapping, and the newest run that the report comes from, if the ledger knows it.

    Raises:
        TableError: The report can't be read, or its run is not known and no mapping was given.
        MappingError: The mapping has errors.
        UsageError: The report's leads went to another enterprise.
    """
    again = retried_outcomes(options.include_unknown)
    given = options.table or options.file
    source, past = open_report_file(given, again, ledger, settings, options.sheet, options.encoding)
    table = source.table
    foreign = source.foreign_runs()
    if options.mapping:
        mapping = _read_given(options.mapping, options.file)
        if foreign:
            _require_identity(mapping, options, table.path.name)
    elif foreign:
        raise _is_from_elsewhere(table.path.name, foreign, ledger, settings)
    elif past and not past.is_purged:
        mapping = parse_mapping(past.mapping, Path(past.mapping_path))
    elif past:
        raise TableError(
            f"{table.path.name}: run {past.id} was purged from the ledger, with its mapping.",
            "Use --mapping MAP.yaml. Leads that were accepted are still recognized.",
        )
    else:
        raise _is_report(source)
    return source, mapping, past


def open_report_file(
    file: Path | Table,
    again: frozenset[Outcome],
    ledger: Ledger,
    settings: Settings,
    sheet: str | None = None,
    encoding: str | None = None,
) -> tuple[PastReport, Run | None]:
    """Open a report.

    Args:
        file: The report, or its content in memory.
        again: The outcomes whose rows are sent again.
        ledger: Knows the runs of the report.
        settings: Must lead to the platform that the leads were sent to.
        sheet: The sheet of a workbook.
        encoding: The encoding of a text file.

    Returns:
        The report, and the newest run that it comes from, if the ledger knows it.

    Raises:
        TableError: The file is not a report, or mixes rows of several uploads.
        UsageError: The report's leads went to another enterprise.
    """
    table = file if isinstance(file, Table) else _open_report_table(file, sheet, encoding)
    refuse_sheet(table, sheet)
    names = PastReport(table, frozenset(), escaped=False).runs()
    for run in filter(None, map(ledger.runs.find, names)):
        require_same_platform(run, settings)
    past = newest_run(names, ledger)
    escaped = not table.is_unescaped and (past.report_kind if past else table.kind) == "csv"
    return _past_report(table, again, ledger, escaped=escaped), past


def _open_report_table(file: Path, sheet: str | None, encoding: str | None) -> Table:
    if file.suffix.lower() in PAGES and file.exists():
        raise _is_page(file)
    if file.suffix.lower() in YAML and file.exists():
        raise TableError(f"{file.name} is a mapping, not a report.", "Specify the report that an upload wrote.")
    return open_table(file, wanted=HEAD, sheet=sheet, encoding=encoding)


def reopen(run: Run, ledger: Ledger) -> tuple[Source, Mapping]:
    """Open the file of a run again, with the mapping as it was.

    Raises:
        UsageError: The run was purged.
        TableError: The file is gone or has changed.
    """
    if run.is_purged:
        retry = uploader_command("retry", "REPORT", "--mapping MAP.yaml")
        raise UsageError(
            f"Run {run.id} was purged from the ledger, with its file's name and its mapping.",
            f"Use its report: `{retry}`. Leads that were accepted are still recognized.",
        )
    mapping = parse_mapping(run.mapping, Path(run.mapping_path))
    is_retry = run.command == "retry"
    path = Path(run.file)
    require_input(run)
    table = open_table(path, wanted=HEAD if is_retry else mapping.columns, sheet=run.sheet, encoding=run.encoding)
    if table.sha256 != run.sha256:
        retry = uploader_command("retry", "REPORT")
        raise TableError(
            f"{path} has changed since run {run.id}, so its rows can't be matched with those that were sent.",
            f"Restore the file as it was, or run `{retry}` with the run's report.",
        )
    if is_retry or is_report(table):
        again = retried_outcomes(run.include_unknown)
        return _past_report(table, again, ledger, escaped=run.is_escaped), mapping
    return Spreadsheet(table), mapping


def _past_report(table: Table, again: frozenset[Outcome], ledger: Ledger, *, escaped: bool) -> PastReport:
    """Return a report with what the ledger knows about its rows.

    The report goes back to the upload of its newest run; rows of other runs are foreign.
    """
    unread = PastReport(table, frozenset(), escaped=False)
    names = unread.runs()
    families = {run.family for run in map(ledger.runs.find, names) if run}
    decided = {key: made for family in families for key, made in ledger.decisions.latest(family).items()}
    newest = newest_run(names, ledger)
    earlier = LedgerRows(ledger, newest.family if newest else "")
    if word := unread.scan.blank_word:
        note = f"cells with {word} are read as empty: the program that saved the report writes that for empty cells"
        table = replace(table, notes=(*table.notes, note))
    return PastReport(table, again, escaped, decided, earlier, known_scan=unread.scan)


def _is_from_elsewhere(report: str, foreign: Sequence[str], ledger: Ledger, settings: Settings) -> TableError:
    """Return the error for a report with rows of other uploads, for which no mapping was given."""
    compare = "to compare its rows by their leads alone, use --mapping MAP.yaml"
    unknown = [run for run in foreign if ledger.runs.find(run) is None]
    if not unknown:
        names = ", ".join(foreign[:NAMED_RUNS])
        hint = f"Retry each report by itself; or, {compare}."
        return TableError(f"{report} mixes rows of several uploads (also of run {names}).", hint)
    return TableError(
        f"{report}: the ledger in {settings.ledger_place} does not know run {', '.join(unknown[:NAMED_RUNS])}.",
        f"T{compare[1:]}; or set UPLOADER_HOME as it was for the upload. "
        "Leads of a run that was purged with --forget-leads are not recognized.",
    )


def _require_identity(mapping: Mapping, options: UploadOptions, report: str) -> None:
    """Raises TableError where rows of other uploads can't be compared with what was sent before."""
    if not mapping.duplicates and not options.allow_duplicates:
        raise TableError(
            f"{report} has rows of other uploads, and {mapping.path.name} has no fields that identify a lead, so "
            "whether they were sent before can't be determined. Nothing was sent.",
            "Add such fields to the mapping, as in `duplicates: [email]`; or use --allow-duplicates.",
        )


def retried_outcomes(include_unknown: bool) -> frozenset[Outcome]:
    """Return the outcomes whose rows a retry sends."""
    again = {outcome for outcome in Outcome if outcome.is_retried}
    return frozenset(again | {Outcome.UNKNOWN} if include_unknown else again)


def is_report(table: Table) -> bool:
    """Return whether a table has the columns of a report."""
    return {"upload_row", "upload_outcome", "upload_run"} <= set(table.columns)


def _is_page(file: Path) -> TableError:
    """Return the error for an HTML report that was given in place of the report; it names the report beside it."""
    beside = [path for path in (file.with_suffix(".csv"), file.with_suffix(".xlsx")) if path.exists()]
    hint = f"Use the report: {' or '.join(map(shell_quote, beside))}" if beside else "Use the report: the CSV or xlsx."
    return TableError(f"{file.name} is the HTML page, not the report.", hint)


def _read_given(mapping: Path | Mapping, file: Path) -> Mapping:
    """Return the mapping that the user gave for a file. Raises UsageError, MappingError."""
    if isinstance(mapping, Mapping):
        return mapping
    _refuse_swapped(file, mapping)
    return read_mapping(mapping)


def _refuse_swapped(file: Path, mapping: Path) -> None:
    """Raises UsageError where the spreadsheet has a mapping's name, and the mapping has not."""
    if file.suffix.lower() in YAML and mapping.suffix.lower() not in YAML:
        raise UsageError(
            f"{file} and {mapping} seem to be swapped: --mapping takes the YAML file.",
            f"Write  {shell_quote(mapping)} --mapping {shell_quote(file)}",
        )


def refuse_sheet(table: Table, sheet: str | None) -> None:
    """Raises UsageError where --sheet is given for a file without sheets."""
    if sheet and table.sheet is None:
        raise UsageError(f"{table.path.name} has no sheets, so --sheet has no effect.", "Leave out --sheet.")


def _is_report(report: PastReport) -> TableError:
    """Return the error for a report that was given in place of a spreadsheet, or that no run has written."""
    name, path = report.table.path.name, shell_quote(report.table.path)
    if not report.is_of_a_check():
        retry = uploader_command("retry", path)
        return TableError(f"{name} is a report of an earlier upload.", f"To send its rows again, run `{retry}`.")
    retry = uploader_command("retry", path, "--mapping MAP.yaml")
    return TableError(
        f"{name} is the report of a check: nothing was sent with it.",
        f"Upload the file that was checked. If you fixed rows in the report, run `{retry}`.",
    )


def _with_mapping_problems(mapping: Mapping, error: TableError) -> UploaderError:
    """Return the table's error, together with the problems of the mapping itself."""
    try:
        mapping.raise_errors([f"{error.message} {error.hint}"])
    except MappingError as faulty:
        return faulty
    return error
