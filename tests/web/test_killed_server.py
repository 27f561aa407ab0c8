"""The server is killed on every screen. Opened again, the page shows what was; nothing is lost, nothing sent twice."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.sandbox import serving
from tests.support.waiting import until
from tests.support.web import choose, decide, decide_columns, needs_chromium, outcome, send, serving_page
from uploader.sandbox import SandboxOptions, credentials

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [needs_chromium, pytest.mark.slow]

LEADS = 40

Step = Callable[["Page", Path], None]


def decide_and_confirm(page: "Page", file: Path) -> None:
    decide_columns(page, file)
    page.get_by_role("link", name="Continue:").click()
    page.get_by_role("checkbox", name="I confirm these leads may lawfully be shared").check()


def begin_sending(page: "Page", file: Path) -> None:
    decide_columns(page, file)
    send(page)
    page.get_by_text("accepted", exact=True).wait_for()


def pause(page: "Page", file: Path) -> None:
    begin_sending(page, file)
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Continue").wait_for()
    until(lambda: "Paused" in page.locator("#pace").inner_text())


def send_to_the_end(page: "Page", file: Path) -> None:
    decide_columns(page, file)
    send(page)
    outcome(page)


def send_file(page: "Page", file: Path) -> None:
    assert page.get_by_text("Nothing was sent yet.").count() == 1
    decide_columns(page, file)
    send(page)


def send_draft(page: "Page", file: Path) -> None:
    page.get_by_role("link", name="Open draft: leads.csv").click()
    decide(page)
    page.get_by_role("button", name="Check the rows").click()
    send(page)


def send_checked_draft(page: "Page", file: Path) -> None:
    page.get_by_role("link", name="Open draft: leads.csv").click()
    send(page)


def follow(page: "Page", file: Path) -> None:
    unfinished = page.get_by_role("region", name="Unfinished")
    goes_on = unfinished.get_by_role("link", name="Continue: leads.csv")
    goes_on.or_(unfinished.get_by_role("link", name="Open report: leads.csv")).first.click()


def follow_and_continue(page: "Page", file: Path) -> None:
    page.get_by_role("region", name="Unfinished").get_by_role("link", name="Continue: leads.csv").click()
    page.get_by_text("Paused. Nothing new is sent.").wait_for()
    page.get_by_role("button", name="Continue").click()


def open_report(page: "Page", file: Path) -> None:
    page.get_by_role("table", name="Recent runs").get_by_role("link", name="Open report: leads.csv").click()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(lambda page, file: None, send_file, id="start"),
        pytest.param(choose, send_draft, id="columns"),
        pytest.param(decide_columns, send_checked_draft, id="rows"),
        pytest.param(decide_and_confirm, send_checked_draft, id="confirm"),
        pytest.param(begin_sending, follow, id="sending"),
        pytest.param(pause, follow_and_continue, id="paused"),
        pytest.param(send_to_the_end, open_report, id="report"),
    ],
)
def test_killed_server_loses_nothing(before: Step, after: Step, tmp_path: Path, browser: "Browser") -> None:
    file, home = tmp_path / "leads.csv", tmp_path / "home"
    people = "".join(f"Ann,Smith {number},ann.{number}@example.com\n" for number in range(LEADS))
    file.write_text(f"First Name,Last Name,Email\n{people}", "utf-8")
    latency = (0.2, 0.3) if before in {begin_sending, pause} else (0.0, 0.0)
    with serving(SandboxOptions(empty_fields=99, latency=latency)) as (sandbox, url):
        variables = {**credentials(), "UPLOADER_BASE_URL": url, "UPLOADER_CONCURRENCY": "2"}
        with serving_page(home, **variables) as server:
            page = browser.new_page()
            page.goto(server.url)
            before(page, file)
            server.kill()
            page.close()
        with serving_page(home, **variables) as server:
            page = browser.new_page()
            page.goto(server.url)
            after(page, file)
            assert outcome(page) == f"{LEADS} accepted"
            page.close()
    emails = [dict(lead.fields)["email"] for lead in sandbox.received]
    assert len(emails) == len(set(emails)) == LEADS
