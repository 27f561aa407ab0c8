"""The words of a report, whatever its format: what each outcome means, its colors, and what to do next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from uploader.core.command_line import relative_to_cwd, shell_quote, uploader_command
from uploader.core.messages import FILTER_REASON, LEFT_OUT_ON_PAGE
from uploader.core.model import Outcome
from uploader.core.row_numbers import row_ranges
from uploader.report.context import ReportContext
from uploader.report.statistics import ReportStatistics

RUNS = 5  # runs that are named
MAX_ROW_TEXT = 300  # characters of row numbers in a command

NOTHING_TO_DO = ("Nothing to do: every row is accepted, duplicate or skipped.", "")
INVALID_STEP = (
    "Leads that are invalid on the platform are not paid for, and are not sent again. See upload_result_reason, and "
    "correct the mapping or the spreadsheet before you upload more leads."
)


@dataclass(frozen=True)
class Colors:
    """The colors of a word, as `#RRGGBB`."""

    background: str
    text: str


# Different in lightness too, so that color-blind readers can distinguish them; the word itself is always shown.
OUTCOME_COLORS: dict[str, Colors] = {
    Outcome.ACCEPTED: Colors("#B5E3B8", "#0B3D17"),
    Outcome.REJECTED: Colors("#B23A00", "#FFFFFF"),
    Outcome.INVALID: Colors("#F2A54A", "#3B2300"),
    Outcome.DUPLICATE: Colors("#9FA6AD", "#1C1F22"),
    Outcome.FAILED: Colors("#5B2A6E", "#FFFFFF"),
    Outcome.UNKNOWN: Colors("#FFE94D", "#3A3500"),
    Outcome.UNSENT: Colors("#FFFFFF", "#555B61"),
    Outcome.SKIPPED: Colors("#80C0F0", "#0F2C44"),
}

# Validation results, which the platform reports after it accepted a lead.
RESULT_COLORS: dict[str, Colors] = {
    "valid": OUTCOME_COLORS[Outcome.ACCEPTED],
    "invalid": OUTCOME_COLORS[Outcome.INVALID],
    "pending": OUTCOME_COLORS[Outcome.UNKNOWN],
}

WOULD_BE_SENT = "The row passed every check and would be sent."
SKIPPED_ON_PAGE = "The row was left out on the web page. It was not sent."
SKIPPED_BY_FILTER = "The mapping's `where` leaves the row out. It was not sent."

RESULT_MEANINGS: Mapping[str, str] = {
    "valid": "The lead passed the platform's own checks.",
    "invalid": "The lead failed the platform's own checks. The reason is in upload_result_reason.",
    "pending": "The platform's own checks are not finished.",
}


def outcome_meanings(statistics: ReportStatistics, *, is_check: bool) -> dict[str, str]:
    """Return what each outcome means in a report; of skipped rows, who left them out.

    Args:
        statistics: What the rows of the report add up to.
        is_check: Whether nothing was sent.
    """
    meanings = {str(outcome): outcome.meaning for outcome in Outcome}
    if is_check:
        meanings[Outcome.UNSENT] = WOULD_BE_SENT
    reasons = [group.message for group in statistics.reasons if group.label == Outcome.SKIPPED]
    if reasons and all(reason == LEFT_OUT_ON_PAGE for reason in reasons):
        meanings[Outcome.SKIPPED] = SKIPPED_ON_PAGE
    elif reasons and all(reason.startswith(FILTER_REASON) for reason in reasons):
        meanings[Outcome.SKIPPED] = SKIPPED_BY_FILTER
    return meanings


def next_steps(statistics: ReportStatistics, about: ReportContext) -> list[tuple[str, str]]:
    """Return what to do next, each step with the command for it; the command may be empty."""
    return [(what, about.flags.fill(command)) for what, command in _next_steps(statistics, about)]


def _next_steps(statistics: ReportStatistics, about: ReportContext) -> list[tuple[str, str]]:
    if not statistics.runs:
        mapping = about.mapping or Path("MAP.yaml")
        upload = uploader_command("upload", _argument(about.file), "--mapping", _argument(mapping))
        return [("This was a check: nothing was sent. Fix the invalid rows in the input file, then run:", upload)]
    runs = list(statistics.unknown.items())[:RUNS]
    steps = [step for run, unknown in runs for step in _steps_for_unknown(run, unknown)]
    if about.stopped:
        steps += _steps_after_stop(about)
    elif any(statistics.outcomes[outcome] for outcome in Outcome if outcome.is_retried):
        what = "Fix the rows in the report and save it. To send what did not get through, run:"
        steps.append((what, uploader_command("retry", _argument(about.report))))
    if statistics.results["invalid"]:
        steps.append((INVALID_STEP, ""))
    return steps or [NOTHING_TO_DO]


def _steps_for_unknown(run: str, unknown: Sequence[int]) -> list[tuple[str, str]]:
    rows = row_ranges(sorted(unknown))
    if not rows or len(rows) > MAX_ROW_TEXT:
        rows = "ROWS"
    return [
        (
            "Look up the unknown rows on the platform (filter upload_outcome). If it has these leads, run:",
            uploader_command("resolve", run, f"--rows {rows}", "--accepted"),
        ),
        ("If it does not have them, run:", uploader_command("resolve", run, f"--rows {rows}", "--not-sent")),
    ]


def _steps_after_stop(about: ReportContext) -> list[tuple[str, str]]:
    next_step = about.next_step
    if next_step.command == "retry":
        first = f"{next_step.first[0].upper()}{next_step.first[1:]}. " if next_step.first else ""
        what = f"{first}To send what did not get through, run:"
        return [(what, uploader_command("retry", _argument(about.report), *next_step.flags))]
    if next_step.command == "resume" and about.run:
        return [("Once the cause is fixed, resume the run:", uploader_command("resume", about.run.id))]
    return []


def _argument(path: Path) -> str:
    return shell_quote(relative_to_cwd(path))
