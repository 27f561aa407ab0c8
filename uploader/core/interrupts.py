"""Ctrl-C, a closed window and a request to end: which signals they are, and what the second one does."""

import os
import signal
from contextlib import suppress

INTERRUPTED = 130  # exit code


def interrupt_signals() -> list[signal.Signals]:
    """Return the signals that interrupt a command.

    A signal that is ignored stays ignored: `nohup` and background jobs rely on it.
    """
    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    return [signal.Signals[name] for name in names if signal.getsignal(signal.Signals[name]) is not signal.SIG_IGN]


def exit_at_once() -> None:
    """End the process now, whatever it is doing. The ledger has everything that was sent."""
    with suppress(OSError):
        os.write(2, b"\nInterrupted again. Stopped at once.\n")
    os._exit(INTERRUPTED)


def handle_interrupts() -> None:
    """Raise KeyboardInterrupt at the first signal from now on, and exit at once at the second.

    While leads are sent, the pipeline's `interruptible` takes over.
    """
    count = 0

    def handle(number: int, frame: object) -> None:
        nonlocal count
        count += 1
        if count > 1:
            exit_at_once()
        raise KeyboardInterrupt

    for number in interrupt_signals():
        signal.signal(number, handle)


def ignore_interrupts() -> None:
    """Ignore the signals while Python itself ends: they would replace the exit code."""
    for number in interrupt_signals():
        signal.signal(number, signal.SIG_IGN)
