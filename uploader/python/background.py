"""Running a command on a thread with an event loop of its own: the caller may be in a loop, as in a notebook."""

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from typing import Any, Generic, TypeVar

from uploader.core.errors import UploaderError
from uploader.core.interrupts import interrupt_signals
from uploader.pipeline.cancellation import Interrupted, Phase, StopRequested, StopSignal
from uploader.python.interruption import RunInterrupted

T = TypeVar("T")

POLL = 0.5  # seconds; Windows does not interrupt a longer wait
PATIENT_PRESSES = 3  # of Ctrl-C, until the caller no longer waits

DEFAULT_HANDLERS = (signal.default_int_handler, signal.SIG_DFL)


def explained(error: BaseException) -> BaseException:
    """Return an error with what a traceback would not show of it: the single problems, and what to do."""
    if isinstance(error, UploaderError):
        for line in filter(None, (*error.problems, error.hint)):
            error.add_note(line)
    return error


class Job(Generic[T]):
    """A command that runs once.

    Args:
        command: Does the work, given this job.
    """

    def __init__(self, command: "Callable[[Job[T]], Coroutine[Any, Any, T]]") -> None:
        self._command = command
        self._stop = StopSignal(from_signals=False)
        self._earlier_stops: list[StopSignal] = []
        self._future: Future[T] = Future()
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[T] | None = None
        self._interruptions = 0
        self._thread = threading.Thread(target=self._work, name="uploader")

    def run(self) -> T:
        """Run the command and wait for it. Ctrl-C stops it in order; a second one cancels requests under way.

        After a third one it is not waited for any longer, but still writes its report.

        Raises:
            UploaderError: The command raised it.
            RunInterrupted: Ctrl-C was pressed.
        """
        with self._handling_signals():
            self._thread.start()
            while not self._future.done():
                try:
                    wait([self._future], POLL)
                except KeyboardInterrupt:  # from a signal handler of the caller's
                    self._press()
        if self._was_interrupted:
            error = self._future.exception()
            result = None if error else self._future.result()
            raise RunInterrupted(result, may_have_sent=self._may_have_sent) from _cause(error)
        return self._future.result()

    async def wait(self) -> T:
        """Run the command and wait for it, like `run`. A canceled caller stops the command in order.

        Raises:
            UploaderError: The command raised it.
            asyncio.CancelledError: The caller was canceled.
        """
        self._thread.start()
        finished = asyncio.wrap_future(self._future)
        while not finished.done():
            try:
                await asyncio.wait([finished])
            except asyncio.CancelledError:
                self.interrupt()
        if self._was_interrupted:
            finished.exception()  # is replaced
            raise asyncio.CancelledError
        return finished.result()

    @property
    def _was_interrupted(self) -> bool:
        return self._interruptions > 0

    def new_stop_signal(self) -> StopSignal:
        """Return the signal that an interruption sets from now on. A command of several steps needs one for each."""
        self._earlier_stops.append(self._stop)
        self._stop = StopSignal(from_signals=False)
        return self._stop

    def interrupt(self) -> None:
        """Stop the command in order; called again, cancel what is under way. Any thread may call it."""
        self._interruptions += 1
        if self._stop.phase is not Phase.FINISHING:
            # The reason is set at once: a step that reads a long file looks at it between two parts.
            self._stop.error = Interrupted("Interrupted.")
        with suppress(RuntimeError):  # the loop is closed: the command has ended
            self._loop.call_soon_threadsafe(self._interrupt_loop)

    def _interrupt_loop(self) -> None:
        phase = self._stop.phase
        if phase is not Phase.FINISHING:
            self._stop.request(Interrupted("Interrupted."))
        if self._task and (phase is Phase.PREPARING or (phase is Phase.SENDING and self._interruptions > 1)):
            self._task.cancel()

    def _work(self) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                result = runner.run(self._act())
            self._future.set_result(result)
        except (asyncio.CancelledError, StopRequested):
            self._future.set_exception(Interrupted("Interrupted."))
        except BaseException as error:  # noqa: BLE001 - it is raised in the caller's thread
            self._future.set_exception(explained(error))

    async def _act(self) -> T:
        self._task = asyncio.current_task()
        if self._was_interrupted:
            raise StopRequested
        return await self._command(self)

    @contextmanager
    def _handling_signals(self) -> Iterator[None]:
        """Let Ctrl-C and the system's signals to end stop the command, unless the caller handles them itself.

        A handler comes between any two steps; an exception might come between the wrong ones.
        """
        ours = interrupt_signals() if threading.current_thread() is threading.main_thread() else []
        before = {number: signal.getsignal(number) for number in ours}
        replaced = {number: handler for number, handler in before.items() if handler in DEFAULT_HANDLERS}
        for number in replaced:
            signal.signal(number, lambda number, frame: self._press())
        try:
            yield
        finally:
            for number, handler in replaced.items():
                signal.signal(number, handler)

    def _press(self) -> None:
        self.interrupt()
        if self._interruptions >= PATIENT_PRESSES:
            raise KeyboardInterrupt

    @property
    def _may_have_sent(self) -> bool:
        return any(stop.phase is not Phase.PREPARING for stop in (*self._earlier_stops, self._stop))


def _cause(error: BaseException | None) -> BaseException | None:
    """Return the error to show below an interruption: none that only says that there was one."""
    return None if isinstance(error, Interrupted) else error
