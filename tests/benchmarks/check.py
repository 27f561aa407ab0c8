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

What is left of a row's 6 µs of CPU time on one core: telephone numbers and the text itself 1.5 each, HMACs 0.6,
repeats 0.5, reading 0.5, addresses 0.3. Helper processes take part in all of it but reading and repeats. What paid
there: lines handed over as text (0.1 µs a row; their cells take 1.0), plain pickles in both directions, results
without the values that planning does not need (those of eight waiting blocks took 14 MB), a thread in the helper that
reads ahead, modules that load no database there (23 MB of its own instead of 39), and no helper below 30 MB, as it
takes 0.4 s of CPU time to start. Before that: no search for letters written in ASCII where a file has not what they
begin with, and lines counted only for an error: the encoding of a file with plus signs took 1.6 s of 8, and takes
0.2.

Weighed, not built: a keyed BLAKE2 in place of HMACs while the ledger is empty (0.3 µs of a row, in the first upload
only); bytes in place of text to the helper (0.4 µs, but lines would be found in two ways); a helper that starts while
the encoding is detected (0.2 s). With two cores, the first process can't take less than 0.9 s to start, 1.1 for
reading and repeats, and half of the rest: some 3.5 s of the 8 that one core took.
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
        Line("the same by the seconds of the processor, without those of helpers", frictionless.own / check.own, "×"),
    ]


if __name__ == "__main__":
    show(main(*map(int, sys.argv[1:])))
