"""The page of colleagues who share a ledger: what each sees of the other's runs, and a database that is not there."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.files import people, write_csv
from tests.support.postgres import KEY, query_team, team_database, team_server
from tests.support.runs import a_run
from tests.support.sandbox import serving
from tests.support.web import (
    PageServer,
    chromium,
    decide_columns,
    needs_chromium,
    outcome,
    request,
    send,
    serving_page,
    session_of,
)
from uploader.ledger.postgres.ledger import PostgresLedger
from uploader.sandbox import SandboxOptions, credentials

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ACME = {
    "UPLOADER_ENTERPRISE": "acme",
    "UPLOADER_CLIENT_ID": "id",
    "UPLOADER_CLIENT_SECRET": "canary-secret",
    "UPLOADER_API_KEY": "canary-key",
    "UPLOADER_TEAM_KEY": KEY.hex(),
}


@pytest.fixture
def database() -> Iterator[str]:
    with team_database() as url:
        yield url


def machine(folder: Path, name: str) -> dict[str, str]:
    """Return the variable with which a process takes this machine for another one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(f"import socket\nsocket.gethostname = lambda: {name!r}\n")
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


def text_of(server: PageServer, path: str, cookie: str) -> str:
    status, _, body = request(server, "GET", path, Cookie=cookie)
    assert status == 200, body
    return body.decode()


def test_unreachable_database_is_explained_and_the_page_stays_usable(tmp_path: Path) -> None:
    url = "postgresql://ann:hunter2@127.0.0.1:1/leads"
    with serving_page(tmp_path / "home", **ACME, UPLOADER_LEDGER=url) as server:
        cookie = session_of(server)
        start, history, about = (text_of(server, path, cookie) for path in ("/", "/runs", "/about"))
        assert "The team&#39;s ledger cannot be used: " in start
        assert "Drop a spreadsheet here" in start
        assert "The team&#39;s ledger cannot be used: " in history
        assert "Nothing was sent yet" not in start + history
        assert "hunter2" not in start + history + about
        report = text_of(server, "/r/20261123-174501-3f9a/report", cookie)
        assert "The team&#39;s ledger cannot be used: " in report
        said = request(server, "POST", "/r/20261123-174501-3f9a/resume", Cookie=cookie, Origin=server.address)[2]
        assert b"The team's ledger cannot be used: " in said
        server.process.terminate()
        assert "Traceback" not in server.process.communicate(timeout=20)[1]


def test_run_of_a_colleague_is_shown_where_it_is(tmp_path: Path, database: str) -> None:
    with PostgresLedger(database, KEY) as colleague:
        colleague.runs.start(a_run("20261123-174501-3f9a"))
        home = tmp_path / "home"
        variables = {**ACME, **machine(tmp_path / "b", "laptop-b"), "UPLOADER_LEDGER": database}
        with serving_page(home, **variables) as server:
            cookie = session_of(server)
            host = query_team(database, "SELECT host FROM run")[0][0]
            with colleague.lock(["acme 00"], "leads.csv"):
                start, history = text_of(server, "/", cookie), text_of(server, "/runs", cookie)
                assert f"running on {host}" in start
                assert f"running on {host}" in history
            start, history = text_of(server, "/", cookie), text_of(server, "/runs", cookie)
            assert f"interrupted on {host}" in start
            assert "Unfinished" not in start
            assert "Continue: leads.csv" not in start + history
            said = request(server, "POST", "/r/20261123-174501-3f9a/resume", Cookie=cookie, Origin=server.address)[2]
            assert b"The spreadsheet of this run is not on this machine." in said
            status, headers, _ = request(server, "GET", "/r/20261123-174501-3f9a/report", Cookie=cookie)
            assert (status, headers["location"]) == (303, "/r/20261123-174501-3f9a/elsewhere")
            shown = text_of(server, "/r/20261123-174501-3f9a/elsewhere", cookie)
            assert f"The spreadsheet of this run is not on this machine, but on {host}." in shown
        assert not (home / "ledger.sqlite3").exists()


