"""Rows whose outcome is unknown: what the user decides, and looking them up.

They are on the screen Report, and on that of a run whose spreadsheet is on another machine.
"""

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from uploader.core.errors import UsageError
from uploader.core.private_file import write_private
from uploader.web.followup import LISTED_ROWS
from uploader.web.past_runs import shown_run
from uploader.web.runs import about_of, has_report
from uploader.web.site import Site, go_to, parts_of
from uploader.web.workspace import Workspace, safe_name

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
            raise web.HTTPNotFound(text="There is no such run.")
        run = shown_run(known.past)
        found = {
            "unknown": [[run["id"], row, ""] for row in known.unknown[:LISTED_ROWS]],
            "unknown_count": len(known.unknown),
            "unknown_runs": [run["id"]],
        }
        return self._site.page(request, "elsewhere", run=run, found=found)

    async def _workspace(self, request: web.Request) -> Workspace:
        """Return the workspace in the path, or that of the run in the path; a new one if it has none here."""
        if "workspace" in request.match_info:
            return self._site.find(request)
        found = await self._site.past_runs.find(request.match_info["run"])
        if found is None:
            raise web.HTTPNotFound(text="There is no such run.")
        workspaces = self._site.workspaces
        return workspaces.of_run(found.run.id) or workspaces.create(about_of(found, self._site))

    async def resolve(self, request: web.Request) -> web.StreamResponse:
        """Record what the user knows about unknown rows."""
        workspace = await self._workspace(request)
        form = await request.post()
        resolution, rows, run = (str(form.get(name, "")) for name in ("resolution", "rows", "run"))
        if resolution not in RESOLUTIONS:
            raise UsageError("This decision is not known.")
        await self._site.ask(workspace, "resolve", run=run, rows=rows, resolution=resolution)
        return await self._written_again(workspace, f"Recorded for row {rows}: {RESOLUTIONS[resolution]}.")

    async def reconcile(self, request: web.Request) -> web.StreamResponse:
        """Look unknown rows up on the platform, or in an export; the rows that it has are recorded as accepted."""
        workspace = await self._workspace(request)
        folder = Path(tempfile.mkdtemp(prefix="export-", dir=workspace.folder))
        try:
            runs, export = await _received(request, folder)
            given = str(export or "")
            found = [await self._site.ask(workspace, "reconcile", run=run, export=given) for run in runs]
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return await self._written_again(workspace, said_of(found, export.name if export else "The platform's list"))

    async def _written_again(self, workspace: Workspace, said: str) -> web.Response:
        """Write the report again after a decision, show it, and say what happened."""
        state = self._site.jobs.state(workspace)
        if not has_report(state):  # the spreadsheet is on another machine
            return go_to(f"/r/{workspace.about.run}/elsewhere", said)
        path = Path(state["report"])
        found = await self._site.ask(workspace, "rewrite", run=state["run"], report=str(path))
        write_private(workspace.state, json.dumps({**state, "report": found["report"]}))
        return go_to(f"/w/{workspace.id}/report", said)


def said_of(runs: Sequence[Found], what: str) -> str:
    """Return what a list of leads has shown, in a few sentences.

    Args:
        runs: What it shows about the unknown rows of each run: `found`, `missing`, `without_email` (ranges of rows),
            `unreadable` (rows of the list) and `is_complete`.
        what: The list, at the beginning of a sentence.
    """
    rows = {name: ",".join(run[name] for run in runs if run[name]) for name in ("found", "missing", "without_email")}
    said = [f"Found and recorded as accepted: row {rows['found']}." if rows["found"] else "No row was found."]
    if rows["missing"]:
        said.append(f"Not found: row {rows['missing']}.")
        unreadable = max(run["unreadable"] for run in runs)
        if unreadable:
            count = f"{unreadable:,} row{'' if unreadable == 1 else 's'}"
            said.append(f"{what} has {count} whose id, e-mail or time can't be read: they may be among them.")
        elif not all(run["is_complete"] for run in runs if run["missing"]):
            said.append(f"{what} may not have all leads of this run, so the platform may have them even so.")
        else:
            said.append(f"{what} has all other leads of this run. To send them again, choose “It is not there”.")
    if rows["without_email"]:
        said.append(f"Without an e-mail, so not looked up: row {rows['without_email']}.")
    return " ".join(said)


async def _received(request: web.Request, folder: Path) -> tuple[list[str], Path | None]:
    """Return the runs of a request, and the export that came with it, if any, under its own name."""
    runs: list[str] = []
    export: Path | None = None
    async for part in parts_of(request):
        if part.name == "run":
            runs.append((await part.read(decode=False)).decode("utf-8", "replace")[:100])
        elif part.name == "export" and part.filename:
            export = folder / safe_name(part.filename)
            export.write_bytes(await part.read(decode=False))
            export.chmod(0o600)
    return runs, export
