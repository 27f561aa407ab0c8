"""Copies of standard input and of pipes: these can be read only once, and a spreadsheet is read several times."""

import shutil
import sys
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path

from uploader.core.errors import TableError

STANDARD_INPUT = Path("-")

# What messages call them, and what their reports are named after.
STREAM_NAMES = ("stdin", "pipe")


@dataclass(frozen=True)
class StreamCopy:
    """A copy in a folder that only the user may read, and that is removed with this object or the process.

    Attributes:
        path: The copy.
        shown: Where the file would be if it were one: its report goes beside it.
    """

    path: Path
    shown: Path


def is_stream(path: Path) -> bool:
    """Return whether a path stands for standard input, or is a pipe such as `<(zcat leads.csv.gz)`."""
    return path == STANDARD_INPUT or path.is_fifo() or path.is_char_device() or path.is_socket()


def copy_stream(path: Path) -> StreamCopy:
    """Read a stream to its end.

    Raises:
        OSError: It can't be read, or there is no room for the copy.
        TableError: There is no standard input.
    """
    name = STREAM_NAMES[path != STANDARD_INPUT]
    folder = tempfile.mkdtemp(prefix="uploader-")
    copy = StreamCopy(Path(folder) / name, Path.cwd() / name)
    weakref.finalize(copy, shutil.rmtree, folder, ignore_errors=True)
    with copy.path.open("wb") as target:
        if path == STANDARD_INPUT:
            if sys.stdin is None:
                raise TableError("There is no standard input.", "Give a file.")
            shutil.copyfileobj(sys.stdin.buffer, target)
        else:
            with path.open("rb") as source:
                shutil.copyfileobj(source, target)
    return copy
