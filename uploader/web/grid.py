"""The screen Rows: problems on the left, the grid on the right. Checking, editing, undo."""

import json
from typing import Any
from urllib.parse import quote

from aiohttp import web

from uploader.core.errors import UsageError
from uploader.core.model import parse_whole_number
from uploader.web.jobs import RefusedError
from uploader.web.site import Site, error_response, go_to, unreadable_request
from uploader.web.workspace import require_unsent

MAX_POSITION = 10**9
MAX_CELLS = 200_000  # of one paste


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of this screen."""
    screen = Grid(site)
    return [
        web.get("/w/{workspace}/rows", screen.show),
        web.post("/w/{workspace}/check", screen.check),
        web.get("/w/{workspace}/rows.json", screen.rows),
        web.get("/w/{workspace}/problems.json", screen.problems),
        web.post("/w/{workspace}/cells", screen.edit),
        web.post("/w/{workspace}/bulk", screen.bulk),
        web.post("/w/{workspace}/undo", screen.undo),
        web.post("/w/{workspace}/redo", screen.redo),
        web.post("/w/{workspace}/leave-out", screen.leave_out),
        web.get("/w/{workspace}/copy", screen.copy),
    ]


class Grid:
    """The handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show the grid. The check begins at once if the rows were not checked yet."""
        workspace = self._site.find(request)
        if not workspace.is_mapped:
            raise web.HTTPSeeOther(f"/w/{workspace.id}/columns")
        if workspace.state.exists():
            raise web.HTTPSeeOther(f"/w/{workspace.id}/sending")
        self._site.checks.start(workspace)
        return self._site.page(request, "rows", workspace)

    async def check(self, request: web.Request) -> web.StreamResponse:
        """Check all rows again."""
        workspace = self._site.find(request)
        require_unsent(workspace)
        self._site.checks.forget(workspace)
        self._site.checks.start(workspace)
        return web.json_response({"status": "Checking the rows."})

    async def rows(self, request: web.Request) -> web.StreamResponse:
        """Return some rows of a view."""
        workspace = self._site.find(request)
        query = request.query
        found = await self._site.ask(
            workspace,
            "rows",
            view=query.get("view", "fix"),
            search=query.get("search", "")[:200],
            opens=bool(query.get("opens")),
            fresh=bool(query.get("fresh")),
            begin=_whole(query.get("from", "0")),
            count=_whole(query.get("count", "0")),
        )
        return web.json_response(found)

    async def problems(self, request: web.Request) -> web.StreamResponse:
        """Return the groups of problems, how many rows are ready and, if asked for, the names of the columns."""
        has_columns = bool(request.query.get("columns"))
        return web.json_response(await self._site.ask(self._site.find(request), "problems", has_columns=has_columns))

    async def edit(self, request: web.Request) -> web.StreamResponse:
        """Change cells."""
        given = await _json(request)
        cells = given.get("cells")
        if not isinstance(cells, list) or len(cells) > MAX_CELLS or not all(map(_is_cell, cells)):
            raise UsageError("This edit can't be read.", f"Paste up to {MAX_CELLS:,} cells at once.")
        return await self._changed(request, "edit", version=given.get("version"), cells=cells)

    async def bulk(self, request: web.Request) -> web.StreamResponse:
        """Change all rows of a group."""
        given = await _json(request)
        if given.get("kind") not in {"fix", "replace", "leave-out"}:
            raise UsageError("This change is not known.")
        facts = {name: given.get(name, "") for name in ("version", "kind", "group", "text", "label")}
        return await self._changed(request, "bulk", **facts)

    async def undo(self, request: web.Request) -> web.StreamResponse:
        """Undo the last step."""
        return await self._changed(request, "undo", version=(await _json(request)).get("version"))

    async def redo(self, request: web.Request) -> web.StreamResponse:
        """Redo the step that was undone last."""
        return await self._changed(request, "redo", version=(await _json(request)).get("version"))

    async def _changed(self, request: web.Request, what: str, **given: Any) -> web.StreamResponse:
        try:
            return web.json_response(await self._site.ask(self._site.find(request), what, **given))
        except RefusedError as error:
            return error_response(error, 409 if error.is_outdated else 200)

    async def leave_out(self, request: web.Request) -> web.StreamResponse:
        """Leave out the rows of people who did not agree, and show Confirm again."""
        workspace = self._site.find(request)
        require_unsent(workspace)
        version = str((await request.post()).get("version", ""))
        found = await self._site.ask(workspace, "leave_out", version=version)
        count = found["count"]
        status = "1 row was left out. Undo on Rows takes it back."
        if count != 1:
            status = f"{count:,} rows were left out. Undo on Rows takes them back."
        return go_to(f"/w/{workspace.id}/confirm", status)

    async def copy(self, request: web.Request) -> web.StreamResponse:
        """Download the rows with their problems, for a spreadsheet program."""
        workspace = self._site.find(request)
        if not workspace.state.exists():
            await self._site.ask(workspace, "save")
        return download(workspace.work, f"{workspace.work.stem}.to-fix.csv")


def download(path: Any, name: str) -> web.FileResponse:
    """Return a file for download."""
    safe = "".join(char if char.isascii() and (char.isalnum() or char in "._- ") else "_" for char in name)
    written = f"attachment; filename=\"{safe}\"; filename*=UTF-8''{quote(name, safe='')}"
    return web.FileResponse(path, headers={"Content-Disposition": written})


async def _json(request: web.Request) -> dict[str, Any]:
    """Return a request's JSON object. Raises UsageError."""
    try:
        given = json.loads(await request.text())
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise unreadable_request()
    return given


def _is_cell(cell: object) -> bool:
    if not isinstance(cell, list) or len(cell) != 3:
        return False
    place, column, text = cell
    return type(place) is int and type(column) is int and place >= 0 and column >= 0 and isinstance(text, str)


def _whole(text: str) -> int:
    return parse_whole_number(text, MAX_POSITION) or 0
