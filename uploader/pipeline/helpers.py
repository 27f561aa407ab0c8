"""Shares the mapping of a large file's blocks with helper processes. The results come in the file's order."""

import json
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import IO, Final, Self

from uploader.core import version
from uploader.core.errors import UploaderError
from uploader.core.pipe import read_message, unpickle, write_message
from uploader.core.process import DETACHED
from uploader.pipeline.block_mapper import BlockMapper, LimitReachedError, MappedPart, MappingTask
from uploader.spreadsheet.table import Block

MAX_HELPERS = 3  # each takes some 30 MB

# Blocks that a helper has at a time, and mapped blocks that wait for the one before them.
GIVEN, WAITING = 4, 8

PATIENCE = 30.0  # seconds without an answer, after which a helper is given up
LOOK_INTERVAL = 0.5  # seconds after which a signal is handled while waiting, on Windows

# Modules come from the same places as those of this process, wherever that got them from; nothing of it is secret.
_BEGIN = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from uploader.pipeline.helper_process import main; main()"
)


class _Lost:
    """In place of a result: the helper is gone."""


LOST: Final = _Lost()
Result = MappedPart | None


def count_helpers() -> int:
    """Return how many helpers can work beside this process: one for each other core, if this is a usual Python."""
    if getattr(sys, "frozen", False) or not Path(sys.executable or "").stem.lower().startswith("python"):
        return 0
    return min(MAX_HELPERS, _count_cores() - 1)


def _count_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Helper:
    """A process that maps blocks. It ends with this one, however that ends. Use as a context.

    Args:
        task: What it maps, and how. It is sent through a pipe, as it holds the ledger's key.
    """

    def __init__(self, task: MappingTask) -> None:
        self._outbox: SimpleQueue[object] = SimpleQueue()
        self._inbox: SimpleQueue[bytes | None] = SimpleQueue()
        self._is_ready = False
        self._is_lost = False
        self._waiting = 0
        self._outbox.put(task)

    def __enter__(self) -> Self:
        """Start the process; it loads its modules meanwhile. One that can't be started is lost."""
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                [sys.executable, "-I", "-c", _BEGIN],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, **DETACHED,
            )  # fmt: skip
        except OSError:
            self._is_lost, self._threads = True, []
            return self
        pipes = ((_write, self._process.stdin, self._outbox), (_read, self._process.stdout, self._inbox))
        self._threads = [Thread(target=target, args=rest, daemon=True) for target, *rest in pipes]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_up()

    @property
    def is_free(self) -> bool:
        """Whether it can take a block now."""
        if not self._is_ready and not self._is_lost and not self._inbox.empty():
            self._is_ready = self._next() == (version.__version__, version.__file__)
            if not self._is_ready:
                self._give_up()
        return self._is_ready and not self._is_lost and self._waiting < GIVEN

    @property
    def has_result(self) -> bool:
        """Whether `take` returns at once."""
        return self._is_lost or not self._inbox.empty()

    def give(self, first: int, block: Block) -> None:
        """Let it map a block."""
        self._outbox.put((first, block))
        self._waiting += 1

    def take(self, first: int) -> Result | _Lost:
        """Return the result of the block that was given first; LOST if the process is gone.

        Raises:
            LimitReachedError: The helper has reached the limit.
        """
        self._waiting -= 1
        end = time.monotonic() + PATIENCE
        while not self.has_result:
            with suppress(Empty):
                return self._result(first, self._next(LOOK_INTERVAL))
            if time.monotonic() > end:
                self._give_up()
        return self._result(first, self._next())

    def _result(self, first: int, answer: object) -> Result | _Lost:
        match answer:
            case int(number), MappedPart() | None as found if number == first:
                return found
            case int(number), LimitReachedError() as error if number == first:
                raise error
        self._give_up()
        return LOST

    def _next(self, seconds: float = 0.0) -> object:
        """Return the next answer; None if the process is gone. Raises Empty."""
        data = None if self._is_lost else self._inbox.get(timeout=seconds)
        return None if data is None else unpickle(data)

    def _give_up(self) -> None:
        """End the process."""
        if self._is_lost:
            return
        self._is_lost = True
        self._process.kill()
        self._process.wait()
        self._outbox.put(None)
        for thread in self._threads:
            thread.join()


