"""`results`: what became of the accepted leads."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from uploader.cli import options as flag
from uploader.cli import output
from uploader.cli.session import run, settings_for
from uploader.core.command_line import uploader_command
from uploader.core.errors import UploaderError

if TYPE_CHECKING:
    from uploader.commands.results import ResultsSummary
    from uploader.core.model import LeadResult


def results(
    file: flag.Report,
    report: flag.ReportPath = None,
    sheet: flag.Sheet = None,
    encoding: flag.Encoding = None,
    as_json: flag.Json = False,
    sandbox: flag.InSandbox = False,
    profile: flag.Profile = None,
    ca_bundle: flag.CaBundle = None,
    quiet: flag.Quiet = False,
    verbose: flag.Verbose = False,
) -> None:
    """Ask the platform what became of the accepted leads, and write it into the report."""
    from uploader.commands.results import ResultsOptions
    from uploader.commands.results import results as fetch_results

    async def act() -> "ResultsSummary":
        async with settings_for(sandbox, profile, ca_bundle) as settings:
            observer = ResultsProgress(quiet=quiet, verbose=verbose)
            return await fetch_results(ResultsOptions(file, report, sheet, encoding), settings, observer)

    try:
        found = run(act())
    except UploaderError as error:
        if as_json:
            output.echo(json.dumps(output.error_json(error, file)))
        raise
    tell(found, as_json=as_json, quiet=quiet)
    raise typer.Exit(found.exit_code)


class ResultsProgress:
    """A progress bar on a terminal: leads that are settled, and what was found."""

    def __init__(self, *, quiet: bool, verbose: bool) -> None:
        self._quiet = quiet
        self.trace: Callable[[str], None] | None = output.trace if verbose else None

    @contextmanager
    def polling(self, leads: int, held: "Callable[[], float]") -> "Iterator[Callable[[int, LeadResult], None]]":
        """Shows the answers as they come."""
        from uploader.cli.progress import Answers

        show_it = sys.stderr.isatty() and not self._quiet
        with Answers(leads, held, show=show_it, say=self._progress) as answers:
            yield answers.heard

    def _progress(self, line: str) -> None:
        if not self._quiet:
            output.say(line)


def tell(found: "ResultsSummary", *, as_json: bool, quiet: bool) -> None:
    """What was found, where it stands, and what to do next."""
    from uploader.core.model import Validity

    if as_json:
        output.echo(json.dumps(findings_json(found)))
    if found.stopped:
        output.error(found.stopped)
    for note in found.notes if not quiet else ():
        output.say(f"note: {note}")
    if as_json:
        return
    if not quiet:
        known = [f"{count:,} {word}" for word, count in output.findings(found).items() if count]
        without = len(found.without_id) + len(found.resolved_without_id)
        known += [f"{without:,} without a lead id"] if without else []
        output.echo(" · ".join(known) or _nothing_known(found))
        output.reasons(found.statistics.result_reasons, *output.OPEN)
        _tell_without_id(found.without_id)
        _tell_said(found)
    output.echo(f"Report: {found.report}{f' ({found.beside})' if found.beside else ''}")
    if not quiet and found.results[Validity.PENDING]:
        output.echo(output.ask_again(found.report))


def _nothing_known(found: "ResultsSummary") -> str:
    from uploader.core.model import Outcome

    accepted = found.counts[Outcome.ACCEPTED]
    return f"No verdict on {output.leads(accepted)} yet." if accepted else "The report has no accepted leads."


def _tell_without_id(rows: "Sequence[str]") -> None:
    """Which rows can't be asked about, and why."""
    if rows:
        output.echo(f"Nobody can be asked about {_named(rows)}: upload_lead_id is lost there.")
        output.echo("Put back the ids that the report had, as text, or run it where the leads were sent from.")


def _tell_said(found: "ResultsSummary") -> None:
    """The same of rows that never had an id: nothing is lost there."""
    if found.resolved_without_id:
        resolve = uploader_command("resolve", found.run or "RUN", "--rows ROW", "--accepted", "--lead-id ID")
        rows = _named(found.resolved_without_id)
        output.echo(f"Cannot fetch results for {rows}: resolved as accepted without a lead id.")
        output.echo(f"Once you know the id:  {resolve}")


def _named(rows: "Sequence[str]") -> str:
    more = f" and {len(rows) - 5:,} more" if len(rows) > 5 else ""
    return f"row{'s'[: len(rows) > 1]} {', '.join(rows[:5])}{more}"


def findings_json(found: "ResultsSummary") -> dict[str, Any]:
    """The contract's object, and the findings."""
    counts = {outcome.value: count for outcome, count in found.counts.items()}
    stopped = found.stopped.message if found.stopped else None
    told = output.json_object(found.run, str(found.file), str(found.report), counts, stopped, found.exit_code)
    return {**told, "results": output.findings(found)}
