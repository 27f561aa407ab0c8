"""The result of a run, as text and as JSON."""

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING

from uploader.cli.console import Console, single_line
from uploader.core.command_line import PlatformFlags, shell_quote, uploader_command
from uploader.core.errors import UploaderError
from uploader.core.messages import count_of
from uploader.core.model import Outcome
from uploader.core.row_numbers import row_ranges

if TYPE_CHECKING:
    from uploader.commands.results_summary import ResultsSummary
    from uploader.core.message_groups import MessageGroup
    from uploader.pipeline.events import Result

# The outcomes and validation results whose reasons are shown here; those of invalid rows were shown before sending.
OUTCOMES_WITH_REASONS = ("rejected", "failed", "unknown")
RESULTS_WITH_REASONS = ("invalid", "pending")

CONTINUE = "Send the remaining rows"

MAX_JSON_PROBLEMS = 100  # kinds of problems
MAX_REASONS, MAX_ROWS = 3, 3
MAX_REASON_LENGTH = 200  # characters
MAX_ROW_TEXT = 300  # characters of row numbers; more rows than that are counted instead


def print_result(result: "Result", summary: "ResultsSummary | None", *, as_json: bool, quiet: bool) -> None:
    """Print what happened, the validation results if they were fetched, the report's path, and what to do next."""
    console = Console(result.flags)
    if as_json:
        more: dict[str, object] = {"results": validity_counts(summary)} if summary else {}
        if result.run is None:
            more["problems"] = problems_json(result.problems)
        console.print_json({**result_json(result), **more})
    for error in (result.stopped, result.unwritten):
        if error:
            console.log_error(error)
    if as_json or (quiet and not result.report):
        return
    if not quiet:
        _print_counts(result, summary, console)
    if result.report:
        console.print(f"Report: {result.report}{_why_elsewhere(result)}")
    if result.failed_only:
        console.print(f"Rows that did not get through: {result.failed_only}")
    if result.page and not quiet:
        console.print(f"HTML report: {result.page}")
    if result.run and result.report and not quiet:
        _print_next_steps(result, summary, console)


def print_reasons(groups: "Iterable[MessageGroup]", labels: tuple[str, ...], console: Console) -> None:
    """Print the most frequent reasons of rows with one of these labels, and their first rows."""
    shown = [group for group in groups if group.label in labels and group.message]
    for group in shown[:MAX_REASONS]:
        rows = ", ".join(group.rows[:MAX_ROWS]) + (", …" if group.count > MAX_ROWS else "")
        reason = single_line(group.message, MAX_REASON_LENGTH)
        console.print(f"  {group.count:,} × {group.label}: {reason} (row {rows})")
    if len(shown) > MAX_REASONS:
        rest = sum(group.count for group in shown[MAX_REASONS:])
        console.print(f"  … and {rest:,} × something else. The report lists every row.")


def pending_hint(report: object, flags: PlatformFlags) -> str:
    """Return what to do about pending validation results."""
    if flags.sandbox:
        return "Sandbox leads are discarded when the command ends; use `uploader upload … --wait-results`."
    return f"Check again later:  {uploader_command('results', shell_quote(report))}"


def validity_counts(summary: "ResultsSummary") -> dict[str, int]:
    """Return the number of leads by validation result."""
    return {validity.value: count for validity, count in summary.results.items()}


def problems_json(groups: "Iterable[MessageGroup]") -> list[dict[str, object]]:
    """Return why rows are invalid, the most frequent reasons first. Messages quote values: no log may have them."""
    shown = itertools.islice(groups, MAX_JSON_PROBLEMS)
    return [
        {"message": group.message, "hint": group.hint, "count": group.count, "rows": [*map(_row_number, group.rows)]}
        for group in shown
    ]


def _row_number(row: str) -> int | str:
    """Return a row's number; the text of a row without one, `4 of the report`."""
    return int(row) if row.isdecimal() else row


def result_json(result: "Result") -> dict[str, object]:
    """Return the JSON object of the contract for a run."""
    return json_object(
        result.run,
        str(result.file),
        str(result.report) if result.report else None,
        {outcome.value: count for outcome, count in result.counts.items()},
        result.stopped.message if result.stopped else None,
        result.exit_code,
    )


