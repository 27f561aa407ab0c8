"""The look at all rows before anything is sent: which go, which do not, and why."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from uploader.hints import NOT_AGAIN, duplicate_reason
from uploader.ledger import Ledger
from uploader.mapping.rows import Prepared, Preparer
from uploader.model import Earlier, Lead, Outcome, Problem, RowState
from uploader.source import Part, Source

Fields = tuple[tuple[str, str], ...]
Fingerprint = Callable[[Fields], bytes | None]


class Fate(IntEnum):
    """What is decided about a row before the first POST."""

    SEND = 0
    INVALID = 1
    DUPLICATE = 2
    SETTLED = 3
    LIMITED = 4
    DONE = 5


@dataclass
class Group:
    """Rows that have the same trouble; `rows` are the first few of them."""

    problem: Problem
    count: int = 0
    rows: list[int] = field(default_factory=list)


@dataclass
class Survey:
    """The fates of all rows in order, and what a person should know about them."""

    fates: bytearray = field(default_factory=bytearray)
    duplicates: dict[int, Earlier] = field(default_factory=dict)
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)

    def count(self, fate: Fate) -> int:
        """How many rows have this fate."""
        return self.fates.count(fate)

    def duplicate_state(self, row: int) -> RowState:
        """What a report says of a duplicate."""
        return RowState(Outcome.DUPLICATE, duplicate_reason(self.duplicates[row]), NOT_AGAIN)

    def duplicate_marks(self) -> Iterator[tuple[int, str, str]]:
        """(row, reason, hint) of every duplicate, for the ledger."""
        for row in self.duplicates:
            state = self.duplicate_state(row)
            yield row, state.reason, state.hint

    def troubles(self) -> list[Group]:
        """Groups of like problems, the most frequent first."""
        return sorted(self.groups.values(), key=lambda group: -group.count)


@dataclass
class Surveyor:
    """Decides about rows. `family` is the upload that a retry goes back to, `resumed` the run that is gone on with."""

    source: Source
    preparer: Preparer
    ledger: Ledger
    fingerprint: Fingerprint
    file: str
    family: str | None = None
    resumed: str | None = None
    allow_duplicates: bool = False
    include_unknown: bool = False
    limit: int | None = None

    def survey(self) -> Survey:
        """Reads, maps and checks every row once. Raises TableError for what can't be read."""
        survey = Survey()
        seen: dict[bytes, int] = {}
        for part, prepared in self.prepared():
            self._decide(part, prepared, survey, seen)
        return survey

    def prepared(self) -> Iterator[tuple[Part, Prepared]]:
        """The rows again, mapped, in order."""
        for part in self.source.parts():
            yield part, self.preparer.prepare(part.chunk)

    def leads(self, survey: Survey) -> Iterator[Lead]:
        """The leads to send, in order."""
        fates = iter(survey.fates)
        for _, prepared in self.prepared():
            for row, fields, fate in zip(prepared.rows, prepared.fields, fates, strict=False):
                if fate == Fate.SEND and fields is not None:
                    yield Lead(row, fields, self.fingerprint(fields))

    def _decide(self, part: Part, prepared: Prepared, survey: Survey, seen: dict[bytes, int]) -> None:
        prints = [None if fields is None else self.fingerprint(fields) for fields in prepared.fields]
        sent = self._sent_before(prepared.rows, prints)
        done = self._done(prepared.rows)
        for at, (row, fields, mark) in enumerate(zip(prepared.rows, prepared.fields, prints, strict=True)):
            if at in part.settled:
                fate = Fate.SETTLED
            elif row in done:
                fate = Fate.DONE
            elif fields is None:
                fate = Fate.INVALID
                _group(survey, row, prepared.problems[at])
            elif earlier := sent.get(at) or self._in_file(row, mark, seen):
                fate = Fate.DUPLICATE
                survey.duplicates[row] = earlier
            elif self.limit is not None and survey.count(Fate.SEND) >= self.limit:
                fate = Fate.LIMITED
            else:
                fate = Fate.SEND
                if mark is not None:
                    seen[mark] = row
            survey.fates.append(fate)
        survey.notes.update(note for notes in prepared.notes.values() for note in notes)

    def _done(self, rows: Sequence[int]) -> set[int]:
        """Rows that the run which is gone on with has brought to an end, or left in doubt."""
        if not self.resumed:
            return set()
        states = self.ledger.states(self.resumed, rows)
        return {row for row, state in states.items() if state.outcome not in {Outcome.FAILED, Outcome.UNSENT}}

    def _sent_before(self, rows: Sequence[int], prints: Sequence[bytes | None]) -> dict[int, Earlier]:
        """By position: the earlier attempt that forbids to send a row."""
        if self.allow_duplicates:
            return {}
        by_print = self.ledger.earlier([mark for mark in prints if mark is not None])
        by_row = self.ledger.earlier_in_family(self.family, rows) if self.family else {}
        found = {}
        for at, (row, mark) in enumerate(zip(rows, prints, strict=True)):
            candidates = [by_row.get(row), by_print.get(mark) if mark is not None else None]
            forbidding = [earlier for earlier in candidates if earlier and not self._is_wished(row, earlier)]
            if forbidding:
                found[at] = forbidding[0]
        return found

    def _is_wished(self, row: int, earlier: Earlier) -> bool:
        """`--include-unknown`: the row's own attempt in doubt does not stand in its way."""
        own = earlier.family == self.family and earlier.row == row
        return self.include_unknown and own and earlier.outcome is Outcome.UNKNOWN

    def _in_file(self, row: int, mark: bytes | None, seen: dict[bytes, int]) -> Earlier | None:
        """The earlier row of this file that is the same lead and is sent."""
        if mark is None or self.allow_duplicates or mark not in seen:
            return None
        return Earlier("", "", seen[mark], self.file, 0.0, Outcome.UNSENT, None)


def _group(survey: Survey, row: int, problems: Sequence[Problem]) -> None:
    for problem in problems:
        group = survey.groups.setdefault((problem.field, problem.message), Group(problem))
        group.count += 1
        if len(group.rows) < 5:
            group.rows.append(row)