def _write(pipe: IO[bytes], messages: "SimpleQueue[object]") -> None:
    """Send messages until there is None, or the process is gone."""
    with suppress(OSError), pipe:
        pipe.write(json.dumps([*map(str, sys.path)]).encode() + b"\n")
        while (message := messages.get()) is not None:
            write_message(pipe, message)


def _read(pipe: IO[bytes], messages: "SimpleQueue[bytes | None]") -> None:
    """Take in messages; then None, when the process is gone."""
    with pipe:
        while (message := read_message(pipe)) is not None:
            messages.put(message)
    messages.put(None)


@dataclass
class _Entry:
    """A block that was read, and who maps it, or its result."""

    first: int
    block: Block | None
    helper: Helper | None
    result: Result = None


class SharedMapping:
    """Maps the blocks of a file here and in helper processes, and yields the results in the file's order.

    A block whose helper is gone is mapped here: it can't be lost, nor counted twice.

    Args:
        mapper: Maps blocks here.
        helpers: Map blocks elsewhere.
        needs_values: Whether all values of the next rows are needed, which helpers do not return.
    """

    def __init__(self, mapper: BlockMapper, helpers: Sequence[Helper], needs_values: Callable[[], bool]) -> None:
        self._mapper = mapper
        self._helpers = helpers
        self._needs_values = needs_values
        self._entries: deque[_Entry] = deque()

    def results(self) -> Iterator[Result]:
        """Yield the rows of each block; None if all are blank.

        Raises:
            TableError: The rest of the file can't be read.
            LimitReachedError: A process has reached the limit.
        """
        fault = None
        try:
            for first, block in self._mapper.table.blocks():
                self._entries.append(self._begin(first, block))
                yield from self._finished(WAITING * len(self._helpers))
        except UploaderError as error:
            fault = error
        yield from self._finished(0)
        if fault:
            raise fault

    def _begin(self, first: int, block: Block) -> _Entry:
        if self._needs_values():
            return _Entry(first, None, None, self._mapper.map(first, block))
        if helper := next((one for one in self._helpers if one.is_free), None):
            helper.give(first, block)
            return _Entry(first, block, helper)
        return _Entry(first, None, None, self._map(first, block))

    def _finished(self, most: int) -> Iterator[Result]:
        """Yield results that are there; wait for them while more than `most` blocks are left."""
        while self._entries and (len(self._entries) > most or _is_finished(self._entries[0])):
            entry = self._entries.popleft()
            result = entry.helper.take(entry.first) if entry.helper else entry.result
            if isinstance(result, _Lost):
                assert entry.block is not None
                result = self._map(entry.first, entry.block)
            yield result

    def _map(self, first: int, block: Block) -> Result:
        found = self._mapper.map(first, block)
        return found and self._mapper.condense(found)


def _is_finished(entry: _Entry) -> bool:
    return entry.helper is None or entry.helper.has_result


def map_blocks(
    mapper: BlockMapper, task: MappingTask, helpers: int, needs_values: Callable[[], bool]
) -> Generator[Result]:
    """Yield the rows of each block, in the file's order; None if all are blank. Close it, and the helpers end.

    Args:
        mapper: Maps blocks here.
        task: What helpers map, and how.
        helpers: How many.
        needs_values: Whether all values of the next rows are needed.

    Raises:
        TableError: The rest of the file can't be read.
        LimitReachedError: A process has reached the limit.
    """
    with ExitStack() as stack:
        started = [stack.enter_context(Helper(task)) for _ in range(helpers)]
        yield from SharedMapping(mapper, started, needs_values).results()
