"""Why and when a run ends before its end: one stop signal that every step checks, and Ctrl-C."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

from uploader.core.clock import steady_time
from uploader.core.command_line import relative_to_cwd, shell_quote, uploader_command
from uploader.core.errors import StoppedError, UploaderError
from uploader.core.interrupts import INTERRUPTED, exit_at_once, interrupt_signals

GRACE = 2.0  # seconds to write the report after a second Ctrl-C


class Interrupted(StoppedError):
    """The user pressed Ctrl-C, or the system asked the program to end."""

    exit_code = INTERRUPTED


class StopRequested(Exception):
    """The run is stopping: raised where a step would wait or send."""


class Phase(Enum):
    """What stopping a command means now."""

    PREPARING = "nothing was sent yet: the command can be canceled"
    SENDING = "requests under way finish first, unless they are canceled"
    FINISHING = "only the report is written"


class StopSignal:
    """Holds the reason to stop. The first reason wins, except that an interruption by the user replaces it.

    Args:
        from_signals: Ctrl-C, and the system's signals to end, also request it while leads are sent. They reach only the
            main thread of a process; a command in another thread is stopped by its caller.

    Attributes:
        error: The reason; None while the run continues.
        phase: What stopping means now.
    """

    def __init__(self, *, from_signals: bool = True) -> None:
        self.error: UploaderError | None = None
        self.phase = Phase.PREPARING
        self.from_signals = from_signals
        self._set = asyncio.Event()
        self._may_send = asyncio.Event()
        self._may_send.set()

    def request(self, reason: UploaderError) -> None:
        """Let requests under way finish, and start nothing new."""
        if self.error is None or isinstance(reason, Interrupted):
            self.error = reason
        self._set.set()

    def raise_error(self) -> None:
        """Raise the reason if the run is stopping: for steps after which nothing has to be finished."""
        if self.error:
            raise self.error

    @property
    def is_set(self) -> bool:
        """Whether the run is stopping."""
        return self._set.is_set()

    @property
    def is_paused(self) -> bool:
        """Whether nothing new is sent until `resume`."""
        return not self._may_send.is_set()

    @property
    def may_send(self) -> bool:
        """Whether the run is neither stopping nor paused."""
        return not self.is_set and not self.is_paused

    def pause(self) -> None:
        """Send nothing new. Requests under way finish."""
        self._may_send.clear()

    def resume(self) -> None:
        """Send again after a pause."""
        self._may_send.set()

    async def until_resumed(self) -> None:
        """Wait while the run is paused. Raises StopRequested as soon as it is stopping."""
        if self.is_paused:
            await self.wait(self._may_send, float("inf"))

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


@contextmanager
def ended_by_interruption(stop: StopSignal) -> Iterator[None]:
    """Let what runs in this context end early when a second Ctrl-C cancels it; what follows still runs."""
    try:
        yield
    except asyncio.CancelledError:
        if not isinstance(stop.error, Interrupted):
            raise


def resume_hint(report: Path | None) -> str:
    """Return how to continue after an interruption, with the report where the user wanted it."""
    flags = [f"--report {shell_quote(relative_to_cwd(report))}"] if report else []
    return f"Run `{uploader_command('resume', *flags)}` to continue."


class interruptible(AbstractContextManager["interruptible"]):
    """Let the user interrupt what runs in this context: Ctrl-C once stops it in order, twice at once.

    The first one lets requests under way finish. The second one cancels them; what follows has `GRACE` seconds.
    Works on every platform: it needs no signal support of the event loop.

    Args:
        stop: Gets the interruption.
        hint: What the user should do next; None: to run `uploader resume`.
    """

    def __init__(self, stop: StopSignal, hint: str | None = None) -> None:
        self._stop = stop
        self._hint = resume_hint(None) if hint is None else hint
        self._presses = 0
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        handled = interrupt_signals() if self._stop.from_signals else []
        self._before = {number: signal.signal(number, self._handle) for number in handled}
        self._stop.phase = Phase.SENDING
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.phase = Phase.FINISHING
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if self._timer:
            self._timer.cancel()

    def _handle(self, number: int, frame: object) -> None:
        self._presses += 1
        if self._presses == 1:
            self._loop.call_soon_threadsafe(self._stop.request, Interrupted("Interrupted.", self._hint))
        elif self._stop.phase is Phase.FINISHING or self._presses > 2 or self._task is None:
            exit_at_once()
        else:
            self._loop.call_soon_threadsafe(self._cancel, self._task)
            self._timer = threading.Timer(GRACE, exit_at_once)
            self._timer.daemon = True
            self._timer.start()

    def _cancel(self, task: "asyncio.Task[object]") -> None:
        """Cancel what is under way; if that has just ended, what follows is not canceled in its place."""
        if self._stop.phase is Phase.SENDING:
            task.cancel()