@needs_chromium
@pytest.mark.slow
def test_two_people_on_two_machines_share_what_was_sent(tmp_path: Path, database: str) -> None:
    leads = people(14)
    first, second = write_csv(tmp_path / "first.csv", leads[:10]), write_csv(tmp_path / "second.csv", leads[6:])
    options = SandboxOptions(empty_fields=99, faults="close@3", latency=(0.5, 0.5))
    with serving(options) as (sandbox, url), chromium() as browser:
        variables = {**credentials(), "UPLOADER_BASE_URL": url, "UPLOADER_CONCURRENCY": "1"}
        variables |= {"UPLOADER_LEDGER": database, "UPLOADER_TEAM_KEY": KEY.hex()}
        ann = {**variables, **machine(tmp_path / "a", "laptop-a")}
        bob = {**variables, **machine(tmp_path / "b", "laptop-b")}
        with serving_page(tmp_path / "ann", **ann) as at_ann, serving_page(tmp_path / "bob", **bob) as at_bob:
            ann_page, bob_page = opened(browser, at_ann), opened(browser, at_bob)
            decide_columns(ann_page, first)
            send(ann_page)
            ann_page.get_by_text("accepted", exact=True).wait_for()
            ann_page.get_by_role("button", name="Pause").click()
            ann_page.get_by_role("button", name="Continue").wait_for()
            bob_page.get_by_role("link", name="History").click()
            row = bob_page.get_by_role("table", name="Runs").get_by_role("row").filter(has_text="first.csv")
            row.filter(has_text="running on laptop-a").wait_for()
            assert row.get_by_role("button").count() == 0
            bob_page.get_by_role("link", name="Start", exact=True).click()
            assert bob_page.get_by_role("region", name="Unfinished").count() == 0
            ann_page.get_by_role("button", name="Continue").click()
            assert outcome(ann_page) == "9 accepted · 1 unknown"
            decide_columns(bob_page, second)
            send(bob_page)
            assert outcome(bob_page) == "4 accepted · 4 duplicate"
        emails = [dict(lead.fields)["email"] for lead in sandbox.received]
        assert len(emails) == len(set(emails))
        (tmp_path / "ann").rename(tmp_path / "asleep")
        with serving_page(tmp_path / "bob", **bob) as at_bob:
            page = opened(browser, at_bob)
            page.get_by_role("table", name="Recent runs").get_by_role("link", name="Open report: first.csv").click()
            page.get_by_role("button", name="Look them up on the platform").click()
            page.get_by_role("status").filter(has_text="No row was found. Not found: row").wait_for()
            page.get_by_role("button", name="It is not there: row").click()
            page.get_by_role("button", name="Yes").click()
            page.get_by_role("status").filter(has_text="the platform does not have this lead").wait_for()
            assert outcome(page) == "9 accepted · 1 failed"
            assert page.get_by_role("table", name="Unknown rows").count() == 0


def opened(browser: "Browser", server: PageServer) -> "Page":
    """Open the page of a server."""
    page = browser.new_page()
    page.goto(server.url)
    return page


@needs_chromium
@pytest.mark.slow
def test_database_that_stops_responding_is_explained_and_may_come_back(tmp_path: Path) -> None:
    with (
        team_server() as database,
        serving(SandboxOptions(empty_fields=99)) as (sandbox, url),
        chromium() as browser,
    ):
        variables = {**credentials(), "UPLOADER_BASE_URL": url}
        variables |= {"UPLOADER_LEDGER": database.url(), "UPLOADER_TEAM_KEY": KEY.hex()}
        with serving_page(tmp_path / "home", **variables) as server:
            page = opened(browser, server)
            decide_columns(page, write_csv(tmp_path / "first.csv", people(5)))
            page.get_by_role("link", name="Continue:").click()
            page.get_by_role("checkbox", name="I confirm these leads may lawfully be shared").check()
            database.suspend()
            try:
                page.get_by_role("link", name="Start", exact=True).click()
                page.get_by_role("region", name="Shared ledger").get_by_text("cannot be used").wait_for()
                page.get_by_role("link", name="Open draft: first.csv").click()
                page.get_by_role("link", name="Continue:").click()
                page.get_by_role("alert").get_by_text("The team's ledger cannot be used").wait_for()
            finally:
                database.resume()
            assert not sandbox.received
            page.get_by_role("link", name="Start", exact=True).click()
            page.get_by_role("link", name="Open draft: first.csv").click()
            send(page)
            assert outcome(page) == "5 accepted"
