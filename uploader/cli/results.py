"""`results`: the validation results of the accepted leads."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from uploader.cli import options as flag
from uploader.cli.console import Console
from uploader.cli.run_output import (
    RESULTS_WITH_REASONS,
    error_json,
    json_object,
    pending_hint,
    print_reasons,
    validity_counts,
)
from uploader.cli.session import command_settings, run_async
from uploader.core.command_line import PlatformFlags, uploader_command
from uploader.core.errors import UploaderError
from uploader.core.messages import count_of

if TYPE_CHECKING:
    from uploader.commands.results_summary import ResultsSummary
    from uploader.core.validation_result import LeadResult

MAX_ROWS = 5  # row numbers that are shown


def results(
    file: flag.ReportFile,
    sandbox: flag.Sandbox = False,
    report: flag.ReportPath = None,
    sheet: flag.Sheet = None,
    encoding: flag.Encoding = None,
    again: Annotated[
        bool, typer.Option("--again", help="Also check leads that have a final result: it may have changed.")
    ] = False,
    as_json: flag.Json = False,
    profile: flag.Profile = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
    ca_bundle: flag.CaBundle = None,
) -> None:
    """Fetch the validation results of the accepted leads, and update the report."""
    from uploader.commands.results import ResultsOptions
    from uploader.commands.results import results as fetch_results
    from uploader.commands.session import Session

    flags = PlatformFlags(sandbox, profile)
    console = Console(flags)

    async def act() -> "ResultsSummary":
        async with command_settings(flags, ca_bundle) as settings:
            observer = ConsoleResultsObserver(console, quiet=quiet, verbose=verbose)
            options = ResultsOptions(file, report, sheet, encoding, again=again, is_new_sandbox=sandbox)
            return await fetch_results(options, Session(settings, observer))

    try:
        summary = run_async(act())
    except UploaderError as error:
        if as_json:
            console.print_error_json(error_json(error, file))
        raise
    _print_summary(summary, console, as_json=as_json, quiet=quiet)
    raise typer.Exit(summary.exit_code)


class ConsoleResultsObserver:
    """Shows the progress of fetching validation results.

    Args:
        console: Where to print.
        quiet: Show nothing.
        verbose: Also show every request.
    """

    def __init__(self, console: Console, *, quiet: bool, verbose: bool) -> None:
        self._console = console
        self._quiet = quiet
        self.trace: Callable[[str], None] | None = console.log_above_bar if verbose else None

    @contextmanager
    def polling(self, leads: int, held: "Callable[[], float]") -> "Iterator[Callable[[int, LeadResult], None]]":
        """Show the results as they arrive."""
        from uploader.cli.progress import ResultsProgress

        show_bar = sys.stderr.isatty() and not self._quiet
        with ResultsProgress(leads, held, show_bar=show_bar, log_line=self._log_line) as progress:
            yield progress.count_result

    def _log_line(self, line: str) -> None:
        if not self._quiet:
            self._console.log(line)


def _print_summary(summary: "ResultsSummary", console: Console, *, as_json: bool, quiet: bool) -> None:
    """Print the validation results, the report's path, and what to do next."""
    from uploader.core.validation_result import Validity
    from uploader.report.wording import INVALID_STEP

    if as_json:
        console.print_json(_summary_json(summary))
    if summary.stopped:
        console.log_error(summary.stopped)
    for note in summary.notes if not quiet else ():
        console.log(f"note: {note}")
    if as_json:
        return
    if not quiet:
        counts = [f"{count:,} {word}" for word, count in validity_counts(summary).items() if count]
        without_id = len(summary.without_id) + len(summary.resolved_without_id)
        counts += [f"{without_id:,} without a lead id"] if without_id else []
        console.print(" · ".join(counts) or _no_results(summary))
        _print_changes(summary, console)
        print_reasons(summary.statistics.result_reasons, RESULTS_WITH_REASONS, console)
        _print_rows_without_id(summary, console)
    console.print(f"Report: {summary.report}{f' ({summary.beside})' if summary.beside else ''}")
    if not quiet and summary.results[Validity.INVALID]:
        console.print(INVALID_STEP)
    if not quiet and summary.results[Validity.PENDING]:
        console.print(pending_hint(summary.report, console.flags))


def _print_changes(summary: "ResultsSummary", console: Console) -> None:
    """Print which final results have changed."""
    changes: dict[tuple[str, str], list[str]] = {}
    for row, before, now in summary.changed:
        changes.setdefault((before, now), []).append(row)
    for (before, now), rows in changes.items():
        console.print(f"Changed from {before} to {now}: {_row_list(rows)}")


def _no_results(summary: "ResultsSummary") -> str:
    from uploader.core.model import Outcome

    accepted = summary.counts[Outcome.ACCEPTED]
    if not accepted:
        return "The report has no accepted leads."
    return f"No validation results yet for {count_of(accepted, 'lead')}."


def _print_rows_without_id(summary: "ResultsSummary", console: Console) -> None:
    """Explain which rows have no validation result because their lead id is missing."""
    if summary.without_id:
        console.print(f"Cannot fetch results for {_row_list(summary.without_id)}: upload_lead_id is missing.")
        console.print("Restore the ids in the report, as text, or run this on the machine that sent the leads.")
    if summary.resolved_without_id:
        rows = _row_list(summary.resolved_without_id)
        resolve = uploader_command("resolve", summary.run or "RUN", "--rows ROW", "--accepted", "--lead-id ID")
        console.print(f"Cannot fetch results for {rows}: resolved as accepted without a lead id.")
        console.print(f"If you find the id on the platform, run:  {resolve}")


def _row_list(rows: "Sequence[str]") -> str:
    more = f" and {len(rows) - MAX_ROWS:,} more" if len(rows) > MAX_ROWS else ""
    return f"row{'' if len(rows) == 1 else 's'} {', '.join(rows[:MAX_ROWS])}{more}"


def _summary_json(summary: "ResultsSummary") -> dict[str, Any]:
    """Return the JSON object of the contract, with the validation results."""
    counts = {outcome.value: count for outcome, count in summary.counts.items()}
    stopped = summary.stopped.message if summary.stopped else None
    common = json_object(summary.run, str(summary.file), str(summary.report), counts, stopped, summary.exit_code)
    changed = [{"row": row, "from": before, "to": now} for row, before, now in summary.changed]
    return {**common, "results": validity_counts(summary), **({"changed": changed} if changed else {})}
