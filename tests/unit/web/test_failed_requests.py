"""Which sentences the page shows for requests that fail."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.page_site import error_of, file_form, nothing, page_client, page_site
from uploader.web import server
from uploader.web.site import Site
from uploader.web.workspace import About


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return page_site(tmp_path, nothing)


@pytest.mark.parametrize("path", ["/w/20261128-140211-3f9a00/undo", "/w/20261128-140211-3f9a00/send"])
async def test_request_for_a_removed_workspace_says_so(site: Site, path: str) -> None:
    async with page_client(site) as client:
        response = await client.post(path, data="{}")
        assert (response.status, await error_of(response)) == (404, "There is no such workspace any more.")


@pytest.mark.parametrize("name", ["rows", "problems"])
async def test_rows_of_a_removed_workspace_are_answered_as_json(site: Site, name: str) -> None:
    async with page_client(site) as client:
        response = await client.get(f"/w/20261128-140211-3f9a00/{name}.json")
        assert (response.status, await error_of(response)) == (404, "There is no such workspace any more.")


async def test_workspace_that_is_removed_during_a_request_is_named_as_the_reason(tmp_path: Path) -> None:
    async def remove(question: dict[str, Any]) -> None:
        site.workspaces.remove(workspace)
        workspace.file.read_bytes()

    site = page_site(tmp_path, remove)
    workspace = site.workspaces.create(About("leads.csv", is_sandbox=True))
    async with page_client(site) as client:
        response = await client.post(f"/w/{workspace.id}/undo", data="{}")
        assert (response.status, await error_of(response)) == (404, "There is no such workspace any more.")


async def test_request_that_is_too_large_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MAX_BODY", 1000)
    workspace = site.workspaces.create(About("leads.csv", is_sandbox=True))
    async with page_client(site) as client:
        response = await client.post(f"/w/{workspace.id}/cells", data="x" * 2000)
        assert (response.status, await error_of(response)) == (413, "This is too much at once.")


async def test_full_disk_is_shown_with_its_reason(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(site.workspaces, "create", fail)
    async with page_client(site) as client:
        response = await client.post("/workspaces", data=file_form(("leads.csv", b"x")))
        assert (response.status, await error_of(response)) == (
            500,
            "This machine reports: No space left on device.",
        )
