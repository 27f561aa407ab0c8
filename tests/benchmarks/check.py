"""`check` of a large file: rows a second and the most memory, against frictionless and a plain csv loop.

`python -m tests.benchmarks.check [ROWS] [ROUNDS]`. The peers are in `peers/`; frictionless has less to do, the loop
the same. Telephone numbers come again in the large file, and are looked at once; where each is new, as in the second,
smaller one, phonenumbers is most of the work in the loop. What paid: rows read a thousand at a time, which
stay in the processor's cache; lines without quotes split all at once, and never made rows; each distinct text of a
column converted once, and tidy addresses, which hardly come twice, by one regular expression that never goes back;
SHA-256 begun once for all fingerprints; repeats found by a chained hash table of plain numbers, with the fingerprints
themselves in a file (1.2 in all over a bit for each lead and shelves of leads); plain telephone numbers by one look at
their digits. What did not: other thresholds of the garbage collector beyond the one that is set, frames made row by
row, a cache for columns in which every cell is another (that one costs), a hash table of numpy arrays for the repeats
(as fast, with 50 MB more), each line split by itself (slower than the csv module), larger pieces of text in the place
of lines, a set of the texts that stay as they are, one regular expression over a whole column (no gain where one
address in a thousand has a capital). What is left: a fifth is the text itself, a fifth the HMACs, a tenth the start.
"""

import sys
from pathlib import Path

from tests.benchmarks.measure import PYTHON, UPLOADER, Cost, Line, desk, run, server, show, side_by_side
from tests.benchmarks.spreadsheet import write_leads


def main(rows: int = 1_000_000, rounds: int = 3) -> list[Line]:
    """Rows a second, megabytes, and how many times as fast as each peer."""
    with desk() as folder, server() as url:
        leads = write_leads(folder / "leads.csv", rows)
        new = write_leads(folder / "new.csv", rows // 5, respelt=True)
        settings = {"UPLOADER_BASE_URL": url, "UPLOADER_HOME": str(folder / "home")}

        def peer(name: str, leads: Path) -> Cost:
            return run([PYTHON, "-m", f"tests.benchmarks.peers.{name}", leads])

        def ours(leads: Path) -> Cost:
            return run([*UPLOADER, "check", leads, "-m", folder / "map.yaml"], settings)

        check, loop, frictionless, check_new, loop_new = side_by_side(
            rounds,
            lambda: ours(leads),
            lambda: peer("csv_loop", leads),
            lambda: peer("frictionless_schema", leads),
            lambda: ours(new),
            lambda: peer("csv_loop", new),
        )
    return [
        Line(f"`check` of {rows:,} rows × 10 columns", rows / check.seconds, "rows/s"),
        Line("the most memory that it takes", check.megabytes, "MB"),
        Line("its speed, against a csv loop with the same checks", loop.seconds / check.seconds, "×"),
        Line("the same, where each telephone number is new", loop_new.seconds / check_new.seconds, "×"),
        Line("its speed, against frictionless", frictionless.seconds / check.seconds, "×"),
    ]


if __name__ == "__main__":
    show(main(*map(int, sys.argv[1:])))
