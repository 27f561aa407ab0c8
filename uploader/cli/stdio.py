"""The standard streams in any state: closed, a pipe without a reader, on a full disk."""

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

# Errors that end no command: no one reads the output any longer, or messages cannot be written. No lead is left half
# sent, and the exit code says how the command ended.
IGNORED: dict[str, type[OSError]] = {"stdout": BrokenPipeError, "stderr": OSError}


class LastingStream(TextIOWrapper):
    """A standard stream that discards the rest after an error of some kind."""

    def __init__(self, stream: TextIOWrapper, ignored: type[OSError]) -> None:
        """Write to the file of a stream, which stays open; show `?` for characters that its encoding lacks."""
        super().__init__(
            stream.buffer,
            stream.encoding,
            "replace",
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        self._stream = stream  # closes the file at the end
        self._ignored = ignored

    def write(self, text: str, /) -> int:
        """Write text."""
        try:
            return super().write(text)
        except self._ignored:
            silence(self)
            return len(text)

    def flush(self) -> None:
        """Write what waits."""
        try:
            super().flush()
        except self._ignored:
            silence(self)

    def isatty(self) -> bool:
        """Return whether the stream is a terminal."""
        return self._stream.isatty()

    def __del__(self) -> None:
        with suppress(OSError, ValueError):
            self.detach()  # instead of closing the file


def open_all() -> None:
    """Replace closed streams by empty ones, and let none that breaks later end a command."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open to the end
    for name, ignored in IGNORED.items():
        stream = getattr(sys, name)
        if isinstance(stream, TextIOWrapper) and not isinstance(stream, LastingStream):
            stream.flush()
            setattr(sys, name, LastingStream(stream, ignored))


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
