"""The look at all rows before anything is sent: which go, which do not, and why."""

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from uploader.hints import NOT_AGAIN, duplicate_reason
from uploader.ledger import Fingerprint, Ledger
from uploader.mapping.rows import Prepared, Preparer
from uploader.model import Earlier, Lead, Outcome, RowState
from uploader.repeats import Repeats
from uploader.source import Part, Source
from uploader.troubles import Troubles

Fields = tuple[tuple[str, str], ...]


class Fate(IntEnum):
    """What is decided about a row before the first POST."""

    SEND = 0
    INVALID = 1
    DUPLICATE = 2
    SETTLED = 3
    LIMITED = 4
    DONE = 5


@dataclass
class Survey:
    """The fates of all rows in order, their numbers, and what a person should know about them."""

    fates: bytearray = field(default_factory=bytearray)
    rows: "array[int]" = field(default_factory=lambda: array("L"))
    duplicates: dict[int, Earlier] = field(default_factory=dict)
    troubles: Troubles = field(default_factory=Troubles)
    notes: Counter[str] = field(default_factory=Counter)
    settled: Counter[Outcome] = field(default_factory=Counter)

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


@dataclass
class Surveyor:
    """Decides about rows. `identity` are the fields that tell one lead from another, `fingerprint` makes 16 bytes of
    their values; `family` is the upload that a retry goes back to, `resumed` the run that is gone on with."""

    source: Source
    preparer: Preparer
    ledger: Ledger
    identity: Sequence[str]
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
        repeats = Repeats()
        for part, prepared in self.prepared():
            self._decide(part, prepared, survey, repeats)
        self._decide_repeats(survey, repeats.found())
        return survey

    def prepared(self) -> Iterator[tuple[Part, Prepared]]:
        """The rows again, mapped, in order."""
        for part in self.source.parts():
            yield part, self.preparer.prepare(part.chunk)

    def leads(self, survey: Survey) -> Iterator[Lead]:
        """The leads to send, in order."""
        fates = iter(survey.fates)
        for _, prepared in self.prepared():
            prints = self._prints(prepared)
            for at, fate in zip(range(len(prepared.rows)), fates, strict=False):
                if fate == Fate.SEND and (fields := prepared.fields(at)) is not None:
                    yield Lead(prepared.rows[at], fields, prints[at])

    def _decide(self, part: Part, prepared: Prepared, survey: Survey, repeats: Repeats) -> None:
        """The fates of a chunk's rows, as far as they do not hang on rows of the same file."""
        prints = self._prints(prepared)
        sent = self._sent_before(prepared.rows, prints)
        begin = len(survey.fates)
        survey.fates.extend(bytes(len(prepared.rows)))  # Fate.SEND, unless something below says otherwise
        survey.rows.extend(prepared.rows)
        done = self._done(prepared.rows)
        for at in sorted({*part.settled, *done, *prepared.problems, *sent}):
            survey.fates[begin + at] = self._fate(at, part, prepared, done, sent, survey)
        if not self.allow_duplicates:
            sending = [at for at, mark in enumerate(prints) if mark and survey.fates[begin + at] == Fate.SEND]
            repeats.add((begin + at for at in sending), filter(None, map(prints.__getitem__, sending)))
        survey.notes.update(note for notes in prepared.notes.values() for note in notes)

    def _fate(
        self, at: int, part: Part, prepared: Prepared, done: set[int], sent: Mapping[int, Earlier], survey: Survey
    ) -> Fate:
        """Of a row that is not simply sent."""
        row = prepared.rows[at]
        if at in part.settled:
            survey.settled[Outcome(part.settled[at][1].strip().casefold())] += 1
            return Fate.SETTLED
        if at in done:
            return Fate.DONE
        if at in prepared.problems:
            survey.troubles.add(row, prepared.problems[at])
            return Fate.INVALID
        survey.duplicates[row] = sent[at]
        return Fate.DUPLICATE

    def _decide_repeats(self, survey: Survey, first: Mapping[int, int]) -> None:
        """Of the rows of one lead the first is sent, as long as the limit lets it; `first` is by place in the file."""
        sent = 0
        hanging = range(len(survey.fates)) if self.limit is not None else sorted(first)
        for place in hanging:
            if survey.fates[place] != Fate.SEND:
                continue
            if place in first and survey.fates[first[place]] == Fate.SEND:
                survey.fates[place] = Fate.DUPLICATE
                survey.duplicates[survey.rows[place]] = self._in_file(survey.rows[first[place]])
            elif self.limit is not None and sent >= self.limit:
                survey.fates[place] = Fate.LIMITED
            else:
                sent += 1

    def _prints(self, prepared: Prepared) -> list[bytes | None]:
        """By position; None for what has problems, or nothing to tell it by."""
        if not self.identity:
            return [None] * len(prepared.rows)
        columns = prepared.columns(self.identity)
        prints = [self.fingerprint(values) if any(values) else None for values in zip(*columns, strict=True)]
        for at in prepared.problems:
            prints[at] = None
        return prints

    def _done(self, rows: Sequence[int]) -> set[int]:
        """Positions of rows that the run which is gone on with has brought to an end, or left in doubt."""
        if not self.resumed:
            return set()
        states = self.ledger.states(self.resumed, rows)
        open_ones = {Outcome.FAILED, Outcome.UNSENT}
        return {at for at, row in enumerate(rows) if row in states and states[row].outcome not in open_ones}

    def _sent_before(self, rows: Sequence[int], prints: Sequence[bytes | None]) -> dict[int, Earlier]:
        """By position: the earlier attempt that forbids to send a row."""
        marks = [] if self.allow_duplicates else [mark for mark in prints if mark is not None]
        by_print = self.ledger.earlier(marks)
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

    def _in_file(self, row: int) -> Earlier:
        """An earlier row of this file that is the same lead and is sent."""
        return Earlier("", "", row, self.file, 0.0, Outcome.UNSENT, None)
