"""The screen Columns: which column goes into which form field."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from uploader.core.errors import UsageError
from uploader.core.model import parse_whole_number
from uploader.web.columns_draft import read_draft, remove_draft
from uploader.web.jobs import RefusedError
from uploader.web.site import CAMPAIGN, Site, go_to
from uploader.web.workspace import Workspace, require_campaign, require_unsent

MAX_ID = 10**15
MAX_EARLIER = 10
LONGEST_TAB = 40  # characters of the name of a browser tab
IDS = ("form", "link", "publisher")
TICKED = "ticked"  # the answer is the cells that are ticked


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of this screen."""
    screen = Columns(site)
    return [
        web.get("/w/{workspace}/columns", screen.show),
        web.post("/w/{workspace}/columns", screen.decide),
        web.post("/w/{workspace}/columns/preview", screen.preview),
        web.post("/w/{workspace}/answers", screen.answer),
        web.post("/w/{workspace}/campaign", screen.change_campaign),
    ]


class Columns:
    """The handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show the form's fields with what is proposed for each."""
        workspace, query = self._site.find(request), request.query
        if workspace.about.kind == "report":  # the ledger knows where its fields come from
            raise web.HTTPSeeOther(f"/w/{workspace.id}/rows")
        earlier = self._earlier(workspace)
        draft = read_draft(workspace)
        like = query.get("like", draft.like if draft else workspace.started_from)
        given: dict[str, Any] = {
            "form": parse_id(query.get("form", "")),
            "sheet": query.get("sheet", draft.sheet if draft else None),
            "is_new": bool(query),
            **_like(earlier, like),
        }
        try:
            found = await self._site.ask(workspace, "columns", **given)
        except RefusedError as error:  # mostly because of the campaign's number; the file is kept
            return self._site.page(request, "campaign", workspace, error=error, sandbox_campaign=CAMPAIGN)
        names = {name: _label(one) for name, one in earlier.items()}
        return self._site.page(request, "columns", workspace, found=found, earlier=names, like=like)

    def _earlier(self, workspace: Workspace) -> dict[str, Workspace]:
        """Return the newest workspaces of the same campaign in which columns were decided, by id.

        If the workspace that this one started from was removed, this one is used in its place: its mapping has the
        same conditions for rows.
        """
        campaign = workspace.about.campaign
        others = [
            one
            for one in self._site.workspaces
            if one.id != workspace.id and one.mapping.exists() and one.about.campaign == campaign
        ]
        found = {one.id: one for one in others[:MAX_EARLIER]}
        start = workspace.started_from
        if start and start not in found:
            found[start] = self._site.workspaces.find(start) or workspace
        return found

    async def preview(self, request: web.Request) -> web.StreamResponse:
        """Save other choices, also if the page is left at once, and return the fields with samples for them."""
        workspace = self._site.find(request)
        return await self._site.finish(self._preview(workspace, await self._given(request, workspace)))

    async def _preview(self, workspace: Workspace, given: dict[str, Any]) -> web.StreamResponse:
        found = await self._site.ask(workspace, "preview", **given)
        return _shown_again(workspace) if found.get("is_outdated") else web.json_response(found)

    async def _given(self, request: web.Request, workspace: Workspace) -> dict[str, Any]:
        """Return the answers in a form, for which sheet and mapping they are, and which tab has given them."""
        form = await request.post()
        like = _like(self._earlier(workspace), str(form.get("like", "")))
        tab: dict[str, Any] = {"tab": str(form.get("tab", ""))[:LONGEST_TAB]}
        tab |= {name: parse_id(str(form.get(name, ""))) or 0 for name in ("version", "number")}
        return {"answers": read_answers(form), "sheet": str(form.get("sheet", "")) or None, **like, **tab}

    async def change_campaign(self, request: web.Request) -> web.StreamResponse:
        """Change the campaign of a file."""
        workspace = self._site.find(request)
        require_unsent(workspace)
        campaign = require_campaign(parse_id(str((await request.post()).get("campaign", ""))))
        workspace.change(campaign=campaign)
        remove_draft(workspace)
        return go_to(f"/w/{workspace.id}/columns")

    async def decide(self, request: web.Request) -> web.StreamResponse:
        """Save the choices, and continue with the rows if everything is decided."""
        workspace = self._site.find(request)
        require_unsent(workspace)
        return await self._site.finish(self._decide(workspace, await self._given(request, workspace)))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Save the answer to an open question, and check the rows again."""
        workspace = self._site.find(request)
        require_unsent(workspace)
        like = _like(self._earlier(workspace), workspace.started_from)
        answers = read_answers(await request.post())
        answers.pop("ignore")
        given = {"answers": answers, "is_more": True, "sheet": workspace.about.sheet, **like}
        return await self._site.finish(self._decide(workspace, given))

    async def _decide(self, workspace: Workspace, given: dict[str, Any]) -> web.StreamResponse:
        found = await self._site.ask(workspace, "decide", **given)
        if found.get("is_outdated"):
            return _shown_again(workspace)
        if found["missing"]:
            raise UsageError(f"You still need to set: {', '.join(found['missing'])}.", "Choose a value for each.")
        self._site.checks.forget(workspace)
        self._site.checks.start(workspace)  # while the browser loads the screen
        return go_to(f"/w/{workspace.id}/rows")


def _shown_again(workspace: Workspace) -> web.Response:
    """Show the newer choices of another tab instead."""
    status = "The columns were changed in another tab meanwhile. They are shown again as they are now."
    return go_to(f"/w/{workspace.id}/columns", status)


def _label(workspace: Workspace) -> str:
    """Return what a mapping is called: the file's name, and the day."""
    return f"{workspace.about.shown}, {workspace.id[:4]}-{workspace.id[4:6]}-{workspace.id[6:8]}"


