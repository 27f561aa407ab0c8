"""`check` of a large file: rows a second and the most memory, against frictionless and a plain csv loop.

`python -m tests.benchmarks.check [ROWS] [ROUNDS]`. The peers are in `peers/`; frictionless has less to do, the loop
the same. What paid: rows read a thousand at a time, which stay in the processor's cache; each distinct text of a
column converted once, and tidy addresses, which hardly come twice, by one regular expression; SHA-256 begun once for
all fingerprints; repeats found in a numpy table. What did not: other thresholds of the garbage collector beyond the
one that is set, frames made row by row, a cache for columns in which every cell is another (that one costs), a hash
table of plain arrays (three times numpy's time, and no less memory).
"""

import sys

from tests.benchmarks.measure import PYTHON, UPLOADER, Cost, Line, desk, run, server, show, side_by_side
from tests.benchmarks.spreadsheet import write_leads


def main(rows: int = 1_000_000, rounds: int = 1) -> list[Line]:
    """Rows a second, megabytes, and how many times as fast as each peer."""
    with desk() as folder, server() as url:
        leads = write_leads(folder / "leads.csv", rows)
        settings = {"UPLOADER_BASE_URL": url, "UPLOADER_HOME": str(folder / "home")}

        def peer(name: str) -> Cost:
            return run([PYTHON, "-m", f"tests.benchmarks.peers.{name}", leads])

        ours, loop, frictionless = side_by_side(
            rounds,
            lambda: run([*UPLOADER, "check", leads, "-m", folder / "map.yaml"], settings),
            lambda: peer("csv_loop"),
            lambda: peer("frictionless_schema"),
        )
    return [
        Line(f"`check` of {rows:,} rows × 10 columns", rows / ours.seconds, "rows/s"),
        Line("the most memory that it takes", ours.megabytes, "MB"),
        Line("its speed, against a csv loop with the same checks", loop.seconds / ours.seconds, "×"),
        Line("its speed, against frictionless", frictionless.seconds / ours.seconds, "×"),
    ]


if __name__ == "__main__":
    show(main(*map(int, sys.argv[1:])))
