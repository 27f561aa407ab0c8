"""The screens Confirm, Sending and Report: what is about to be sent, is being sent, and was sent."""

import asyncio
import json
import shutil
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeGuard

from aiohttp import web

from uploader.core.errors import UsageError
from uploader.core.model import Outcome, Run
from uploader.core.private_file import write_private
from uploader.pipeline.wording import rate_limit_sentence
from uploader.report import default_path
from uploader.web.grid import download
from uploader.web.job import ENDED, Job
from uploader.web.past_runs import FoundRun
from uploader.web.site import Site, go_to
from uploader.web.workspace import About, Workspace, require_unsent

CANARIES = 10
LOOK_INTERVAL = 0.2  # seconds between two looks at a job's state
KEEP_ALIVE = 15.0  # seconds after which an event stream says that it is still there
RECONNECT = 1000  # milliseconds after which a browser opens a stream again that it has lost


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of these screens."""
    screens = Runs(site)
    return [
        web.get("/w/{workspace}/confirm", screens.confirm),
        web.post("/w/{workspace}/send", screens.send),
        web.get("/w/{workspace}/sending", screens.sending),
        web.get("/jobs/{workspace}/events", screens.events),
        web.post("/w/{workspace}/{command:pause|continue|stop}", screens.ask),
        web.post("/w/{workspace}/resume", screens.resume),
        web.get("/w/{workspace}/report", screens.report),
        web.get("/w/{workspace}/file", screens.file),
        web.post("/w/{workspace}/again", screens.again),
        web.post("/w/{workspace}/results", screens.results),
        web.get("/r/{run}/report", screens.of_run),
        web.post("/r/{run}/resume", screens.resume_run),
        web.post("/r/{run}/rewrite", screens.rewrite),
    ]


class Runs:
    """The handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def confirm(self, request: web.Request) -> web.StreamResponse:
        """Show what is about to be sent, and ask."""
        workspace = self._site.find(request)
        if workspace.state.exists():
            raise web.HTTPSeeOther(f"/w/{workspace.id}/sending")
        found = await self._site.ask(workspace, "confirm")
        left = tuple(found["left"]) if found["left"] else None
        quota = rate_limit_sentence(left, found["seconds"])
        return self._site.page(request, "confirm", workspace, found=found, quota=quota, canaries=CANARIES)

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Send the leads: start the job that does."""
        workspace = self._site.find(request)
        form = await request.post()
        if form.get("consent") != "yes":
            raise UsageError("Nothing was sent.", "Confirm that these leads may lawfully be shared.")
        require_unsent(workspace)
        return await self._site.finish(self._send(workspace, str(form.get("version")), bool(form.get("first"))))

    async def _send(self, workspace: Workspace, version: str, is_first: bool) -> web.StreamResponse:
        found = await self._site.ask(workspace, "save")
        if version != found["version"]:
            raise UsageError("The rows were edited in another tab meanwhile.", "Load this page again.")
        if not found["ready"]:
            raise UsageError("No lead is ready to be sent.", "Fix the rows first.")
        report = default_path(workspace.work, found["kind"], time.time())
        canary = CANARIES if is_first else 0
        platform = await self._site.platform(workspace)
        job = Job("send", platform["sandbox"], platform["profile"], str(report), canary=canary)
        await self._site.jobs.start(workspace, job)
        return go_to(f"/w/{workspace.id}/sending")

    async def sending(self, request: web.Request) -> web.StreamResponse:
        """Show the progress of a job."""
        workspace = self._site.find(request)
        state = await asyncio.to_thread(self._site.jobs.state, workspace)
        if state is None:
            raise web.HTTPSeeOther(f"/w/{workspace.id}/rows")
        return self._site.page(request, "sending", workspace, state=state)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Stream what changes: of the check, or of the job that sends."""
        workspace = self._site.find(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        await response.prepare(request)
        last, silent_since = request.headers.get("Last-Event-ID", ""), time.monotonic()
        with suppress(ConnectionResetError):
            await response.write(f"retry: {RECONNECT}\n\n".encode())
            while True:
                state = await self._state(workspace, request.query.get("of", "run"))
                number = f"{state['number']}-{state['phase']}"
                if number != last:
                    await response.write(f"id: {number}\ndata: {json.dumps(state)}\n\n".encode())
                    last, silent_since = number, time.monotonic()
                elif time.monotonic() - silent_since > KEEP_ALIVE:
                    await response.write(b": still here\n\n")
                    silent_since = time.monotonic()
                if state["phase"] in ENDED:
                    break
                await self._site.checks.wait(workspace, LOOK_INTERVAL)
        return response

    async def _state(self, workspace: Workspace, of: str) -> dict[str, Any]:
        if of == "check":
            return self._site.checks.state(workspace)
        found = await asyncio.to_thread(self._site.jobs.state, workspace)
        return found or {"number": 0, "phase": "killed"}

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Pause, continue or stop a job."""
        workspace = self._site.find(request)
        command = request.match_info["command"]
        if not await asyncio.to_thread(self._site.jobs.is_running, workspace):
            raise UsageError("Nothing is being sent any more.", "Load this page again.")
        self._site.jobs.ask(workspace, command)
        words = {"pause": "Paused. Nothing new is sent.", "continue": "Sending continues.", "stop": "Stopping."}
        return web.json_response({"status": words[command]})

    async def resume(self, request: web.Request) -> web.StreamResponse:
        """Continue a run of this workspace that was stopped or killed."""
        return await self._resume(self._site.find(request), request)

    async def _resume(self, workspace: Workspace, request: web.Request) -> web.StreamResponse:
        about, past_runs = workspace.about, self._site.past_runs
        run = about.run or await past_runs.of_file(workspace.work, is_sandbox=about.is_sandbox)
        if run is None:
            return await self._begin_again(workspace)
        form = await request.post()
        found = await past_runs.find(run)
        report = default_path(workspace.work, found.run.report_kind if found else "csv", time.time())
        platform = await self._site.platform(workspace)
        is_waived = bool(form.get("anyway"))
        job = Job("resume", platform["sandbox"], platform["profile"], str(report), run, is_canary_waived=is_waived)
        await self._site.jobs.start(workspace, job)
        workspace.change(is_seen=False)
        return go_to(f"/w/{workspace.id}/sending")

    async def _begin_again(self, workspace: Workspace) -> web.StreamResponse:
        """Start a job again that was killed before it began; one that could not begin needs another look first."""
        state = await asyncio.to_thread(self._site.jobs.state, workspace)
        job = self._site.jobs.killed(workspace) if state and state["phase"] == "killed" else None
        if state and state["phase"] not in ENDED:
            return go_to(f"/w/{workspace.id}/sending")
        workspace.state.unlink(missing_ok=True)
        if job is None:
            return go_to(f"/w/{workspace.id}/confirm")
        platform = await self._site.platform(workspace)
        await self._site.jobs.start(workspace, replace(job, sandbox=platform["sandbox"], profile=platform["profile"]))
        return go_to(f"/w/{workspace.id}/sending")

    async def report(self, request: web.Request) -> web.StreamResponse:
        """Show the report."""
        workspace = self._site.find(request)
        state = await asyncio.to_thread(self._site.jobs.state, workspace)
        if state is None:
            raise web.HTTPSeeOther(f"/w/{workspace.id}/rows")
        is_over = state["phase"] == "ended" or (state["phase"] == "killed" and state["kind"] == "results")
        if not is_over or not state.get("report") or not state.get("run"):
            raise web.HTTPSeeOther(f"/w/{workspace.id}/sending")
        workspace.change(is_seen=True, run=state["run"])
        found = await self._site.ask(workspace, "report", report=state["report"])
        counts = [f"{count:,} {word}" for word in Outcome if (count := found["outcomes"].get(word.value))]
        again = sum(found["outcomes"].get(word.value, 0) for word in Outcome if word.is_retried)
        return self._site.page(
            request,
            "report",
            workspace,
            found=found,
            state={"stopped": None, **state},
            outcome=" · ".join(counts),
            again=again,
            is_canary="canary" in found["stopped"],
        )

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Download the report."""
        workspace = self._site.find(request)
        path = await self._report_path(workspace)
        return download(path, path.name)

    async def _report_path(self, workspace: Workspace) -> Path:
        state = await asyncio.to_thread(self._site.jobs.state, workspace)
        if not has_report(state):
            raise web.HTTPNotFound(text="There is no report yet.")
        return Path(state["report"])

    async def again(self, request: web.Request) -> web.StreamResponse:
        """Open the report in a new workspace, to fix the rows that did not get through."""
        workspace = self._site.find(request)
        path = await self._report_path(workspace)
        about = workspace.about
        link = workspace.named_link
        fresh = About(path.name, about.is_sandbox, about.campaign, kind="report", original=about.shown, link=link)
        with self._site.workspaces.incoming() as folder:
            copied = folder / path.name
            await asyncio.to_thread(shutil.copyfile, path, copied)
            copied.chmod(0o600)
            new = self._site.workspaces.create(fresh, copied)
        return go_to(f"/w/{new.id}/rows")

    async def results(self, request: web.Request) -> web.StreamResponse:
        """Wait for the validation results of the accepted leads."""
        workspace = self._site.find(request)
        path = await self._report_path(workspace)
        platform = await self._site.platform(workspace)
        job = Job("results", platform["sandbox"], platform["profile"], str(path), workspace.about.run)
        await self._site.jobs.start(workspace, job)
        return go_to(f"/w/{workspace.id}/sending")

    async def of_run(self, request: web.Request) -> web.StreamResponse:
        """Show the report of a run, also of one that the command line has made."""
        workspace = await self._workspace(request)
        raise web.HTTPSeeOther(f"/w/{workspace.id}/report")

    async def resume_run(self, request: web.Request) -> web.StreamResponse:
        """Continue a run, also one that the command line has started."""
        return await self._resume(await self._workspace(request, writes_report=False), request)

    async def rewrite(self, request: web.Request) -> web.StreamResponse:
        """Write the report of a run again, from the ledger and the run's file."""
        workspace = await self._workspace(request, writes_report=False)
        await self._site.jobs.require_idle(workspace)
        await self._write_report(workspace, (await self._site.find_run(request)).run)
        return go_to(f"/w/{workspace.id}/report", "The report was written again.")

    async def _workspace(self, request: web.Request, *, writes_report: bool = True) -> Workspace:
        """Return the workspace of a run; a new one for a run of the command line, with its report written again."""
        site, found = self._site, await self._site.find_run(request)
        run = found.run
        workspace = site.workspaces.of_run(run)
        state = await asyncio.to_thread(site.jobs.state, workspace) if workspace else None
        is_shown = state is not None and (state["phase"] not in ENDED or has_report(state))
        if found.is_shared and not found.has_file and not is_shown:
            if writes_report:
                raise web.HTTPSeeOther(f"/r/{run.id}/elsewhere")
            raise UsageError("The spreadsheet of this run is not on this machine.", "Continue it where that is.")
        if workspace is None:
            workspace = site.workspaces.create(about_of(found, site))
        if writes_report and not is_shown:
            await self._write_report(workspace, run)
        return workspace

    async def _write_report(self, workspace: Workspace, run: Run) -> None:
        path = default_path(workspace.work, run.report_kind, time.time())
        found = await self._site.ask(workspace, "rewrite", run=run.id, report=str(path))
        facts = {"number": 1, "phase": "ended", "kind": "send", "run": run.id, "report": found["report"]}
        write_private(workspace.state, json.dumps(facts))


def about_of(found: FoundRun, site: Site) -> About:
    """Return the facts of a workspace for a run that the page has not started."""
    run = found.run
    is_reached = site.is_live_possible and site.settings is not None and site.settings.is_sandbox
    is_sandbox = not found.is_shared if site.past_runs.is_shared else run.in_sandbox and not is_reached
    return About(Path(run.file).name, is_sandbox, run.campaign, kind="report", run=run.id, is_seen=True)


def has_report(state: dict[str, Any] | None) -> TypeGuard[dict[str, Any]]:
    """Return whether a job has written a report that is still there."""
    return bool(state and state.get("report")) and Path((state or {})["report"]).is_file()
