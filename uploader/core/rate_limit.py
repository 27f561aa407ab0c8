"""Rolling-window rate limits: at most N requests in any window, whatever the latency.

A permit counts from the moment its request may leave until one window after the response came. The platform counts a
request when it arrives, which is some time in between; so no window of the platform ever holds more requests than its
limit. All processes of an account share the store of permits.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol


@dataclass(frozen=True)
class Window:
    """At most `requests` in any `seconds`: of one kind ("token", "result", …), or of all kinds if `kind` is empty."""

    kind: str
    requests: int
    seconds: float

    def counts(self, kind: str) -> bool:
        """Return whether a request of this kind counts here."""
        return self.kind in {"", kind}


@dataclass(frozen=True, slots=True)
class PermitDecision:
    """Whether a request may leave now.

    Attributes:
        permit: The permit's id; None if none was granted, or if no window counts the request.
        wait: The seconds after which to ask again; 0 if the request may leave.
    """

    permit: int | None = None
    wait: float = 0.0

    @property
    def is_granted(self) -> bool:
        """Whether the request may leave now."""
        return self.wait <= 0


class Clock(Protocol):
    """The time, and the only way to wait. Tests bring their own."""

    def now(self) -> float:
        """Return a time in seconds that no one can set, see `steady_time`."""

    def check(self) -> None:
        """Raise StopRequested if no more requests should be made."""

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Wait until the event is set or the time has passed, whichever comes first; may raise StopRequested."""


class PermitStore(Protocol):
    """Where permits are kept, and the clock by which they count.

    Only `take` and `used` wait for an answer. A store far away keeps what the others tell it for its next message.
    """

    async def take(self, kind: str, windows: Sequence[Window]) -> PermitDecision:
        """Grant a permit for a request, or return how long to wait.

        Args:
            kind: The kind of request.
            windows: The windows of all kinds, also those that do not count this one.
        """

    def answered(self, permit: int) -> None:
        """Start the windows of a permit: its response came, or it is certain that none will."""

    def give_back(self, permit: int) -> None:
        """Drop a permit with which no request was made."""

    def pause(self, seconds: float) -> None:
        """Grant no permit for this long."""

    def used(self, window: Window) -> int:
        """Return how many permits count in a window now."""


class Limiter:
    """All rate limits of one account."""

    def __init__(
        self, windows: Sequence[Window], store: PermitStore, clock: Clock, longest_request: float = inf
    ) -> None:
        """Share the permits of a store.

        Args:
            windows: The limits.
            store: Where the permits are kept.
            clock: The time.
            longest_request: The seconds for which a permit counts at least before its window begins.
        """
        self._windows = windows
        self._store = store
        self._clock = clock
        self._longest_request = longest_request
        self._response_came = asyncio.Event()  # a new one after each response
        self._blocked_until = 0.0
        self.on_wait: Callable[[float], None] | None = None
        """Gets the seconds that a request has to wait, each time one has to."""

    async def permit(self, kind: str) -> "Permit":
        """Wait until a request of this kind ("lead", "token", "result", …) may leave, and return its permit."""
        while True:
            response_came = self._response_came  # also one that comes while the store decides
            asked = self._clock.now()
            decision = await self._store.take(kind, self._windows)
            self._blocked_until = self._clock.now() + decision.wait
            if decision.is_granted:
                return Permit(self, decision.permit, asked + self._longest_request)
            if self.on_wait:
                self.on_wait(decision.wait)
            await self._clock.wait(response_came, decision.wait)

    def left(self) -> tuple[int, int] | None:
        """Return how many requests the window of all kinds has left now, and its limit; None if there is no limit."""
        window = next((window for window in self._windows if not window.kind), None)
        if window is None:
            return None
        return max(0, window.requests - self._store.used(window)), window.requests

    def wait_time(self) -> float:
        """Return the seconds until a request may leave, as of the last request that had to wait; 0 if none has to."""
        return max(0.0, self._blocked_until - self._clock.now())

    def pause(self, seconds: float) -> None:
        """Hold back all requests that have not left yet, as after a 429."""
        self._store.pause(seconds)

    def answered(self, permit: int | None) -> None:
        """Start the windows of a permit, and wake those that wait for a response."""
        if permit is not None:
            self._store.answered(permit)
        self._wake()

    def give_back(self, permit: int | None) -> None:
        """Drop a permit that was not used."""
        if permit is not None:
            self._store.give_back(permit)
        self._wake()

    def _wake(self) -> None:
        response_came, self._response_came = self._response_came, asyncio.Event()
        response_came.set()


@dataclass(frozen=True)
class Permit:
    """The right to make one request: used within `with`, which ends when the response came or none will, or given back.

    Attributes:
        limiter: The limits that it counts in.
        id: Its number in the store; None if no window counts the request.
        latest: When the request must have begun to leave, by the limiter's clock. Later, others may have the permit: a
            process can be suspended for hours.
    """

    limiter: Limiter
    id: int | None
    latest: float

    def give_back(self) -> None:
        """Drop the permit: no request was made with it."""
        self.limiter.give_back(self.id)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.limiter.answered(self.id)


def seconds_for(requests: int, limit: int, window: float, used: int = 0) -> float:
    """Return how long a number of requests takes under a limit alone, in seconds.

    Args:
        requests: How many requests to make.
        limit: The requests that the window allows.
        window: The window's length in seconds.
        used: The requests that already count in the window.
    """
    windows_to_wait = max(0, (used + requests - 1) // limit) if requests else 0
    return windows_to_wait * window
