"""What the worker answers for the screens Rows and Confirm, and what is sent of it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from multidict import MultiDict

from tests.support.sandbox import serving
from uploader.config.load import load_settings
from uploader.core.errors import UploaderError, UsageError
from uploader.sandbox import credentials
from uploader.web.desk import Desk, OutdatedError
from uploader.web.job import Job
from uploader.web.runs import Runs
from uploader.web.workspace import About, Workspace, Workspaces

LEADS = """\
Name,Email,Status
Ann,ann@example,Open
Bob,bob@example.com,Open
Cid,cid@example.com,Won
"""
MAPPING = """\
version: 1
campaign: 44400
form: 75
link: 135
fields:
  firstName: Name
  lastName: Name
  email: Email
  source: {value: Webinar}
ignore: [Status]
"""
EMAIL, STATUS = 1, 2


@pytest_asyncio.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    with serving() as (_, url):
        for name, value in {**credentials(), "UPLOADER_BASE_URL": url, "UPLOADER_HOME": str(tmp_path)}.items():
            monkeypatch.setenv(name, value)
        workspace = Workspaces(tmp_path).create(About("leads.csv", is_sandbox=True, campaign=44400))
        workspace.file.write_text(LEADS)
        workspace.mapping.write_text(MAPPING)
        with Desk(workspace, load_settings()) as desk:
            yield desk


@pytest.fixture
def workspace(desk: Desk, tmp_path: Path) -> Workspace:
    (found,) = Workspaces(tmp_path)
    return found


async def ask(desk: Desk, what: str, **given: Any) -> Any:
    return await desk.answer(what, given, lambda facts: None)


def sends(desk: Desk, workspace: Workspace) -> tuple[Callable[..., Any], list[Job]]:
    """Return what a click on Send does with the version that Confirm has shown, and the jobs that were started."""
    jobs: list[Job] = []

    async def start(_: Workspace, job: Job) -> None:
        jobs.append(job)

    async def asked(_: Workspace, what: str, **given: Any) -> Any:
        return await ask(desk, what, **given)

    async def platform(_: Workspace) -> dict[str, str | None]:
        return {"sandbox": None, "profile": None}

    async def finish(work: Any) -> Any:
        return await work

    async def post() -> MultiDict[str]:
        return form

    form = MultiDict[str]()
    site: Any = SimpleNamespace(
        find=lambda _: workspace, ask=asked, platform=platform, finish=finish, jobs=SimpleNamespace(start=start)
    )

    async def send(version: str) -> None:
        form.update(consent="yes", version=version)
        request: Any = SimpleNamespace(post=post)
        await Runs(site).send(request)

    return send, jobs


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("link: 135", "link: 136"),
        ("Webinar", "Trade fair"),
        ("ignore: [Status]", "where: {Status: [Won]}"),
        ("version: 1", "version: 1\nquality: platform"),
    ],
)
async def test_leads_are_not_sent_with_another_mapping_than_was_confirmed(
    desk: Desk, workspace: Workspace, before: str, after: str
) -> None:
    send, jobs = sends(desk, workspace)
    shown = (await ask(desk, "confirm"))["version"]
    workspace.mapping.write_text(MAPPING.replace(before, after))  # by another tab, or by another server
    with pytest.raises(UsageError, match="meanwhile") as refused:
        await send(shown)
    assert (refused.value.hint, jobs) == ("Load this page again.", [])
    with pytest.raises(OutdatedError):
        await ask(desk, "edit", version=shown, cells=[[0, EMAIL, "ann@example.com"]])


async def test_leads_are_not_sent_after_another_edit(desk: Desk, workspace: Workspace) -> None:
    send, jobs = sends(desk, workspace)
    shown = (await ask(desk, "confirm"))["version"]
    await ask(desk, "edit", version=shown, cells=[[0, EMAIL, "ann@example.com"]])
    with pytest.raises(UsageError, match="meanwhile"):
        await send(shown)
    assert jobs == []
    await send((await ask(desk, "confirm"))["version"])
    assert [job.kind for job in jobs] == ["send"]


async def test_edit_of_other_rows_than_shown_is_refused(desk: Desk, workspace: Workspace) -> None:
    """As after the choice of another sheet: there are no edits of its rows, as there were none of these."""
    shown = (await ask(desk, "check"))["version"]
    workspace.file.write_text(LEADS.replace("Ann", "Eve"))
    await ask(desk, "check")
    with pytest.raises(OutdatedError):
        await ask(desk, "edit", version=shown, cells=[[0, EMAIL, "ann@example.com"]])


async def shown(desk: Desk, view: str, search: str = "", **how: bool) -> list[int]:
    """Return the numbers of the rows that the grid shows."""
    found = await ask(desk, "rows", view=view, search=search, begin=0, count=100, **how)
    return [row[1] for row in found["rows"]]


async def test_search_finds_what_was_edited_since(desk: Desk) -> None:
    assert await shown(desk, "all", "dan", opens=True) == []
    version = (await ask(desk, "problems"))["version"]
    await ask(desk, "edit", version=version, cells=[[0, 0, "Dan"]])
    assert await shown(desk, "all", "dan") == []  # its rows do not move while someone works on them
    assert await shown(desk, "all", "dan", opens=True) == [2]


async def test_rows_of_many_searches_are_not_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("uploader.web.desk.MAX_VIEWS", 2)
    for search in ("ann", "dan", "bob", "cid"):
        await shown(desk, "all", search)
    version = (await ask(desk, "problems"))["version"]
    await ask(desk, "edit", version=version, cells=[[1, 0, "Dan"], [2, 0, "Dan"]])
    assert [await shown(desk, "all", search) for search in ("bob", "cid", "dan")] == [[3], [4], [3, 4]]


async def test_rows_to_fix_grow_with_an_undo(desk: Desk) -> None:
    found = await ask(desk, "problems")
    (group,) = found["groups"]
    change = {"kind": "leave-out", "group": group["key"], "label": "1 row left out"}
    left_out = await ask(desk, "bulk", version=found["version"], **change)
    assert await shown(desk, "fix", opens=True, fresh=True) == []
    undone = await ask(desk, "undo", version=left_out["version"])
    assert (left_out["has_more"], undone["has_more"]) == (False, True)
    assert await shown(desk, "fix") == [2]


async def test_fixed_row_stays_until_the_view_is_opened_again(desk: Desk) -> None:
    assert await shown(desk, "fix", opens=True, fresh=True) == [2]
    version = (await ask(desk, "problems"))["version"]
    await ask(desk, "edit", version=version, cells=[[0, EMAIL, "ann@example.com"]])
    assert await shown(desk, "fix") == [2]
    assert await shown(desk, "fix", opens=True, fresh=True) == []


async def test_warnings_of_the_condition_reach_the_page_and_follow_edits(desk: Desk, workspace: Workspace) -> None:
    workspace.mapping.write_text(MAPPING.replace("ignore: [Status]", "where: {Status: Qualified}"))
    workspace.file.write_text(LEADS.replace("Won", "Qualifed"))
    found = await ask(desk, "problems")
    assert found["warnings"] == [
        "The condition on Columns: no row has 'Qualified' in column 'Status', but some have 'Qualifed'.",
        "The condition on Columns leaves out every row, so nothing is sent. Check its texts.",
    ]
    assert (await ask(desk, "confirm"))["alarms"][-2:] == found["warnings"]
    await ask(desk, "edit", version=found["version"], cells=[[2, STATUS, "Qualified"]])
    assert (await ask(desk, "problems"))["warnings"] == []


async def test_edit_is_answered_with_what_it_has_changed(desk: Desk) -> None:
    """The names of the columns are not sent again for each edit: there may be many."""
    columns = (await ask(desk, "check"))["columns"]
    found = await ask(desk, "problems", has_columns=True)
    assert columns == found["columns"] == ["Name", "Email", "Status"]
    changed = await ask(desk, "edit", version=found["version"], cells=[[0, EMAIL, "ann@example.com"]])
    assert changed["rows"] == [[0, 2, "unsent", ["Ann", "ann@example.com", "Open"], {}, [], "it would be sent", False]]
    assert "columns" not in changed.keys() | (await ask(desk, "problems")).keys()


async def test_file_that_is_gone_is_an_error_and_not_the_end_of_the_worker(desk: Desk, workspace: Workspace) -> None:
    workspace.file.unlink()
    with pytest.raises(UploaderError, match="There is no file"):
        await ask(desk, "rows", view="all", begin=0, count=1)
