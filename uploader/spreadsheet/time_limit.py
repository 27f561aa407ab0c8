"""A limit on the time that a spreadsheet may take before it gives its next rows."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

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


class _ReadableFile(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...

    def close(self) -> None: ...


class _PrecededFile:
    """Bytes, and then what is left of a file."""

    def __init__(self, data: bytes, file: _ReadableFile) -> None:
        self._data = data
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        """Return the bytes at once, whatever the size, and then up to `size` bytes of the file."""
        data, self._data = self._data, b""
        return data or self._file.read(size)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class TimedFile:
    """A file whose reading is refused once the time is over."""

    def __init__(self, file: _ReadableFile, name: str, limit: TimeLimit) -> None:
        self._file = file
        self._name = name
        self._limit = limit

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes. Raises TableError."""
        self._limit.check(self._name)
        return self._file.read(size)

    def preceded_by(self, data: bytes) -> "TimedFile":
        """Return a file with these bytes before the rest of this one. Closing it closes this one."""
        return TimedFile(_PrecededFile(data, self._file), self._name, self._limit)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
