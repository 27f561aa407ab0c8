"""What reports tell, whatever they are written as: the meaning of each word, its colours, and what to do next."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from uploader.core.command_line import relative_to_cwd, shell_quote, uploader_command
from uploader.core.model import Outcome
from uploader.report.context import ReportContext
from uploader.report.statistics import ReportStatistics

RUNS = 5  # runs that are named


@dataclass(frozen=True)
class Paint:
    """The colours of a word: behind it, and its own (RGB)."""

    fill: str
    ink: str


# They differ in lightness too, so that they differ for everybody; the word stands there anyway.
OUTCOMES: dict[str, Paint] = {
    Outcome.ACCEPTED: Paint("#B9DBF3", "#0B3C5D"),
    Outcome.REJECTED: Paint("#B23A00", "#FFFFFF"),
    Outcome.INVALID: Paint("#F2A54A", "#3B2300"),
    Outcome.DUPLICATE: Paint("#9FA6AD", "#1C1F22"),
    Outcome.FAILED: Paint("#5B2A6E", "#FFFFFF"),
    Outcome.UNKNOWN: Paint("#FFE94D", "#3A3500"),
    Outcome.UNSENT: Paint("#FFFFFF", "#555B61"),
}

# What the platform says later of an accepted lead.
RESULTS: dict[str, Paint] = {
    "valid": OUTCOMES[Outcome.ACCEPTED],
    "invalid": OUTCOMES[Outcome.INVALID],
    "pending": OUTCOMES[Outcome.UNKNOWN],
}

MEANINGS: Mapping[str, str] = {
    Outcome.ACCEPTED: "the platform created the lead",
    Outcome.REJECTED: "the platform refused it; retry sends it again",
    Outcome.INVALID: "it failed a check here and was not sent; retry looks at it again",
    Outcome.DUPLICATE: "the same lead was accepted before or stands earlier in the file; it was not sent",
    Outcome.FAILED: "it surely did not get through; retry sends it again",
    Outcome.UNKNOWN: "it was sent and no clear answer came: it may exist, so it is not sent again by itself",
    Outcome.UNSENT: "its turn did not come; retry sends it",
}
RESULT_MEANINGS = {
    "valid": "the platform's own checks passed the lead",
    "invalid": "the platform's own checks found it wrong; see upload_result_reason",
    "pending": "the platform's own checks are not done",
}


def next_steps(tally: ReportStatistics, about: ReportContext) -> list[tuple[str, str]]:
    """Return what to do next, each step with the command for it."""
    return [(what, about.flags.fill(command)) for what, command in _next_steps(tally, about)]


def _next_steps(tally: ReportStatistics, about: ReportContext) -> list[tuple[str, str]]:
    if not tally.runs:
        mapping = about.mapping or Path("MAP.yaml")
        upload = uploader_command(
            "upload", shell_quote(relative_to_cwd(about.file)), "--mapping", shell_quote(relative_to_cwd(mapping))
        )
        return [("This was a check: nothing was sent. Mend the invalid rows in the file itself, then:", upload)]
    steps = [
        (
            "Look on the platform for the rows that are unknown (filter upload_outcome), then say what you found:",
            f"{uploader_command('resolve', run, '--rows ROWS', '--accepted')}   (or --not-sent)",
        )
        for run, doubts in tally.doubts.most_common(RUNS)
        if doubts
    ]
    if about.stopped:
        steps += _after_a_stop(about)
    elif any(tally.outcomes[outcome] for outcome in Outcome if outcome.is_retried):
        what = "Mend the rows in the report, save, then send what did not get through:"
        steps.append((what, uploader_command("retry", shell_quote(relative_to_cwd(about.report)))))
    return steps or [("Nothing: every row is accepted, or a duplicate.", "")]


def _after_a_stop(about: ReportContext) -> list[tuple[str, str]]:
    next_step = about.next_step
    if next_step.command == "retry":
        what = f"{next_step.first[0].upper()}{next_step.first[1:]}, then send what did not get through:"
        return [(what, uploader_command("retry", shell_quote(relative_to_cwd(about.report)), *next_step.flags))]
    if next_step.command == "resume" and about.run:
        what = "When what stopped the run is mended or over, go on with it:"
        return [(what, uploader_command("resume", about.run.id))]
    return []
