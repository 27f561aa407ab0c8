"""Why and when a run ends before its end. One switch that everybody looks at, and that wakes who waits."""

import asyncio
import time

from uploader.errors import StoppedError, UploaderError


class Interrupted(StoppedError):
    """The user pressed Ctrl-C, or the system asked the program to end."""

    exit_code = 130


class Stopping(Exception):
    """Raised to who waits for a turn when the run is stopping: nothing more leaves."""


class Stop:
    """The first reason to stop wins, save that an interruption by the user always shows."""

    def __init__(self) -> None:
        self.error: UploaderError | None = None
        self._set = asyncio.Event()

    def because(self, error: UploaderError) -> None:
        """Lets what is under way come to its end, and nothing new begin."""
        if self.error is None or isinstance(error, Interrupted):
            self.error = error
        self._set.set()

    @property
    def is_set(self) -> bool:
        """Whether the run is stopping."""
        return self._set.is_set()

    def check(self) -> None:
        """Raises Stopping when the run is stopping."""
        if self._set.is_set():
            raise Stopping

    async def sleep(self, seconds: float) -> None:
        """Waits so long; raises Stopping at once when the run is stopping."""
        await self.wait(asyncio.Event(), seconds)

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Waits for the event or so long; raises Stopping at once when the run is stopping."""
        self.check()
        tasks = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(self._set.wait())}
        try:
            await asyncio.wait(
                tasks, timeout=None if seconds == float("inf") else seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in tasks:
                task.cancel()
        self.check()

    def now(self) -> float:
        """UNIX time: the one clock that processes share, and that goes on while a laptop sleeps."""
        return time.time()
