"""What Start shows: the platform, what is missing, and how the command ends."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.ledger_file import query_ledger
from tests.support.paths import ROOT
from tests.support.runs import a_run
from tests.support.sandbox import serving
from tests.support.web import Watch, chromium, needs_chromium, request, serving_page, session_of
from uploader.ledger import open_ledger
from uploader.web.workspace import About, Workspaces

ACME = {
    "UPLOADER_ENTERPRISE": "acme",
    "UPLOADER_CLIENT_ID": "id",
    "UPLOADER_CLIENT_SECRET": "canary-secret",
    "UPLOADER_API_KEY": "canary-key",
}


def test_platform_is_named_and_secrets_are_never_shown(tmp_path: Path) -> None:
    with serving_page(tmp_path / "home", **ACME) as server:
        cookie = session_of(server)
        start = request(server, "GET", "/", Cookie=cookie)[2].decode()
        assert '<span class="platform">acme' in start
        assert 'value="live" checked' in start
        assert 'value="sandbox"' in start
        about = request(server, "GET", "/about", Cookie=cookie)[2].decode()
        assert "UPLOADER_API_KEY" in about
        assert "canary" not in start + about


def test_enterprise_is_named_beside_the_address_that_takes_its_leads(tmp_path: Path) -> None:
    with serving_page(tmp_path / "home", **ACME, UPLOADER_BASE_URL="http://127.0.0.1:9") as server:
        start = request(server, "GET", "/", Cookie=session_of(server))[2].decode()
        assert '<span class="platform">acme (127.0.0.1:9)' in start


def test_missing_credentials_are_explained(tmp_path: Path) -> None:
    with serving_page(tmp_path / "home") as server:
        text = request(server, "GET", "/", Cookie=session_of(server))[2].decode()
        assert "uploader login" in text
        assert '<span class="platform">Sandbox' in text
        assert 'value="live"' not in text


def test_rejected_credentials_are_entered_again_with_a_command_to_copy(tmp_path: Path) -> None:
    workspace = Workspaces(tmp_path).create(About("leads.csv", is_sandbox=False, campaign=44400))
    workspace.file.write_bytes((ROOT / "sample_data" / "leads.csv").read_bytes())
    with serving() as (_, url), serving_page(tmp_path, **ACME, UPLOADER_BASE_URL=url) as server:
        path = f"/w/{workspace.id}/columns"
        text = request(server, "GET", path, Cookie=session_of(server))[2].decode()
    assert "The platform rejected the credentials" in text
    assert 'data-copy="uploader login"' in text
    assert "Credentials from environment override those that it saves: correct them there, or remove them." in text
    assert "UPLOADER_" not in text


def test_lists_have_all_drafts_and_all_runs_that_fit(tmp_path: Path) -> None:
    workspaces = Workspaces(tmp_path)
    drafts = [workspaces.create(About(f"{at}.csv", is_sandbox=True, campaign=44400)).id for at in range(7)]
    with open_ledger(tmp_path) as ledger:
        ledger.runs.start(replace(a_run("first"), file="/somewhere/first.csv", campaign=7))
    query_ledger(
        tmp_path,
        "WITH RECURSIVE later (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM later WHERE number < 300) "
        "INSERT INTO run (id, family, started, facts) SELECT 'late' || number, 'late' || number, started + number, "
        "json_set(facts, '$.file', '/somewhere/late.csv', '$.campaign', 8) FROM run, later",
    )
    with serving_page(tmp_path, "--sandbox") as server:
        cookie = session_of(server)
        start = request(server, "GET", "/", Cookie=cookie)[2].decode()
        assert [name for name in drafts if f'href="/w/{name}/columns"' not in start] == []
        assert "<summary>2 older</summary>" in start

        def shown(query: str) -> tuple[int, int, bool]:
            text = request(server, "GET", f"/runs?{query}", Cookie=cookie)[2].decode()
            return text.count(">first.csv<"), text.count(">late.csv<"), "These are the newest 200." in text

        assert shown("") == (0, 200, True)
        assert shown("file=FIRST") == shown("campaign=7") == shown("file=first&campaign=+7") == (1, 0, False)
        assert shown("file=late") == (0, 200, True)
        assert shown("campaign=x") == shown("file=first&campaign=8") == (0, 0, False)


def test_missing_page_looks_like_the_others(tmp_path: Path) -> None:
    with serving_page(tmp_path / "home", "--sandbox") as server:
        cookie = session_of(server)
        for path, said in (
            ("/r/20261123-174501-3f9a/report", "There is no such run."),
            ("/x", "There is no such page."),
        ):
            status, headers, body = request(server, "GET", path, Cookie=cookie, Accept="text/html")
            assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8")
            assert said in body.decode()
            assert ">Back to Start</a>" in body.decode()


def test_quit_ends_the_command(tmp_path: Path) -> None:
    with serving_page(tmp_path / "home", "--sandbox") as server:
        cookie = session_of(server)
        assert request(server, "POST", "/quit", Cookie=cookie, Origin=server.address)[0] == 200
        assert server.process.wait(20) == 0


@needs_chromium
@pytest.mark.slow
def test_browser_that_does_not_copy_is_explained(tmp_path: Path) -> None:
    watch = Watch()
    with serving_page(tmp_path / "home") as server, chromium() as browser:
        page = browser.new_page()
        watch.follow(page, server.address)
        page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))")
        page.goto(server.url)
        page.get_by_role("button", name="Copy").click()
        page.get_by_role("status").filter(has_text="Select the command, then press Ctrl+C.").wait_for()
        assert page.get_by_role("button", name="Copied").count() == 0
        assert watch.faults == []
