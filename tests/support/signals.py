"""The signal handlers of the test process, which a command run within it replaces."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from uploader.core.interrupts import interrupt_signals


@contextmanager
def handlers_restored() -> Iterator[None]:
    """Put the handlers back at the end: a command that has ended leaves the signals ignored, also for its children."""
    handlers = {number: signal.getsignal(number) for number in interrupt_signals()}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
