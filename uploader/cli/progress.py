"""The progress bar: leads done, counts per outcome, and when it will end under the quota."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tqdm import tqdm

from uploader.leadresult import LeadResult
from uploader.model import Outcome
from uploader.watching import Summary

# Without a terminal a line comes this often instead of a bar, also while nothing happens: seconds.
EVERY = 30.0

# The words beside the bar are made anew this often: seconds.
OFTEN = 0.1

FORMAT = "{percentage:3.0f}%|{bar:24}| {n_fmt}/{total_fmt} [{elapsed}] {desc}"
NO_END = "{n_fmt} sent [{elapsed}] {desc}"  # nobody knows how many there are


class Heartbeat:
    """Calls `tell` now and then while the event loop runs, and nothing else may: a limit is waited for, or verdicts."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell = tell
        self._told_at = time.monotonic()
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Within a running loop."""
        self._timer = asyncio.get_running_loop().call_later(max(EVERY, 1.0), self._beat)

    def stop(self) -> None:
        """No more calls."""
        if self._timer:
            self._timer.cancel()

    def look(self) -> None:
        """Calls if it is time."""
        if time.monotonic() - self._told_at >= EVERY:
            self._told_at = time.monotonic()
            self._tell()

    def _beat(self) -> None:
        self.look()
        self.start()


class Progress:
    """Use as a context; `done` takes each outcome as it comes. Where no bar is shown, `say` gets a line at times."""

    def __init__(self, summary: Summary, *, show: bool, say: Callable[[str], None]) -> None:
        self._say = say
        self._heartbeat = Heartbeat(self._line)
        self._counts: Counter[Outcome] = Counter()
        self._started = self._next_words = time.monotonic()
        self._least = summary.seconds
        self._total = summary.to_send
        form = NO_END if self._total is None else FORMAT
        self._bar = tqdm(total=self._total, unit="lead", bar_format=form, disable=not show, dynamic_ncols=True)

    def __enter__(self) -> Self:
        if self._bar.disable:
            self._heartbeat.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._heartbeat.stop()
        self._bar.set_description_str(self._told())
        self._bar.close()

    def done(self, outcome: Outcome) -> None:
        """One lead more."""
        self._counts[outcome] += 1
        if self._bar.disable:
            self._heartbeat.look()
        elif (now := time.monotonic()) >= self._next_words:  # for every lead they would cost more than they tell
            self._next_words = now + OFTEN
            self._bar.desc = f"{self._told()}{self._end()}"
        self._bar.update(1)

    def _line(self) -> None:
        done = sum(self._counts.values())
        total = "sent" if self._total is None else f"of {self._total:,}"
        self._say(f"{time.strftime('%H:%M:%S')} {done:,} {total}: {self._told() or 'none yet'}{self._end()}")

    def _told(self) -> str:
        return ", ".join(f"{count:,} {known}" for known, count in self._counts.items())

    def _end(self) -> str:
        """By the pace so far, but not before the quota allows it: local time. Nothing where that is not known."""
        done = sum(self._counts.values())
        if not done or self._total is None:
            return ""
        passed = time.monotonic() - self._started
        left = max(passed / done * self._total, self._least) - passed
        return f", end about {time.strftime('%H:%M', time.localtime(time.time() + left))}"


class Answers:
    """The bar of `results`: leads whose result is known. Where no bar is shown, `say` gets a line at times."""

    def __init__(self, leads: int, *, show: bool, say: Callable[[str], None]) -> None:
        self._say = say
        self._leads = leads
        self._heartbeat = Heartbeat(self._line)
        self._counts: Counter[str] = Counter()
        self._bar = tqdm(total=leads, unit="lead", bar_format=FORMAT, disable=not show, dynamic_ncols=True)

    def __enter__(self) -> Self:
        if self._bar.disable:
            self._heartbeat.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._heartbeat.stop()
        self._bar.close()

    def heard(self, lead_id: int, result: LeadResult) -> None:
        """One answer; a lead that is still pending is asked for again."""
        if result.is_settled:
            self._counts[result.finding.value] += 1
            self._bar.desc = self._told()
            self._bar.update(1)

    def _told(self) -> str:
        return ", ".join(f"{count:,} {word}" for word, count in self._counts.items())

    def _line(self) -> None:
        done = sum(self._counts.values())
        self._say(f"{time.strftime('%H:%M:%S')} {done:,} of {self._leads:,}: {self._told() or 'no verdict yet'}")
