"""Questions to whoever sits there. Ctrl-C in the place of an answer ends the command with 130."""

import signal
import sys
from collections.abc import Callable
from typing import TypeVar

import typer

Answer = TypeVar("Answer")


def confirmed(question: str) -> bool:
    """Whether it was answered with yes. Raises Interrupted."""
    return _asked(lambda: typer.confirm(question, err=_on_stderr()))


def typed(words: str, *, hidden: bool) -> str:
    """What was typed, without the blanks around it; it does not show where it is to be hidden. Raises Interrupted."""
    return _asked(lambda: str(typer.prompt(words, hide_input=hidden, err=_on_stderr()))).strip()


def _on_stderr() -> bool:
    """Whether a question is seen there: it may go into a file (`2> errors.txt`), and then standard output shows it."""
    return sys.stderr.isatty() or not sys.stdout.isatty()


def _asked(ask: Callable[[], Answer]) -> Answer:
    """A running event loop takes Ctrl-C for itself, and would look at it only after the answer."""
    from uploader.pipeline.cancellation import Interrupted

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return ask()
    except (typer.Abort, KeyboardInterrupt):
        raise Interrupted("\nInterrupted; nothing was done.") from None
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
