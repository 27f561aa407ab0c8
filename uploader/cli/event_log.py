"""`--log-file`: what happens, a JSON object a line, for those who watch machines. No lead, no secret is in it."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Self

from uploader.core.errors import UsageError


class Log:
    """Appends to a file; without a path it is silent. `warn` hears when that goes no further."""

    def __init__(self, path: Path | None, warn: Callable[[str], None]) -> None:
        self._file: IO[str] | None = None
        self._warn = warn
        if path:
            try:
                self._file = path.open("a", encoding="utf-8", errors="backslashreplace")
            except OSError as error:
                raise UsageError(f"--log-file {path} can't be written: {error.strerror}.", "Give another.") from None

    @property
    def is_open(self) -> bool:
        """Whether anything is written."""
        return self._file is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            with suppress(OSError):
                self._file.close()

    def event(self, name: str, facts: Mapping[str, object] | None = None) -> None:
        """One line: when (UTC), what, and the facts of it."""
        if self._file:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._append(json.dumps({"time": now, "event": name, **(facts or {})}, ensure_ascii=False) + "\n")

    def _append(self, line: str) -> None:
        """Where the disk is full the run goes on without: a log is no reason to leave leads half sent."""
        assert self._file is not None
        try:
            self._file.write(line)
            self._file.flush()
        except OSError as error:
            self._warn(f"note: --log-file can't be written any more: {error.strerror}")
            self.__exit__()
            self._file = None

    def request(self, line: str) -> None:
        """A request: its method, path, answer and time, as `-v` shows it."""
        self.event("request", {"request": line})
