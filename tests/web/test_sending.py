"""The screen Sending: the latest rejections, and a second browser that sees the same."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.paths import ROOT
from tests.support.sandbox import serving
from tests.support.waiting import PATIENCE, until
from tests.support.web import Watch, decide_columns, needs_chromium, outcome, send, serving_page
from uploader.sandbox import Sandbox, SandboxOptions, credentials

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [needs_chromium, pytest.mark.slow]

FILE = ROOT / "sample_data" / "leads.csv"

# The second to tenth lead are rejected; all of them take some seconds.
REJECTING = SandboxOptions(empty_fields=99, faults="400@2-10", latency=(0.1, 0.2))


def valid_leads(path: Path, count: int) -> Path:
    lines = [f"Ann,Smith,ann.{number}@example.com" for number in range(count)]
    path.write_text("\n".join(["First Name,Last Name,Email", *lines]) + "\n", "utf-8")
    return path


def hold(sandbox: Sandbox, number: int) -> threading.Event:
    """Let the platform stand still from this lead on until the event is set."""
    is_over, over_limit = threading.Event(), sandbox.state.over_limit

    def wait(name: str) -> float:
        if name == "lead" and sandbox.requests["lead"] >= number:
            is_over.wait(3 * PATIENCE)
        return over_limit(name)

    sandbox.state.over_limit = wait  # type: ignore[method-assign]
    return is_over


def rejections(page: "Page") -> list[list[str]]:
    rows = page.get_by_role("table", name="Latest rejections").get_by_role("row").all()
    return [row.locator("th, td").all_inner_texts() for row in rows[1:]]


def test_latest_rejections_are_shown_live_and_after_a_reload(tmp_path: Path, browser: "Browser") -> None:
    watch = Watch()
    with (
        serving(REJECTING) as (sandbox, url),
        serving_page(tmp_path / "home", **credentials(), UPLOADER_BASE_URL=url) as server,
    ):
        page = browser.new_page()
        watch.follow(page, server.address)
        page.goto(server.url)
        decide_columns(page, valid_leads(tmp_path / "valid.csv", 200))
        begin, rest = hold(sandbox, 1), hold(sandbox, 100)
        send(page)
        page.get_by_text("None so far.").wait_for()
        pause = page.get_by_role("button", name="Pause").bounding_box()
        begin.set()
        page.get_by_role("list").get_by_text("rejected 9").wait_for()
        shown = rejections(page)
        assert len(shown) == 7
        assert {tuple(row[1:]) for row in shown} == {("rejected", "This form should not contain extra fields.")}
        page.get_by_role("button", name="Pause").click()
        rest.set()
        carry_on = page.get_by_role("button", name="Continue")
        assert carry_on.bounding_box()["y"] == pause["y"]
        page.reload()
        until(lambda: rejections(page) == shown, "the same after a reload")
        carry_on.click()
        assert outcome(page) == "191 accepted · 9 rejected"
    assert watch.faults == []


def test_two_browsers_see_the_same(tmp_path: Path, browser: "Browser") -> None:
    """The link is valid once, so a second browser gets its own, of a second server."""
    home = tmp_path / "home"
    with (
        serving(REJECTING) as (sandbox, url),
        serving_page(home, **credentials(), UPLOADER_BASE_URL=url) as first_server,
        serving_page(home, **credentials(), UPLOADER_BASE_URL=url) as second_server,
    ):
        first, second = browser.new_context().new_page(), browser.new_context().new_page()
        first.goto(first_server.url)
        decide_columns(first, FILE)
        second.goto(second_server.url)
        second.get_by_role("link", name="Open draft: leads.csv").click()
        second.get_by_role("gridcell").first.wait_for()

        first.get_by_role("button", name="Fix 1 row: Grmany → Germany").click()
        until(lambda: first.get_by_role("link", name="Continue: 290 of 300 are ready").count())
        with second.expect_response("**/bulk") as refused:
            second.get_by_role("button", name="Fix 1 row: Grmany → Germany").click()
        assert refused.value.status == 409
        second.get_by_role("link", name="Continue: 290 of 300 are ready").wait_for()

        rest = hold(sandbox, 100)
        send(first)
        first.get_by_role("list").get_by_text("rejected 9").wait_for()
        second.goto(f"{second_server.address}/")
        second.get_by_role("region", name="Unfinished").get_by_role("link", name="Continue: leads.csv").click()
        until(lambda: rejections(second) == rejections(first), "the same rejections")
        second.get_by_role("button", name="Stop").click()
        rest.set()
        for page in (first, second):
            page.get_by_role("link", name="Open report").wait_for()
            page.get_by_role("button", name="Continue").wait_for()
        first.get_by_role("button", name="Continue").click()
        ended = outcome(first)
        second.goto(f"{second_server.address}/")
        second.get_by_role("link", name="Open report: leads.csv").first.click()
        assert outcome(second) == ended
    emails = [dict(lead.fields)["email"] for lead in sandbox.received]
    assert len(emails) == len(set(emails))
