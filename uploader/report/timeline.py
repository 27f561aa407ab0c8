"""When leads were sent, and with which outcomes: counted while rows pass, and drawn as stacked columns."""

from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache

from uploader.core.model import Outcome

CHART = 720, 160  # width and height, in units of the drawing

# The order of the bar: what went well first, what needs a decision last.
ORDER = (
    Outcome.ACCEPTED,
    Outcome.DUPLICATE,
    Outcome.SKIPPED,
    Outcome.UNSENT,
    Outcome.FAILED,
    Outcome.INVALID,
    Outcome.REJECTED,
    Outcome.UNKNOWN,
)

BUCKETS = 60  # the most that a timeline has

WIDTHS = (1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400, 604_800)  # seconds


class Timeline:
    """Counts outcomes by the time of sending, in up to `BUCKETS` buckets of equal width.

    Attributes:
        width: Seconds of a bucket; it grows with the time that is covered.
    """

    def __init__(self) -> None:
        self.width = WIDTHS[0]
        self._counts: dict[int, Counter[str]] = {}

    def add(self, at: str, outcome: str) -> None:
        """Count a row by its `upload_sent_at`; a text that is not a time is left out."""
        second = _second(at)
        if second is None:
            return
        self._counts.setdefault(second // self.width, Counter())[outcome] += 1
        while self._span() > BUCKETS and self.width < WIDTHS[-1]:
            self._widen(WIDTHS[WIDTHS.index(self.width) + 1])

    def buckets(self) -> list[tuple[datetime, Counter[str]]]:
        """Return the start (UTC) and the counts of every bucket in order, empty ones included."""
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
    """Return the UNIX time of an ISO 8601 time; None if the text is not one."""
    try:
        return int(datetime.fromisoformat(at).timestamp())
    except ValueError:
        return None


def draw_chart(timeline: Timeline) -> dict[str, object] | None:
    """Return stacked columns over time; None if there are fewer than three."""
    buckets = timeline.buckets()
    if len(buckets) < 3:
        return None
    width, height = CHART
    highest = max(sum(counts.values()) for _, counts in buckets) or 1
    step = width / len(buckets)
    columns = []
    for number, (begin, counts) in enumerate(buckets):
        base = float(height)
        for word in ORDER:
            if counts[word]:
                tall = height * counts[word] / highest
                base -= tall
                title = f"{begin:%H:%M:%S}: {counts[word]:,} {word}"
                place = (round(number * step, 2), round(base, 2), round(step * 0.92, 2), round(tall, 2))
                columns.append((word, *place, title))
    first, last = buckets[0][0], buckets[-1][0]
    same_day = first.date() == last.date()
    form = "%H:%M:%S" if same_day else "%d %b %H:%M"
    return {
        "columns": columns,
        "width": width,
        "height": height,
        "highest": highest,
        "first": f"{first:{form}}",
        "last": f"{last:{form}} UTC",
        "every": _duration(timeline.width),
    }


def _duration(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 3600 else f"{seconds // 3600} h"
