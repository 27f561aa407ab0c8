"""The progress bar: leads done, counts per outcome, and when it will end under the quota."""

import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tqdm import tqdm

from uploader.leadresult import LeadResult
from uploader.model import Outcome
from uploader.watching import Summary

# Without a terminal a line comes this often instead of a bar: seconds.
EVERY = 30.0

# The bar is drawn anew this often: seconds.
OFTEN = 0.1

FORMAT = "{percentage:3.0f}%|{bar:24}| {n_fmt}/{total_fmt} [{elapsed}] {desc}"


class Progress:
    """Use as a context; `done` takes each outcome as it comes. Where no bar is shown, `say` gets a line at times."""

    def __init__(self, summary: Summary, *, show: bool, say: Callable[[str], None]) -> None:
        self._say = say
        self._counts: Counter[Outcome] = Counter()
        self._started = time.monotonic()
        self._least = summary.seconds
        self._total = summary.to_send
        self._bar = tqdm(total=summary.to_send, unit="lead", bar_format=FORMAT, disable=not show, dynamic_ncols=True)
        self._pause = OFTEN if show else EVERY
        self._next = self._started + (0 if show else EVERY)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.update(self._counts.total() - self._bar.n)
        self._bar.set_description_str(self._told())
        self._bar.close()

    def done(self, outcome: Outcome) -> None:
        """One lead more."""
        self._counts[outcome] += 1
        now = time.monotonic()
        if now < self._next:  # words for every lead would cost more than they tell
            return
        self._next = now + self._pause
        if self._bar.disable:
            self._say(f"{time.strftime('%H:%M:%S')} {self._counts.total():,} of {self._total:,}: {self._now()}")
        else:
            self._bar.desc = self._now()
            self._bar.update(self._counts.total() - self._bar.n)

    def _now(self) -> str:
        return f"{self._told()}, end about {self._end()}"

    def _told(self) -> str:
        return ", ".join(f"{count:,} {known}" for known, count in self._counts.items())

    def _end(self) -> str:
        """By the pace so far, but not before the quota allows it: local time."""
        passed = time.monotonic() - self._started
        pace = passed / max(1, self._counts.total()) * self._total
        return time.strftime("%H:%M", time.localtime(time.time() + max(pace, self._least) - passed))


class Answers:
    """The bar of `results`: leads whose result is known."""

    def __init__(self, leads: int, *, show: bool) -> None:
        self._counts: Counter[str] = Counter()
        self._bar = tqdm(total=leads, unit="lead", bar_format=FORMAT, disable=not show, dynamic_ncols=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.close()

    def heard(self, lead_id: int, result: LeadResult) -> None:
        """One answer; a lead that is still pending is asked for again."""
        if result.is_settled:
            self._counts[result.finding.value] += 1
            self._bar.desc = ", ".join(f"{count:,} {word}" for word, count in self._counts.items())
            self._bar.update(1)
