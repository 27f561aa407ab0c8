"""Why and when a run ends before its end: one stop signal that every step checks, and Ctrl-C."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from uploader.core.clock import steady_time
from uploader.core.command_line import uploader_command
from uploader.core.errors import StoppedError, UploaderError


class Interrupted(StoppedError):
    """The user pressed Ctrl-C, or the system asked the program to end."""

    exit_code = 130


class StopRequested(Exception):
    """The run is stopping: raised where a step would wait or send."""


class StopSignal:
    """Holds the reason to stop. The first reason wins, except that an interruption by the user replaces it.

    Attributes:
        error: The reason; None while the run goes on.
    """

    def __init__(self) -> None:
        self.error: UploaderError | None = None
        self._set = asyncio.Event()

    def request(self, reason: UploaderError) -> None:
        """Let requests under way finish, and start nothing new."""
        if self.error is None or isinstance(reason, Interrupted):
            self.error = reason
        self._set.set()

    @property
    def is_set(self) -> bool:
        """Whether the run is stopping."""
        return self._set.is_set()

    def check(self) -> None:
        """Raises StopRequested if the run is stopping."""
        if self._set.is_set():
            raise StopRequested

    async def sleep(self, seconds: float) -> None:
        """Wait this many seconds. Raises StopRequested as soon as the run is stopping."""
        await self.wait(asyncio.Event(), seconds)

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Wait for the event, up to this many seconds. Raises StopRequested as soon as the run is stopping."""
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
        """Return the seconds since the machine was started: setting the system's clock does not change it."""
        return steady_time()


SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible(stop: StopSignal, hint: str | None = None) -> Iterator[None]:
    """Let the user interrupt what runs in this context: Ctrl-C once stops it in order, twice at once.

    Works on every platform: it needs no signal support of the event loop.

    Args:
        stop: Gets the interruption.
        hint: What the user is told to do next; None: to run `uploader resume`.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    next_step = f"Run `{uploader_command('resume')}` to continue." if hint is None else hint

    def handle(number: int, frame: object) -> None:
        loop.call_soon_threadsafe(_interrupt, stop, task, next_step)

    before = {number: signal.signal(number, handle) for number in SIGNALS}
    try:
        yield
    except asyncio.CancelledError:
        if not isinstance(stop.error, Interrupted):
            raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(stop: StopSignal, task: "asyncio.Task[object] | None", hint: str) -> None:
    if isinstance(stop.error, Interrupted) and task:
        task.cancel()
        return
    stop.request(Interrupted("Interrupted.", hint))
