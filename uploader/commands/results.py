"""From "accepted" to "valid": asks what became of a report's leads, and writes the answers into it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from uploader.api.publisher import PublisherApi
from uploader.commands.connection import platform
from uploader.config.settings import Settings
from uploader.core.command_line import shell_quote, uploader_command
from uploader.core.errors import NextStep, StoppedError, TableError, UploaderError, UsageError
from uploader.core.model import MAX_ID, MAX_ROW, LeadResult, Outcome, Validity, parse_whole_number
from uploader.ledger import Ledger, open_ledger
from uploader.pipeline.cancellation import StopSignal, interruptible
from uploader.pipeline.events import Result
from uploader.pipeline.inputs import open_report_file
from uploader.pipeline.report_rows import context_of_run, exit_code, result_cells
from uploader.pipeline.result_poller import Asked, ask
from uploader.report import HEAD, TAIL, ReportContext, ReportStatistics, write_html_page, write_report
from uploader.report.destination import protect_input, update_path
from uploader.report.reader import PastReport

SETTLED = {Validity.VALID.value, Validity.INVALID.value}


@dataclass(frozen=True)
class ResultsSummary:
    """What is known of a report's leads now: outcomes and findings of all its rows, and in `tally` what they add up to.
    `nameless` are the numbers of accepted rows whose lead's id is lost, `said` of those of which somebody said it
    without an id: nobody can be asked about them. `beside` says why the report did not take the old one's place, and
    `notes` what is to be known of how that one was read."""

    run: str | None
    file: Path
    report: Path
    counts: dict[Outcome, int]
    results: dict[Validity, int]
    nameless: list[str]
    said: list[str]
    tally: ReportStatistics
    asked: int
    stopped: UploaderError | None
    exit_code: int
    beside: str = ""
    notes: tuple[str, ...] = ()


class Listener(Protocol):
    """Who watches: the command line, or a test."""

    trace: Callable[[str], None] | None

    def asking(
        self, leads: int, held: Callable[[], float]
    ) -> AbstractContextManager[Callable[[int, LeadResult], None]]:
        """So many leads are asked for now; what the context gives hears every answer. `held` tells, at any time, for
        how many seconds the quota lets nothing leave."""


@dataclass
class ResultsUpdate:
    """One report's loop, ready to be closed; `read` opens the report. `fixes` is YAML for the mapping, for the page,
    if one is wanted, and `next_step` how its run goes on, if it has just stopped."""

    read: Callable[[], PastReport]
    source: PastReport
    run: str | None
    ledger: Ledger
    settings: Settings
    fixes: Mapping[str, str] | None = None
    page: bool = True
    next_step: NextStep | None = None
    nameless: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    _heard: dict[int, LeadResult] = field(default_factory=dict)
    _ids: dict[str, dict[int, int]] = field(default_factory=dict)

    async def ask(self, api: PublisherApi, stop: StopSignal, listener: Listener) -> int:
        """Asks for every lead that is not settled, until it is or patience is over; how many were asked for.

        What is known is in the ledger at every moment, so that it can be stopped and run again.
        """
        leads = list(self._open_leads())
        with listener.asking(len(leads), api.limiter.wait_time) as told:

            def heard(lead_id: int, result: LeadResult) -> None:
                self._heard[lead_id] = result
                told(lead_id, result)

            if leads:
                with interruptible(stop, "What was found until then is in the report."):
                    await ask(leads, api, stop, self.settings, self.ledger, heard)
        return len(leads)

    def read_again(self) -> None:
        """Takes over what was saved into the report while the platform was asked. Raises StoppedError."""
        if not self.source.table.has_changed():
            return
        try:
            self.source = self.read()
        except TableError as error:
            again = uploader_command("results", shell_quote(self.source.table.path))
            hint = f"What was found is in the ledger: `{again}` writes it into the report."
            raise StoppedError(error.message, hint) from None

    def write(self, path: Path) -> tuple[Path, ReportStatistics, Counter[Outcome], Counter[Validity]]:
        """Writes the report with what is known; where it went, and what it adds up to. Raises UploaderError."""
        outcomes: Counter[Outcome] = Counter()
        findings: Counter[Validity] = Counter()
        rows = self._rows(outcomes, findings)
        tally = ReportStatistics()
        table = self.source.table
        run = self.ledger.runs.find(self.run) if self.run else None
        about = context_of_run(run, self.ledger, self.fixes, self.next_step) if run else ReportContext(table.path)
        about = replace(about, flags=self.settings.platform_flags)
        columns, is_escaped = self.source.columns, self.source.escaped  # cells stay as they were written
        path = write_report(path, columns, tally.counting(rows), table.delimiter, about, is_escaped=is_escaped)
        if run and self.page:
            with suppress(OSError):  # the page is for reading; without it nothing is missing
                write_html_page(tally, replace(about, report=path))
        return path, tally, outcomes, findings

    def _rows(self, outcomes: Counter[Outcome], findings: Counter[Validity]) -> Iterator[list[str]]:
        self.nameless.clear()
        self.said.clear()
        for ours, inputs in self._told():
            told = with_result(ours, self._known(ours))
            outcomes[_outcome(told)] += 1
            if _is_accepted(told) and _lead_id(told) is None:
                (self.said if self._is_said(told) else self.nameless).append(told["upload_row"])
            if told["upload_result"] in {*Validity}:
                findings[Validity(told["upload_result"])] += 1
            yield [*(told[name] for name in HEAD), *inputs, *(told[name] for name in TAIL)]

    def _is_said(self, ours: dict[str, str]) -> bool:
        """Whether somebody said that the row is accepted: no answer ever gave it an id."""
        row = parse_whole_number(ours["upload_row"], MAX_ROW) or 0
        return (ours["upload_run"].strip(), row) in self.source.decided

    def _open_leads(self) -> Iterator[Asked]:
        """The accepted leads whose result is not the last word."""
        for ours, inputs in self._told():
            _outcome(ours)
            lead_id, known = _lead_id(ours), self._known(ours)
            if lead_id is None or ours["upload_result"] in SETTLED or (known and known.is_settled):
                continue
            yield Asked(lead_id, self._publisher(ours["upload_run"].strip()), tuple(inputs))

    def _told(self) -> Iterator[tuple[dict[str, str], list[str]]]:
        """The report's rows. A spreadsheet program spoils ids (`1.8E+13`) and fills them down: the ledger's count."""
        for ours, inputs in self.source.told():
            known = self._lead_id_known(ours) if _is_accepted(ours) else None
            yield {**ours, "upload_lead_id": str(known)} if known else ours, inputs

    def _lead_id_known(self, ours: dict[str, str]) -> int | None:
        """What the ledger has; None where it knows of none."""
        run, row = ours["upload_run"].strip(), parse_whole_number(ours["upload_row"], MAX_ROW)
        if run not in self._ids:
            self._ids[run] = self.ledger.rows.lead_ids_by_row(run)
        return self._ids[run].get(row or 0)

    def _known(self, ours: dict[str, str]) -> LeadResult | None:
        """What was heard just now, else what the ledger has: that is without the lead's own words."""
        lead_id = _lead_id(ours)
        if lead_id is None:
            return None
        return self._heard.get(lead_id) or self.ledger.results.find(self.settings.scope, [lead_id]).get(lead_id)

    def _publisher(self, run: str) -> int:
        """Who sent the row. Raises UsageError when neither the ledger nor the settings say."""
        facts = self.ledger.runs.find(run)
        publisher = facts.publisher if facts else self.settings.publisher_id
        if publisher is None:
            raise UsageError(
                f"The ledger does not know run {run!r}.", "Set UPLOADER_PUBLISHER_ID to who sent its leads."
            )
        return publisher


