"""How long until the first lead is on the wire: with a look at the whole file before, and with `--stream`.

`python -m tests.benchmarks.first_lead [ROWS]`, each way once. The command is ended (SIGKILL) as soon as the server
has a lead.
"""

import subprocess
import sys
import time
from pathlib import Path

from tests.benchmarks.measure import UPLOADER, Line, desk, environment, serving, show
from tests.benchmarks.spreadsheet import write_leads


def main(rows: int = 1_000_000) -> list[Line]:
    """Seconds from the start of the command, both ways, and how many times as soon `--stream` is."""
    with desk() as folder:
        leads = write_leads(folder / "leads.csv", rows)
        streamed, whole = (_seconds(folder, leads, flags) for flags in (["--stream"], []))
    return [
        Line(f"first lead of {rows:,}, the file checked whole", whole, "s"),
        Line("the same with `--stream`", streamed, "s"),
        Line("how many times as soon", whole / streamed, "×"),
    ]


def _seconds(folder: Path, leads: Path, flags: list[str]) -> float:
    command = [*UPLOADER, "upload", str(leads), "-m", str(folder / "map.yaml"), "--yes", *flags]
    with serving() as (url, heard):
        settings = {"UPLOADER_BASE_URL": url, "UPLOADER_HOME": str(folder / f"home{len(flags)}")}
        began = time.perf_counter()
        with subprocess.Popen(command, env=environment(settings), stderr=subprocess.DEVNULL) as process:
            assert heard.readline() == "a lead\n"
            seconds = time.perf_counter() - began
            process.kill()
    return seconds


if __name__ == "__main__":
    show(main(*map(int, sys.argv[1:])))
