"""The screen Columns: which column goes into which form field."""

from typing import Any

from aiohttp import web

from uploader.core.errors import UsageError
from uploader.web.site import Site, go_to
from uploader.web.workspace import Workspace

MAX_ID = 10**15


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of this screen."""
    screen = Columns(site)
    return [
        web.get("/w/{workspace}/columns", screen.show),
        web.post("/w/{workspace}/columns", screen.decide),
        web.post("/w/{workspace}/columns/preview", screen.preview),
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
        found = await self._site.ask(workspace, "columns", **given)
        return self._site.page(request, "columns", workspace, found=found)

    async def preview(self, request: web.Request) -> web.StreamResponse:
        """Return the fields with samples for other choices."""
        workspace = self._site.find(request)
        fields = await self._site.ask(workspace, "preview", **await _choices(request))
        return web.json_response({"fields": fields})

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
        "link": _number(str(form.get("link", ""))),
        "publisher": _number(str(form.get("publisher", ""))),
        "form": _number(str(form.get("form", ""))),
        "sheet": str(form.get("sheet", "")) or None,
    }


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:16]) < MAX_ID else None
