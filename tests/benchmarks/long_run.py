"""The page, open while a long run waits for its quota: `python -m tests.benchmarks.long_run [MINUTES] [LEADS]`.

The quota is chosen so that the leads take the minutes. The browser loses its connection three times meanwhile. Memory
is what the server, the process that sends and the page's script hold after a quarter of the time, and at the end.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.benchmarks.measure import UPLOADER, Line, desk, show
from tests.benchmarks.spreadsheet import write_leads
from tests.support.forwarder import Forwarder, forwarding
from tests.support.sandbox import serving
from tests.support.web import PageServer, chromium, decide_columns, outcome, send, serving_page
from uploader.sandbox import Sandbox, SandboxOptions, credentials

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

WINDOWS = 10  # of the quota, in the whole run
DISCONNECTS = 3
PAUSE = 0.5  # seconds between two looks
PAGE_SIZE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Watched:
    """What was seen while the run lasted.

    Attributes:
        megabytes: Memory at each look: of the server, of the process that sends, and of the page's script.
        streams: How many times the page has opened its stream of events.
    """

    megabytes: list[tuple[float, float, float]] = field(default_factory=list)
    streams: int = 0

    def follow(self, page: "Page") -> None:
        """Count the streams that a page opens."""
        page.on("request", lambda request: self._count(request.url))

    def _count(self, url: str) -> None:
        self.streams += url.endswith("/events")


def main(minutes: float = 10, leads: int = 3_000) -> list[Line]:
    """Memory that grew, reconnections, and leads that page, report, ledger and platform count differently."""
    limit = f"{leads // WINDOWS}/{minutes * 60 / WINDOWS:g}"
    variables = {**credentials(), "UPLOADER_RATE_LIMIT": limit, "UPLOADER_RESULT_RATE_LIMIT": "off"}
    with desk() as folder, serving(SandboxOptions(limit=limit, empty_fields=99)) as (sandbox, url):
        variables["UPLOADER_BASE_URL"] = url
        with (
            serving_page(folder / "home", **variables) as server,
            forwarding(urlsplit(server.address).port or 0) as (network, proxy),
            chromium() as browser,
        ):
            page, watched = browser.new_context(proxy={"server": proxy}).new_page(), Watched()
            page.goto(server.url)
            decide_columns(page, _british(write_leads(folder / "leads.csv", leads)))
            watched.follow(page)
            send(page)
            began = time.monotonic()
            _watch(page, server, network, watched, minutes * 60)
            took = time.monotonic() - began
            counts = _counts(outcome(page), sandbox, server, variables)
    return [*_lines(watched, took), *counts]


def _watch(page: "Page", server: PageServer, network: Forwarder, watched: Watched, seconds: float) -> None:
    """Follow the run to its end, and lose all connections at times."""
    page.get_by_role("progressbar").wait_for()
    page.get_by_text("accepted", exact=True).wait_for()
    began = time.monotonic()
    browser = page.context.new_cdp_session(page)
    browser.send("Performance.enable")
    cuts = [seconds * part / (DISCONNECTS + 1) for part in range(1, DISCONNECTS + 1)]
    while not page.get_by_role("region", name="Outcome").count():
        watched.megabytes.append(_memory(browser, server))
        is_back = watched.streams > DISCONNECTS - len(cuts)
        if cuts and is_back and time.monotonic() - began > cuts[0]:
            cuts.pop(0)
            network.cut()
        page.wait_for_timeout(PAUSE * 1000)


def _memory(browser: "CDPSession", server: PageServer) -> tuple[float, float, float]:
    metrics = {one["name"]: one["value"] for one in browser.send("Performance.getMetrics")["metrics"]}
    sender = int(_state(server).get("pid", 0))
    return _resident(server.process.pid), _resident(sender), metrics["JSHeapUsedSize"] / 1e6


def _resident(process: int) -> float:
    """Return the resident memory of a process in MB; 0 if it has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * PAGE_SIZE / 1e6
    except OSError:
        return 0.0


def _state(server: PageServer) -> dict[str, Any]:
    (path,) = (server.home / "workspaces").glob("*/state.json")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def _counts(shown: str, sandbox: Sandbox, server: PageServer, variables: dict[str, str]) -> list[Line]:
    """Return how many leads the page, the ledger and the platform have."""
    words = shown.replace(",", "").split()
    on_page = int(words[words.index("accepted") - 1])
    listed = subprocess.run(
        [*UPLOADER, "runs", "--json"], env={**os.environ, **variables, "UPLOADER_HOME": str(server.home)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    (run,) = json.loads(listed.stdout)
    emails = {dict(lead.fields)["email"] for lead in sandbox.received}
    return [
        Line("leads accepted, as the page says", on_page, ""),
        Line("leads accepted, as the ledger says", run["counts"]["accepted"], ""),
        Line("leads accepted, as the platform says", len(sandbox.received), ""),
        Line("of them sent twice", len(sandbox.received) - len(emails), ""),
    ]


def _lines(watched: Watched, took: float) -> list[Line]:
    looks = [one for one in watched.megabytes if all(one)]
    early, late = looks[len(looks) // 4], looks[-1]
    names = ("the server", "the process that sends", "the page's script")
    lines = [Line("the run", took, "s")]
    for name, before, after in zip(names, early, late, strict=True):
        lines += [
            Line(f"memory of {name} after a quarter", before, "MB"),
            Line(f"memory of {name} at the end", after, "MB"),
        ]
    return [*lines, Line(f"event streams opened, with {DISCONNECTS} lost connections", watched.streams, "")]


def _british(file: Path) -> Path:
    """Let all leads be British, whose numbers they have, and none repeat another."""
    header, *lines = file.read_text("utf-8").splitlines()
    changed = [",".join([line.rsplit(",", 2)[0], "United Kingdom", "yes"]) for line in lines]
    file.write_text("\n".join([header, *changed]) + "\n", "utf-8")
    return file


if __name__ == "__main__":
    show(main(*map(float, sys.argv[1:2]), *map(int, sys.argv[2:])))
