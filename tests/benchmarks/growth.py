"""What grows with the file: the time and memory of `check`, the bytes of the ledger, the time of its look-ups.

`python -m tests.benchmarks.growth [ROWS] [LEADS] [ROUNDS]`: `check` of ROWS/100, ROWS/10 and ROWS rows, an upload of
ROWS/50, look-ups in a ledger of LEADS/10 leads and in one of LEADS. The time of a row is that between two sizes, so
that the start of the program does not count; every telephone number stands in the smallest file too. A look-up is one
way down a tree, of one floor more for ten times the leads, and ends in a page that no cache of the processor holds.

What 5,000,000 leads cost a `check` of 100,000 rows, in CPU time: 0.5 s to compare the indexes with their tables, which
a second connection does while rows are read, and 0.24 s of look-ups. What did not pay for these: fingerprints in order
(a tenth), ten times as many at once (a quarter, for ten times the memory), a larger page cache (slower), a table-valued
`carray` (a fifth, but it takes apsw 3.51).
"""

import os
import statistics
import sys
import time
from pathlib import Path

import apsw

from tests.benchmarks.measure import UPLOADER, Cost, Line, desk, run, server, show, side_by_side
from tests.benchmarks.spreadsheet import write_leads
from uploader.ledger import open_ledger

LOOKED_UP = 1000  # fingerprints at once, as a part of a file has
TIMES = 21
PHONES = 1000

LEADS = """
WITH RECURSIVE place (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < ?)
INSERT INTO attempt (run, row, fingerprint, sent) SELECT 'r', n, randomblob(16), 1.7e9 FROM place
"""
ANSWERS = "INSERT INTO answer SELECT id, sent, 'accepted', 201, id, NULL FROM attempt"


def main(rows: int = 1_000_000, leads: int = 5_000_000, rounds: int = 5) -> list[Line]:
    """Ratios of the largest to the smaller ones, and bytes."""
    small, middle, large = rows // 100, rows // 10, rows
    with desk() as folder, server() as url:
        first, second, third = _checks(folder, url, (small, middle, large), rounds)
        bytes_a_row = _ledger_bytes(folder, url, rows // 50) / (rows // 50)
    later = (third.seconds - second.seconds) / (large - middle)
    before = (second.seconds - first.seconds) / (middle - small)
    return [
        Line(f"a row's time from {middle:,} to {large:,} rows, against {small:,} to {middle:,}", later / before, "×"),
        Line(f"memory of {large:,} rows, against {small:,}", third.megabytes / first.megabytes, "×"),
        Line("the ledger's bytes a row", bytes_a_row, ""),
        Line(f"a look-up among {leads:,} leads, against {leads // 10:,}", _looked_up(leads), "×"),
    ]


def _checks(folder: Path, url: str, sizes: tuple[int, ...], rounds: int) -> list[Cost]:
    settings = {"UPLOADER_BASE_URL": url, "UPLOADER_HOME": str(folder / "home")}
    files = [write_leads(folder / f"{size}.csv", size, phones=PHONES) for size in sizes]
    command = [*UPLOADER, "check", "-m", folder / "map.yaml"]
    return side_by_side(rounds, *(lambda file=file: run([*command, file], settings) for file in files))


def _ledger_bytes(folder: Path, url: str, rows: int) -> int:
    """Of a ledger with one upload of this many leads."""
    home, leads = folder / "uploaded", write_leads(folder / "leads.csv", rows)
    settings = {"UPLOADER_BASE_URL": url, "UPLOADER_HOME": str(home), "UPLOADER_RATE_LIMIT": "off"}
    run([*UPLOADER, "upload", leads, "-m", folder / "map.yaml", "--yes", "--no-page"], settings)
    return sum(file.stat().st_size for file in home.glob("ledger.sqlite3*"))


def _looked_up(leads: int) -> float:
    """How many times as long a lookup takes among this many leads as among a tenth of them."""
    with desk() as folder:
        ledgers = [ledger_of(folder / str(size), size) for size in (leads // 10, leads)]
        wanted = [[os.urandom(16) for _ in range(LOOKED_UP)] for _ in range(TIMES)]
        few, many = (statistics.median(_seconds(home, wanted)) for home in ledgers)
    return many / few


def _seconds(home: Path, wanted: list[list[bytes]]) -> list[float]:
    found = []
    with open_ledger(home) as ledger:
        ledger.rows.earlier_by_fingerprint(wanted[0])
        for fingerprints in wanted:
            began = time.perf_counter()
            assert not ledger.rows.earlier_by_fingerprint(fingerprints)
            found.append(time.perf_counter() - began)
    return found


def ledger_of(home: Path, leads: int) -> Path:
    """A ledger with this many accepted leads."""
    with open_ledger(home):
        pass
    database = apsw.Connection(str(home / "ledger.sqlite3"))
    with database:
        database.execute("INSERT INTO run (id, family, started, facts) VALUES ('r', 'r', 1, '{}')")
        database.execute(LEADS, (leads,))
        database.execute(ANSWERS)
    database.close()
    return home


if __name__ == "__main__":
    show(main(*map(int, sys.argv[1:])))
