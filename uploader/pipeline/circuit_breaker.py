"""The circuit breaker: when nothing comes back, ask whether the platform is there before risking more leads."""

import asyncio
from collections.abc import Awaitable, Callable
from math import inf

from uploader.core.command_line import uploader_command
from uploader.core.errors import StoppedError
from uploader.pipeline.cancellation import StopSignal

# So many tries in a row without a readable answer close the way.
IN_A_ROW = 3

# So often the way is opened for one lead; if no answer comes to any of them, the run stops.
ROUNDS = 3

# Seconds between two looks at the platform: the first, and the longest.
FIRST_LOOK, LONGEST_LOOK = 0.5, 30.0


class CircuitBreaker:
    """Every try passes `enter` first and says afterwards `fine` or `trouble`.

    The worker that closes the way looks at the platform (`probe`) until it answers or `patience` seconds are
    over, and is then the only one to try a lead; its answer opens the way for the others.
    """

    def __init__(self, probe: Callable[[], Awaitable[bool]], stop: StopSignal, patience: float) -> None:
        self._probe = probe
        self._stop = stop
        self._patience = patience
        self._in_a_row = 0
        self._rounds = 0
        self._prober: asyncio.Task[object] | None = None
        self._opened = asyncio.Event()

    async def enter(self) -> None:
        """Waits while the way is closed. Raises Stopping when the run stops."""
        while self._prober is not None and self._prober is not asyncio.current_task():
            await self._stop.wait(self._opened, inf)

    def fine(self) -> None:
        """An answer came, whatever it said."""
        self._in_a_row = self._rounds = 0
        self._open()

    async def trouble(self, reason: str) -> None:
        """No readable answer came. Returns when a next lead may be tried.

        Raises StoppedError when the platform does not come back, Stopping when the run stops.
        """
        self._in_a_row += 1
        if self._in_a_row < IN_A_ROW or self._prober not in {None, asyncio.current_task()}:
            return
        self._prober = asyncio.current_task()
        self._opened.clear()
        self._rounds += 1
        if self._rounds > ROUNDS or not await self._is_back():
            raise StoppedError(
                f"The platform does not answer: {reason}.",
                f"When it does, `{uploader_command('resume')}` goes on; rows in doubt are in the report as unknown.",
            )

    def leave(self) -> None:
        """A worker has no more leads: if it was the one to try the way, another may."""
        if self._prober is asyncio.current_task():
            self._open()

    async def _is_back(self) -> bool:
        """Looks until the platform answers; False when patience is over."""
        pause, waited = FIRST_LOOK, 0.0
        while waited < self._patience:
            pause = min(pause, self._patience - waited)
            await self._stop.sleep(pause)
            if await self._probe():
                return True
            waited += pause
            pause = min(2 * pause, LONGEST_LOOK)
        return False

    def _open(self) -> None:
        self._prober = None
        self._opened.set()
