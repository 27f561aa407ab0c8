"""Whole commands, timed: seconds from start to end, the most memory, and what was output."""

import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO

import uploader
from tests.benchmarks.children import Children
from tests.benchmarks.spreadsheet import MAPPING
from uploader.sandbox import credentials

PYTHON = sys.executable
UPLOADER = (PYTHON, "-m", "uploader")
_WITHOUT = "import sys; sys.modules['uvloop'] = None; from uploader.cli import run_process; run_process()"
WITHOUT_UVLOOP = (PYTHON, "-c", _WITHOUT)


@dataclass(frozen=True)
class Cost:
    """What one command took: seconds, the most resident memory in MB (10^6 bytes), and seconds of the processor.

    The latter are its own and the system's for it; they depend far less than `seconds` on what else the machine does.
    Those of its children are in both, without the memory that they share with others; `children` are only the latter's
    seconds of the processor. They run beside it, so on quiet cores it takes what `processor` has more than `children`.
    """

    seconds: float
    megabytes: float
    processor: float
    children: float = 0.0

    @property
    def own(self) -> float:
        """The seconds of the processor without those of its children."""
        return self.processor - self.children


class Line(NamedTuple):
    """One measurement: what, how much, of what unit; and how much it should be at most, if there is a target."""

    what: str
    value: float
    unit: str
    limit: float | None = None


def run(command: Sequence[object], settings: Mapping[str, str] | None = None, *, watched: bool = False) -> Cost:
    """Runs a command to its end; `watched`, its bar is drawn, as on a terminal.

    Raises CalledProcessError with what it output when it fails.
    """
    words = [str(word) for word in command]
    with tempfile.TemporaryFile("w+") as output, _terminal() if watched else nullcontext(subprocess.STDOUT) as stderr:
        began = time.perf_counter()
        process = subprocess.Popen(words, env=environment(settings or {}), stdout=output, stderr=stderr)
        with Children(process.pid) as children:
            _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise subprocess.CalledProcessError(process.returncode, words, output.read())
    megabytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    return Cost(seconds, megabytes + children.megabytes, usage.ru_utime + usage.ru_stime, children.processor)


@contextmanager
def _terminal() -> Iterator[int]:
    """What a program takes for one, and a thread that reads what is written there."""
    import pty

    ours, theirs = pty.openpty()
    reader = threading.Thread(target=_read_all, args=[ours])
    reader.start()
    try:
        yield theirs
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)


def _read_all(terminal: int) -> None:
    with suppress(OSError):  # its other end was closed
        while os.read(terminal, 65_536):
            pass


def side_by_side(rounds: int, *runs: Callable[[], Cost]) -> list[Cost]:
    """Run each in turn, several times, so that a slow minute of the machine affects all; return the medians."""
    found = [[one() for one in runs] for _ in range(rounds)]
    return [
        Cost(
            statistics.median(cost.seconds for cost in costs),
            max(cost.megabytes for cost in costs),
            statistics.median(cost.processor for cost in costs),
            statistics.median(cost.children for cost in costs),
        )
        for costs in zip(*found, strict=True)
    ]


@contextmanager
def desk() -> Iterator[Path]:
    """An empty folder with the mapping in it. The code is compiled, as it is once it is installed."""
    compileall.compile_dir(Path(uploader.__file__).parent, quiet=1)
    folder = Path(tempfile.mkdtemp(prefix="uploader-benchmark-"))
    (folder / "map.yaml").write_text(MAPPING, encoding="utf-8")
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def server() -> Iterator[str]:
    """The address of a small server on another core."""
    with serving() as (url, _):
        yield url


@contextmanager
def serving() -> Iterator[tuple[str, TextIO]]:
    """The same, and what it says: `a lead` when the first one has come."""
    command = [PYTHON, "-m", "tests.benchmarks.server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield process.stdout.readline().strip(), process.stdout
        process.stdin.close()


def show(lines: Iterable[Line]) -> None:
    """Rows of a Markdown table; those with a target say what it is, and whether it is reached."""
    for line in lines:
        value = f"{line.value:,.0f}" if line.value >= 100 or line.value == 0 else f"{line.value:.2f}"
        is_reached = line.limit is None or line.value <= line.limit
        target = f" ≤ {line.limit:,g} {line.unit} | {'yes' if is_reached else 'no'} |" if line.limit is not None else ""
        print(f"| {line.what} | {value} {line.unit} |".replace("  |", " |") + target, flush=True)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's own, without any settings of its user's."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("UPLOADER_")}
    return {**own, **credentials(), **settings}
