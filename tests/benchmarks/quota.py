"""How much of a quota is used: requests sent ÷ requests possible under a strict rolling window, with jitter.

`python -m tests.benchmarks.quota [REQUESTS] [SECONDS]`. The window is scaled down from 3,000 in 300 seconds. A permit
counts until one window after its answer, so what is lost is one request's time a window: the shorter the window, the
more that is of it, and the real one loses less.
"""

import asyncio
import itertools
import sys

from tests.benchmarks.measure import UPLOADER, Line, desk, run, show
from tests.benchmarks.spreadsheet import write_leads
from uploader.sandbox import Sandbox, SandboxOptions

WINDOWS = 4  # are counted, from the first request on
LATENCY = (0.005, 0.05)  # seconds


def main(requests: int = 1000, seconds: int = 10) -> list[Line]:
    """The share of the requests possible, and how often the platform refused one (429)."""
    limit = f"{requests}/{seconds}"
    sandbox = Sandbox(SandboxOptions(limit=limit, latency=LATENCY))
    with desk() as folder:
        with (folder / "map.yaml").open("a", encoding="utf-8") as mapping:
            mapping.write("  source: {value: Benchmark}\n")  # the sandbox's form asks for it
        leads = write_leads(folder / "leads.csv", (WINDOWS + 1) * requests)
        settings = {"UPLOADER_RATE_LIMIT": limit, "UPLOADER_HOME": str(folder / "home")}
        asyncio.run(_serve(sandbox, [*UPLOADER, "upload", leads, "-m", folder / "map.yaml", "--yes"], settings))
    arrivals = sorted(at for at, _, _ in sandbox.log)
    end = arrivals[0] + WINDOWS * seconds
    sent = sum(1 for _ in itertools.takewhile(lambda at: at < end, arrivals))
    refused = sum(status == 429 for _, _, status in sandbox.log)
    return [
        Line(f"requests sent, of those that {limit} allows", sent / (WINDOWS * requests), ""),
        Line("requests over the limit (429)", refused, ""),
    ]


async def _serve(sandbox: Sandbox, command: list[object], settings: dict[str, str]) -> None:
    async with sandbox.serve(port=0) as url:
        await asyncio.to_thread(run, command, {**settings, "UPLOADER_BASE_URL": url})


if __name__ == "__main__":
    show(main(*map(int, sys.argv[1:])))
