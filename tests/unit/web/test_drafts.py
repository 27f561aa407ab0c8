"""What the handlers of a draft leave behind: of a file that is dropped, and of choices."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.page_site import asked, error_of, file_form, nothing, page_client, page_site, post
from uploader.core.errors import UsageError
from uploader.web import columns_desk, uploads
from uploader.web.site import Site
from uploader.web.workspace import About


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return page_site(tmp_path, nothing)


async def test_dropped_file_is_a_draft_with_its_content(site: Site) -> None:
    async with page_client(site) as client:
        found = await (await client.post("/workspaces", data=file_form(("leads.csv", b"Email\n")))).json()
    (draft,) = site.workspaces
    assert found["location"] == f"/w/{draft.id}/columns"
    assert (draft.file.read_bytes(), draft.about.campaign) == (b"Email\n", 44400)
    assert draft.file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (file_form(("leads.csv", b"x" * 3000)), "leads.csv is larger than 0 MB."),
        (file_form(("leads.csv", b"")), "leads.csv is empty."),
        (file_form(("leads.doc", b"x")), "leads.doc is not a spreadsheet."),
        (file_form(("leads.csv", b"x"), ("more.csv", b"x")), "More than one file was given."),
        (file_form(("leads.csv", b"x"), campaign="0"), "The campaign number is missing."),
        (file_form(("leads.csv", b"x"), campaign="x" * 20_000), "This request can't be read."),
        (file_form(), "No file was given."),
    ],
    ids=["large", "empty", "ending", "two", "campaign", "field", "none"],
)
async def test_file_that_is_not_taken_leaves_no_draft(
    site: Site, monkeypatch: pytest.MonkeyPatch, data: aiohttp.FormData, sentence: str
) -> None:
    monkeypatch.setattr(uploads, "LARGEST_FILE", 2000)
    async with page_client(site) as client:
        assert await error_of(await client.post("/workspaces", data=data)) == sentence
    assert list(site.workspaces) == []


async def test_form_that_ends_early_leaves_no_draft(site: Site) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="leads.csv"\r\n\r\nEmail'
    async with page_client(site) as client:
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        assert await error_of(await client.post("/workspaces", data=body, headers=headers)) == (
            "This request can't be read."
        )
    assert list(site.workspaces) == []


async def test_file_is_no_draft_before_all_of_it_has_come(site: Site) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="leads.csv"\r\n\r\nEmail\n' + b"x" * 9000
        await asyncio.Event().wait()

    def come() -> list[Path]:
        return list((site.home / "workspaces").glob("*/leads.csv"))

    async with page_client(site) as client, asyncio.timeout(30):
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        request = asyncio.create_task(post(client, "/workspaces", data=body(), headers=headers))
        while not come():  # noqa: ASYNC110 - the server says nothing yet
            await asyncio.sleep(0)
        assert list(site.workspaces) == []
        request.cancel()
        while come():  # noqa: ASYNC110 - no one gets an answer
            await asyncio.sleep(0)
    assert list((site.home / "workspaces").iterdir()) == []


async def test_tab_that_is_closed_meanwhile_leaves_no_draft(tmp_path: Path) -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def wait(question: dict[str, Any]) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            asyncio.get_running_loop().call_soon(ended.set)

    site = page_site(tmp_path, wait)
    async with page_client(site) as client:
        request = asyncio.create_task(post(client, "/workspaces", file_form(("leads.csv", b"Email\n"))))
        await began.wait()
        assert len(list(site.workspaces)) == 1
        request.cancel()
        async with asyncio.timeout(10):
            await ended.wait()
        assert list(site.workspaces) == []


async def test_columns_of_a_report_are_its_rows(site: Site) -> None:
    report = site.workspaces.create(About("report.csv", is_sandbox=True, kind="report"))
    async with page_client(site) as client:
        response = await client.get(f"/w/{report.id}/columns", allow_redirects=False)
        assert (response.status, response.headers["Location"]) == (303, f"/w/{report.id}/rows")


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        (About("leads.csv", is_sandbox=True), "The campaign number is missing"),
        (About("leads.csv", is_sandbox=True, kind="report", campaign=1), "A report has its columns already"),
    ],
)
async def test_worker_refuses_columns_that_it_cannot_ask_for(site: Site, about: About, sentence: str) -> None:
    settings: Any = None
    desk = columns_desk.ColumnsDesk(site.workspaces.create(about), settings)
    with pytest.raises(UsageError, match=sentence):
        await desk.answers["columns"]({}, lambda facts: None)


@pytest.mark.parametrize("path", ["columns", "answers"])
async def test_choices_are_checked_again_even_if_the_page_is_left(tmp_path: Path, path: str) -> None:
    began, release, checked = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def answer(question: dict[str, Any]) -> dict[str, Any]:
        if question["what"] == "decide":
            began.set()
            await release.wait()
        elif question["what"] == "check":
            checked.set()
        return {"missing": []}

    site = page_site(tmp_path, answer)
    workspace = site.workspaces.create(About("leads.csv", is_sandbox=True, campaign=44400))
    async with page_client(site) as client:
        request = asyncio.create_task(post(client, f"/w/{workspace.id}/{path}", {"form": "1"}))
        await began.wait()
        request.cancel()
        await asyncio.wait({request})
        await client.get("/about")  # by then the server has noticed
        release.set()
        async with asyncio.timeout(10):
            await checked.wait()


async def test_rows_are_checked_again_on_request(site: Site) -> None:
    workspace = site.workspaces.create(About("leads.csv", is_sandbox=True))
    async with page_client(site) as client:
        for count in (1, 2):
            found = await (await client.post(f"/w/{workspace.id}/check")).json()
            assert found == {"status": "Checking the rows."}
            while site.checks.state(workspace)["phase"] != "ended":
                await site.checks.wait(workspace, 0.01)
            assert asked(site) == ["check"] * count
        workspace.state.write_text('{"phase": "ended"}', "utf-8")
        response = await client.post(f"/w/{workspace.id}/check")
        assert await error_of(response) == "These leads were sent already."
