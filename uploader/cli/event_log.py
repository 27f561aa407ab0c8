"""`--log-file`: the events of a run as JSON lines, for monitoring. Contains no lead and no secret."""

import json
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Self

from uploader.core.errors import UsageError
from uploader.core.unicode_text import escape_control_characters


def _open_private(path: Path) -> IO[str]:
    """Open a file to append to it, readable by the user only. A device keeps its mode."""
    number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with suppress(OSError, AttributeError):  # another user's file; a system without modes
        if stat.S_ISREG(os.fstat(number).st_mode):
            os.fchmod(number, 0o600)
    return os.fdopen(number, "a", encoding="utf-8", errors="backslashreplace")


class EventLog:
    """Appends events to a file. Without a path, it does nothing.

    Args:
        path: The file, or None.
        warn: Called with a message if the file cannot be written any longer.
    """

    def __init__(self, path: Path | None, warn: Callable[[str], None]) -> None:
        self._file: IO[str] | None = None
        self._warn = warn
        if path:
            try:
                self._file = _open_private(path)
            except OSError as error:
                raise UsageError(
                    f"--log-file {path} cannot be written: {error.strerror}.", "Use another path."
                ) from None

    @property
    def is_open(self) -> bool:
        """Whether events are written."""
        return self._file is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            with suppress(OSError):
                self._file.close()

    def add(self, event: str, facts: Mapping[str, object] | None = None) -> None:
        """Append an event with the time (UTC) and its facts."""
        if self._file:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            line = json.dumps({"time": now, "event": event, **(facts or {})}, ensure_ascii=False)
            self._append(escape_control_characters(line) + "\n")

    def add_request(self, line: str) -> None:
        """Append a request as `-v` shows it: method, path, response and time."""
        self.add("request", {"request": line})

    def _append(self, line: str) -> None:
        """Write a line. If the disk is full, the run continues without a log rather than leave leads half sent."""
        assert self._file is not None
        try:
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            self._warn(f"note: --log-file cannot be written any longer: {error.strerror}")
            self.__exit__()
            self._file = None
