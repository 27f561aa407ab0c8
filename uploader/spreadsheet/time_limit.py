"""A limit on the time that a spreadsheet may take before it gives its next rows."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import IO, Self

from uploader.core.errors import TableError

# Seconds of the processor. A million rows with three million different texts take some ten.
MAX_SECONDS = 15.0


class TimeLimit:
    """Refuse a file that takes too long to read.

    Only this thread's own work counts: not the wait for a busy machine or a slow disk, and not what others do.
    """

    def __init__(self, clock: Callable[[], float] = time.thread_time) -> None:
        self._clock = clock
        self._start = clock()

    def restart(self) -> None:
        """Begin to count again, as rows were read."""
        self._start = self._clock()

    def check(self, name: str) -> None:
        """Raise TableError if the time is over."""
        if self._clock() - self._start > MAX_SECONDS:
            raise TableError(
                f"{name} takes longer than {MAX_SECONDS:.0f} seconds to read.",
                "Delete blank rows and columns, also formatted ones, or split the file.",
            )


class TimedFile:
    """A file whose reading is refused once the time is over."""

    def __init__(self, file: IO[bytes], name: str, limit: TimeLimit) -> None:
        self._file = file
        self._name = name
        self._limit = limit

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes. Raises TableError."""
        self._limit.check(self._name)
        return self._file.read(size)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
