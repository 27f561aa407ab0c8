"""The standard streams in any state: closed, a pipe without a reader, on a full disk."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO


def open_all() -> None:
    """Replace closed streams by empty ones, and let a console show `?` for characters that it lacks."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open to the end
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def is_interactive() -> bool:
    """Return whether a user sees a question and can answer it: both stdin and stderr are a terminal."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def discard_typed_ahead() -> None:
    """Discard what was typed before a question is shown: it is no answer to it."""
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
    else:
        import termios

        with suppress(termios.error, OSError, ValueError):  # stdin is no terminal
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def silence(stream: TextIO) -> None:
    """Discard what is still written to a stream; flushing it at exit would otherwise set another exit code."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def supported_symbols(symbols: dict[str, str], fallback: dict[str, str]) -> dict[str, str]:
    """Return the symbols, or the fallback if stdout's encoding lacks them: they would all look alike."""
    try:
        "".join(symbols.values()).encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return fallback
    return symbols


def write_error(stream: TextIO) -> str:
    """Return why a stream cannot be written, tried with an empty line; an empty string if it can."""
    try:
        stream.write("\n")
        stream.flush()
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""
