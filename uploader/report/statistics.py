"""Counts over the rows of a report: outcomes, results, reasons, times."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from uploader.core.message_groups import MessageGroups
from uploader.core.model import Outcome
from uploader.core.redaction import redact
from uploader.core.validation_result import Validity
from uploader.report.columns import HEAD, TAIL
from uploader.report.timeline import Timeline

MOST_ATTEMPTS = 8  # rows named because they needed several attempts

MAX_PERSON = 80  # characters of a name with its address
UNKNOWN_ROWS = 1_000  # row numbers kept of a run

# The validation results that have reasons.
RESULTS_WITH_REASONS = frozenset({Validity.INVALID.value, Validity.PENDING.value})

# The outcomes whose reasons may be the platform's own words.
OUTCOMES_WITH_MESSAGES = frozenset({Outcome.REJECTED.value, Outcome.FAILED.value, Outcome.UNKNOWN.value})

# Positions of our columns, counted from a row's end.
ATTEMPTS, SENT_AT, RUN, RESULT, RESULT_REASON = (
    TAIL.index(f"upload_{name}") - len(TAIL) for name in ("attempts", "sent_at", "run", "result", "result_reason")
)


class ReportStatistics:
    """Counts over rows, in memory that does not grow with their number.

    Attributes:
        reasons: Reasons of outcomes, labeled with the outcome.
        validation_reasons: Reasons of validation results, labeled with the result.
        result_reasons: The same without the lead's own values, fit for a terminal.
        outcomes: Rows by outcome.
        results: Rows by validation result.
        runs: Rows by run id.
        unknown: The numbers of up to `UNKNOWN_ROWS` rows whose outcome is unknown, by run id.
        sent: The first and the last time of sending (UTC, ISO 8601); None if nothing was sent.
        timeline: Outcomes over the time of sending.
        most_attempts: The rows that needed most attempts, as (row number, attempts).
        people: Name and e-mail address of rows that are unknown, or examples of a reason, by row number.
    """

    def __init__(self, name_places: Sequence[int] = ()) -> None:
        """Begin to count.

        Args:
            name_places: Positions of the input's columns that say whose lead a row is; empty to keep no names.
        """
        self._name_places = [len(HEAD) + place for place in name_places]
        self.people: dict[str, str] = {}
        self.reasons = MessageGroups()
        self.validation_reasons = MessageGroups()
        self.result_reasons = MessageGroups()
        self.outcomes: Counter[str] = Counter()
        self.results: Counter[str] = Counter()
        self.runs: Counter[str] = Counter()
        self.unknown: dict[str, list[int]] = {}
        self.sent: tuple[str, str] | None = None
        self.timeline = Timeline()
        self.most_attempts: list[tuple[str, int]] = []

    def counting(self, rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
        """Yield the same rows, and count each."""
        for row in rows:
            yield row
            self._count(row)

    def _count(self, row: Sequence[str]) -> None:
        self.outcomes[row[1]] += 1
        number = row[0] or self._place()
        if run := row[RUN]:
            self.runs[run] += 1
            if row[1] == Outcome.UNKNOWN:
                self._note_unknown(run, row)
        if at := row[SENT_AT]:
            first, last = self.sent or (at, at)
            self.sent = min(first, at), max(last, at)
            self.timeline.add(at, row[1])
        self._count_attempts(number, row[ATTEMPTS])
        self._count_reasons(number, row)

    def _count_reasons(self, number: str, row: Sequence[str]) -> None:
        _, outcome, reason, hint = row[: len(HEAD)]
        result, result_reason = row[RESULT].strip().casefold(), row[RESULT_REASON]
        self.results[result] += 1
        values = row[len(HEAD) : -len(TAIL)]
        if reason:
            # The platform's own words may quote the lead; without its values the same reasons are counted together.
            shown = redact(reason, values) if outcome in OUTCOMES_WITH_MESSAGES else reason
            if self.reasons.add(shown, number, label=outcome, hint=hint):
                self._note_person(number, row)
        if result in RESULTS_WITH_REASONS:
            if result_reason and self.validation_reasons.add(result_reason, number, label=result):
                self._note_person(number, row)
            self.result_reasons.add(redact(result_reason, values), number, label=result)

    def _note_person(self, number: str, row: Sequence[str]) -> None:
        if person := " ".join(" ".join(row[place] for place in self._name_places).split()):
            self.people[number] = person[:MAX_PERSON]

    def _note_unknown(self, run: str, row: Sequence[str]) -> None:
        rows, number = self.unknown.setdefault(run, []), row[0]
        if len(rows) < UNKNOWN_ROWS and number.isascii() and number.isdigit():
            rows.append(int(number))
            self._note_person(number, row)

    def _place(self) -> str:
        """Name the row just counted, which was added to a report and has no number; the header is line 1."""
        return f"{self.outcomes.total() + 1} of the report"

    def _count_attempts(self, number: str, attempts: str) -> None:
        if attempts not in {"", "1"} and attempts.isdigit() and int(attempts) > 1:
            rows = [*self.most_attempts, (number, int(attempts))]
            self.most_attempts = sorted(rows, key=lambda one: -one[1])[:MOST_ATTEMPTS]