def error_json(error: UploaderError, file: object) -> dict[str, object]:
    """Return the JSON object of the contract for a command that ended with an error, mostly without sending."""
    stopped = "; ".join([error.message, *error.problems])
    counts = {outcome.value: error.counts.get(outcome, 0) for outcome in Outcome}
    return json_object(error.run, str(file), None, counts, stopped, error.exit_code)


def json_object(
    run: str | None, file: str, report: str | None, counts: dict[str, int], stopped: str | None, exit_code: int
) -> dict[str, object]:
    """Return the JSON object of the contract."""
    return {
        "schema": 1,
        "run": run,
        "file": file,
        "report": report,
        "counts": counts,
        "stopped": stopped,
        "exit_code": exit_code,
    }


def _print_counts(result: "Result", summary: "ResultsSummary | None", console: Console) -> None:
    if result.run:
        found = [f"{count:,} {outcome}" for outcome, count in result.counts.items() if count]
        if summary and (invalid := validity_counts(summary)["invalid"]):
            found.append(f"{invalid:,} of the accepted leads invalid on the platform")
        console.print(" · ".join(found))
        if result.accepted_before:
            console.print(f"Accepted now: {result.counts[Outcome.ACCEPTED] - result.accepted_before:,}")
    else:
        leads = count_of(result.counts[Outcome.UNSENT], "lead")
        console.print(f"Checked: {leads} would be sent. Nothing was sent.")
    print_reasons(result.statistics.reasons, OUTCOMES_WITH_REASONS, console)
    if summary and any(summary.results.values()):
        counts = [f"{count:,} {word}" for word, count in validity_counts(summary).items() if count]
        console.print(f"Validation results: {' · '.join(counts)}")
        print_reasons(summary.statistics.result_reasons, RESULTS_WITH_REASONS, console)
    elif result.stopped:  # perhaps by a canary batch
        print_reasons(result.statistics.result_reasons, RESULTS_WITH_REASONS, console)


def _why_elsewhere(result: "Result") -> str:
    """Return why the report is not where the user wanted it."""
    if result.asked is None or result.asked == result.report:
        return ""
    if result.report and result.asked.suffix != result.report.suffix:
        return " (as CSV, because the cells do not fit into an xlsx file)"
    return f" ({result.asked.name} is open in another program or write-protected)"


def _print_next_steps(result: "Result", summary: "ResultsSummary | None", console: Console) -> None:
    from uploader.core.validation_result import Validity
    from uploader.report.wording import INVALID_STEP

    report = shell_quote(result.report)
    for run, unknown in result.unknown_rows.items():
        rows = row_ranges(sorted(unknown))
        named = f"row {rows}"
        if len(rows) > MAX_ROW_TEXT:
            rows, named = "all", count_of(len(unknown), "row")
        console.print(f"Unknown: {named}. The platform may have these leads, so they are not sent again. Look them up")
        resolve = uploader_command("resolve", run, f"--rows {rows}", "--accepted")
        console.print(f"on the platform, then run:  {resolve}  (or --not-sent)")
    if result.stopped:
        next_step = result.stopped.next_step
        if next_step.command == "retry":  # otherwise the reason says what to do
            retry = uploader_command("retry", report, *next_step.flags)
            what = f"{next_step.first[:1].upper()}{next_step.first[1:]}, then run" if next_step.first else CONTINUE
            console.print(f"{what}:  {retry}")
        return
    retry = uploader_command("retry", report)
    if result.counts[Outcome.REJECTED] or result.counts[Outcome.INVALID]:
        console.print(f"Fix the rows in the report, then run:  {retry}")
        if result.fixes and result.amended:
            with_mapping = uploader_command("retry", report, *result.amended)
            console.print(f"Or change the mapping as shown above, then run:  {with_mapping}")
    elif result.counts[Outcome.FAILED] or result.counts[Outcome.UNSENT]:
        console.print(f"{CONTINUE}:  {retry}")
    if summary and summary.results[Validity.INVALID]:
        console.print(INVALID_STEP)
    if summary and summary.results[Validity.PENDING]:
        console.print(pending_hint(result.report, result.flags))
    if result.counts[Outcome.ACCEPTED] and result.can_be_judged and not summary and not result.flags.sandbox:
        console.print(f"In a few minutes, see which leads are valid:  {uploader_command('results', report)}")
