"""The progress bar: leads done, counts per outcome, and when it will end under the quota."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tqdm import tqdm

from uploader.core.model import LeadResult, Outcome
from uploader.pipeline.events import Summary

# Without a terminal a line comes this often instead of a bar, also while nothing happens: seconds.
EVERY = 30.0

# A bar is drawn this often at most, as for every lead it would cost more than it tells; and this often while nothing
# happens, so that its clock goes on.
OFTEN, STILL = 0.1, 1.0

# A wait for the quota that is told: seconds.
LONG = 2.0

FORMAT = "{percentage:3.0f}%|{bar:24}| {n_fmt}/{total_fmt} [{elapsed}] {desc}"
NO_END = "{n_fmt} sent [{elapsed}] {desc}"  # nobody knows how many there are


class Heartbeat:
    """Calls `tell` now and then while the event loop runs, and nothing else may: a limit is waited for, or verdicts."""

    def __init__(self, tell: Callable[[], None], every: float) -> None:
        self._tell = tell
        self._every = every
        self._told_at = time.monotonic()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Within a running loop."""
        self._timer = asyncio.get_running_loop().call_later(max(self._every, STILL), self._beat)

    def stop(self) -> None:
        """No more calls."""
        if self._timer:
            self._timer.cancel()

    def look(self) -> None:
        """Calls if it is time."""
        if time.monotonic() - self._told_at >= self._every:
            self._told_at = time.monotonic()
            self._tell()

    def _beat(self) -> None:
        self.look()
        self.start()


class Bar:
    """What is done, counted by kind: a bar on a terminal, else a line at times. Use as a context.

    `total` is how many there are, None if nobody knows; `held` tells for how many seconds the quota lets nothing leave;
    `show` asks for the bar, `say` gets the lines.
    """

    none = "none yet"

    def __init__(self, total: int | None, held: Callable[[], float], *, show: bool, say: Callable[[str], None]) -> None:
        self._total = total
        self._held = held
        self._say = say
        self._counts: Counter[str] = Counter()
        self._heartbeat = Heartbeat(self._redraw, OFTEN) if show else Heartbeat(self._line, EVERY)
        form = NO_END if total is None else FORMAT
        is_shown = show and total != 0  # 0/0 tells nobody anything
        self._bar = tqdm(total=total, unit="lead", bar_format=form, disable=not is_shown, dynamic_ncols=True)

    def __enter__(self) -> Self:
        self._heartbeat.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._heartbeat.stop()
        self._draw(self._told())
        self._bar.close()

    def _count(self, kind: str) -> None:
        """One more."""
        self._counts[kind] += 1
        self._heartbeat.look()

    def _redraw(self) -> None:
        self._draw(f"{self._told()}{self._expected()}{self._wait()}")

    def _draw(self, words: str) -> None:
        self._bar.n, self._bar.desc = self._counts.total(), words
        self._bar.refresh()

    def _line(self) -> None:
        total = "sent" if self._total is None else f"of {self._total:,}"
        told = self._told() or self.none
        self._say(
            f"{time.strftime('%H:%M:%S')} {self._counts.total():,} {total}: {told}{self._expected()}{self._wait()}"
        )

    def _told(self) -> str:
        return ", ".join(f"{count:,} {kind}" for kind, count in self._counts.items())

    def _expected(self) -> str:
        """When it will be over, as far as that is known."""
        return ""

    def _wait(self) -> str:
        held = self._held()
        return f", waits for the quota until {_clock('%H:%M:%S', held)}" if held >= LONG else ""


class Progress(Bar):
    """Leads that are sent; `done` takes each outcome as it comes."""

    def __init__(self, summary: Summary, *, show: bool, say: Callable[[str], None]) -> None:
        super().__init__(summary.to_send, summary.held, show=show, say=say)
        self._started = time.monotonic()
        self._least = summary.seconds

    def done(self, outcome: Outcome) -> None:
        """One lead more."""
        self._count(outcome)

    def _expected(self) -> str:
        """By the pace so far, but not before the quota allows it."""
        done = self._counts.total()
        if not done or self._total is None:
            return ""
        passed = time.monotonic() - self._started
        left = max(passed / done * self._total, self._least) - passed
        return f", end about {_clock('%H:%M', left)}"


class Answers(Bar):
    """The bar of `results`: leads whose result is known."""

    none = "no verdict yet"

    def heard(self, lead_id: int, result: LeadResult) -> None:
        """One answer; a lead that is still pending is asked for again."""
        if result.is_settled:
            self._count(result.validity.value)


def _clock(form: str, seconds: float) -> str:
    """The local time in so many seconds."""
    return time.strftime(form, time.localtime(time.time() + seconds))
