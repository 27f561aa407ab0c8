"""The look at all rows: which go, which do not, and why. Before anything is sent, or just before each row's turn."""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

from uploader.core.messages import DUPLICATE_HINT, duplicate_reason
from uploader.core.model import EarlierAttempt, Lead, Outcome, RowState
from uploader.ledger import Fingerprints, Ledger
from uploader.mapping.row_mapper import MappedRows, RowMapper
from uploader.pipeline.duplicate_index import DuplicateIndex
from uploader.pipeline.problem_groups import ProblemGroups
from uploader.pipeline.row_cache import RowCache
from uploader.report.reader import Source
from uploader.spreadsheet.source import RowBatch


class RowAction(IntEnum):
    """What is decided about a row before the first POST."""

    SEND = 0
    INVALID = 1
    DUPLICATE = 2
    SETTLED = 3
    LIMITED = 4
    DONE = 5


# Of rows whose lead goes, or has gone, with this run: another row may repeat it.
GOING = frozenset({RowAction.SEND, RowAction.DONE})


@dataclass
class Plan:
    """The fates of the rows that were looked at, in order, their numbers, and what a person should know about them.

    `parts` counts the parts of the source that they came in, `declined` by yes-or-no field the rows to send with a no;
    `foreseen` is what the platform's own checks may find in rows to send.
    """

    parts: int = 0
    fates: bytearray = field(default_factory=bytearray)
    rows: "array[int]" = field(default_factory=lambda: array("I"))
    duplicates: dict[int, EarlierAttempt] = field(default_factory=dict)
    troubles: ProblemGroups = field(default_factory=ProblemGroups)
    notes: Counter[str] = field(default_factory=Counter)
    settled: Counter[Outcome] = field(default_factory=Counter)
    declined: Counter[str] = field(default_factory=Counter)
    foreseen: ProblemGroups = field(default_factory=ProblemGroups)

    def count(self, fate: RowAction) -> int:
        """How many rows have this fate."""
        return self.fates.count(fate)

    def duplicate_state(self, row: int) -> RowState:
        """What a report says of a duplicate."""
        return RowState(Outcome.DUPLICATE, duplicate_reason(self.duplicates[row]), DUPLICATE_HINT)

    def duplicate_marks(self, rows: Iterable[int]) -> Iterator[tuple[int, str, str]]:
        """(row, reason, hint) of duplicates, for the ledger."""
        for row in rows:
            state = self.duplicate_state(row)
            yield row, state.reason, state.hint


class PlannedRows(NamedTuple):
    """Some rows, mapped, what tells their leads, and their fates."""

    prepared: MappedRows
    prints: Sequence[bytes | None]
    fates: bytes

    def leads(self) -> Iterator[Lead]:
        """Those to send."""
        for at, fate in enumerate(self.fates):
            if fate == RowAction.SEND and (fields := self.prepared.fields(at)) is not None:
                yield Lead(self.prepared.rows[at], fields, self.prints[at])


