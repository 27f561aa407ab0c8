"""How far a run has come, for the caller's `on_progress`."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

INTERVAL = 0.5  # seconds between two calls, at least


@dataclass(frozen=True)
class Progress:
    """How far a run has come. `print` shows it as `120 of 300: 118 accepted, 2 rejected`.

    Attributes:
        done: Number of leads that are done.
        total: How many there are; None with `stream=True`.
        counts: How many have each outcome, or each validation result while results are fetched.
    """

    done: int
    total: int | None
    counts: dict[str, int]

    def __str__(self) -> str:
        of = "" if self.total is None else f" of {self.total:,}"
        counts = ", ".join(f"{count:,} {word}" for word, count in self.counts.items())
        return f"{self.done:,}{of}: {counts or 'none yet'}"


class ProgressCounter:
    """Counts leads, and calls the caller's function at intervals.

    An error in that function must not leave leads half sent: it is noted, and the function is not called again.

    Args:
        on_progress: The caller's function, or None.
        note: Gets a message for the caller.
    """

    def __init__(self, on_progress: Callable[[Progress], object] | None, note: Callable[[str], None]) -> None:
        self._on_progress = on_progress
        self._note = note
        self._total: int | None = 0
        self._counts: Counter[str] = Counter()
        self._shown_at = 0.0

    def start(self, total: int | None) -> None:
        """Begin to count."""
        self._total, self._counts = total, Counter()
        self._show()

    def count(self, word: str) -> None:
        """Count one lead."""
        self._counts[word] += 1
        if self._on_progress and time.monotonic() - self._shown_at >= INTERVAL:
            self._show()

    def end(self) -> None:
        """Show the last state."""
        self._show()

    def _show(self) -> None:
        if self._on_progress is None:
            return
        self._shown_at = time.monotonic()
        try:
            self._on_progress(Progress(self._counts.total(), self._total, dict(self._counts)))
        except Exception as error:  # noqa: BLE001 - the caller's own function
            self._on_progress = None
            self._note(f"on_progress raised {error!r}, and was not called again")
