"""Decisions about unknown rows, and wishes, while a job runs or after it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.page_site import asked, error_of, file_form, nothing, page_client, page_site
from tests.support.runs import a_run
from uploader.core.model import Run
from uploader.ledger import local_lock, open_ledger
from uploader.web import runs, uploads
from uploader.web.job import lock_name
from uploader.web.site import Site
from uploader.web.workspace import About, Workspace


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return page_site(tmp_path, nothing)


def begin(site: Site, about: About, **facts: Any) -> Workspace:
    """Return a workspace with the state of a job."""
    workspace = site.workspaces.create(about)
    workspace.state.write_text(json.dumps({"number": 1, "kind": "results", **facts}), "utf-8")
    return workspace


DECISION = {"resolution": "accepted", "rows": "3", "run": "first"}


@pytest.mark.parametrize("what", ["resolve", "reconcile"])
async def test_unknown_rows_are_not_decided_while_a_job_runs(site: Site, what: str) -> None:
    workspace = begin(site, About("leads.csv", is_sandbox=True), phase="results")
    before = workspace.state.read_bytes()
    with local_lock(site.home, [lock_name(workspace)], "leads.csv"):
        async with page_client(site) as client:
            response = await client.post(f"/w/{workspace.id}/{what}", data=DECISION)
            assert await error_of(response) == "These leads are being sent right now."
    assert (asked(site), workspace.state.read_bytes()) == ([], before)


async def test_job_that_begins_meanwhile_keeps_its_state(site: Site) -> None:
    workspace = begin(site, About("leads.csv", is_sandbox=True), phase="results")
    before = workspace.state.read_bytes()
    with local_lock(site.home, [lock_name(workspace)], "leads.csv"):
        await site.jobs.set_report(workspace, "other.csv")
    assert workspace.state.read_bytes() == before
    await site.jobs.set_report(workspace, "other.csv")
    assert json.loads(workspace.state.read_bytes())["report"] == "other.csv"


@pytest.mark.parametrize("command", ["pause", "continue", "stop"])
async def test_job_that_has_ended_does_not_take_commands(site: Site, command: str) -> None:
    workspace = begin(site, About("leads.csv", is_sandbox=True), phase="ended")
    async with page_client(site) as client:
        response = await client.post(f"/w/{workspace.id}/{command}")
        assert await error_of(response) == "Nothing is being sent any more."
    assert not workspace.control.exists()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("export.csv", b"x" * 3000, "export.csv is larger than 0 MB."),
        ("export.csv", b"", "export.csv is empty."),
        ("export.pdf", b"x", "export.pdf is not a spreadsheet."),
    ],
)
async def test_export_that_is_not_taken_leaves_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, sentence: str
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_FILE", 2000)
    workspace = begin(site, About("leads.csv", is_sandbox=True), phase="ended")
    before = sorted(workspace.folder.rglob("*"))
    async with page_client(site) as client:
        response = await client.post(f"/w/{workspace.id}/reconcile", data=file_form((name, content), name="export"))
        assert await error_of(response) == sentence
    assert (asked(site), sorted(workspace.folder.rglob("*"))) == ([], before)


async def test_run_that_is_found_by_its_folder_gets_no_second_workspace(site: Site) -> None:
    workspace = site.workspaces.create(About("leads.csv", is_sandbox=True))
    run = Run(**{**vars(a_run("first")), "file": str(workspace.work), "scope": "sandbox", "in_sandbox": True})
    with open_ledger(site.home) as ledger:
        ledger.runs.start(run)
    assert site.workspaces.of_run(run) == workspace
    async with page_client(site) as client:
        found = await (await client.post("/r/first/resolve", data=DECISION)).json()
    assert found["location"] == "/r/first/elsewhere"
    assert list(site.workspaces) == [workspace]


async def test_report_that_is_sent_again_is_no_draft_before_it_is_copied(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "report.csv"
    report.write_text("upload_row\n", "utf-8")
    sent = begin(site, About("leads.csv", is_sandbox=True), phase="ended", report=str(report))
    seen = []

    def copy(source: Path, target: Path) -> None:
        seen.extend(site.workspaces)
        target.write_bytes(source.read_bytes())

    monkeypatch.setattr(runs.shutil, "copyfile", copy)
    async with page_client(site) as client:
        await client.post(f"/w/{sent.id}/again")
    (new,) = {*site.workspaces} - {sent}
    assert (seen, new.file.read_text("utf-8"), new.about.kind) == ([sent], "upload_row\n", "report")


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
async def test_job_whose_state_cannot_be_read_is_not_called_absent(site: Site, content: str) -> None:
    workspace = begin(site, About("leads.csv", is_sandbox=True))
    workspace.state.write_text(content, "utf-8")
    async with page_client(site) as client:
        response = await client.get(f"/w/{workspace.id}/sending")
        assert (response.status, response.history) == (200, ())
        with local_lock(site.home, [lock_name(workspace)], "leads.csv"):
            running = await client.post(f"/w/{workspace.id}/resolve", data=DECISION)
            assert await error_of(running) == "These leads are being sent right now."
    state = site.jobs.state(workspace)
    assert state is not None
    assert (state["phase"], site.jobs.is_running(workspace)) == ("killed", False)
