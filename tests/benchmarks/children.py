"""What the child processes of a command take, looked at again and again while it runs; on Linux only."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

INTERVAL = 0.05  # seconds between two looks


class Children:
    """Watches the children of a process. Use as a context.

    Args:
        parent: The id of the process.

    Attributes:
        megabytes: The most memory in MB (10^6 bytes) that they had at a time and shared with no other process.
        processor: Seconds of the processor that they took, without their last 0.05 s.
    """

    def __init__(self, parent: int) -> None:
        self.megabytes = 0.0
        self._seconds: dict[int, float] = {}
        self._parent = parent
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    @property
    def processor(self) -> float:
        return sum(self._seconds.values())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(INTERVAL):
            total = 0.0
            for child in _children_of(self._parent):
                with suppress(OSError):  # it has ended
                    total += _own_memory(child)
                    self._seconds[child] = _processor(child)
            self.megabytes = max(self.megabytes, total)


def _children_of(parent: int) -> Iterator[int]:
    """Yield the children, but none that has not begun with its own program: until then it uses its parent's memory."""
    for path in Path(f"/proc/{parent}/task").glob("*/children"):
        with suppress(OSError):
            for child in map(int, path.read_text().split()):
                if _command(child) != _command(parent):
                    yield child


def _command(process: int) -> bytes:
    return Path(f"/proc/{process}/cmdline").read_bytes()


def _own_memory(process: int) -> float:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) * 1024 / 1e6


def _processor(process: int) -> float:
    words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
