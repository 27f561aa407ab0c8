"""Dropping a file on Start, which makes a draft, and deleting a draft."""

import asyncio
import os
from pathlib import Path
from typing import IO, Any

from aiohttp import BodyPartReader, web

from uploader.core.errors import UploaderError, UsageError
from uploader.web.columns import require_unsent
from uploader.web.site import Site, go_to, parts_of
from uploader.web.workspace import About, Workspace, safe_name

LARGEST_FILE = 300 * 1024**2  # bytes
SPREADSHEETS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")


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
        """Take a file into a new workspace, streamed to the disk."""
        fields: dict[str, str] = {}
        workspace: Workspace | None = None
        async for part in parts_of(request):
            if part.name != "file":
                fields[str(part.name)] = (await part.read(decode=False)).decode("utf-8", "replace")[:100]
                continue
            workspace = self._site.workspaces.create(About(_spreadsheet_name(part.filename or ""), is_sandbox=True))
            try:
                await _receive(part, workspace)
            except UploaderError:
                self._site.workspaces.remove(workspace)
                raise
        if workspace is None:
            raise UsageError("No file was given.", "Choose a spreadsheet.")
        workspace.change(**self._destination(fields))
        return await self._first_look(workspace)

    def _destination(self, fields: dict[str, str]) -> dict[str, Any]:
        """Return the campaign and the platform that a form gives."""
        campaign = fields.get("campaign", "").strip()
        number = int(campaign) if campaign.isascii() and campaign.isdigit() and len(campaign) < 16 else None
        is_sandbox = not self._site.is_live_possible or fields.get("platform") == "sandbox"
        return {"campaign": number, "is_sandbox": is_sandbox}

    async def _first_look(self, workspace: Workspace) -> web.StreamResponse:
        """Go on to the columns of a spreadsheet, or to the rows of a report."""
        try:
            found = await self._site.ask(workspace, "look")
        except UploaderError:
            self._site.workspaces.remove(workspace)
            raise
        if found["is_report"]:
            workspace.change(kind="report")
            return go_to(f"/w/{workspace.id}/rows")
        if not workspace.about.campaign:
            self._site.workspaces.remove(workspace)
            raise UsageError("The campaign number is missing.", "It is in the media kit e-mail of the campaign.")
        return go_to(f"/w/{workspace.id}/columns")

    async def delete(self, request: web.Request) -> web.StreamResponse:
        """Delete a draft: a workspace whose rows were not sent."""
        workspace = self._site.find(request)
        require_unsent(workspace)
        if workspace.about.run:
            raise UsageError("These leads were sent already.", "`uploader purge` removes what old uploads have left.")
        await self._site.workers.drop(workspace.id)
        self._site.checks.forget(workspace)
        self._site.workspaces.remove(workspace)
        return go_to("/")


def _spreadsheet_name(filename: str) -> str:
    """Return the name of a dropped file. Raises UsageError if it is not a spreadsheet's."""
    name = safe_name(filename)
    if not name.lower().endswith(SPREADSHEETS):
        raise UsageError(f"{name} is not a spreadsheet.", "Choose a CSV, xlsx, xlsm, xls, xlsb or ods file.")
    return name


async def _receive(part: BodyPartReader, workspace: Workspace) -> None:
    """Write the file to the disk as it comes. Raises UsageError if it is too large."""
    size = 0
    with _create(workspace.file) as file:
        while block := await part.read_chunk(1 << 20):
            size += len(block)
            if size > LARGEST_FILE:
                raise UsageError("The file is larger than 300 MB.", "Split it, or use `uploader upload` in a terminal.")
            await asyncio.to_thread(file.write, block)
    if not size:
        raise UsageError(f"{workspace.about.name} is empty.", "Choose another file.")


def _create(path: Path) -> IO[bytes]:
    return open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
