"""Rolling-window permits: the arithmetic of the platform's limits. The windows are pure: the time is a parameter.

A permit counts from the moment the request may leave until one window after its answer came. The
platform counts a request when it arrives, which is some time in between; so whatever the latency,
no window of the platform's ever holds one request more than its limit.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from math import inf
from typing import Protocol


@dataclass
class RollingWindow:
    """At most `requests` permits that count at any moment; a permit ends `seconds` after its answer.

    Times are seconds of any steady clock, given in growing order.
    """

    requests: int
    seconds: float
    under_way: int = 0
    ends: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Seconds until a permit may be free: 0 if one is, inf if only an answer can free one."""
        self._forget(now)
        if self.under_way + len(self.ends) < self.requests:
            return 0.0
        return self.ends[0] - now if self.ends else inf

    def take(self) -> None:
        """Counts one request as under way. Call it only when `wait` said 0."""
        self.under_way += 1

    def answered(self, now: float) -> None:
        """The request's answer came, or it is known that none will: its permit ends one window from now."""
        self.under_way -= 1
        self.ends.append(now + self.seconds)

    def full_until(self, now: float) -> float:
        """When the newest permit that counts will have ended: the latest end of a platform's 429."""
        self._forget(now)
        return self.ends[-1] if self.ends else now

    def _forget(self, now: float) -> None:
        while self.ends and self.ends[0] <= now:
            self.ends.popleft()


class Clock(Protocol):
    """Steady time, and the one way to wait: tests bring their own."""

    def now(self) -> float:
        """Seconds of a steady clock."""

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Returns when the event is set or the seconds are over, whichever comes first."""


class Limiter:
    """All limits of one client together: every request counts in `total`, some in a window of their own."""

    def __init__(self, windows: dict[str, RollingWindow], clock: Clock) -> None:
        self._windows = windows
        self._clock = clock
        self._paused_until = 0.0
        self._answer_came = asyncio.Event()

    async def permit(self, kind: str) -> "Permit":
        """Waits until a request of this kind ("lead", "token", "result", …) may leave."""
        windows = [self._windows[name] for name in ("total", kind) if name in self._windows]
        while (seconds := self._wait(windows)) > 0:
            self._answer_came.clear()
            await self._clock.wait(self._answer_came, seconds)
        for window in windows:
            window.take()
        return Permit(self, windows)

    def pause(self, seconds: float) -> None:
        """Stops all traffic that has not left yet for so many seconds (a 429 came)."""
        self._paused_until = max(self._paused_until, self._clock.now() + seconds)

    def given_back(self, windows: list[RollingWindow]) -> None:
        """The permits were not used after all."""
        for window in windows:
            window.under_way -= 1
        self._answer_came.set()

    def answered(self, windows: list[RollingWindow]) -> None:
        """Lets the permits end one window from now, and wakes whoever waits for an answer."""
        now = self._clock.now()
        for window in windows:
            window.answered(now)
        self._answer_came.set()

    def _wait(self, windows: list[RollingWindow]) -> float:
        now = self._clock.now()
        return max([self._paused_until - now, *(window.wait(now) for window in windows)])


class Permit:
    """The right to one request: used within `with`, which ends when its answer came or none will; or given back."""

    def __init__(self, limiter: Limiter, windows: list[RollingWindow]) -> None:
        self._limiter = limiter
        self._windows = windows

    def give_back(self) -> None:
        """No request was made with it."""
        self._limiter.given_back(self._windows)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._limiter.answered(self._windows)


def seconds_for(requests: int, limit: int, window: float, used: int = 0) -> float:
    """How long `requests` take under the limit alone, in seconds, when `used` of the window are spent."""
    windows_to_wait = max(0, (used + requests - 1) // limit) if requests else 0
    return windows_to_wait * window
