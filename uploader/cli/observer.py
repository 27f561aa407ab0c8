"""What a person sees of a run: what is about to happen, the question, the bar, and what is wrong with the rows."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from uploader.cli.event_log import Log
from uploader.cli.output import leads, say, tell, trace
from uploader.cli.prompts import confirmed

if TYPE_CHECKING:
    from uploader.core.message_groups import MessageGroup
    from uploader.core.model import LeadResult, Outcome
    from uploader.pipeline.events import Summary
    from uploader.pipeline.plan import Plan
    from uploader.pipeline.prepare import PreparedRun
    from uploader.pipeline.problem_groups import ProblemGroups

# About so many lines tell of canaries while their verdicts come.
CANARY_LINES = 5

# So many groups of like problems are shown; the report has every row.
GROUPS, FORESEEN = 12, 5

# So many rows of a group are named.
NAMED = 5


def tracer(log: Log, *, verbose: bool) -> Callable[[str], None] | None:
    """Hears a line about every request, if somebody wants it."""
    if not verbose:
        return log.request if log.is_open else None

    def both(line: str) -> None:
        trace(line)
        log.request(line)

    return both


class ConsoleObserver:
    """Shows a run on the terminal, and asks before anything is sent if there is somebody to ask."""

    def __init__(self, *, quiet: bool, verbose: bool, ask: bool, yes: bool, scope: str, log: Log) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._ask = ask
        self._yes = yes
        self._scope = scope
        self._log = log
        self._amended: tuple[str, ...] = ()
        self.trace = tracer(log, verbose=verbose)

    def prepared(self, ready: "PreparedRun") -> None:
        """Where it goes, and what there is to know about file and mapping."""
        ids, self._amended = ready.ids, ready.amended if ready.keeps_mapping else ()
        self._log.event("prepared", {"file": ready.table.path.name, "enterprise": self._scope, **vars(ids)})
        if self._quiet:
            return
        where = f"campaign {ids.campaign}, form {ids.form} ({ready.form.name}), link {ids.link}"
        tell(f"{ready.table.path.name} → {self._scope}: {where}, as publisher {ids.publisher}")
        for note in ready.notes:
            tell(f"  note: {note}")

    def confirm(self, summary: "Summary") -> str | None:
        """The survey, and the question that the platform's own importer asks too."""
        self.planned(summary.plan, is_all=summary.to_send is not None)
        if summary.to_send != 0 and not self._quiet:
            say(_quota(summary))
        if not self._ask or summary.to_send == 0:
            return "--yes" if self._yes else "not asked: no terminal"
        tell("Send only leads that may lawfully be passed on: their consent is yours to have.")
        what = "all that are sound" if summary.to_send is None else leads(summary.to_send)
        lawful = confirmed(f"It is lawful: send {what} to {self._scope}?")
        return "confirmed on a terminal" if lawful else None

    def planned(self, plan: "Plan", *, is_all: bool = True) -> None:
        """How many rows go, and what is wrong with the others; `is_all`: no rows follow that were not looked at."""
        from uploader.pipeline.plan import RowAction

        self._log.event("surveyed", {fate.name.lower(): plan.count(fate) for fate in RowAction})
        if self._quiet:
            return
        words = {
            RowAction.SEND: "to send",
            RowAction.INVALID: "invalid",
            RowAction.DUPLICATE: "duplicate",
            RowAction.SETTLED: "settled before",
            RowAction.LIMITED: "left for later",
        }
        counts = [f"{plan.count(fate):,} {word}" for fate, word in words.items() if plan.count(fate)]
        rows = f"{len(plan.actions):,} row{'' if len(plan.actions) == 1 else 's'}"
        rows = rows if is_all else f"The first {rows}"
        later = "" if is_all else "; what follows is looked at when its turn comes"
        tell(f"{rows}: {', '.join(counts)}{later}")
        _troubles(plan.problems)
        _duplicates(plan)
        for name, count in plan.declined.items():
            tell(f"  note: {count:,} to send with a no, or nothing, for {name}")
        _fixes(plan.problems, self._amended)
        _foreseen(plan.quality_warnings)
        if self._verbose:
            for note, count in plan.notes.most_common():
                tell(f"  {count:,} × {note}")

    def canaries_sent(self, canaries: int) -> "Callable[[int, LeadResult], None]":
        """The run pauses until the platform has judged the first leads."""
        self._progress(f"{leads(canaries)} went first; waiting for the platform's verdict on them.")
        found: Counter[str] = Counter()

        def heard(lead_id: int, result: "LeadResult") -> None:
            if result.is_settled:
                found[result.validity.value] += 1
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


def _troubles(troubles: "ProblemGroups") -> None:
    """Like problems together."""
    groups = list(troubles)
    for group in groups[:GROUPS]:
        tell(f"  {_trouble(group)}")
    if len(groups) > GROUPS:
        rest = sum(group.count for group in groups[GROUPS:])
        tell(f"  … and {rest:,} × something else; the report has every row")


def _fixes(troubles: "ProblemGroups", amended: "Sequence[str]") -> None:
    """The YAML that would mend some of them; `amended` are the flags without which the mapping is not read again."""
    if fixes := troubles.fixes():
        then = f", which a retry heeds with `{' '.join(amended)}`" if amended else ""
        say(f"If that is what was meant, add to the mapping{then}:")
        for name, fix in fixes.items():
            say(f"  {name}:\n    {fix}")


def _duplicates(survey: "Plan") -> None:
    """Which rows are left out as duplicates: those of this file, and those of leads that were sent before."""
    from uploader.core.messages import duplicate_kind

    kinds: dict[str, list[int]] = {}
    for row, earlier in survey.duplicates.items():
        kinds.setdefault(duplicate_kind(earlier), []).append(row)
    for kind, rows in kinds.items():
        why = survey.duplicate_state(rows[0]).reason if len(rows) == 1 else kind
        tell(f"  {len(rows):,} × duplicate: {why} ({_rows(rows, len(rows))})")


def _foreseen(troubles: "ProblemGroups") -> None:
    """What the platform may find later; there is still time to mend it."""
    groups = list(troubles)
    if groups:
        tell("The platform's own checks may find this in leads that it accepts, and then they are not valid:")
    for group in groups[:FORESEEN]:
        tell(f"  {_trouble(group)}")
    if len(groups) > FORESEEN:
        say("  … and more of other kinds; the report has every row")


def _trouble(group: "MessageGroup") -> str:
    hint = f"{'' if group.message.endswith('?') else '.'} {group.hint}" if group.hint else ""
    return f"{group.count:,} × {group.message}{hint} (row {group.row_list})"


def _rows(rows: "Sequence[int | str]", count: int) -> str:
    """`row 2, 3, …`: the first few of so many."""
    return f"row {', '.join(map(str, rows[:NAMED]))}{', …' if count > min(len(rows), NAMED) else ''}"


def _quota(summary: "Summary") -> str:
    """How long it takes at least, and what the window has left."""
    left = (
        f"{summary.left[0]:,} of {summary.left[1]:,} requests are left in this window" if summary.left else "no limit"
    )
    return f"At least {_span(summary.seconds)} under the quota: {left}." if summary.seconds else f"Quota: {left}."


def _span(seconds: float) -> str:
    minutes = seconds / 60
    return f"{seconds:.0f} s" if minutes < 2 else f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
