"""The page of colleagues who share a ledger: what each sees of the other's runs, and a database that is not there."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.files import people, write_csv
from tests.support.postgres import KEY, query_team, team_database
from tests.support.runs import a_run
from tests.support.sandbox import serving
from tests.support.web import (
    PageServer,
    Watch,
    chromium,
    decide_columns,
    needs_chromium,
    outcome,
    request,
    send,
    serving_page,
    session_of,
    until,
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
