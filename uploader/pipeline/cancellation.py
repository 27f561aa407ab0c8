"""Why and when a run ends before its end. One switch that everybody looks at, and that wakes who waits."""

import asyncio
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from uploader.core.command_line import uploader_command
from uploader.core.errors import StoppedError, UploaderError


class Interrupted(StoppedError):
    """The user pressed Ctrl-C, or the system asked the program to end."""

    exit_code = 130


class StopRequested(Exception):
    """Raised to who waits for a turn when the run is stopping: nothing more leaves."""


class StopSignal:
    """The first reason to stop wins, save that an interruption by the user always shows."""

    def __init__(self) -> None:
        self.error: UploaderError | None = None
        self._set = asyncio.Event()

    def request(self, error: UploaderError) -> None:
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
            raise StopRequested

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


SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible(stop: StopSignal, hint: str | None = None) -> Iterator[None]:
    """Within it the user can stop the run, and hears how to go on: with `resume` unless `hint` says something else.

    Works on every platform: no loop-specific signal support is needed.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def heard(number: int, frame: object) -> None:
        loop.call_soon_threadsafe(
            _react, stop, task, f"`{uploader_command('resume')}` goes on." if hint is None else hint
        )

    before = {number: signal.signal(number, heard) for number in SIGNALS}
    try:
        yield
    except asyncio.CancelledError:
        if not isinstance(stop.error, Interrupted):
            raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _react(stop: StopSignal, task: "asyncio.Task[object] | None", hint: str) -> None:
    if isinstance(stop.error, Interrupted) and task:
        task.cancel()
        return
    stop.request(Interrupted("It was interrupted.", hint))
