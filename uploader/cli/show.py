"""What a person reads: before sending, while sending, after it, and when something is wrong."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from uploader.cli.keyboard import confirmed
from uploader.cli.logfile import Log
from uploader.cli.pasting import quoted, same_place
from uploader.cli.streams import silence
from uploader.errors import UploaderError

if TYPE_CHECKING:
    from uploader.form import Form, Link
    from uploader.leadresult import LeadResult
    from uploader.model import Outcome
    from uploader.prepare import Ready
    from uploader.results import Findings
    from uploader.survey import Survey
    from uploader.troubles import Group, Troubles
    from uploader.watching import Result, Summary

OUTCOMES = ("accepted", "rejected", "invalid", "duplicate", "failed", "unknown", "unsent")

# About so many lines tell of canaries while their verdicts come.
CANARY_LINES = 5

# So many groups of like problems are shown; the report has every row.
GROUPS = 12


def say(text: str = "") -> None:
    """A line on stderr: progress, warnings, errors."""
    try:
        typer.echo(text, err=True)
    except OSError:  # nobody reads it, or its disk is full: no reason to leave leads half sent
        silence(sys.stderr)


def error(told: UploaderError) -> None:
    """An error in its own words: what happened, every fault, what to do."""
    say(told.message)
    for fault in told.faults:
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


def tracer(log: Log, *, verbose: bool) -> Callable[[str], None] | None:
    """Hears a line about every request, if somebody wants it."""
    if not verbose:
        return log.request if log.is_open else None

    def both(line: str) -> None:
        trace(line)
        log.request(line)

    return both


class Watcher:
    """Shows a run on the terminal, and asks before anything is sent if there is somebody to ask."""

    def __init__(self, *, quiet: bool, verbose: bool, ask: bool, yes: bool, scope: str, log: Log) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._ask = ask
        self._yes = yes
        self._scope = scope
        self._log = log
        self.trace = tracer(log, verbose=verbose)

    def prepared(self, ready: "Ready") -> None:
        """Where it goes, and what there is to know about file and mapping."""
        ids = ready.ids
        self._log.event("prepared", {"file": ready.table.path.name, "enterprise": self._scope, **vars(ids)})
        if self._quiet:
            return
        where = f"campaign {ids.campaign}, form {ids.form} ({ready.form.name}), link {ids.link}"
        say(f"{ready.table.path.name} → {self._scope}: {where}, as publisher {ids.publisher}")
        for note in ready.notes:
            say(f"  note: {note}")

    def surveyed(self, summary: "Summary") -> str | None:
        """The survey, and the question that the platform's own importer asks too."""
        self.checked(summary.survey, is_all=summary.to_send is not None)
        if summary.to_send != 0 and not self._quiet:
            say(_quota(summary))
        if not self._ask or summary.to_send == 0:
            return "--yes" if self._yes else "not asked: no terminal"
        say("Send only leads that may lawfully be passed on: their consent is yours to have.")
        leads = "all that are sound" if summary.to_send is None else _leads(summary.to_send)
        lawful = confirmed(f"It is lawful: send {leads} to {self._scope}?")
        return "confirmed on a terminal" if lawful else None

    def checked(self, survey: "Survey", *, is_all: bool = True) -> None:
        """How many rows go, and what is wrong with the others; `is_all`: no rows follow that were not looked at."""
        from uploader.survey import Fate

        self._log.event("surveyed", {fate.name.lower(): survey.count(fate) for fate in Fate})
        if self._quiet:
            return
        words = {
            Fate.SEND: "to send",
            Fate.INVALID: "invalid",
            Fate.DUPLICATE: "duplicate",
            Fate.SETTLED: "settled before",
            Fate.LIMITED: "left for later",
        }
        counts = [f"{survey.count(fate):,} {word}" for fate, word in words.items() if survey.count(fate)]
        rows = f"{len(survey.fates):,} rows" if is_all else f"The first {len(survey.fates):,} rows"
        later = "" if is_all else "; what follows is looked at when its turn comes"
        say(f"{rows}: {', '.join(counts)}{later}")
        _troubles(survey.troubles)
        if self._verbose:
            for note, count in survey.notes.most_common():
                say(f"  {count:,} × {note}")

    def judging(self, canaries: int) -> "Callable[[int, LeadResult], None]":
        """The run pauses until the platform has judged the first leads."""
        self._progress(f"{_leads(canaries)} went first; waiting for the platform's verdict on them.")
        found: Counter[str] = Counter()

        def heard(lead_id: int, result: "LeadResult") -> None:
            if result.is_settled:
                found[result.finding.value] += 1
                if found.total() % max(1, canaries // CANARY_LINES) == 0 or found.total() == canaries:
                    self._progress(f"{', '.join(f'{n:,} {word}' for word, n in found.items())} of {canaries:,}")

        return heard

    @contextmanager
    def sending(self, summary: "Summary") -> "Iterator[Callable[[Outcome], None]]":
        """A progress bar on a terminal, with counts per outcome and the expected end."""
        from uploader.cli.progress import Progress

        with Progress(summary, show=sys.stderr.isatty() and not self._quiet, say=self._progress) as progress:
            yield progress.done

    def _progress(self, line: str) -> None:
        """A line while leads are sent: above the bar, if there is one."""
        self._log.event("progress", {"progress": line})
        if not self._quiet:
            trace(line)


def result(
    told: "Result", found: "Findings | None", *, as_json: bool, quiet: bool, sandbox: bool, profile: str | None = None
) -> None:
    """What happened, where the report is, what was found about its leads, and what to do next."""
    if as_json:
        known = {"results": findings(found)} if found else {}
        typer.echo(json.dumps({**result_json(told), **known, "exit_code": exit_code(told, found)}))
    for trouble in (told.stopped, told.unwritten, found.stopped if found else None):
        if trouble:
            error(trouble)
    if as_json or (quiet and not told.report):
        return
    if not quiet:
        counts = [f"{count:,} {outcome}" for outcome, count in told.counts.items() if count]
        typer.echo(" · ".join(counts) if told.run else _checked(told))
        if found:
            typer.echo(f"Of the accepted: {' · '.join(f'{n:,} {word}' for word, n in findings(found).items() if n)}")
    if told.report:
        typer.echo(f"Report: {told.report}{_elsewhere(told)}")
    if told.page and not quiet:
        typer.echo(f"To read: {told.page}")
    if told.run and told.report and not quiet:
        _next(told, found, same_place(sandbox=sandbox, profile=profile))


def exit_code(told: "Result", found: "Findings | None") -> int:
    """Of a run whose results were waited for: what stopped it weighs more than what was found."""
    return found.exit_code if found and told.exit_code in {0, 1, 6} else told.exit_code


def findings(found: "Findings") -> dict[str, int]:
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
    stopped = "; ".join([told.message, *told.faults])
    return json_object(None, str(file), None, dict.fromkeys(OUTCOMES, 0), stopped, told.exit_code)


def forms(found: "Sequence[Form]") -> None:
    """Each form with its fields: * marks what is required."""
    for form in found:
        typer.echo(f"form {form.id}  {form.name}")
        for field in form.fields:
            marks = [word for word, holds in (("required", field.required), ("hidden", field.hidden)) if holds]
            typer.echo(f"  {field.name:<24} {', '.join(marks)}".rstrip())
        if any(field.required is None for field in form.fields):
            typer.echo("  (the platform does not say which of these are required)")


def links(found: "Sequence[Link]") -> None:
    """Each link with its channel and destination."""
    for link in found:
        details = [text for text in (link.channel, link.destination) if text]
        typer.echo(f"link {link.id}  {link.name}  {'  '.join(details)}".rstrip())


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
    from uploader.model import Outcome

    good = told.counts[Outcome.UNSENT]
    return f"Checked: {_leads(good)} would be sent; nothing was."


def _elsewhere(told: "Result") -> str:
    """Why the report is not where it was to be."""
    if told.asked is None or told.asked == told.report:
        return ""
    return f" ({told.asked.name} is open in another program, or protected)"


def _next(told: "Result", found: "Findings | None", flags: str) -> None:
    from uploader.decide import rows_text
    from uploader.model import Outcome

    for run, unknown in told.unknown_rows.items():
        rows = ",".join(rows_text(sorted(unknown)))
        typer.echo(
            f"Unknown: row {rows}. They may have been taken, so they are not sent again. Look for them on the platform,"
        )
        profile = flags.removeprefix(" --sandbox")
        typer.echo(f"then  uploader resolve {run} --rows {rows} --accepted{profile}  (or --not-sent)")
    if told.stopped:
        return  # why it stopped says what to do
    if told.counts[Outcome.REJECTED] or told.counts[Outcome.INVALID]:
        typer.echo(f"Next: mend the rows in the report, then  uploader retry {quoted(told.report)}{flags}")
    elif told.counts[Outcome.FAILED] or told.counts[Outcome.UNSENT]:
        typer.echo(f"Next: send what is left with  uploader retry {quoted(told.report)}{flags}")
    if told.counts[Outcome.ACCEPTED] and told.can_be_judged and not found and "--sandbox" not in flags:
        typer.echo(f"In a few minutes: which of them are valid?  uploader results {quoted(told.report)}{flags}")


def _troubles(troubles: "Troubles") -> None:
    """The groups, and the YAML that would mend some of them."""
    groups = troubles.groups()
    for group in groups[:GROUPS]:
        say(f"  {_trouble(group)}")
    if len(groups) > GROUPS:
        rest = sum(group.count for group in groups[GROUPS:])
        say(f"  … and {rest:,} × something else; the report has every row")
    if fixes := troubles.fixes():
        say("If that is what was meant, add to the mapping:")
        for name, fix in fixes.items():
            say(f"  {name}:\n    {fix}")


def _trouble(group: "Group") -> str:
    problem = group.problem
    place = f"{problem.field} (column {problem.column!r}): " if problem.column else f"{problem.field}: "
    rows = ", ".join(str(row) for row in group.rows) + (", …" if group.count > len(group.rows) else "")
    hint = f". {problem.hint}" if problem.hint else ""
    return f"{group.count:,} × {place if problem.field else ''}{problem.message}{hint} (row {rows})"


def _leads(count: int) -> str:
    return f"{count:,} lead{'' if count == 1 else 's'}"


def _quota(summary: "Summary") -> str:
    """How long it takes at least, and what the window has left."""
    left = (
        f"{summary.left[0]:,} of {summary.left[1]:,} requests are left in this window" if summary.left else "no limit"
    )
    return f"At least {_span(summary.seconds)} under the quota: {left}." if summary.seconds else f"Quota: {left}."


def _span(seconds: float) -> str:
    minutes = seconds / 60
    return f"{seconds:.0f} s" if minutes < 2 else f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
