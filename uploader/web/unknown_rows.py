"""Rows whose outcome is unknown: what the user decides, and looking them up.

They are on the screen Report, and on that of a run whose spreadsheet is on another machine.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from uploader.core.errors import UsageError
from uploader.core.messages import count_of
from uploader.web.followup import LISTED_ROWS
from uploader.web.job import ENDED
from uploader.web.past_runs import shown_run
from uploader.web.runs import about_of, has_report
from uploader.web.site import NO_RUN, Site, go_to
from uploader.web.uploads import receive_form
from uploader.web.workspace import Workspace

RESOLUTIONS = {"accepted": "the platform has this lead", "not-sent": "the platform does not have this lead"}

Found = dict[str, Any]


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of these decisions."""
    screen = UnknownRows(site)
    return [
        web.post("/w/{workspace}/resolve", screen.resolve),
        web.post("/w/{workspace}/reconcile", screen.reconcile),
        web.get("/r/{run}/elsewhere", screen.elsewhere),
        web.post("/r/{run}/resolve", screen.resolve),
        web.post("/r/{run}/reconcile", screen.reconcile),
    ]


class UnknownRows:
    """The handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def elsewhere(self, request: web.Request) -> web.StreamResponse:
        """Show what the shared ledger knows of a run whose spreadsheet is on another machine."""
        known = await self._site.past_runs.known(request.match_info["run"])
        if known is None:
            raise web.HTTPNotFound(text=NO_RUN)
        run = shown_run(known.past)
        found = {
            "unknown": [[run["id"], row, ""] for row in known.unknown[:LISTED_ROWS]],
            "unknown_count": len(known.unknown),
            "unknown_runs": [run["id"]],
        }
        return self._site.page(request, "elsewhere", run=run, found=found)

    async def _workspace(self, request: web.Request) -> Workspace:
        """Return the workspace in the path, or that of the run in the path; a new one if it has none here.

        Raises:
            UsageError: A job of it is running.
        """
        workspace = self._site.find(request) if "workspace" in request.match_info else await self._of_run(request)
        await self._site.jobs.require_idle(workspace)
        return workspace

    async def _of_run(self, request: web.Request) -> Workspace:
        found = await self._site.find_run(request)
        workspaces = self._site.workspaces
        return workspaces.of_run(found.run) or workspaces.create(about_of(found, self._site))

    async def resolve(self, request: web.Request) -> web.StreamResponse:
        """Record what the user knows about unknown rows."""
        workspace = await self._workspace(request)
        form = await request.post()
        resolution, rows, run = (str(form.get(name, "")) for name in ("resolution", "rows", "run"))
        if resolution not in RESOLUTIONS:
            raise UsageError("This decision is not known.")
        await self._site.ask(workspace, "resolve", run=run, rows=rows, resolution=resolution)
        return await self._written_again(request, workspace, f"Recorded for row {rows}: {RESOLUTIONS[resolution]}.")

    async def reconcile(self, request: web.Request) -> web.StreamResponse:
        """Look unknown rows up on the platform, or in an export; the rows that it has are recorded as accepted."""
        workspace = await self._workspace(request)
        folder = Path(tempfile.mkdtemp(prefix="export-", dir=workspace.folder))
        try:
            fields, export = await receive_form(request, "export", lambda name: folder / name)
            given = str(export or "")
            found = [
                await self._site.ask(workspace, "reconcile", run=run, export=given) for run in fields.getall("run", [])
            ]
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        what = export.name if export else "The platform's list"
        return await self._written_again(request, workspace, sentences_of(found, what))

    async def _written_again(self, request: web.Request, workspace: Workspace, sentence: str) -> web.Response:
        """Write the report again after a decision, show it, and say what happened."""
        state = await asyncio.to_thread(self._site.jobs.state, workspace)
        if state and state["phase"] not in ENDED:  # a job was started meanwhile, which writes a report
            return go_to(f"/w/{workspace.id}/sending", sentence)
        if not has_report(state):  # the spreadsheet is on another machine
            return go_to(f"/r/{request.match_info.get('run', workspace.about.run)}/elsewhere", sentence)
        path = Path(state["report"])
        found = await self._site.ask(workspace, "rewrite", run=state["run"], report=str(path))
        await self._site.jobs.set_report(workspace, found["report"])
        return go_to(f"/w/{workspace.id}/report", sentence)


def sentences_of(runs: Sequence[Found], what: str) -> str:
    """Return what a list of leads has shown, in a few sentences.

    Args:
        runs: What it shows about the unknown rows of each run: `found`, `missing`, `without_email` (ranges of rows),
            `unreadable` (rows of the list) and `is_complete`.
        what: The list, at the beginning of a sentence.
    """
    rows = {name: ",".join(run[name] for run in runs if run[name]) for name in ("found", "missing", "without_email")}
    sentences = [f"Found and recorded as accepted: row {rows['found']}." if rows["found"] else "No row was found."]
    if rows["missing"]:
        sentences.append(f"Not found: row {rows['missing']}.")
        unreadable = max(run["unreadable"] for run in runs)
        if unreadable:
            count = count_of(unreadable, "row")
            sentences.append(f"{what} has {count} whose id, e-mail or time can't be read: they may be among them.")
        elif not all(run["is_complete"] for run in runs if run["missing"]):
            sentences.append(f"{what} may not have all leads of this run, so the platform may have them even so.")
        else:
            sentences.append(f"{what} has all other leads of this run. To send them again, choose “It is not there”.")
    if rows["without_email"]:
        sentences.append(f"Without an e-mail, so not looked up: row {rows['without_email']}.")
    return " ".join(sentences)
