"""The screens Start, History and About, and Quit."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from uploader.commands import doctor
from uploader.config.settings import SANDBOX, Settings
from uploader.core.errors import UploaderError
from uploader.core.model import MAX_ID, PastRun, parse_whole_number
from uploader.ledger import ALL_RUNS, RunFilter
from uploader.web.job import ENDED
from uploader.web.past_runs import shown_run
from uploader.web.site import CAMPAIGN, Site
from uploader.web.workspace import Workspace

RECENT_RUNS = 10
SHOWN_RUNS = 200
NO_CAMPAIGN = -1  # for a text that is not a number
SHOWN_DRAFTS = 5  # the older ones are behind a click


def routes(site: Site) -> list[web.RouteDef]:
    """Return the routes of these screens."""
    pages = Pages(site)
    return [
        web.get("/open", pages.open),
        web.get("/", pages.start),
        web.get("/runs", pages.history),
        web.get("/about", pages.about),
        web.post("/quit", pages.quit),
    ]


class Pages:
    """The handlers."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Exchange the URL's token for the session's cookie."""
        return self._site.guard.exchange(request.query.get("token", ""))

    async def start(self, request: web.Request) -> web.StreamResponse:
        """Show the drop area, unfinished runs and the last runs."""
        site = self._site
        runs, ledger_problem = await self._runs(RECENT_RUNS)
        campaign = next((workspace.about.campaign for workspace in site.workspaces if workspace.about.campaign), None)
        login = site.problem if not site.is_sandbox_asked else None
        return site.page(
            request,
            "start",
            unfinished=await self._not_begun(ledger_problem) + await asyncio.to_thread(self._unfinished, runs),
            drafts=await asyncio.to_thread(self._drafts),
            draft_limit=SHOWN_DRAFTS,
            runs=runs,
            ledger_problem=ledger_problem,
            campaign=campaign or (CAMPAIGN if not site.is_live_possible else ""),
            has_choice=site.is_live_possible and not site.is_live_a_sandbox,
            login=login,
        )

    async def history(self, request: web.Request) -> web.StreamResponse:
        """Show the newest runs, or those of a file or campaign."""
        file, campaign = request.query.get("file", "").strip(), request.query.get("campaign", "").strip()
        wanted = RunFilter(campaign=parse_whole_number(campaign, MAX_ID) or NO_CAMPAIGN) if campaign else ALL_RUNS
        # The name that is shown may be the workspace's, which the ledger does not have.
        found, problem = await self._runs(None if file else SHOWN_RUNS + 1, wanted)
        runs = [run for run in found if file.casefold() in str(run["name"]).casefold()]
        return self._site.page(
            request,
            "history",
            runs=runs[:SHOWN_RUNS],
            limit=SHOWN_RUNS,
            has_more=len(runs) > SHOWN_RUNS,
            file=file,
            campaign=campaign,
            ledger_problem=problem,
        )

    async def about(self, request: web.Request) -> web.StreamResponse:
        """Show the settings and the doctor's checks, read-only."""
        site = self._site
        settings = doctor.shown_settings(site.settings) if site.settings else []
        checks = doctor.settings_check(site.problem) if site.problem and not site.is_sandbox_asked else []
        if site.settings and request.query.get("check") and not site.problem:
            checks = await self._examined(site.settings)
        return site.page(
            request,
            "about",
            settings=settings,
            checks=checks,
            can_check=site.is_live_possible,
            versions=doctor.versions(),
            home=str(site.home),
        )

    async def _examined(self, settings: Settings) -> list[doctor.Check]:
        """Return the doctor's checks. They wait for a database, so they are made in another thread."""
        try:
            await self._site.past_runs.require_shared()
        except UploaderError as error:
            return doctor.ledger_check(error)
        return await asyncio.to_thread(asyncio.run, doctor.examine(settings))

    async def quit(self, request: web.Request) -> web.StreamResponse:
        """End the server; jobs continue."""
        running = [one for one in self._site.workspaces if self._site.jobs.is_running(one)]
        if running and not (await request.post()).get("sure"):
            names = ", ".join(one.about.shown for one in running)
            return web.json_response(
                {
                    "confirm": f"{names} is being sent. Sending continues after you quit; run `uploader ui` to see it.",
                    "again": {"sure": "yes"},
                }
            )
        asyncio.get_running_loop().call_later(0.3, self._site.stop)
        return web.json_response({"ended": "The server has ended.", "status": "Run `uploader ui` to start again."})

    async def _runs(
        self, limit: int | None, wanted: RunFilter = ALL_RUNS
    ) -> tuple[list[dict[str, Any]], UploaderError | None]:
        """Return the last runs, each with its workspace, and why those of a shared ledger are missing, if they are."""
        runs, problem = await self._site.past_runs.newest(limit, wanted)
        return await asyncio.to_thread(self._with_workspaces, runs), problem

    def _with_workspaces(self, runs: Sequence[PastRun]) -> list[dict[str, Any]]:
        workspaces = self._site.workspaces.of_runs([past.run for past in runs]) if runs else {}
        newest = {past.run.family: past.run.id for past in reversed(runs)}
        return [
            {
                **self._shown(past, workspaces.get(past.run.id)),
                "is_newest": newest[past.run.family] == past.run.id,
            }
            for past in runs
        ]

    def _shown(self, past: PastRun, workspace: Workspace | None) -> dict[str, Any]:
        is_running = workspace is not None and self._site.jobs.is_running(workspace)
        shown = shown_run(past)
        return {
            **shown,
            "name": workspace.about.shown if workspace else shown["name"],
            "is_running": is_running,
            "is_begun": True,
            "workspace": workspace,
        }

    def _drafts(self) -> list[dict[str, Any]]:
        """Return the workspaces whose rows were not sent yet, newest first."""
        found = [one for one in self._site.workspaces if not one.state.exists() and not one.about.run]
        return [{"id": one.id, "about": one.about, "screen": "rows" if one.is_mapped else "columns"} for one in found]

    def _unfinished(self, runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return the runs that have not ended, or whose report no one has seen; those of colleagues are theirs."""
        found = []
        for run in runs:
            is_unseen = bool(run["workspace"]) and not run["workspace"].about.is_seen
            is_own = run["can_continue"] and not run["is_elsewhere"]
            if run["is_running"] or is_unseen or (is_own and run["is_newest"]):
                found.append({**run, "is_ended": run["state"] == "finished"})
        return found

    async def _not_begun(self, problem: UploaderError | None) -> list[dict[str, Any]]:
        """Return the files whose sending was asked for, but of which the ledger has no run yet.

        Args:
            problem: Why the shared ledger can't be used; it is not asked then, nor once it has failed.
        """
        found = []
        for workspace, state in await asyncio.to_thread(self._without_run):
            is_sandbox = workspace.about.is_sandbox
            try:
                if problem and not is_sandbox:
                    raise problem
                run = await self._site.past_runs.of_file(workspace.work, is_sandbox=is_sandbox)
            except UploaderError as error:  # whether it has begun can't be known now; continuing it looks again
                problem = problem if is_sandbox else error
                found.append({**self._shown_early(workspace, state), "stopped": ""})
                continue
            if run is None:
                found.append(self._shown_early(workspace, state))
        return found

    def _without_run(self) -> list[tuple[Workspace, dict[str, Any]]]:
        """Return the workspaces that had a job which has named no run, with its state."""
        found = [(one, self._site.jobs.state(one)) for one in self._site.workspaces if not one.about.run]
        return [(one, state) for one, state in found if state and not state.get("run")]

    def _shown_early(self, workspace: Workspace, state: dict[str, Any]) -> dict[str, Any]:
        about = workspace.about
        return {
            "name": about.shown,
            "when": time.strftime("%Y-%m-%d %H:%M", time.localtime(workspace.state.stat().st_mtime)),
            "platform": SANDBOX if about.is_sandbox else self._site.live_name,
            "campaign": about.campaign,
            "is_running": state["phase"] not in ENDED,
            "is_ended": False,
            "is_begun": False,
            "stopped": (state.get("error") or {}).get("message", "It was interrupted before the first lead."),
            "workspace": workspace,
            "url": f"/w/{workspace.id}",
        }
