"""What a person reads after a run, and when something is wrong."""

import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from uploader.cli.stdio import silence
from uploader.core.command_line import PlatformFlags, shell_quote, uploader_command
from uploader.core.errors import UploaderError
from uploader.core.model import Outcome
from uploader.core.row_numbers import row_ranges

if TYPE_CHECKING:
    from uploader.commands.results import ResultsSummary
    from uploader.core.form import Form, Link
    from uploader.core.message_groups import MessageGroups
    from uploader.pipeline.events import Result

# The outcomes and findings whose reasons are told: those of invalid rows are told before anything is sent.
TOLD = ("rejected", "failed", "unknown")
OPEN = ("invalid", "pending")

REASONS, ROWS = 3, 3  # so many of them, and of their rows
LONGEST = 200  # characters of one


_flags = [PlatformFlags()]


def set_flags(**given: Any) -> None:
    """Note a flag of this command."""
    _flags[0] = replace(_flags[0], **given) if given else PlatformFlags()


def filled(text: str) -> str:
    """Fill the flags of this command into the commands of a text."""
    return _flags[0].fill(text)


def echo(text: str = "") -> None:
    """Print a line on stdout."""
    typer.echo(_flags[0].fill(text))


def say(text: str = "") -> None:
    """A line on stderr: progress, warnings, errors."""
    try:
        typer.echo(_flags[0].fill(text), err=True)
    except OSError:  # nobody reads it, or its disk is full: no reason to leave leads half sent
        silence(sys.stderr)


def tell(text: str) -> None:
    """The same for words alone: on a terminal the line ends between two of them, and goes on below where it began.

    A line with a command on it is left to the terminal, so that it is copied as one.
    """
    if sys.stderr.isatty():
        import textwrap

        deep = " " * (len(text) - len(text.lstrip()) + 2)
        width = shutil.get_terminal_size().columns
        text = textwrap.fill(text, width, subsequent_indent=deep, break_long_words=False, break_on_hyphens=False)
    say(text)


def error(told: UploaderError) -> None:
    """An error in its own words: what happened, every fault, what to do."""
    say(told.message)
    for fault in told.problems:
        say(f"  {fault}")
    if told.hint:
        say(told.hint)


def trace(line: str) -> None:
    """A request, above the progress bar if there is one."""
    from tqdm import tqdm

    try:
        tqdm.write(line, file=sys.stderr)
    except OSError:
        silence(sys.stderr)


def result(told: "Result", found: "ResultsSummary | None", *, as_json: bool, quiet: bool) -> None:
    """What happened, where the report is, what was found about its leads, and what to do next."""
    _flags[0] = told.flags
    if as_json:
        known = {"results": findings(found)} if found else {}
        echo(json.dumps({**result_json(told), **known}))
    for trouble in (told.stopped, told.unwritten):
        if trouble:
            error(trouble)
    if as_json or (quiet and not told.report):
        return
    if not quiet:
        counts = [f"{count:,} {outcome}" for outcome, count in told.counts.items() if count]
        echo(" · ".join(counts) if told.run else _checked(told))
        reasons(told.statistics.reasons, *TOLD)
        if found and any(found.results.values()):
            known_of = [f"{count:,} {word}" for word, count in findings(found).items() if count]
            echo(f"Of the accepted: {' · '.join(known_of)}")
            reasons(found.statistics.result_reasons, *OPEN)
        elif told.stopped:  # by canaries, perhaps
            reasons(told.statistics.result_reasons, *OPEN)
    if told.report:
        echo(f"Report: {told.report}{_elsewhere(told)}")
    if told.page and not quiet:
        echo(f"To read: {told.page}")
    if told.run and told.report and not quiet:
        _next(told, found)


def reasons(counted: "MessageGroups", *words: str) -> None:
    """The commonest reasons of rows with one of these words, and the first rows."""
    groups = [group for group in counted if group.label in words and group.message]
    for group in groups[:REASONS]:
        rows = ", ".join(group.rows[:ROWS]) + (", …" if group.count > ROWS else "")
        echo(f"  {group.count:,} × {group.label}: {legible(group.message, LONGEST)} (row {rows})")
    if len(groups) > REASONS:
        rest = sum(group.count for group in groups[REASONS:])
        echo(f"  … and {rest:,} × something else; the report has every row")


def legible(text: str, longest: int = 10_000) -> str:
    """Without what would break the line or command the terminal: somebody else wrote it."""
    shown = "".join(char if char.isprintable() else "\ufffd" for char in text)
    return shown if len(shown) <= longest else f"{shown[:longest]}…"


