"""The web page, in a real Chromium: `python -m tests.benchmarks.page [ROWS] [SMALL]`.

A file of SMALL rows from its drop to the proposed mapping, and its check; a file of ROWS rows checked, with other pages
asked meanwhile; its cells edited, pasted and corrected; the grid scrolled. All times are those that a user waits.
Each line has its target, and whether it is reached. Other work on the machine adds to all times: the last line says how
much there was.
"""

import json
import os
import statistics
import sys
import threading
import time
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.measure import Line, desk, show
from tests.benchmarks.spreadsheet import write_leads
from tests.support.web import PageServer, chromium, serving_page
from uploader.web import static

if TYPE_CHECKING:
    from playwright.sync_api import Page

STEP = 320  # pixels of one scroll step
STEPS = 60
WRONG = 27  # every so many rows have a wrong country
EDITS = 20
OTHER_PAGES = ("/", "/runs", "/about")


def main(rows: int = 100_000, small: int = 10_000) -> list[Line]:
    """Seconds and milliseconds of everything that a user waits for."""
    with desk() as folder, serving_page(folder / "home", "--sandbox") as server, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(server.url)
        _decide(page, server, _with_wrong_countries(write_leads(folder / "warm.csv", 200)))  # starts the sandbox
        lines = _small(page, server, write_leads(folder / "small.csv", small), small)
        large = _with_wrong_countries(write_leads(folder / "large.csv", rows))
        return [*lines, *_large(page, server, large, rows), *_assets(), Line("load of the machine", _load(), "")]


def _small(page: "Page", server: PageServer, file: Path, rows: int) -> list[Line]:
    before = _processor_time(server)
    proposed, checked = _decide(page, server, file)
    return [
        Line(f"a dropped file of {rows:,} rows to its proposed mapping", proposed, "s", 1.5),
        Line(f"check of {rows:,} rows", checked, "s", 1.5),
        Line("processor time of both, without the browser's", _processor_time(server) - before, "s"),
    ]


def _large(page: "Page", server: PageServer, file: Path, rows: int) -> list[Line]:
    before = _processor_time(server)
    with _asking(page, server) as waits:
        _, checked = _decide(page, server, file)
    taken = _processor_time(server) - before
    base = page.url.removesuffix("/rows")
    first = _first_rows(page, base)
    edit = [_edit(page, base, 1, f"person.{number}@example.com") for number in range(EDITS)]
    paste = _edit(page, base, 2_000, "x@example.com")
    bulk, count = _bulk(page, base)
    steps, jump = _scroll(page)
    return [
        Line(f"check of {rows:,} rows, with the grid on the screen", checked, "s"),
        Line("processor time of that, without the browser's", taken, "s"),
        Line("other pages meanwhile, p95", _p95(waits), "ms", 50),
        Line(f"the first rows of the grid of {rows:,}", first, "s", 1),
        Line("an edited cell checked again, median", statistics.median(edit), "ms", 100),
        Line("2,000 pasted cells checked again", paste, "ms", 1000),
        Line(f"a correction of {count:,} rows", bulk, "ms", 1000),
        Line("a scroll step of the grid, p95", _p95(steps), "ms", 60),
        Line("a jump to its end", jump, "ms", 200),
    ]


def _decide(page: "Page", server: PageServer, file: Path) -> tuple[float, float]:
    """Return the seconds from the drop to the columns, and from the check to the rows."""
    page.goto(server.address + "/")
    page.get_by_label("Choose a file").set_input_files(file)
    begin = time.perf_counter()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("combobox", name="email").wait_for()
    proposed = time.perf_counter() - begin
    page.get_by_role("combobox", name="Link").select_option("135")
    for name in page.locator("#fields tr.open").evaluate_all("rows => rows.map(row => row.id.slice(4))"):
        page.get_by_role("combobox", name=name, exact=True).select_option("A fixed value")
        page.get_by_role("textbox", name=f"Fixed value for {name}").fill("Autumn webinar")
    begin = time.perf_counter()
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("gridcell").first.wait_for(timeout=120_000)
    return proposed, time.perf_counter() - begin


@contextmanager
def _asking(page: "Page", server: PageServer) -> Iterator[list[float]]:
    """Ask for other pages all the time, and note how long each takes: milliseconds."""
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    waits: list[float] = []
    done = threading.Event()

    def ask() -> None:
        while not done.wait(0.05):
            for path in OTHER_PAGES:
                begin = time.perf_counter()
                with urllib.request.urlopen(
                    urllib.request.Request(server.address + path, headers={"Cookie": cookies})
                ) as response:
                    response.read()
                waits.append((time.perf_counter() - begin) * 1000)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield waits
    finally:
        done.set()
        thread.join()


