"""Fuzz the readers of spreadsheets and reports: `python -m tests.fuzz.workbooks SECONDS [FOLDER] [FIRST_SEED]`.

Each execution mutates a file and reads it in a process of its own kind: a workbook, a text file or a report made here,
or a workbook of a folder. It must give a table or a TableError, within 20 seconds of the processor and 600 MB; and of a
report, no row that the ledger knows as accepted may be sent again. What breaks a rule is kept in the folder for
temporary files, and printed with its seed.
"""

import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from tests.corpus import encodings, texts, workbook_containers, workbook_values, workbooks
from tests.fuzz.mutations import mutate
from tests.fuzz.reports import read_report, report_seeds
from uploader.core.errors import TableError
from uploader.spreadsheet import open_table

MAX_SECONDS = 20
MAX_MEGABYTES = 600
_USUAL_MEGABYTES = 60  # of the uploader before it reads a file
_PER_PROCESS = 200  # executions, after which a new process shows each one's memory again


class Finding(NamedTuple):
    """An execution that broke a rule."""

    seed: int
    what: str
    data: bytes


def seeds(folder: Path | None = None) -> list[bytes]:
    """Return the files that are mutated, those of a folder first. Reports come several times, as they are few."""
    found = [path.read_bytes() for path in sorted(folder.glob("*.*[sxm][lsdt]*"))] if folder else []
    with tempfile.TemporaryDirectory() as desk:
        for case in (
            *workbooks.CASES,
            *workbook_values.CASES,
            *workbook_containers.CASES,
            *texts.CASES,
            *encodings.CASES,
        ):
            path = Path(desk, "a.xlsx")
            case.build(path)
            found.append(path.read_bytes())
    found += report_seeds() * max(1, len(found) // 20)
    return [data for data in found if 0 < len(data) < 400_000]


def made_by(seed: int, files: Sequence[bytes]) -> bytes:
    """Return the input of a seed."""
    chance = random.Random(seed)
    return mutate(chance.choice(files), chance)


def read(path: Path, base: float = 0) -> str:
    """Read a workbook to its end; return what is wrong with how that went, or "".

    Args:
        path: The file.
        base: Megabytes that the process had at its start, more than the uploader alone has.
    """
    began = time.process_time()  # a busy machine is no finding
    try:
        table = open_table(path)
        for chunk in table.chunks():
            assert all(type(cell) is str for column in chunk.columns for cell in column)
        if "upload_row" in table.columns:
            read_report(table)
    except TableError:
        pass
    except Exception as error:  # noqa: BLE001 - which is what is looked for
        return f"{type(error).__name__}: {error}"
    seconds = time.process_time() - began
    megabytes = _peak_megabytes() - base
    if seconds > MAX_SECONDS:
        return f"{seconds:.0f} s"
    return f"{megabytes:.0f} MB" if megabytes > MAX_MEGABYTES else ""


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def _work(requests: Connection, files: Sequence[bytes], desk: str) -> None:
    """Read the inputs of the seeds that come; answer what is wrong with each."""
    resource.setrlimit(resource.RLIMIT_AS, (2 * 1024**3, 2 * 1024**3))
    base = max(0.0, _peak_megabytes() - _USUAL_MEGABYTES)
    path = Path(desk, "fuzz.xlsx")
    while (seed := requests.recv()) is not None:
        path.write_bytes(made_by(seed, files))
        requests.send(read(path, base))


def fuzz(first: int, seconds: float, files: Sequence[bytes]) -> Iterator[Finding | None]:
    """Yield for each seed what was found, or None, until the time is over."""
    end = time.monotonic() + seconds
    seed = first
    with tempfile.TemporaryDirectory() as desk:
        while time.monotonic() < end:
            ours, theirs = multiprocessing.Pipe()
            process = multiprocessing.Process(target=_work, args=(theirs, files, desk), daemon=True)
            process.start()
            for _ in range(_PER_PROCESS):
                ours.send(seed)
                try:
                    what = ours.recv() if ours.poll(3 * MAX_SECONDS) else f"more than {3 * MAX_SECONDS} s"
                except EOFError:
                    what = "the process died"
                yield Finding(seed, what, made_by(seed, files)) if what else None
                seed += 1
                if what or time.monotonic() > end:
                    break
            process.kill()
            process.join()


def main(seconds: float = 60, folder: Path | None = None, first: int = 1) -> int:
    """Fuzz for some seconds, and print what was found."""
    files = seeds(folder)
    count, findings = 0, 0
    for found in fuzz(first, seconds, files):
        count += 1
        if found:
            findings += 1
            path = Path(tempfile.gettempdir(), f"fuzz-{found.seed}.bin")
            path.write_bytes(found.data)
            sys.stdout.write(f"seed {found.seed}: {found.what} ({path})\n")
        if count % 1000 == 0:
            sys.stdout.write(f"{count:,} executions, {findings} findings\n")
        sys.stdout.flush()
    sys.stdout.write(f"{count:,} executions of {len(files):,} files, {findings} findings, seeds from {first}\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), *map(Path, sys.argv[2:3]), *map(int, sys.argv[3:4])))
