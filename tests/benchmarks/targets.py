"""The speeds that the program aims at, each a ratio of whole processes measured side by side.

`python -m tests.benchmarks [--repeat 3] [--quick] [NAME ...]` prints a table: the runs of each figure, their spread
(largest less smallest), and whether the median reaches the target. `--quick` takes small files, and only shows that
everything works. The names are those of the functions below: `start check sheets sending ledger`.

All e-mail addresses, telephone numbers (as they are written) and names of a list are different. What was tried and did
not pay, of the start: making only the command that is used (8 ms of 340); asking for the links while the form is on its
way (a wrong API key would cost two requests instead of one). What paid: ending the process without freeing its objects
(70 ms), patterns of many characters that are compiled when they are needed, or written as what they are not (20 ms),
email-validator only for unusual domains (13 ms), no readers of workbooks for a CSV, no search for pydantic's plugins.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.growth import ledger_of
from tests.benchmarks.measure import PYTHON, UPLOADER, WITHOUT_UVLOOP, Cost, desk, run, server
from tests.benchmarks.spreadsheet import write_leads
from tests.benchmarks.throughput import CONCURRENCY, FAST
from tests.benchmarks.workbooks import write_padded, write_workbook

IMPORTS = (PYTHON, "-c", "import aiohttp, pydantic, apsw")
HIGH_QUOTA = "100000000/300"  # never waited for, but every request is counted


class Figure(NamedTuple):
    """One figure of one run, and its target: at least or (`is_most`) at most so much."""

    what: str
    value: float
    target: float
    is_most: bool
    unit: str = "×"


def start(folder: Path, url: str, *, quick: bool) -> Iterator[Figure]:
    """Yield how long short commands take. Each is the fastest of some, as other work only adds to it."""
    leads, settings = write_leads(folder / "300.csv", 300), _settings(url, folder / "home")
    check = [*UPLOADER, "check", leads, "-m", folder / "map.yaml"]
    shown, imports, help_, package = _fastest(
        1 if quick else 10,
        lambda: run(check, settings),
        lambda: run(IMPORTS),
        lambda: run([*UPLOADER, "--help"], settings),
        lambda: run([PYTHON, "-c", "import uploader"]),
    )
    yield Figure("`check` of 300 rows, against importing aiohttp, pydantic and apsw", _ratio(shown, imports), 2.2, True)
    yield Figure("`uploader --help`", help_.seconds, 0.2, True, "s")
    yield Figure("`import uploader`", package.seconds, 0.1, True, "s")


def check(folder: Path, url: str, *, quick: bool) -> Iterator[Figure]:
    """Yield the speed and the memory of `check` of a large CSV; frictionless does less: see `check`."""
    rows = 500 if quick else 1_000_000
    leads = write_leads(folder / f"{rows}.csv", rows)
    ours = run([*UPLOADER, "check", leads, "-m", folder / "map.yaml"], _settings(url, folder / "home"))
    theirs = run([PYTHON, "-m", "tests.benchmarks.peers.frictionless_schema", leads])
    yield Figure(
        f"`check` of {rows:,} rows × 10 columns, its speed against frictionless", _ratio(theirs, ours), 5, False
    )
    yield Figure("the most memory that this takes", ours.megabytes, 130, True, "MB")


def sheets(folder: Path, url: str, *, quick: bool) -> Iterator[Figure]:
    """Yield what a workbook costs in place of a CSV, to read and to write."""
    rows = 200 if quick else 100_000
    leads = write_leads(folder / f"{rows}.csv", rows)
    settings = _settings(url, folder / "home")
    padded = write_padded(folder / "padded.csv", leads)
    books = [write_workbook(folder / f"{csv.stem}.xlsx", csv, padded=csv is padded) for csv in (leads, padded)]
    checks = [[*UPLOADER, "check", file, "-m", folder / "map.yaml"] for file in (leads, books[0], padded, books[1])]
    costs = _fastest(1 if quick else 3, *(lambda check=check: run(check, settings) for check in checks))
    for what, from_csv, cost in (("a workbook", *costs[:2]), ("a workbook with padded numbers", *costs[2:])):
        work = cost.processor / from_csv.processor  # a check waits for nothing, except for other programs to pause
        yield Figure(f"`check` of {what} of {rows:,} rows, against the same CSV", work, 1.6, True)
        yield Figure(f"the most memory that `check` of {what} takes", cost.megabytes, 250, True, "MB")
    report = folder / "report.xlsx"
    ours, loop = (
        run([PYTHON, "-m", f"tests.benchmarks.peers.{name}", leads, report])
        for name in ("xlsx_report", "xlsxwriter_loop")
    )
    yield Figure(f"an xlsx report of {rows:,} rows, against a loop of XlsxWriter", _ratio(ours, loop), 1.2, True)


def sending(folder: Path, url: str, *, quick: bool) -> Iterator[Figure]:
    """Yield the speed of `upload`, and of the limiter's bookkeeping alone; see `throughput`."""

    def ours(leads: Path, program: Sequence[str], quota: str = "off") -> Cost:
        settings = {"UPLOADER_RATE_LIMIT": quota, "UPLOADER_CONCURRENCY": str(CONCURRENCY)}
        settings |= _settings(url, Path(tempfile.mkdtemp(dir=folder)))
        words = ["upload", leads, "-m", folder / "map.yaml", "--yes", "--report", folder / "report.csv"]
        return run([*program, *words], settings, watched=True)

    def bare(leads: Path, *more: str) -> Cost:
        return run([PYTHON, "-m", "tests.benchmarks.peers.aiohttp_loop", leads, url, CONCURRENCY, "asyncio", *more])

    small, large = (50, 60) if quick else (10_000, 100_000)
    leads = write_leads(folder / f"{small}.csv", small)
    loop, plain = bare(leads), ours(leads, WITHOUT_UVLOOP)
    limited = ours(leads, WITHOUT_UVLOOP, HIGH_QUOTA)
    yield Figure(
        f"`upload` of {small:,} leads, its speed against a bare aiohttp loop", _ratio(loop, plain), 0.85, False
    )
    one_each = "the same against a bare loop with one connection for each request, as ours"
    yield Figure(one_each, _ratio(bare(leads, "close"), plain), 0.85, False)
    yield Figure("`upload` with the quota's bookkeeping, against the first loop", _ratio(loop, limited), 0.8, False)
    yield Figure("the quota's bookkeeping alone: with it, against without", _ratio(plain, limited), 0.94, False)
    if FAST == "uvloop":
        fast = ours(leads, UPLOADER)
        yield Figure("`upload` with uvloop, against the first loop without", _ratio(loop, fast), 1.05, False)
    leads = write_leads(folder / f"{large}.csv", large)
    many = _ratio(bare(leads), ours(leads, WITHOUT_UVLOOP))
    yield Figure(f"`upload` of {large:,} leads, its speed against the bare loop", many, 0.95, False)