def _like(earlier: Mapping[str, Workspace], name: str) -> dict[str, str]:
    """Return the mapping to start from, by the id of its workspace; nothing if there is none."""
    like = earlier.get(name)
    return {"like": str(like.mapping), "like_label": _label(like), "like_id": name} if like else {}


def read_answers(form: MultiMapping[Any]) -> dict[str, Any]:
    """Return the answers in a form by the keys of their questions. Columns that no field uses are left out."""
    found: dict[str, Any] = {"ignore": []}
    for name, value in form.items():
        if name.startswith("field-"):
            field = name.removeprefix("field-")
            found[f"field:{field}"] = _source(str(value), str(form.get(f"fixed-{field}", "")))
    found |= {name: number for name in IDS if (number := parse_id(str(form.get(name, ""))))}
    quality = str(form.get("quality", "warn"))
    return {**found, **read_questions(form), "where": _where(form), "quality": quality}


def read_questions(form: MultiMapping[Any]) -> dict[str, Any]:
    """Return the answers to the questions that depend on others, or on the rows: JSON, or the cells that are ticked."""
    found: dict[str, Any] = {}
    for name, value in form.items():
        key = name.removeprefix("question-")
        if key != name and value:
            with suppress(ValueError):  # the question stays open
                found[key] = form.getall(f"tick-{key}", []) if value == TICKED else json.loads(str(value))
    return found


def _source(value: str, fixed: str) -> Any:
    """Return the answer where a field comes from; an empty one, which fits no question, is undecided."""
    kind, _, text = value.partition(":")
    match kind:
        case "column":
            return {"column": text}
        case "fixed":
            return {"value": fixed}
        case "out":
            return None
        case "answer":
            with suppress(ValueError):
                return json.loads(text)
    return ""


def _where(form: Mapping[str, object]) -> dict[str, Any]:
    """Return the condition that was added on this screen; nothing if there is none."""
    column, text = str(form.get("where-column", "")), str(form.get("where-values", ""))
    values = [value.strip() for value in text.split(",") if value.strip()]
    condition = {"not": values} if form.get("where-kind") == "not" else values
    return {column: condition} if column and values else {}


def parse_id(text: str) -> int | None:
    """Return a positive number that JavaScript can hold, or None if the text is not one."""
    return parse_whole_number(text, MAX_ID) or None