@dataclass
class Planner:
    """Decides about rows. `identity` are the fields that tell one lead from another, `fingerprints` makes 16 bytes of
    their values; `family` is the upload that a retry goes back to, `resumed` the run that is gone on with, `begun` the
    one that begins now: what it sends itself while the file is read is nothing that was sent before."""

    source: Source
    preparer: RowMapper
    ledger: Ledger
    identity: Sequence[str]
    fingerprints: Fingerprints
    file: str
    family: str | None = None
    resumed: str | None = None
    begun: str | None = None
    allow_duplicates: bool = False
    include_unknown: bool = False
    limit: int | None = None

    def survey(self) -> Plan:
        """Reads, maps and checks every row once. Raises TableError for what can't be read."""
        survey = Plan()
        for _ in self.decided(survey):
            pass
        return survey

    def decided(self, survey: Plan) -> Iterator[PlannedRows]:
        """Reads, maps and checks every row once, part by part, and puts what it finds into the survey.

        Raises TableError for what can't be read.
        """
        with DuplicateIndex() as repeats:
            for part, prepared in self.mapped:
                begin = len(survey.fates)
                prints = self._decide(part, prepared, survey, repeats)
                decided = PlannedRows(prepared, prints, bytes(survey.fates[begin:]))
                survey.declined.update(self._declined(decided))
                yield decided

    @cached_property
    def mapped(self) -> RowCache:
        """The rows, mapped, in order."""
        return RowCache(self.source, self.preparer)

    def leads(self, survey: Plan) -> Iterator[Lead | None]:
        """The leads to send, in order, and None after each part of the file. Raises TableError."""
        begin = 0
        for _, prepared in self.mapped:
            fates = bytes(survey.fates[begin : begin + len(prepared.rows)])
            begin += len(fates)
            yield from PlannedRows(prepared, self._prints(prepared), fates).leads()
            yield None

    def _decide(
        self, part: RowBatch, prepared: MappedRows, survey: Plan, repeats: DuplicateIndex
    ) -> Sequence[bytes | None]:
        """The fates of a part's rows; what tells their leads."""
        prints = self._prints(prepared)
        sent = self._sent_before(prepared.rows, prints)
        begin = len(survey.fates)
        survey.parts += 1
        survey.fates.extend(bytes(len(prepared.rows)))  # RowAction.SEND, unless something below says otherwise
        survey.rows.extend(prepared.rows)
        done = self._done(prepared.rows)
        for at in sorted({*part.settled, *done, *prepared.problems, *sent}):
            survey.fates[begin + at] = self._fate(at, part, prepared, done, sent, survey)
        first = {} if self.allow_duplicates else self._repeats(prints, begin, survey, repeats)
        self._decide_repeats(survey, begin, first)
        survey.notes.update(note for notes in prepared.notes.values() for note in notes)
        return prints

    def _declined(self, decided: PlannedRows) -> Iterator[str]:
        """The yes-or-no fields of rows to send that say no there: somebody's consent, perhaps."""
        asked = [plan.name for plan in self.preparer.plans if "boolean" in plan.transform_names]
        for name, values in zip(asked, decided.prepared.columns(asked), strict=True):
            if "0" in values:
                answers = zip(values, decided.fates, strict=True)
                yield from (name for value, fate in answers if value == "0" and fate == RowAction.SEND)

    def _repeats(
        self, prints: Sequence[bytes | None], begin: int, survey: Plan, repeats: DuplicateIndex
    ) -> Mapping[int, int]:
        """Place of a row whose lead goes, or has gone, with this run -> place of the first one with the same lead, if
        that is another."""
        fates = survey.fates[begin:]
        if not any(fates):  # as in most parts: all go
            return repeats.add(prints)
        return repeats.add([mark if fate in GOING else None for mark, fate in zip(prints, fates, strict=True)])

    def _fate(
        self,
        at: int,
        part: RowBatch,
        prepared: MappedRows,
        done: set[int],
        sent: Mapping[int, EarlierAttempt],
        survey: Plan,
    ) -> RowAction:
        """Of a row that is not simply sent."""
        row = prepared.rows[at]
        if at in part.settled:
            survey.settled[Outcome(part.settled[at][1].strip().casefold())] += 1
            return RowAction.SETTLED
        if at in done:
            return RowAction.DONE
        if at in prepared.problems:
            survey.troubles.add(part.name(at), prepared.problems[at])
            return RowAction.INVALID
        survey.duplicates[row] = sent[at]
        return RowAction.DUPLICATE

    def _decide_repeats(self, survey: Plan, begin: int, first: Mapping[int, int]) -> None:
        """Of the rows of one lead the first is sent, as long as the limit lets it; from the place `begin` on."""
        sent = survey.fates.count(RowAction.SEND, 0, begin) if self.limit is not None else 0
        hanging = range(begin, len(survey.fates)) if self.limit is not None else sorted(first)
        for place in hanging:
            if survey.fates[place] != RowAction.SEND:
                continue
            if place in first and survey.fates[first[place]] in GOING:
                survey.fates[place] = RowAction.DUPLICATE
                survey.duplicates[survey.rows[place]] = self._in_file(survey.rows[first[place]])
            elif self.limit is not None and sent >= self.limit:
                survey.fates[place] = RowAction.LIMITED
            else:
                sent += 1

    def _prints(self, prepared: MappedRows) -> list[bytes | None]:
        """By position; None for what has problems, or nothing to tell it by."""
        if not self.identity:
            return [None] * len(prepared.rows)
        prints = self.fingerprints(prepared.columns(self.identity))
        for at in prepared.problems:
            prints[at] = None
        return prints

    def _done(self, rows: Sequence[int]) -> set[int]:
        """Positions of rows that the run which is gone on with has brought to an end, or left in doubt."""
        if not self.resumed:
            return set()
        states = self.ledger.rows.states(self.resumed, rows)
        open_ones = {Outcome.FAILED, Outcome.UNSENT}
        return {at for at, row in enumerate(rows) if row in states and states[row].outcome not in open_ones}

    def _sent_before(self, rows: Sequence[int], prints: Sequence[bytes | None]) -> dict[int, EarlierAttempt]:
        """By position: the earlier attempt that forbids to send a row."""
        marks = [] if self.allow_duplicates else [mark for mark in prints if mark is not None]
        by_print = self.ledger.rows.earlier_by_fingerprint(marks)
        by_row = self.ledger.rows.earlier_by_row(self.family, rows) if self.family else {}
        found: dict[int, EarlierAttempt] = {}
        if not by_print and not by_row:
            return found
        for at, (row, mark) in enumerate(zip(rows, prints, strict=True)):
            candidates = [by_row.get(row), by_print.get(mark) if mark is not None else None]
            forbidding = [earlier for earlier in candidates if earlier and not self._is_no_hindrance(row, earlier)]
            if forbidding:
                found[at] = forbidding[0]
        return found

    def _is_no_hindrance(self, row: int, earlier: EarlierAttempt) -> bool:
        """What is under way now; and with `--include-unknown` the row's own attempt in doubt."""
        if earlier.run == self.begun:
            return True
        own = earlier.family == self.family and earlier.row == row
        return self.include_unknown and own and earlier.outcome is Outcome.UNKNOWN

    def _in_file(self, row: int) -> EarlierAttempt:
        """An earlier row of this file that is the same lead and is sent."""
        return EarlierAttempt("", "", row, self.file, 0.0, Outcome.UNSENT, None)


def collect_quality_warnings(mapped: RowCache, survey: Plan) -> ProblemGroups:
    """Like warnings together, of the rows that are to be sent.

    Only where the rows are at hand still: a large file is not looked at twice for it. Its report has every warning.
    """
    found, fates = ProblemGroups(), iter(survey.fates)
    for _, prepared in mapped if mapped.are_kept else ():
        for at, fate in zip(range(len(prepared.rows)), fates, strict=False):
            if fate == RowAction.SEND and at in prepared.foreseen:
                found.add_messages(prepared.rows[at], prepared.foreseen[at])
    return found
