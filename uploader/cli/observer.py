"""A run on the terminal: what is about to happen, the question, the progress, and what is wrong with the rows."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from uploader.cli import prompts
from uploader.cli.console import Console
from uploader.cli.event_log import EventLog
from uploader.cli.preview import show_leads
from uploader.cli.stdio import is_interactive
from uploader.core.command_line import uploader_command
from uploader.core.messages import count_of

if TYPE_CHECKING:
    from uploader.config.ledger_place import LedgerPlace
    from uploader.core.message_groups import MessageGroup
    from uploader.core.model import RowState
    from uploader.core.validation_result import LeadResult
    from uploader.mapping.load import Mapping
    from uploader.pipeline.events import Summary
    from uploader.pipeline.plan import Plan
    from uploader.pipeline.prepare import PreparedRun
    from uploader.pipeline.problem_groups import ProblemGroups

MIN_SHOWN_WAIT = 2.0  # seconds; shorter waits for the rate limit are not shown

CANARY_LINES = 5  # about as many lines are shown while the validation results of a canary batch arrive

MAX_PROBLEMS, MAX_WARNINGS, MAX_SKIPPED = 12, 5, 5  # groups that are shown; the report has every row
MAX_NOTES, MAX_FIXES = 12, 8  # repaired values with -v; fields with YAML to paste
MAX_ROWS = 5  # row numbers shown for a group


class ConsoleObserver:
    """Shows a run on the terminal, and asks before anything is sent.

    Args:
        console: Where to print.
        log: The event log.
        scope: The name of the enterprise, as shown to the user.
        quiet: Show nothing but the question.
        verbose: Also show every request and every repaired value.
        is_confirmed: The user has confirmed sending with `--yes`.
    """

    def __init__(
        self, console: Console, log: EventLog, *, scope: str, quiet: bool, verbose: bool, is_confirmed: bool
    ) -> None:
        self._console = console
        self._log = log
        self._scope = scope
        self._quiet = quiet
        self._verbose = verbose
        self._is_confirmed = is_confirmed
        self._amended: tuple[str, ...] = ()
        self._mapping: Mapping | None = None
        self._is_sending = False
        self._shows_wait_until = 0.0
        self.trace = self._tracer()

    def new_ledger(self, place: "LedgerPlace") -> None:
        """Warn that no lead is recognized, where there is no user who knows that this is the first upload."""
        if not is_interactive():
            keep = "" if place.is_shared else "keep UPLOADER_HOME between runs, and "
            self.warn(
                f"The ledger in {place} is new: leads that were sent before are not recognized. In scheduled jobs, "
                f"{keep}add --require-ledger."
            )

    def warn(self, message: str) -> None:
        """Show a warning, also with --quiet."""
        self._log.add("warning", {"message": message})
        self._console.log_wrapped(f"Warning: {message}")

    def waiting(self, seconds: float) -> None:
        """Show that the command waits for the rate limit; while leads are sent, the progress shows it."""
        if self._quiet or self._is_sending or seconds < MIN_SHOWN_WAIT or time.monotonic() < self._shows_wait_until:
            return
        self._shows_wait_until = time.monotonic() + seconds
        until = time.strftime("%H:%M:%S", time.localtime(time.time() + seconds))
        self._console.log(f"Waiting for the rate limit until {until}.")

    def waiting_for_upload(self, leads: int, seconds: float) -> None:
        """Show that the run waits for another upload."""
        self._show_progress(
            f"Waiting up to {seconds:g} s for another upload, which is sending {count_of(leads, 'lead')} of this file."
        )

    def prepared(self, ready: "PreparedRun") -> None:
        """Show where the leads go, and notes about the file and the mapping."""
        self._mapping = ready.mapping
        ids, self._amended = ready.ids, ready.amended if ready.keeps_mapping else ()
        self._log.add("prepared", {"file": ready.table.path.name, "enterprise": self._scope, **vars(ids)})
        if self._quiet:
            return
        where = f"campaign {ids.campaign}, form {ids.form} ({ready.form.name}), link {ids.link}"
        self._console.log_wrapped(f"{ready.table.path.name} → {self._scope}: {where}, as publisher {ids.publisher}")
        for note in ready.notes:
            self._console.log_wrapped(f"  note: {note}")

    def confirm(self, summary: "Summary") -> str | None:
        """Show the plan, and ask whether to send.

        Returns:
            How the user confirmed; None if the answer is no.
        """
        self.planned(summary.plan, is_all=summary.to_send is not None)
        if summary.to_send != 0 and not self._quiet:
            from uploader.pipeline.wording import rate_limit_sentence

            self._console.log(rate_limit_sentence(summary.left, summary.seconds))
        if self._is_confirmed:
            return "--yes"
        if summary.to_send == 0:
            return "not asked: nothing to send"
        self._console.log_wrapped(
            "Only send leads you are legally allowed to share. You are responsible for having their consent."
        )
        what = "all valid leads" if summary.to_send is None else count_of(summary.to_send, "lead")
        return "confirmed on a terminal" if prompts.confirm(f"Send {what} to {self._scope}?") else None

    def planned(self, plan: "Plan", *, is_all: bool = True) -> None:
        """Show how many rows will be sent, and what is wrong with the others.

        Args:
            plan: The plan.
            is_all: All rows of the file are in the plan.
        """
        from uploader.pipeline.plan import RowAction

        self._log.add("planned", {action.name.lower(): plan.count(action) for action in RowAction})
        if self._quiet:
            return
        words = {
            RowAction.SEND: "to send",
            RowAction.INVALID: "invalid",
            RowAction.DUPLICATE: "duplicate",
            RowAction.SKIPPED: "skipped",
            RowAction.UNKNOWN: "unknown from an earlier run",
            RowAction.SETTLED: "already done",
            RowAction.LIMITED: "over --limit",
        }
        counts = [f"{plan.count(action):,} {word}" for action, word in words.items() if plan.count(action)]
        rows = count_of(len(plan.actions), "row")
        rows, later = (rows, "") if is_all else (f"The first {rows}", ". Later rows are checked when they are read.")
        self._console.log_wrapped(f"{rows}: {', '.join(counts)}{later}")
        self._show_groups(list(plan.problems), MAX_PROBLEMS)
        self._show_skipped(plan)
        self._show_duplicates(plan)
        for name, count in plan.declined.items():
            self._console.log_wrapped(f"  note: {count_of(count, 'row')} to send: {name} is no or empty")
        self._show_fixes(plan.problems)
        self._show_quality_warnings(list(plan.quality_warnings))
        if self._verbose:
            self._show_groups(list(plan.notes), MAX_NOTES)
        show_leads([(lead.row, dict(lead.fields)) for lead in plan.preview], self._console)

    def canaries_sent(self, canaries: int) -> "Callable[[int, LeadResult], None]":
        """Show that the run waits for the validation results of the canary batch."""
        self._show_progress(f"Sent a canary batch of {count_of(canaries, 'lead')}. Waiting for validation results.")
        counts: Counter[str] = Counter()

        def show_result(lead_id: int, result: "LeadResult") -> None:
            if result.is_settled:
                counts[result.validity.value] += 1
                if counts.total() % max(1, canaries // CANARY_LINES) == 0 or counts.total() == canaries:
                    self._show_progress(f"{', '.join(f'{n:,} {word}' for word, n in counts.items())} of {canaries:,}")

        return show_result

    @contextmanager
    def sending(self, summary: "Summary") -> "Iterator[Callable[[int, RowState], None]]":
        """Show a progress bar on a terminal, with counts by outcome and the expected end; else lines at times."""
        from uploader.cli.progress import SendProgress

        show_bar = sys.stderr.isatty() and not self._quiet
        self._is_sending = True
        with SendProgress(summary, show_bar=show_bar, log_line=self._show_progress) as progress:
            yield progress.count_outcome

    def _tracer(self) -> Callable[[str], None] | None:
        """Return what takes a line about every request; None if no one wants it."""
        if not self._verbose:
            return self._log.add_request if self._log.is_open else None

        def trace(line: str) -> None:
            self._console.log_above_bar(line)
            self._log.add_request(line)

        return trace

    def _show_progress(self, line: str) -> None:
        self._log.add("progress", {"progress": line})
        if not self._quiet:
            self._console.log_above_bar(line)

    def _show_groups(self, groups: "Sequence[MessageGroup]", max_groups: int) -> None:
        for group in groups[:max_groups]:
            hint = f"{'' if group.message.endswith('?') else '.'} {group.hint}" if group.hint else ""
            self._console.log_wrapped(f"  {group.count:,} × {group.message}{hint} (row {group.row_list})")
        if len(groups) > max_groups:
            rest = sum(group.count for group in groups[max_groups:])
            self._console.log_wrapped(f"  … and {rest:,} × something else. The report lists every row.")

    def _show_skipped(self, plan: "Plan") -> None:
        """Show why rows are left out by `where`."""
        groups = list(plan.skipped)
        for group in groups[:MAX_SKIPPED]:
            self._console.log_wrapped(f"  {group.count:,} × skipped: {group.message} (row {group.row_list})")
        if len(groups) > MAX_SKIPPED:
            self._console.log(f"  … and {sum(group.count for group in groups[MAX_SKIPPED:]):,} × something else.")

    def _show_duplicates(self, plan: "Plan") -> None:
        """Show which rows are duplicates of a row of this file, or of a lead that was sent before."""
        from uploader.core.messages import duplicate_kind

        kinds: dict[str, list[int]] = {}
        for row, earlier in plan.duplicates.items():
            kinds.setdefault(duplicate_kind(earlier), []).append(row)
        for kind, rows in kinds.items():
            why = plan.duplicate_state(rows[0]).reason if len(rows) == 1 else kind
            more = ", …" if len(rows) > MAX_ROWS else ""
            numbers = ", ".join(map(str, rows[:MAX_ROWS]))
            earlier = plan.duplicates[rows[0]]
            is_unknown = earlier.outcome.value == "unknown"
            self._console.log_wrapped(
                f"  {len(rows):,} × {'unknown' if is_unknown else 'duplicate'}: {why} (row {numbers}{more})"
            )
            if is_unknown:
                resume, resolve = uploader_command("resume", earlier.run), uploader_command("resolve", earlier.run)
                self._console.log_wrapped(f"  Run `{resume}` if it was interrupted, then `{resolve}`.")

    def _show_fixes(self, problems: "ProblemGroups") -> None:
        """Show YAML that fixes some of the problems."""
        if (fixes := problems.fixes()) and self._mapping:
            from uploader.mapping.fix_place import place_fixes

            retry = uploader_command("retry", "REPORT", *self._amended)
            then = f", then run `{retry}`" if self._amended else ""
            self._console.log(f"If these guesses are right, change the mapping{then}:")
            shown = dict(list(fixes.items())[:MAX_FIXES])
            for place, fix in place_fixes(self._mapping, shown).items():
                self._console.log_wrapped(place)
                for line in fix.splitlines():
                    self._console.log(line)
            if len(fixes) > MAX_FIXES:
                self._console.log(f"  … and {count_of(len(fixes) - MAX_FIXES, 'more field')}; the HTML report has all.")

    def _show_quality_warnings(self, groups: "Sequence[MessageGroup]") -> None:
        """Show what the platform's own checks may reject later, while it can still be fixed."""
        if groups:
            self._console.log_wrapped("The platform may accept these leads and find them invalid later:")
            self._show_groups(groups, MAX_WARNINGS)
