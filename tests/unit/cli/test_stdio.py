"""A standard stream that cannot be written any longer ends no command, unless its output was asked for."""

import gc
import os
from collections.abc import Iterator
from contextlib import closing
from io import TextIOWrapper
from pathlib import Path

import pytest

from uploader.cli.stdio import IGNORED, LastingStream, silence

FULL = Path("/dev/full")


@pytest.fixture(params=["full", "pipe"])
def broken(request: pytest.FixtureRequest) -> Iterator[TextIOWrapper]:
    if request.param == "pipe":
        reading, writing = os.pipe()
        os.close(reading)
    elif FULL.exists():
        writing = os.open(FULL, os.O_WRONLY)
    else:
        pytest.skip("needs a disk that is always full")
    with closing(os.fdopen(writing, "w", encoding="ascii")) as stream:
        yield stream


@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_stream_that_breaks_is_silent_afterwards(broken: TextIOWrapper, name: str) -> None:
    stream = LastingStream(broken, IGNORED[name])
    if name == "stdout" and "full" in str(os.readlink(f"/proc/self/fd/{broken.fileno()}")):
        with pytest.raises(OSError, match="No space left"):
            print("what was asked for", file=stream, flush=True)
        silence(broken)
        return
    for _ in range(2):
        print("caf\u00e9", file=stream, flush=True)
    stream.writelines(["one\n", "two\n"])
    stream.flush()


def test_file_stays_open_and_lacks_no_character(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="ascii") as file:
        stream = LastingStream(file, OSError)
        print("caf\u00e9", file=stream, flush=True)
        del stream
        gc.collect()
        print("end", file=file)
    assert (tmp_path / "out").read_text() == "caf?\nend\n"
