"""The circuit breaker: if responses stop coming, it checks the platform before more leads are risked."""

import asyncio
from collections.abc import Awaitable, Callable
from math import inf

from uploader.core.command_line import uploader_command
from uploader.core.errors import StoppedError
from uploader.pipeline.cancellation import StopSignal

# This many tries in a row without a readable response close the way for all workers.
MAX_FAILURES = 3

# The way is opened for a single lead up to this many times. If none of them gets a response, the run stops.
MAX_ROUNDS = 3

# Seconds between two probes of the platform: the first pause, doubled up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


class CircuitBreaker:
    """Keeps workers back while the platform does not respond.

    A worker calls `enter` before every try, and `record_success` or `record_failure` after it. The worker that closes
    the way probes the platform until it responds or the patience is used up. Then it is the only one to try a lead,
    and a response to that lead opens the way for the others.

    Args:
        probe: Returns whether the platform responds.
        stop: The stop signal of the run.
        patience: How long to probe, in seconds.
    """

    def __init__(self, probe: Callable[[], Awaitable[bool]], stop: StopSignal, patience: float) -> None:
        self._probe = probe
        self._stop = stop
        self._patience = patience
        self._failures = 0
        self._rounds = 0
        self._prober: asyncio.Task[object] | None = None
        self._opened = asyncio.Event()

    @property
    def may_enter(self) -> bool:
        """Whether the calling worker may try a lead now."""
        return self._prober in {None, asyncio.current_task()}

    async def enter(self) -> None:
        """Wait while the way is closed. Raises StopRequested when the run stops."""
        while not self.may_enter:
            await self._stop.wait(self._opened, inf)

    def record_success(self) -> None:
        """Record that a readable response came, whatever it says."""
        self._failures = self._rounds = 0
        self._open()

    async def record_failure(self, reason: str) -> None:
        """Record that no readable response came. Return when the next lead may be tried.

        Raises:
            StoppedError: The platform does not respond any more.
            StopRequested: The run stops.
        """
        self._failures += 1
        if self._failures < MAX_FAILURES or not self.may_enter:
            return
        self._prober = asyncio.current_task()
        self._opened.clear()
        self._rounds += 1
        if self._rounds > MAX_ROUNDS or not await self._is_responding():
            raise StoppedError(
                f"The platform does not respond: {reason}.",
                f"When it does, run `{uploader_command('resume')}`. Rows with an unknown outcome are in the report.",
            )

    def leave(self) -> None:
        """Let another worker try the way if the one that was to try it has no more leads."""
        if self._prober is asyncio.current_task():
            self._open()

    async def _is_responding(self) -> bool:
        """Probe until the platform responds. Return False when the patience is used up."""
        pause, waited = FIRST_PAUSE, 0.0
        while waited < self._patience:
            pause = min(pause, self._patience - waited)
            await self._stop.sleep(pause)
            if await self._probe():
                return True
            waited += pause
            pause = min(2 * pause, LONGEST_PAUSE)
        return False

    def _open(self) -> None:
        self._prober = None
        self._opened.set()
