"""Messages between two processes of this program, over a pipe that no one else can write to."""

import pickle
import struct
from typing import IO, Any

_LENGTH = struct.Struct("<Q")


def write_message(pipe: IO[bytes], message: object) -> None:
    """Write a message. Raises OSError if the other process is gone."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def read_message(pipe: IO[bytes]) -> bytes | None:
    """Return the next message as it was pickled; None if the other process is gone."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    data = pipe.read(length)
    return data if len(data) == length else None


def unpickle(data: bytes) -> Any:
    """Return a message that `read_message` has read."""
    return pickle.loads(data)  # noqa: S301 - both ends of the pipe are this program
