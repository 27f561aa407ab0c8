"""Progress of a command: a bar on a terminal, else a line at times, with counts and the expected end."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tqdm import tqdm

from uploader.cli.observer import MIN_SHOWN_WAIT
from uploader.core.model import RowState
from uploader.core.validation_result import LeadResult
from uploader.pipeline.events import Summary

LINE_INTERVAL = 30.0  # seconds between lines where there is no terminal, also while nothing happens

# Seconds. Drawing the bar for every lead would cost more than sending it; while nothing happens, its clock still runs.
BAR_INTERVAL, IDLE_BAR_INTERVAL = 0.1, 1.0

BAR_FORMAT = "{percentage:3.0f}%|{bar:24}| {n_fmt}/{total_fmt} [{elapsed}] {desc}"
BAR_FORMAT_WITHOUT_TOTAL = "{n_fmt} sent [{elapsed}] {desc}"


class Heartbeat:
    """Calls a function at intervals while the event loop runs, even if nothing else happens.

    Args:
        show: The function.
        interval: Seconds between two calls, at least.
    """

    def __init__(self, show: Callable[[], None], interval: float) -> None:
        self._show = show
        self._interval = interval
        self._shown_at = time.monotonic()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start the calls, within a running loop."""
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(self._interval, IDLE_BAR_INTERVAL), self._beat)

    def stop(self) -> None:
        """Stop the calls."""
        if self._timer:
            self._timer.cancel()

    def show_if_due(self) -> None:
        """Call the function if the interval has passed."""
        if time.monotonic() - self._shown_at >= self._interval:
            self._shown_at = time.monotonic()
            self._show()

    def _beat(self) -> None:
        self.show_if_due()
        self.start()


class Progress:
    """Counts by kind, as a bar on a terminal or as lines. Use as a context manager.

    Args:
        total: How many there are; None if that is not known.
        waiting: Returns the seconds until the rate limit lets the next request leave.
        show_bar: Show a bar.
        log_line: Takes a line, if there is no bar.
    """

    nothing_yet = "none yet"

    def __init__(
        self, total: int | None, waiting: Callable[[], float], *, show_bar: bool, log_line: Callable[[str], None]
    ) -> None:
        self._total = total
        self._waiting = waiting
        self._log_line = log_line
        self._counts: Counter[str] = Counter()
        self._heartbeat = Heartbeat(self._redraw, BAR_INTERVAL) if show_bar else Heartbeat(self._log, LINE_INTERVAL)
        bar_format = BAR_FORMAT_WITHOUT_TOTAL if total is None else BAR_FORMAT
        is_shown = show_bar and total != 0
        self._bar = tqdm(total=total, unit="lead", bar_format=bar_format, disable=not is_shown, dynamic_ncols=True)

    def __enter__(self) -> Self:
        self._heartbeat.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._heartbeat.stop()
        self._draw(self._counts_text())
        self._bar.close()

    def _count(self, kind: str) -> None:
        self._counts[kind] += 1
        self._heartbeat.show_if_due()

    def _redraw(self) -> None:
        self._draw(f"{self._counts_text()}{self._eta()}{self._wait()}")

    def _draw(self, description: str) -> None:
        self._bar.n, self._bar.desc = self._counts.total(), description
        self._bar.refresh()

    def _log(self) -> None:
        total = "sent" if self._total is None else f"of {self._total:,}"
        counts = self._counts_text() or self.nothing_yet
        done = f"{time.strftime('%H:%M:%S')} {self._counts.total():,} {total}"
        self._log_line(f"{done}: {counts}{self._eta()}{self._wait()}")

    def _counts_text(self) -> str:
        return ", ".join(f"{count:,} {kind}" for kind, count in self._counts.items())

    def _eta(self) -> str:
        return ""

    def _wait(self) -> str:
        seconds = self._waiting()
        return f", waiting for the rate limit until {_clock('%H:%M:%S', seconds)}" if seconds >= MIN_SHOWN_WAIT else ""


class SendProgress(Progress):
    """Progress of sending leads."""

    def __init__(self, summary: Summary, *, show_bar: bool, log_line: Callable[[str], None]) -> None:
        super().__init__(summary.to_send, summary.held, show_bar=show_bar, log_line=log_line)
        self._started = time.monotonic()
        self._min_seconds = summary.seconds

    def count_outcome(self, row: int, state: RowState) -> None:
        """Count a lead that is done."""
        self._count(state.outcome)

    def _eta(self) -> str:
        """Return the expected end by the pace so far, but not before the rate limit allows it."""
        done = self._counts.total()
        if not done or self._total is None:
            return ""
        passed = time.monotonic() - self._started
        left = max(passed / done * self._total, self._min_seconds) - passed
        return f", ETA {_clock('%H:%M', left)}"


class ResultsProgress(Progress):
    """Progress of fetching validation results."""

    nothing_yet = "no results yet"

    def count_result(self, lead_id: int, result: LeadResult) -> None:
        """Count a result. A pending one is not counted: the platform is asked again."""
        if result.is_settled:
            self._count(result.validity.value)


def _clock(time_format: str, seconds: float) -> str:
    """Return the local time after some seconds."""
    return time.strftime(time_format, time.localtime(time.time() + seconds))
