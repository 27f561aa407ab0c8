"""What the rows of a report add up to."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from uploader.core.message_groups import MessageGroups
from uploader.core.model import Outcome, Validity
from uploader.core.redaction import redact
from uploader.report.columns import HEAD, TAIL

SLOWEST = 8  # rows named for needing several tries

# The results that have reasons.
OPEN_OR_WRONG = frozenset({Validity.INVALID.value, Validity.PENDING.value})

# Places of our columns, from a row's end.
ATTEMPTS, SENT_AT, RUN, RESULT, RESULT_REASON = (
    TAIL.index(f"upload_{name}") - len(TAIL) for name in ("attempts", "sent_at", "run", "result", "result_reason")
)


class ReportStatistics:
    """Counts what rows say, in memory that does not grow with them. `reasons` are those of outcomes and of what the
    platform found, `findings` those of what is invalid or pending, without the leads' own words: for a terminal."""

    def __init__(self) -> None:
        self.reasons = MessageGroups()
        self.findings = MessageGroups()
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
            self.reasons.add(reason, number, label=outcome, hint=hint)
        if result == Validity.INVALID:
            self.reasons.add(f"found by the platform: {row[RESULT_REASON]}", number, label=Validity.INVALID)
        elif result == Validity.PENDING and row[RESULT_REASON]:
            self.reasons.add(row[RESULT_REASON], number, label=Validity.PENDING)
        if result in OPEN_OR_WRONG:
            self.findings.add(redact(row[RESULT_REASON], row[len(HEAD) : -len(TAIL)]), number, label=result)

    def _line(self) -> str:
        """Where a row stands that was typed into a report and has no number; the header is line 1."""
        return f"{self.outcomes.total() + 1} of the report"

    def _note_tries(self, number: str, attempts: str) -> None:
        if attempts not in {"", "1"} and attempts.isdigit() and int(attempts) > 1:
            self.slow = sorted([*self.slow, (number, int(attempts))], key=lambda one: -one[1])[:SLOWEST]


BUCKETS = 60  # on the page there is room for so many at most

WIDTHS = (1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400, 604_800)  # seconds


class Timeline:
    """Counts outcomes by the time of their last sending. Memory is that of `BUCKETS` buckets."""

    def __init__(self) -> None:
        self.width = WIDTHS[0]
        self._counts: dict[int, Counter[str]] = {}

    def add(self, at: str, outcome: str) -> None:
        """A row by its `upload_sent_at`; what is no time is left out."""
        second = _second(at)
        if second is None:
            return
        self._counts.setdefault(second // self.width, Counter())[outcome] += 1
        while self._span() > BUCKETS and self.width < WIDTHS[-1]:
            self._widen(WIDTHS[WIDTHS.index(self.width) + 1])

    def buckets(self) -> list[tuple[datetime, Counter[str]]]:
        """The begin of every bucket (UTC) and its counts, in order, empty ones too."""
        if not self._counts:
            return []
        numbers = range(min(self._counts), max(self._counts) + 1)
        return [(datetime.fromtimestamp(n * self.width, UTC), self._counts.get(n, Counter())) for n in numbers]

    def _span(self) -> int:
        return max(self._counts) - min(self._counts) + 1

    def _widen(self, width: int) -> None:
        wider: dict[int, Counter[str]] = {}
        for number, counts in self._counts.items():
            wider.setdefault(number * self.width // width, Counter()).update(counts)
        self.width, self._counts = width, wider


@lru_cache(maxsize=64)  # many leads are sent in one second
def _second(at: str) -> int | None:
    """UNIX time of an ISO 8601 one; None for what is no time."""
    try:
        return int(datetime.fromisoformat(at).timestamp())
    except ValueError:
        return None