def ledger(folder: Path, url: str, *, quick: bool) -> Iterator[Figure]:
    """Yield what many leads in the ledger cost."""
    rows, known = (200, 2_000) if quick else (100_000, 5_000_000)
    leads = write_leads(folder / f"{rows}.csv", rows)
    full = folder / "full"
    if not full.exists():
        ledger_of(full, known)
    command = [*UPLOADER, "check", leads, "-m", folder / "map.yaml"]
    with_leads, without = run(command, _settings(url, full)), run(command, _settings(url, folder / "home"))
    what = f"`check` of {rows:,} rows with {known:,} leads in the ledger, against an empty one"
    yield Figure(what, _ratio(with_leads, without), 1.3, True)


PARTS: Mapping[str, Callable[..., Iterator[Figure]]] = {
    part.__name__: part for part in (start, check, sheets, sending, ledger)
}


def _ratio(cost: Cost, other: Cost) -> float:
    return cost.seconds / other.seconds


def _settings(url: str, home: Path) -> dict[str, str]:
    return {"UPLOADER_BASE_URL": url, "UPLOADER_HOME": str(home)}


def _fastest(rounds: int, *runs: Callable[[], Cost]) -> list[Cost]:
    costs = [[one() for one in runs] for _ in range(rounds)]
    return [min(of_one, key=lambda cost: cost.seconds) for of_one in zip(*costs, strict=True)]


def main(names: Sequence[str] = (), repeat: int = 3, *, quick: bool = False) -> Iterator[str]:
    """Yield the rows of the table, as soon as they are known."""
    with desk() as folder, server() as url:
        for name in names or PARTS:
            runs = [list(PARTS[name](folder, url, quick=quick)) for _ in range(repeat)]
            yield from map(_row, zip(*runs, strict=True))


def _row(figures: Sequence[Figure]) -> str:
    values, target = [figure.value for figure in figures], figures[0].target
    median, spread = statistics.median(values), max(values) - min(values)
    is_reached = median <= target if figures[0].is_most else median >= target
    runs = " · ".join(f"{value:,.2f}" for value in values)
    bound = f"{'≤' if figures[0].is_most else '≥'} {target:g} {figures[0].unit}"
    return f"| {figures[0].what} | {runs} | {spread:.2f} | {bound} | {'yes' if is_reached else 'no'} |"


def command() -> None:
    """Read the command line, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of: {' '.join(PARTS)}")
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="runs of each figure")
    parser.add_argument("--quick", action="store_true", help="small files: only shows that everything works")
    given = parser.parse_args()
    if unknown := {*given.names} - {*PARTS}:
        parser.error(f"no such name: {', '.join(sorted(unknown))}")
    print("| figure | runs | spread | target | reached |\n|---|---|---|---|---|", flush=True)
    for row in main(given.names, given.repeat, quick=given.quick):
        print(row, flush=True)
