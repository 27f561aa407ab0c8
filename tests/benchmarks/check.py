"""`check` of a large file: rows a second and the most memory, against frictionless and a plain csv loop.

`python -m tests.benchmarks.check [ROWS] [ROUNDS]`. The peers are in `peers/`; frictionless has less to do, the loop the
same. Every name, address and number is different, so that phonenumbers is most of the work in the loop. What paid: rows
read a thousand at a time, which stay in the processor's cache; lines without quotes split all at once, and never made
rows; each distinct text of a column converted once, and tidy addresses, which hardly come twice, by one regular
expression that never goes back; SHA-256 begun once for all fingerprints; repeats found by a chained hash table of plain
numbers, with the fingerprints themselves in a file (1.2 in all over a bit for each lead and shelves of leads); plain
telephone numbers by one look at their digits, gaps removed by `replace` (a quarter of a number's time less than by
`translate`), countries of codes remembered, all questions about its digits in one pattern; columns in which nearly
every cell is another converted together, their usual cells by one pattern each and without a cache (a third of a row's
time, and a fifth of the memory); usual words by one regular expression before any repair. What did not: other
thresholds of the garbage collector beyond the one that is set, frames made row by row, a hash table of numpy arrays for
the repeats (as fast, with 50 MB more), each line split by itself (slower than the csv module), larger pieces of text in
the place of lines, a set of the texts that stay as they are, one regular expression over a whole column (no gain where
one address in a thousand has a capital).

What is left of a row's 5.8 µs of CPU time: telephone numbers and the text itself 1.5 each, HMACs 0.8, repeats 0.5,
addresses 0.3. Worker processes were weighed, not built: the lines of a row are handed over in 0.1 µs (its cells in
1.0), and reading and finding repeats, 0.9, would stay where they are; so two cores could at best be 1.8 times as fast,
which is still less than 5 × frictionless, and each process takes 42 MB before its first row.
"""

import sys

from tests.benchmarks.measure import PYTHON, UPLOADER, Cost, Line, desk, run, server, show, side_by_side
from tests.benchmarks.spreadsheet import write_leads


def main(rows: int = 1_000_000, rounds: int = 3) -> list[Line]:
    """Rows a second, megabytes, and how many times as fast as each peer."""
    with desk() as folder, server() as url:
        leads = write_leads(folder / "leads.csv", rows)
        settings = {"UPLOADER_BASE_URL": url, "UPLOADER_HOME": str(folder / "home")}

        def peer(name: str) -> Cost:
            return run([PYTHON, "-m", f"tests.benchmarks.peers.{name}", leads])

        def ours() -> Cost:
            return run([*UPLOADER, "check", leads, "-m", folder / "map.yaml"], settings)

        check, loop, frictionless = side_by_side(
            rounds, ours, lambda: peer("csv_loop"), lambda: peer("frictionless_schema")
        )
    return [
        Line(f"`check` of {rows:,} rows × 10 columns", rows / check.seconds, "rows/s"),
        Line("the most memory that it takes", check.megabytes, "MB"),
        Line("its speed, against a csv loop with the same checks", loop.seconds / check.seconds, "×"),
        Line("its speed, against frictionless", frictionless.seconds / check.seconds, "×"),
    ]


if __name__ == "__main__":
    show(main(*map(int, sys.argv[1:])))
