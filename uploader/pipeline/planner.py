"""Decides what will happen to each row: for all rows before sending, or part by part (--stream)."""

import itertools
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property

from uploader.core.model import EarlierAttempt, Lead, Outcome, RowState
from uploader.ledger import Ledger
from uploader.mapping.row_filter import RowFilter
from uploader.mapping.row_mapper import MappedRows, RowMapper
from uploader.mapping.unmatched_texts import SeenCells
from uploader.pipeline.block_mapper import LimitReachedError, MappedPart
from uploader.pipeline.concurrent_changes import ResendableAttempts
from uploader.pipeline.duplicate_index import DuplicateIndex
from uploader.pipeline.identity import LeadIdentity
from uploader.pipeline.plan import SENT_BY_THIS_RUN, Plan, PlannedRows, RowAction
from uploader.pipeline.problem_groups import ProblemGroups
from uploader.pipeline.report_matching import SentLeads
from uploader.pipeline.row_cache import RowCache
from uploader.pipeline.shared_work import SharedWork
from uploader.report.reader import Source
from uploader.spreadsheet.source import RowBatch


@dataclass
class Planner:
    """Decides what happens to each row.

    Attributes:
        source: The input.
        mapper: Maps and validates its rows.
        ledger: What was sent before.
        identity: How leads are identified; None if they are not looked for among earlier ones.
        file: The input's name, for messages.
        sent_leads: What the upload has sent that a retry or a resumed run goes back to.
        resumed: The run that is being resumed.
        started: The run that starts now. What it sends while the file is read was not sent before.
        allow_duplicates: Also send leads that were accepted before.
        resendable: The attempts with an unknown outcome whose leads are sent again.
        limit: Send up to this many leads.
        platform_started: When a sandbox was started: what was sent before is gone. None for the real platform.
        preview: Number of leads that the plan keeps, to show them.
        shared_work: Maps the rows with helper processes, where only the plan is wanted; None: they are mapped here.
    """

    source: Source
    mapper: RowMapper
    ledger: Ledger
    identity: LeadIdentity | None
    file: str
    sent_leads: SentLeads | None = None
    resumed: str | None = None
    started: str | None = None
    allow_duplicates: bool = False
    resendable: ResendableAttempts = field(default_factory=ResendableAttempts)
    limit: int | None = None
    platform_started: float | None = None
    preview: int = 0
    shared_work: SharedWork | None = None

    def plan(self, raise_if_stopped: Callable[[], None] | None = None) -> Plan:
        """Read, map and validate every row once. Raises TableError for what can't be read.

        Args:
            raise_if_stopped: Called after each part of the file.
        """
        with self.ledger.rows.checked_meanwhile():
            try:
                return self._plan(raise_if_stopped)
            except LimitReachedError:
                self.shared_work = None
                return self._plan(raise_if_stopped)

    def _plan(self, raise_if_stopped: Callable[[], None] | None) -> Plan:
        plan = Plan()
        with closing(self.plan_parts(plan)) as parts:
            for _ in parts:
                if raise_if_stopped:
                    raise_if_stopped()
        return plan

    def plan_parts(self, plan: Plan) -> Generator[PlannedRows]:
        """Read, map and validate every row once, part by part, and add each part to the plan.

        Raises:
            TableError: A part can't be read.
        """
        seen = SeenCells(self.mapper.row_filter or RowFilter(()))
        with DuplicateIndex() as index, closing(self._mapped_parts(plan)) as parts:
            for part, mapped, fingerprints in parts:
                seen.add(part.chunk)
                begin = len(plan.actions)
                self._decide(part, mapped, fingerprints, plan, index)
                planned = PlannedRows(part, mapped, fingerprints, bytes(plan.actions[begin:]))
                plan.declined.update(name for name, _ in self.declined(planned))
                if len(plan.preview) < self.preview:
                    plan.preview.extend(itertools.islice(planned.leads(), self.preview - len(plan.preview)))
                yield planned
        plan.doubts = tuple(seen.doubts())

    @cached_property
    def mapped(self) -> RowCache:
        """The mapped rows, in file order."""
        return RowCache(self.source, self.mapper)

    def leads(self, plan: Plan) -> Iterator[Lead | None]:
        """Yield the leads to send, in file order, and None after each part. Raises TableError."""
        begin = 0
        for part, mapped in self.mapped:
            actions = bytes(plan.actions[begin : begin + len(mapped.rows)])
            begin += len(actions)
            yield from PlannedRows(part, mapped, self._fingerprints_of(mapped), actions).leads()
            yield None

    def _mapped_parts(self, plan: Plan) -> Generator[MappedPart]:
        if self.shared_work:
            yield from self.shared_work.parts(lambda: len(plan.preview) < self.preview)
        else:
            for part, mapped in self.mapped:
                yield MappedPart(part, mapped, self._fingerprints_of(mapped))

    def _decide(
        self,
        part: RowBatch,
        mapped: MappedRows,
        fingerprints: Sequence[bytes | None],
        plan: Plan,
        index: DuplicateIndex,
    ) -> None:
        """Add the actions of a part's rows to the plan."""
        sent = self._sent_before(part, mapped, fingerprints)
        begin = len(plan.actions)
        plan.parts += 1
        plan.actions.extend(bytes(len(mapped.rows)))  # RowAction.SEND, unless something below decides otherwise
        plan.rows.extend(mapped.rows)
        done = self._done(mapped.rows)
        for at in sorted({*part.settled, *done, *mapped.skipped, *mapped.problems, *sent}):
            plan.actions[begin + at] = self._action(at, part, mapped, done, sent, plan)
        finds_repeats = self._finds_duplicates and not self.allow_duplicates
        first = self._repeats(fingerprints, begin, plan, index) if finds_repeats else {}
        self._decide_repeats(plan, begin, first)
        plan.replaced.update({mapped.rows[at]: earlier for at, earlier in part.replaced.items()})
        for at, why in part.unsent_changes.items():
            plan.unsent_changes.add(why, part.name(at))
        for at, notes in mapped.notes.items():
            for note in notes:
                plan.notes.add(note, mapped.rows[at])

    def declined(self, planned: PlannedRows) -> Iterator[tuple[str, int]]:
        """Yield each row to send with a "no": the boolean field, and the row's place. It may be a missing consent."""
        names = [plan.name for plan in self.mapper.plans if plan.is_boolean]
        for name, values in zip(names, planned.mapped.columns(names), strict=True):
            if "0" in values:
                answers = enumerate(zip(values, planned.actions, strict=True))
                yield from ((name, at) for at, (value, action) in answers if value == "0" and action == RowAction.SEND)

    def _repeats(
        self, fingerprints: Sequence[bytes | None], begin: int, plan: Plan, index: DuplicateIndex
    ) -> Mapping[int, int]:
        """Return the place of each row that repeats a lead of this run -> the place of that lead's first row."""
        actions = plan.actions[begin:]
        if not any(actions):  # as in most parts: every row is sent
            return index.add(fingerprints)
        pairs = zip(fingerprints, actions, strict=True)
        return index.add([fingerprint if action in SENT_BY_THIS_RUN else None for fingerprint, action in pairs])

    def _action(
        self,
        at: int,
        part: RowBatch,
        mapped: MappedRows,
        done: set[int],
        sent: Mapping[int, EarlierAttempt],
        plan: Plan,
    ) -> RowAction:
        """Return the action of a row that is not simply sent."""
        row = mapped.rows[at]
        if at in part.settled:
            plan.settled[Outcome(part.settled[at][1].strip().casefold())] += 1
            return RowAction.SETTLED
        if at in done:
            return RowAction.DONE
        if at in mapped.skipped and at not in sent:
            plan.skipped.add(mapped.skipped[at], part.name(at))
            return RowAction.SKIPPED
        if at in mapped.problems and at not in mapped.skipped:
            plan.problems.add(part.name(at), mapped.problems[at])
            return RowAction.INVALID
        plan.duplicates[row] = sent[at]
        return RowAction.UNKNOWN if sent[at].outcome is Outcome.UNKNOWN else RowAction.DUPLICATE

    def _decide_repeats(self, plan: Plan, begin: int, first: Mapping[int, int]) -> None:
        """From the place `begin` on: send the first row of each lead, up to the limit."""
        sent = plan.actions.count(RowAction.SEND, 0, begin) if self.limit is not None else 0
        places = range(begin, len(plan.actions)) if self.limit is not None else sorted(first)
        for place in places:
            if plan.actions[place] != RowAction.SEND:
                continue
            if place in first and plan.actions[first[place]] in SENT_BY_THIS_RUN:
                plan.actions[place] = RowAction.DUPLICATE
                plan.duplicates[plan.rows[place]] = self.earlier_row(plan.rows[first[place]])
            elif self.limit is not None and sent >= self.limit:
                plan.actions[place] = RowAction.LIMITED
            else:
                sent += 1

    def _fingerprints_of(self, mapped: MappedRows) -> list[bytes | None]:
        """Return the fingerprint of each row; None for a row with problems or without identifying values."""
        return self.identity.fingerprints(mapped) if self.identity else [None] * len(mapped.rows)

    @property
    def _finds_duplicates(self) -> bool:
        return self.identity is not None and self.identity.finds_duplicates

    def _done(self, rows: Sequence[int]) -> set[int]:
        """Return the positions of rows that the resumed run has finished, or whose outcome it left unknown."""
        if not self.resumed:
            return set()
        states = self.ledger.rows.states(self.resumed, rows)
        return {at for at, row in enumerate(rows) if row in states and _is_finished(states[row])}

    def _sent_before(
        self, part: RowBatch, mapped: MappedRows, fingerprints: Sequence[bytes | None]
    ) -> dict[int, EarlierAttempt]:
        """Return the earlier attempt that blocks sending a row, by position."""
        candidates = [self._same_rows(part, mapped), *self._same_leads(part, mapped, fingerprints)]
        found: dict[int, EarlierAttempt] = {}
        for earlier_attempts in filter(None, candidates):
            for at, earlier in enumerate(earlier_attempts):
                if earlier and at not in found and self._blocks_sending(earlier, is_skipped=at in mapped.skipped):
                    found[at] = earlier
        return found

    def _same_rows(self, part: RowBatch, mapped: MappedRows) -> list[EarlierAttempt | None]:
        """Return the earlier attempt in the same upload that blocks sending each row, unless it was another lead."""
        if self.sent_leads is None:
            return []
        by_row = self.ledger.rows.earlier_by_row(self.sent_leads.family, mapped.rows)
        sent = {at: by_row[row] for at, row in enumerate(mapped.rows) if row in by_row and at not in part.foreign}
        same = self.sent_leads.same_leads(part.chunk, mapped, sent) if sent else {}
        found: list[EarlierAttempt | None] = [None] * len(mapped.rows)
        for at, attempts in same.items():
            blocking = [one for one in attempts if self._blocks_sending(one, is_skipped=at in mapped.skipped)]
            found[at] = blocking[-1] if blocking else None
        return found

    def _same_leads(
        self, part: RowBatch, mapped: MappedRows, fingerprints: Sequence[bytes | None]
    ) -> Iterator[list[EarlierAttempt | None]]:
        """Yield, for each way in which leads are or were identified, the earlier attempt at each row's lead."""
        if self.identity is None or self.allow_duplicates:
            return
        own = [fingerprints] if self._finds_duplicates else []
        for marks in [*own, *self.identity.earlier_fingerprints(part.chunk, mapped)]:
            earlier = self.ledger.rows.earlier_by_fingerprint([mark for mark in marks if mark is not None])
            if earlier:
                leads = [None if mark is None else earlier.get(mark) for mark in marks]
                yield [None if at in mapped.skipped else one for at, one in enumerate(leads)]

    def _blocks_sending(self, earlier: EarlierAttempt, *, is_skipped: bool) -> bool:
        """Whether an earlier attempt keeps a row from being sent.

        An attempt of this run does not, nor with --include-unknown one with an unknown outcome, nor one that an earlier
        sandbox has received. A row that `where` leaves out is not sent again, so its outcome stays unknown.
        """
        if self.platform_started is not None and earlier.sent < self.platform_started:
            return False
        is_of_this_run = earlier.run in {self.started, None if self._finds_duplicates else self.resumed}
        if is_of_this_run:
            return False
        return is_skipped or earlier not in self.resendable

    def earlier_row(self, row: int) -> EarlierAttempt:
        """Return an earlier row of this file that is the same lead and is sent."""
        return EarlierAttempt("", "", row, self.file, 0.0, Outcome.UNSENT, None)


def _is_finished(state: RowState) -> bool:
    """Whether a resumed run leaves a row alone: it has an outcome, or was sent and its outcome is unknown.

    A row that was not sent because of an earlier run is looked at again: that run's outcome may be known by now.
    """
    was_sent = bool(state.attempts)
    return state.outcome not in {Outcome.FAILED, Outcome.UNSENT} and (was_sent or state.outcome is not Outcome.UNKNOWN)


def collect_quality_warnings(mapped_parts: RowCache, plan: Plan) -> ProblemGroups:
    """Group what the platform may object to in rows that are to be sent.

    Only for rows that are still in memory: a large file is not read twice for it. Its report has every warning.
    """
    found, actions = ProblemGroups(), iter(plan.actions)
    for _, mapped in mapped_parts if mapped_parts.are_kept else ():
        for at, action in zip(range(len(mapped.rows)), actions, strict=False):
            if action == RowAction.SEND and at in mapped.quality_warnings:
                found.add_messages(mapped.rows[at], mapped.quality_warnings[at])
    return found
