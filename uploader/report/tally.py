"""What the rows of a report add up to."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from uploader.hints import masked
from uploader.leadresult import Finding
from uploader.model import Outcome
from uploader.report.columns import HEAD, TAIL
from uploader.report.timeline import Timeline

KEPT = 5_000  # groups that are counted; a reason that is new after that is one of the others
LONGEST = 500  # characters of a reason that are looked at
EXAMPLES = 5  # rows named for a group
SLOWEST = 8  # rows named for needing several tries

OTHERS = "other reasons"

# The results that have reasons.
OPEN_OR_WRONG = frozenset({Finding.INVALID.value, Finding.PENDING.value})

# Places of our columns, from a row's end.
ATTEMPTS, SENT_AT, RUN, RESULT, RESULT_REASON = (
    TAIL.index(f"upload_{name}") - len(TAIL) for name in ("attempts", "sent_at", "run", "result", "result_reason")
)

# What differs between like reasons: a quoted value (a column's name stays), a row, a lead, a time.
_VARIES = re.compile(
    r"""(?<!column )(?<!\w)(?P<quote>['"]).*?(?P=quote)(?!\w)"""
    r"|(?<=\brow )\d+|(?<=\blead )\d+|\d{4}-\d\d-\d\d \d\d:\d\d(?= UTC)"
)


@dataclass
class Group:
    """Rows of one outcome with like reasons: how many, the first ones, the reason as a person reads it."""

    outcome: str
    reason: str
    hint: str = ""
    count: int = 0
    rows: list[str] = field(default_factory=list)


class Reasons:
    """Counts like reasons, in memory that does not grow with the rows."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, str], Group] = {}

    def groups(self) -> list[Group]:
        """Like reasons, the most frequent first."""
        return sorted(self._groups.values(), key=lambda group: -group.count)

    def add(self, outcome: str, reason: str, hint: str, number: str) -> None:
        """One row more, by its number."""
        reason = reason[:LONGEST]
        key = outcome, _VARIES.sub("…", reason)
        if key not in self._groups and len(self._groups) >= KEPT:
            key, reason = (outcome, OTHERS), OTHERS
        group = self._groups.setdefault(key, Group(outcome, reason, hint))
        if group.reason != reason:
            group.reason = key[1]
        group.count += 1
        if len(group.rows) < EXAMPLES:
            group.rows.append(number)


class Tally:
    """Counts what rows say, in memory that does not grow with them. `reasons` are those of outcomes and of what the
    platform found, `findings` those of what is invalid or pending, without the leads' own words: for a terminal."""

    def __init__(self) -> None:
        self.reasons = Reasons()
        self.findings = Reasons()
        self.outcomes: Counter[str] = Counter()
        self.results: Counter[str] = Counter()
        self.runs: Counter[str] = Counter()
        self.doubts: Counter[str] = Counter()  # rows in doubt, by the run that sent them
        self.sent: tuple[str, str] | None = None  # the first and the last time
        self.timeline = Timeline()
        self.slow: list[tuple[str, int]] = []  # the rows that needed most tries, with their number

    def counting(self, rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
        """The same rows, counted on the way."""
        for row in rows:
            yield row
            self._count(row)

    def _count(self, row: Sequence[str]) -> None:
        number, outcome, reason, hint = row[:4]
        result = row[RESULT].strip().casefold()
        self.outcomes[outcome] += 1
        number = number or self._line()
        self.results[result] += 1
        if run := row[RUN]:
            self.runs[run] += 1
            self.doubts[run] += outcome == Outcome.UNKNOWN
        if at := row[SENT_AT]:
            first, last = self.sent or (at, at)
            self.sent = min(first, at), max(last, at)
            self.timeline.add(at, outcome)
        self._note_tries(number, row[ATTEMPTS])
        if reason:
            self.reasons.add(outcome, reason, hint, number)
        if result == Finding.INVALID:
            self.reasons.add(Finding.INVALID, f"found by the platform: {row[RESULT_REASON]}", "", number)
        elif result == Finding.PENDING and row[RESULT_REASON]:
            self.reasons.add(Finding.PENDING, row[RESULT_REASON], "", number)
        if result in OPEN_OR_WRONG:
            self.findings.add(result, masked(row[RESULT_REASON], row[len(HEAD) : -len(TAIL)]), "", number)

    def _line(self) -> str:
        """Where a row stands that was typed into a report and has no number; the header is line 1."""
        return f"{self.outcomes.total() + 1} of the report"

    def _note_tries(self, number: str, attempts: str) -> None:
        if attempts not in {"", "1"} and attempts.isdigit() and int(attempts) > 1:
            self.slow = sorted([*self.slow, (number, int(attempts))], key=lambda one: -one[1])[:SLOWEST]
