"""The screen Columns: which column goes into which form field."""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from uploader.core.errors import UsageError
from uploader.web.jobs import RefusedError
from uploader.web.site import CAMPAIGN, Site, go_to
from uploader.web.workspace import Workspace

MAX_ID = 10**15
MAX_EARLIER = 10
TICKED = "ticked"  # the answer is the cells that are ticked


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of this screen."""
    screen = Columns(site)
    return [
        web.get("/w/{workspace}/columns", screen.show),
        web.post("/w/{workspace}/columns", screen.decide),
        web.post("/w/{workspace}/columns/preview", screen.preview),
        web.post("/w/{workspace}/campaign", screen.change_campaign),
    ]


class Columns:
    """The handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show the form's fields with what is proposed for each."""
        workspace = self._site.find(request)
        given: dict[str, Any] = {"sheet": request.query.get("sheet")}
        if form := _number(request.query.get("form", "")):
            given["form"] = form
        earlier = self._earlier(workspace)
        if like := earlier.get(request.query.get("like", "")):
            given["like"] = str(like.choices)
        try:
            found = await self._site.ask(workspace, "columns", **given)
        except RefusedError as error:  # mostly because of the campaign's number; the file is kept
            return self._site.page(request, "campaign", workspace, error=error, sandbox_campaign=CAMPAIGN)
        return self._site.page(request, "columns", workspace, found=found, earlier=earlier, like=like)

    def _earlier(self, workspace: Workspace) -> dict[str, Workspace]:
        """Return the newest workspaces of the same campaign in which columns were decided, by id."""
        campaign = workspace.about.campaign
        others = [
            one
            for one in self._site.workspaces
            if one.id != workspace.id and one.choices.exists() and one.about.campaign == campaign
        ]
        return {one.id: one for one in others[:MAX_EARLIER]}

    async def preview(self, request: web.Request) -> web.StreamResponse:
        """Return the fields with samples for other choices."""
        workspace = self._site.find(request)
        return web.json_response(await self._site.ask(workspace, "preview", **await _choices(request)))

    async def change_campaign(self, request: web.Request) -> web.StreamResponse:
        """Take another campaign for the same file."""
        workspace = self._site.find(request)
        require_unsent(workspace)
        campaign = _number(str((await request.post()).get("campaign", "")).strip())
        if campaign is None:
            raise UsageError("The campaign number is missing.", "It is in the media kit e-mail of the campaign.")
        workspace.change(campaign=campaign)
        return go_to(f"/w/{workspace.id}/columns")

    async def decide(self, request: web.Request) -> web.StreamResponse:
        """Take the choices, and go on to the rows if everything is decided."""
        workspace = self._site.find(request)
        require_unsent(workspace)
        found = await self._site.ask(workspace, "decide", **await _choices(request))
        if found["missing"]:
            raise UsageError(f"You still need to set: {', '.join(found['missing'])}.", "Choose a value for each.")
        self._site.checks.pop(workspace.id, None)
        return go_to(f"/w/{workspace.id}/rows")


def require_unsent(workspace: Workspace) -> None:
    """Raise UsageError if the leads of a workspace were sent already."""
    if workspace.state.exists():
        raise UsageError("These leads were sent already.", "Open the report, or drop the file again on Start.")


async def _choices(request: web.Request) -> dict[str, Any]:
    """Return the choices in a form: (source, text, answer) of each field, link and publisher."""
    form = await request.post()
    choices: dict[str, list[Any]] = {}
    for key, value in form.items():
        if key.startswith("field-") and isinstance(value, str):
            name = key.removeprefix("field-")
            source, _, text = value.partition(":")
            answer = str(form.get(f"answer-{name}", ""))
            if source == "fixed":
                text = str(form.get(f"fixed-{name}", ""))
            choices[name] = [source, text, int(answer) if answer.isdigit() else None]
    return {
        "choices": choices,
        "where": _where(form),
        "answers": _answers(form),
        "link": _number(str(form.get("link", ""))),
        "publisher": _number(str(form.get("publisher", ""))),
        "form": _number(str(form.get("form", ""))),
        "sheet": str(form.get("sheet", "")) or None,
    }


def _answers(form: MultiMapping[Any]) -> dict[str, Any]:
    """Return the answers to questions, by their keys: JSON, or the cells that were ticked."""
    found: dict[str, Any] = {}
    for name, value in form.items():
        if not name.startswith("question-") or not value:
            continue
        key = name.removeprefix("question-")
        with suppress(ValueError):  # the question stays open
            found[key] = form.getall(f"tick-{key}", []) if value == TICKED else json.loads(str(value))
    return found


def _where(form: Mapping[str, object]) -> list[Any] | None:
    """Return which rows are sent: column, values, and whether the cell must be none of them; None for all rows."""
    column, text = str(form.get("where-column", "")), str(form.get("where-values", ""))
    values = [value.strip() for value in text.split(",") if value.strip()]
    return [column, values, form.get("where-kind") == "not"] if column and values else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:16]) < MAX_ID else None
