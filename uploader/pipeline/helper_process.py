"""A process that maps blocks for another one, over its standard input and output, until that one is gone."""

import os
import sys
from queue import SimpleQueue
from threading import Thread
from typing import IO

from uploader.core import version
from uploader.core.pipe import read_message, unpickle, write_message
from uploader.core.process import relax_garbage_collection
from uploader.pipeline.block_mapper import LimitReachedError

# What the process says first: from where its code comes.
READY = (version.__version__, version.__file__)

SWITCH_INTERVAL = 0.0005  # seconds after which the thread that reads gets its turn


def main() -> None:
    """Map blocks. The first message is the `MappingTask`; each other one is a block and the number of its first row."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else may be written between the answers
    relax_garbage_collection()
    sys.setswitchinterval(SWITCH_INTERVAL)
    messages: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_read, args=[sys.stdin.buffer, messages], daemon=True).start()
    try:
        _map(messages, answers)
    finally:
        os._exit(1)  # the other process maps the block again, which shows what is wrong


def _read(pipe: IO[bytes], messages: "SimpleQueue[bytes]") -> None:
    """Take in messages as soon as they come, so that the other process never waits; end with it."""
    try:
        while (message := read_message(pipe)) is not None:
            messages.put(message)
    finally:
        os._exit(0)


def _map(messages: "SimpleQueue[bytes]", answers: IO[bytes]) -> None:
    mapper = unpickle(messages.get()).begin()
    write_message(answers, READY)
    while True:
        first, block = unpickle(messages.get())
        try:
            found = mapper.map(first, block)
        except LimitReachedError as error:
            write_message(answers, (first, error))
        else:
            write_message(answers, (first, found and mapper.condense(found)))