async def close(
    closing: ResultsUpdate, report: Path | None, api: PublisherApi, stop: StopSignal, listener: Listener
) -> ResultsSummary:
    """Asks, and writes the report: in its own place unless `report` names another, or something there would be lost."""
    asked = await closing.ask(api, stop, listener)
    closing.read_again()
    table = closing.source.table
    wanted, beside = update_path(table, report)
    path, tally, outcomes, findings = closing.write(wanted)
    counts = {outcome: outcomes[outcome] for outcome in Outcome}
    is_open = findings[Validity.INVALID] or findings[Validity.PENDING] or closing.nameless
    code = exit_code(counts, stop.error) or int(bool(is_open))
    found = {finding: findings[finding] for finding in Validity}
    return ResultsSummary(
        closing.run,
        table.path,
        path,
        counts,
        found,
        closing.nameless,
        closing.said,
        tally,
        asked,
        stop.error,
        code,
        beside,
        table.notes,
    )


def with_result(ours: dict[str, str], known: LeadResult | None) -> dict[str, str]:
    """A row's own cells, with what is known of its lead."""
    if known is None or ours["upload_result"] in SETTLED:
        return ours
    finding, reason = result_cells(known)
    return {**ours, "upload_result": finding, "upload_result_reason": reason}


def _lead_id(ours: dict[str, str]) -> int | None:
    """The id of an accepted lead."""
    return parse_whole_number(ours["upload_lead_id"].strip().removesuffix(".0"), MAX_ID) if _is_accepted(ours) else None


def _is_accepted(ours: dict[str, str]) -> bool:
    return ours["upload_outcome"].strip().casefold() == Outcome.ACCEPTED


def _outcome(ours: dict[str, str]) -> Outcome:
    """Raises TableError for a word that is none."""
    try:
        return Outcome(ours["upload_outcome"].strip().casefold())
    except ValueError:
        raise TableError(
            f"upload_outcome {ours['upload_outcome']!r} (row {ours['upload_row']}) is not an outcome.",
            "Put back the word that the report had there: accepted, rejected, invalid, …",
        ) from None


async def results(
    file: Path,
    report: Path | None,
    settings: Settings,
    listener: Listener,
    upload: Result | None = None,
    *,
    page: bool = True,
    sheet: str | None = None,
    encoding: str | None = None,
) -> ResultsSummary:
    """Asks what became of a report's leads, and writes it into the report; of `upload` where that wrote it just now."""
    settings.endpoint("result")  # an API without it is told before anything is done
    with open_ledger(settings.home) as ledger:
        read = partial(open_report_file, file, frozenset(), ledger, settings, sheet, encoding)
        source, past = read()
        protect_input(report, file, *([Path(past.file), Path(past.mapping_path)] if past else []))
        update_path(source.table, report)
        stop = StopSignal()
        names = [f"family {past.family}"] if past else [f"{settings.scope} {source.table.sha256}"]
        with ledger.lock(names, file.name):
            async with platform(ledger, settings, stop, listener.trace) as api:
                run, fixes = past.id if past else None, upload.fixes if upload else None
                next_step = upload.stopped.next_step if upload and upload.stopped else None
                closing = ResultsUpdate(lambda: read()[0], source, run, ledger, settings, fixes, page, next_step)
                return await close(closing, report, api, stop, listener)
