"""Rolling-window permits: at most so many requests in any window, whatever the latency.

A permit counts from the moment its request may leave until one window after the answer came. The platform
counts a request when it arrives, which is some time in between; so no window of the platform's ever holds one
request more than its limit. Where permits are kept is the store's affair: all processes of an account share it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Window:
    """At most `requests` in any `seconds`; of one kind ("token", "result", …), or of all kinds if `kind` is empty."""

    kind: str
    requests: int
    seconds: float

    def counts(self, kind: str) -> bool:
        """Whether a request of this kind counts here."""
        return self.kind in {"", kind}


class Clock(Protocol):
    """The time that all processes share, and the one way to wait: tests bring their own."""

    def now(self) -> float:
        """UNIX time, seconds."""

    def check(self) -> None:
        """Raises Stopping when nothing more is to be asked."""

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Returns when the event is set or the seconds are over, whichever comes first; may raise StopRequested."""


class Store(Protocol):
    """Where permits are kept. Every call is one transaction."""

    def take(self, kind: str, windows: Sequence[Window], now: float) -> tuple[int, float]:
        """A permit's id and 0; or 0 and the seconds after which to ask again. `windows` are those of all kinds."""

    def answered(self, permit: int, now: float) -> None:
        """The request's answer came, or it is known that none will: its windows run from now."""

    def give_back(self, permit: int) -> None:
        """No request was made with it."""

    def pause(self, until: float) -> None:
        """Nobody gets a permit before then."""

    def used(self, window: Window, now: float) -> int:
        """How many permits count in a window now."""


class Limiter:
    """All limits of one account together."""

    def __init__(self, windows: Sequence[Window], store: Store, clock: Clock) -> None:
        self._windows = windows
        self._store = store
        self._clock = clock
        self._answer_came = asyncio.Event()
        self._held_until = 0.0

    async def permit(self, kind: str) -> "Permit":
        """Waits until a request of this kind ("lead", "token", "result", …) may leave."""
        while True:
            now = self._clock.now()
            taken, seconds = self._store.take(kind, self._windows, now)
            self._held_until = now + seconds
            if taken:
                return Permit(self, taken)
            self._answer_came.clear()
            await self._clock.wait(self._answer_came, seconds)

    def left(self) -> tuple[int, int] | None:
        """How many requests the window that counts all of them has left now, and of how many; None without one."""
        window = next((window for window in self._windows if not window.kind), None)
        if window is None:
            return None
        return max(0, window.requests - self._store.used(window, self._clock.now())), window.requests

    def held(self) -> float:
        """Seconds before another request may leave, as it was when the last one asked; 0 where none had to wait."""
        return max(0.0, self._held_until - self._clock.now())

    def pause(self, seconds: float) -> None:
        """Stops all traffic that has not left yet for so many seconds (a 429 came)."""
        self._store.pause(self._clock.now() + seconds)

    def answered(self, permit: int) -> None:
        """Starts the permit's windows, and wakes whoever waits for an answer."""
        self._store.answered(permit, self._clock.now())
        self._answer_came.set()

    def give_back(self, permit: int) -> None:
        """Forgets a permit that was not used."""
        self._store.give_back(permit)
        self._answer_came.set()


@dataclass(frozen=True)
class Permit:
    """The right to one request: used within `with`, which ends when its answer came or none will; or given back."""

    limiter: Limiter
    id: int

    def give_back(self) -> None:
        """No request was made with it."""
        self.limiter.give_back(self.id)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.limiter.answered(self.id)


def seconds_for(requests: int, limit: int, window: float, used: int = 0) -> float:
    """How long `requests` take under the limit alone, in seconds, when `used` of the window are spent."""
    windows_to_wait = max(0, (used + requests - 1) // limit) if requests else 0
    return windows_to_wait * window
