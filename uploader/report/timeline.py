"""What came when, in buckets that grow wider as the run grows longer."""

from collections import Counter
from datetime import UTC, datetime
from functools import lru_cache

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
