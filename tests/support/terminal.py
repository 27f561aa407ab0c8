"""A command in a pseudo-terminal: what it shows is waited for, and answers are typed."""

import os
import re
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 60.0  # for anything to appear, on a busy machine
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A running command and everything that it has shown.

    Attributes:
        shown: All output so far, without colors, lines ended by a line feed.
    """

    def __init__(self, process: int, descriptor: int) -> None:
        self._process, self._descriptor = process, descriptor
        self._raw = b""
        self._seen = 0
        self._code: int | None = None
        self.shown = ""

    def expect(self, text: str) -> str:
        """Wait until a text is shown after what was expected before; return what was shown up to its end."""
        deadline = time.monotonic() + SECONDS
        while (at := self.shown.find(text, self._seen)) < 0:
            assert time.monotonic() < deadline, f"{text!r} was not shown:\n{self.shown}"
            assert self._read(), f"the command ended without showing {text!r}:\n{self.shown}"
        start, self._seen = self._seen, at + len(text)
        return self.shown[start : self._seen]

    def type(self, line: str) -> None:
        """Type a line and Enter."""
        os.write(self._descriptor, f"{line}\n".encode())

    def answer(self, prompt: str, line: str) -> str:
        """Wait for a prompt and type a line. Return what was shown up to the prompt."""
        before = self.expect(prompt)
        self.type(line)
        return before

    def press(self, key: str) -> None:
        """Press a key, such as Ctrl-C: "\\x03"."""
        os.write(self._descriptor, key.encode())

    def wait(self) -> int:
        """Wait for the end, and return the exit code."""
        deadline = time.monotonic() + SECONDS
        while self._read():
            assert time.monotonic() < deadline, f"the command did not end:\n{self.shown}"
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])
        return self._code

    def end(self) -> None:
        """End the command if it still runs."""
        if self._code is None:
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)

    def _read(self) -> bool:
        """Read more output. Return False at its end."""
        if not select.select([self._descriptor], [], [], SECONDS)[0]:
            return True
        try:
            more = os.read(self._descriptor, 65536)
        except OSError:  # Linux: the command has ended
            more = b""
        self._raw += more
        text = self._raw.decode("utf-8", errors="ignore")
        self.shown = _ESCAPES.sub("", text).replace("\r\n", "\n")
        return bool(more)


@contextmanager
def in_terminal(*args: object) -> Iterator[Terminal]:
    """Run `uploader …` in a pseudo-terminal of 100 columns."""
    import fcntl
    import pty
    import struct
    import termios

    process, descriptor = pty.fork()
    if not process:
        os.environ["COLUMNS"] = "100"
        os.execv(sys.executable, [sys.executable, "-m", "uploader", *map(str, args)])
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
    terminal = Terminal(process, descriptor)
    try:
        yield terminal
    finally:
        os.close(descriptor)
        terminal.end()