def _post(page: "Page", url: str, facts: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """Post as the page does; return the answer and the milliseconds that it took."""
    answer = page.evaluate(
        """async ([url, body]) => {
          const begin = performance.now();
          const response = await fetch(url, {method: "POST", body, headers: {"Content-Type": "application/json"}});
          const answer = await response.json();
          return [answer, performance.now() - begin];
        }""",
        [url, json.dumps(facts)],
    )
    return answer[0], answer[1]


def _state(page: "Page", base: str) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(
        "url => fetch(url).then(one => one.json())", f"{base}/problems.json?columns=1"
    )
    return found


def _edit(page: "Page", base: str, cells: int, text: str) -> float:
    state = _state(page, base)
    column = next(at for at, name in enumerate(state["columns"]) if "mail" in name.lower())
    changes = [[place, column, text.replace("x@", f"pasted.{place}@")] for place in range(cells)]
    _, waited = _post(page, f"{base}/cells", {"version": state["version"], "cells": changes})
    return waited


def _bulk(page: "Page", base: str) -> tuple[float, int]:
    state = _state(page, base)
    group = next(one for one in state["groups"] if one["fix"])
    facts = {"version": state["version"], "kind": "fix", "group": group["key"], "label": "fix", "text": ""}
    _, waited = _post(page, f"{base}/bulk", facts)
    return waited, group["count"]


def _first_rows(page: "Page", base: str) -> float:
    """Return the seconds from opening the rows, which are checked, to the first of them on the screen."""
    begin = time.perf_counter()
    page.goto(f"{base}/rows")
    page.get_by_role("gridcell").first.wait_for()
    return time.perf_counter() - begin


def _scroll(page: "Page") -> tuple[list[float], float]:
    """Return the milliseconds of scroll steps, and of a jump to the end, until the rows are on the screen."""
    page.get_by_role("combobox", name="Show").select_option("All rows")
    page.get_by_role("gridcell").first.wait_for()
    found = page.evaluate(
        """async ([step, steps]) => {
          const view = document.querySelector("#grid .slick-viewport-top.slick-viewport-left");
          const frame = () => new Promise(requestAnimationFrame);
          const isFilled = () => {
            const cells = [...view.querySelectorAll(".slick-row")];
            const box = view.getBoundingClientRect();
            const places = cells.map(row => [row, row.getBoundingClientRect()]);
            const seen = places.filter(([, at]) => at.bottom > box.top && at.top < box.bottom).map(([row]) => row);
            return seen.length && seen.every(row => row.textContent.trim());
          };
          const go = async top => {
            const begin = performance.now();
            view.scrollTop = top;
            do { await frame(); } while (!isFilled() && performance.now() - begin < 5000);
            return performance.now() - begin;
          };
          const times = [];
          for (let at = 1; at <= steps; at++) times.push(await go(at * step));
          return [times, await go(view.scrollHeight)];
        }""",
        [STEP, STEPS],
    )
    return found[0], found[1]


def _with_wrong_countries(file: Path) -> Path:
    """Let all leads be British, whose numbers they have, and misspell the country of some."""
    header, *lines = file.read_text("utf-8").splitlines()
    changed = [
        ",".join([line.rsplit(",", 2)[0], "United Kingdm" if at % WRONG == 0 else "United Kingdom", "yes"])
        for at, line in enumerate(lines)
    ]
    file.write_text("\n".join([header, *changed]) + "\n", "utf-8")
    return file


def _processor_time(server: PageServer) -> float:
    """Return the seconds that the page's processes have taken of a core so far; 0 where /proc does not say."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            number, facts = path.parent.name, path.read_text("utf-8").rpartition(")")[2].split()
            if str(server.process.pid) in {number, facts[1]}:
                ticks += int(facts[11]) + int(facts[12])
    return ticks / os.sysconf("SC_CLK_TCK") if ticks else 0.0


def _assets() -> list[Line]:
    """Return how large the page's files are in the wheel, and unpacked."""
    files = [path.read_bytes() for path in static.HERE.rglob("*") if path.is_file()]
    packed = sum(len(zlib.compress(one)) for one in files)
    return [
        Line("the page's scripts and styles, in the wheel", packed / 1000, "kB", 400),
        Line("the same unpacked", sum(map(len, files)) / 1000, "kB"),
    ]


def _load() -> float:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


if __name__ == "__main__":
    print("| figure | measured | target | reached |\n|---|---|---|---|", flush=True)
    show(main(*map(int, sys.argv[1:])))
