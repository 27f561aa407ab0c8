"""Dropping a file on Start, which makes a draft, and deleting a draft."""

from collections.abc import Mapping
from contextlib import ExitStack

from aiohttp import web

from uploader.core.errors import UsageError
from uploader.web.columns import parse_id
from uploader.web.site import Site, go_to
from uploader.web.uploads import receive_form
from uploader.web.workspace import SENT_ALREADY, About, Workspace, require_campaign, require_unsent


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of these requests."""
    drafts = Drafts(site)
    return [
        web.post("/workspaces", drafts.drop),
        web.post("/w/{workspace}/delete", drafts.delete),
    ]


class Drafts:
    """The handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def drop(self, request: web.Request) -> web.StreamResponse:
        """Receive a file in a new workspace, which is removed if its file can't be used, or the page is left."""
        workspaces = self._site.workspaces
        with workspaces.incoming() as folder:
            fields, file = await receive_form(request, "file", lambda name: folder / name)
            if file is None:
                raise UsageError("No file was given.", "Choose a spreadsheet.")
            workspace = workspaces.create(self._about(file.name, fields), file)
        with ExitStack() as unused:
            unused.callback(workspaces.remove, workspace)
            answer = await self._first_look(workspace)
            unused.pop_all()
        return answer

    def _about(self, name: str, fields: Mapping[str, str]) -> About:
        """Return the facts of a draft, with the campaign and the platform that a form gives."""
        is_sandbox = not self._site.is_live_possible or fields.get("platform") == "sandbox"
        return About(name, is_sandbox, parse_id(fields.get("campaign", "")))

    async def _first_look(self, workspace: Workspace) -> web.StreamResponse:
        """Continue with the columns of a spreadsheet, or with the rows of a report."""
        found = await self._site.ask(workspace, "look")
        if found["is_report"]:
            workspace.change(kind="report")
            return go_to(f"/w/{workspace.id}/rows")
        require_campaign(workspace.about.campaign)
        return go_to(f"/w/{workspace.id}/columns")

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """Delete a draft: a workspace whose rows were not sent."""
        workspace = self._site.find(request)
        require_unsent(workspace)
        if workspace.about.run:
            raise UsageError(SENT_ALREADY, "`uploader purge` removes what old uploads have left.")
        await self._site.workers.drop(workspace.id)
        self._site.checks.forget(workspace)
        self._site.workspaces.remove(workspace)
        return go_to("/")
