"""The web page's server as a process, and a real Chromium."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]

needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium (Debian's package `chromium`)")


@dataclass
class PageServer:
    """A running `uploader ui`."""

    url: str
    process: subprocess.Popen[str]
    home: Path

    @property
    def address(self) -> str:
        """Its address without the token."""
        return self.url.partition("/open")[0]

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@contextmanager
def serving_page(home: Path, *arguments: str, **variables: str) -> Iterator[PageServer]:
    """Run `uploader ui` until the end of the context."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("UPLOADER_")}
    home.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "uploader", "ui", "--no-browser", "--port", "0", *arguments],
        env={**known, "UPLOADER_HOME": str(home), **variables},
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline().strip() if process.stdout else ""
        assert line.startswith("http://127.0.0.1:"), (line, process.stderr and process.stderr.read())
        yield PageServer(line, process, home)
    finally:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


def request(server: PageServer, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Make one request as written, and return status, headers and body."""
    where = urlsplit(server.address)
    connection = http.client.HTTPConnection("127.0.0.1", where.port or 0, timeout=PATIENCE)
    try:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_host="Host" in given)
        for name, value in given.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", "0")
        connection.endheaders()
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


def session_of(server: PageServer) -> str:
    """Exchange the URL's token for the session's cookie."""
    _, headers, _ = request(server, "GET", server.url.removeprefix(server.address))
    return headers["set-cookie"].partition(";")[0]


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Run a Chromium."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", *ARGUMENTS] if hasattr(os, "getuid") and os.getuid() == 0 else ARGUMENTS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watch:
    """What a browser did that it should not: errors on the console, failed requests, requests to other hosts."""

    faults: list[str] = field(default_factory=list)

    def follow(self, page: "Page", address: str) -> None:
        """Note the faults of a page from now on."""
        page.on("console", lambda message: message.type in {"error", "warning"} and self.faults.append(message.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda one: self._check(one.url, address))

    def _check(self, url: str, address: str) -> None:
        if not url.startswith((address, "data:", "about:")):
            self.faults.append(f"request to {url}")


def choose(page: "Page", file: Path, campaign: int = 44400) -> None:
    """Go from Start to Columns."""
    page.get_by_label("Choose a file").set_input_files(file)
    page.get_by_label("Campaign number").fill(str(campaign))
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("combobox", name="Link").wait_for()


def decide(page: "Page", link: str = "135", source: str = "Autumn webinar") -> None:
    """Decide on Columns the link and the fixed value of `source`."""
    page.get_by_role("combobox", name="Link").select_option(link)
    page.get_by_role("combobox", name="source").select_option("A fixed value")
    page.get_by_role("textbox", name="Fixed value for source").fill(source)


def decide_columns(page: "Page", file: Path, campaign: int = 44400) -> None:
    """Go from Start to Rows: choose a file, decide the link and the fixed value of `source`."""
    choose(page, file, campaign)
    decide(page)
    page.get_by_role("button", name="Check the rows").click()
    page.get_by_role("gridcell").first.wait_for()


def send(page: "Page") -> None:
    """Go from Rows to Sending."""
    page.get_by_role("link", name="Continue:").click()
    page.get_by_role("checkbox", name="I confirm these leads may lawfully be shared").check()
    page.get_by_role("button", name="Send").first.click()


def outcome(page: "Page") -> str:
    """Wait for the report, and return its outcome."""
    region = page.get_by_role("region", name="Outcome")
    region.wait_for(timeout=60_000)
    return region.inner_text()