def ask_again(report: object) -> str:
    """What helps where results are pending; a rehearsal's leads are gone."""
    if _flags[0].sandbox:
        return "A rehearsal's leads go with its sandbox, when the upload ends: its --wait-results asks in time."
    return f"Next: ask again later,  {uploader_command('results', shell_quote(report))}"


def findings(found: "ResultsSummary") -> dict[str, int]:
    """The findings by their words."""
    return {finding.value: count for finding, count in found.results.items()}


def result_json(told: "Result") -> dict[str, object]:
    """The contract's object."""
    return json_object(
        told.run,
        str(told.file),
        str(told.report) if told.report else None,
        {outcome.value: count for outcome, count in told.counts.items()},
        told.stopped.message if told.stopped else None,
        told.exit_code,
    )


def error_json(told: UploaderError, file: object) -> dict[str, object]:
    """The same object where nothing was sent."""
    stopped = "; ".join([told.message, *told.problems])
    return json_object(
        None, str(file), None, {outcome.value: 0 for outcome in Outcome}, _flags[0].fill(stopped), told.exit_code
    )


def forms(found: "Sequence[Form]") -> None:
    """Each form with its fields: * marks what is required."""
    for form in found:
        echo(f"form {form.id}  {form.name}")
        for field in form.fields:
            marks = [word for word, holds in (("required", field.required), ("hidden", field.hidden)) if holds]
            echo(f"  {field.name:<24} {', '.join(marks)}".rstrip())
        if any(field.required is None for field in form.fields):
            echo("  (the platform does not say which of these are required)")


def links(found: "Sequence[Link]") -> None:
    """Each link with its channel and destination."""
    for link in found:
        details = [text for text in (link.channel, link.destination) if text]
        echo(f"link {link.id}  {link.name}  {'  '.join(details)}".rstrip())


def json_object(
    run: str | None, file: str, report: str | None, counts: dict[str, int], stopped: str | None, code: int
) -> dict[str, object]:
    """The contract's object."""
    return {
        "schema": 1,
        "run": run,
        "file": file,
        "report": report,
        "counts": counts,
        "stopped": stopped,
        "exit_code": code,
    }


def _checked(told: "Result") -> str:
    from uploader.core.model import Outcome

    good = told.counts[Outcome.UNSENT]
    return f"Checked: {leads(good)} would be sent; nothing was."


def _elsewhere(told: "Result") -> str:
    """Why the report is not where it was to be."""
    if told.asked is None or told.asked == told.report:
        return ""
    if told.report and told.asked.suffix != told.report.suffix:
        return " (an xlsx can't hold cells so long, or so many)"
    return f" ({told.asked.name} is open in another program, or protected)"


def _next(told: "Result", found: "ResultsSummary | None") -> None:
    from uploader.core.model import Outcome, Validity

    for run, unknown in told.unknown_rows.items():
        rows = row_ranges(sorted(unknown))
        echo(
            f"Unknown: row {rows}. They may have been taken, so they are not sent again. Look for them on the platform,"
        )
        echo(f"then  {uploader_command('resolve', run, f'--rows {rows}', '--accepted')}  (or --not-sent)")
    if told.stopped:
        next_step = told.stopped.next_step
        if next_step.command == "retry":  # else why it stopped says what to do
            again = uploader_command("retry", shell_quote(told.report), *next_step.flags)
            echo(f"Next: {next_step.first}, then  {again}")
        return
    retry, results = (
        uploader_command("retry", shell_quote(told.report)),
        uploader_command("results", shell_quote(told.report)),
    )
    if told.counts[Outcome.REJECTED] or told.counts[Outcome.INVALID]:
        echo(f"Next: mend the rows in the report, then  {retry}")
        if told.fixes and told.amended:
            mended = uploader_command("retry", shell_quote(told.report), *told.amended)
            echo(f"Or add to the mapping what is said above, then  {mended}")
    elif told.counts[Outcome.FAILED] or told.counts[Outcome.UNSENT]:
        echo(f"Next: send what is left with  {retry}")
    if found and found.results[Validity.PENDING]:
        echo(ask_again(told.report))
    if told.counts[Outcome.ACCEPTED] and told.can_be_judged and not found and not told.flags.sandbox:
        echo(f"In a few minutes: which of them are valid?  {results}")


def leads(count: int) -> str:
    return f"{count:,} lead{'' if count == 1 else 's'}"
