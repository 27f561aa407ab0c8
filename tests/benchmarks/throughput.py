"""Rows a second of a whole `upload`, everything on, against a bare loop that reads the same file.

The peers are in `peers/`: aiohttp workers fed by the csv module, which check nothing and keep nothing, and a script
with a requests session that sends one lead at a time. All post to one server on another core; ours and the bare loop
have the same number of requests under way. The bare loop runs twice: as it is usually written, with connections that
are used again, and with one connection for each request, which is what keeps our responses apart (see
`uploader/api/connection.py`). The quota is off: its book-keeping, a write for each request, does not show
at 3,000 in five minutes, but would at thousands a second. The bar is drawn on a terminal.

What paid: one commit for all intents and answers that come together; the body as ready bytes, its values quoted once
each; the token's query and the URL made once; the rows of a small file read and mapped once for all three looks at
them; libraries loaded only when they are needed; warnings judged by the column, once for all looks at a row; plain
telephone numbers by one look at their digits; one transaction for all permits that are asked for and given back
together (12 µs of the processor for each, not 100, and 600 after 10,000); a bar that is drawn ten times a second, not
for each lead (0.98).
What did not: a commit for each attempt (0.30), a writer thread (0.51), TRUNCATE in the place of WAL (0.52), aiohttp's
tracing to learn when a body leaves (0.93), waiting more turns of the loop for a fuller commit, smaller pages for the
ledger, a longer log before they are written back, `asyncio.timeout` in the place of aiohttp's own, looking for the end
of a connection for two turns of the loop before a timer is set for it (within the noise), running without the garbage
collector (within the noise). Connecting without aiohttp's resolving, racing of addresses and timers would save a tenth
of the client's time at most; connections that are opened ahead and those that are used again are in `docs/speed.md`.
What is left: of each lead's time the disk's part in the commits is 0.1, the rest of the ledger 0.1; the start of the
program is 0.1 of the whole, report and page 0.06.
"""

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import count

from tests.benchmarks.measure import PYTHON, UPLOADER, WITHOUT_UVLOOP, Cost, Line, desk, run, server, show, side_by_side
from tests.benchmarks.spreadsheet import write_leads

CONCURRENCY = 16

# Used where it is installed, as uploader does.
FAST = "uvloop" if find_spec("uvloop") else "asyncio"


def main(rows: int = 20_000, rounds: int = 5) -> list[Line]:
    """Ratios of rows a second: ours to each peer's."""
    with desk() as folder, server() as url:
        leads = write_leads(folder / "leads.csv", rows)
        homes = count()

        def ours(program: Sequence[str]) -> Cost:
            home = folder / f"home{next(homes)}"
            settings = {
                "UPLOADER_BASE_URL": url,
                "UPLOADER_RATE_LIMIT": "off",
                "UPLOADER_CONCURRENCY": str(CONCURRENCY),
                "UPLOADER_HOME": str(home),
            }
            words = ["upload", leads, "-m", folder / "map.yaml", "--yes", "--report", folder / "report.csv"]
            return run([*program, *words], settings, watched=sys.platform != "win32")

        def peer(name: str, loop: str = "asyncio", *more: str) -> Cost:
            return run([PYTHON, "-m", f"tests.benchmarks.peers.{name}", leads, url, CONCURRENCY, loop, *more])

        plain, fast, bare, closing, bare_fast, script = side_by_side(
            rounds,
            lambda: ours(WITHOUT_UVLOOP),
            lambda: ours(UPLOADER),
            lambda: peer("aiohttp_loop"),
            lambda: peer("aiohttp_loop", "asyncio", "close"),
            lambda: peer("aiohttp_loop", FAST),
            lambda: peer("requests_script"),
        )
    return [
        Line(f"`upload` of {rows:,} leads, against a bare aiohttp loop", bare.seconds / plain.seconds, "×"),
        Line("the same, in time of the processor", bare.processor / plain.processor, "×"),
        Line("against the loop with one connection for each request", closing.seconds / plain.seconds, "×"),
        Line("the same, in time of the processor", closing.processor / plain.processor, "×"),
        Line("that loop against the first one, in time of the processor", bare.processor / closing.processor, "×"),
        Line("`upload` with the extra `fast` (uvloop), against the loop without", bare.seconds / fast.seconds, "×"),
        Line("both with uvloop", bare_fast.seconds / fast.seconds, "×"),
        Line("`upload` without uvloop, against a requests script", script.seconds / plain.seconds, "×"),
    ]


if __name__ == "__main__":
    show(main(*map(int, sys.argv[1:])))
