"""How long a command takes to answer that does next to nothing: `--help` and `runs`, against Python that does nothing.

`python -m tests.benchmarks.start [ROUNDS]`. Neither imports pandas, aiohttp or pydantic, which cost more than the rest.
"""

import sys

from tests.benchmarks.measure import PYTHON, UPLOADER, Line, desk, run, server, show, side_by_side
from tests.benchmarks.spreadsheet import write_leads


def main(rounds: int = 15) -> list[Line]:
    """Seconds, and how many times as long as an empty Python program."""
    with desk() as folder, server() as url:
        settings = {"UPLOADER_BASE_URL": url, "UPLOADER_HOME": str(folder / "home")}
        leads = write_leads(folder / "leads.csv", 10)
        run([*UPLOADER, "upload", leads, "-m", folder / "map.yaml", "--yes"], settings)
        nothing, help_, runs = side_by_side(
            rounds,
            lambda: run([PYTHON, "-c", "pass"]),
            lambda: run([*UPLOADER, "--help"], settings),
            lambda: run([*UPLOADER, "runs"], settings),
        )
    return [
        Line("`uploader --help`", help_.seconds, "s"),
        Line("`uploader runs`", runs.seconds, "s"),
        Line("`uploader --help`, against an empty Python program", help_.seconds / nothing.seconds, "×"),
        Line("`uploader runs`, against the same", runs.seconds / nothing.seconds, "×"),
    ]


if __name__ == "__main__":
    show(main(*map(int, sys.argv[1:])))
