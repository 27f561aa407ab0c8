"""Ctrl-C while leads are sent: the first lets what is under way end, the second leaves at once."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from uploader.pasting import command
from uploader.stop import Interrupted, Stop

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible(stop: Stop, hint: str | None = None) -> Iterator[None]:
    """Within it the user can stop the run, and hears how to go on: with `resume` unless `hint` says something else.

    Works on every platform: no loop-specific signal support is needed.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def heard(number: int, frame: object) -> None:
        loop.call_soon_threadsafe(_react, stop, task, f"`{command('resume')}` goes on." if hint is None else hint)

    before = {number: signal.signal(number, heard) for number in SIGNALS}
    try:
        yield
    except asyncio.CancelledError:
        if not isinstance(stop.error, Interrupted):
            raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _react(stop: Stop, task: "asyncio.Task[object] | None", hint: str) -> None:
    if isinstance(stop.error, Interrupted) and task:
        task.cancel()
        return
    stop.because(Interrupted("It was interrupted.", hint))
