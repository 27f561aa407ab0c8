"""The process that sends leads, or waits for their results. It continues when the page is closed and the server ends.

Its only argument is the folder of a workspace. It does what `job.json` there asks for, and writes `state.json`.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from uploader.commands.results import ResultsOptions, results
from uploader.commands.results_summary import ResultsSummary
from uploader.commands.session import Session
from uploader.commands.upload import resume, retry
from uploader.config.settings import Settings
from uploader.core.command_line import PlatformFlags, without_commands
from uploader.core.errors import UploaderError, UsageError
from uploader.ledger import local_lock
from uploader.pipeline.cancellation import Interrupted, StopSignal
from uploader.pipeline.events import Observer, Result
from uploader.pipeline.options import UploadOptions
from uploader.web.events import JobObserver, StateFile
from uploader.web.job import Job, lock_name
from uploader.web.worker import page_error, settings_for
from uploader.web.workspace import Workspace

LOOK_INTERVAL = 0.1  # seconds between two looks at the requests of the page
LOCK_TRIES = 50

TO_CONTINUE = "Click Continue to send the rest."


async def run_job(workspace: Workspace, job: Job) -> None:
    """Do the job, and write its progress and its result to the state file."""
    async with AsyncExitStack() as stack:
        try:
            settings = await stack.enter_async_context(settings_for(job.sandbox, job.profile))
        except UploaderError as error:
            _end(StateFile(workspace.state, kind=job.kind, run=job.run), job, error)
            return
        try:
            await stack.enter_async_context(_held_lock(workspace, settings))
        except UsageError:
            return  # another job of this workspace is running, and shows its own state
        except UploaderError as error:
            _end(StateFile(workspace.state, kind=job.kind, run=job.run), job, error)
            return
        state = StateFile(workspace.state, kind=job.kind, run=job.run, report=job.report)
        try:
            state.set(**await _do(workspace, job, settings, state))
            _end(state, job, None)
        except UploaderError as error:
            _end(state, job, error)


def _end(state: StateFile, job: Job, error: UploaderError | None) -> None:
    """Show that the job has ended, and why if it could not do its work."""
    if error:
        state.set(error=page_error(error, PlatformFlags(job.sandbox is not None, job.profile)))
    state.set(phase="ended")
    state.write()


async def _do(workspace: Workspace, job: Job, settings: Settings, state: StateFile) -> dict[str, Any]:
    """Do the job, write its state meanwhile, and follow the requests of the page."""
    observer, stop = JobObserver(state), StopSignal()
    tasks = [
        asyncio.create_task(state.write_at_intervals(observer.refresh)),
        asyncio.create_task(_follow(workspace.control, stop, state)),
    ]
    try:
        if job.kind == "results":
            return _results_facts(await results(ResultsOptions(Path(job.report)), Session(settings, observer, stop)))
        return _run_facts(await _send(workspace, job, Session(settings, observer, stop)))
    finally:
        for task in tasks:
            task.cancel()


async def _send(workspace: Workspace, job: Job, session: Session[Observer]) -> Result:
    report = Path(job.report)
    if job.kind == "resume":
        return await resume(job.run, report, session, canaries=not job.is_canary_waived)
    options = UploadOptions(workspace.work, workspace.known_mapping, report=report, canary=job.canary)
    return await retry(options, session)


async def _follow(control: Path, stop: StopSignal, state: StateFile) -> None:
    """Pause, continue or stop when the page asks for it."""
    while True:
        command = _command(control)
        if command == "stop" and not stop.is_set:
            stop.resume()
            stop.request(Interrupted("Stopped on the page.", TO_CONTINUE))
            state.set(phase="stopping")
        elif command == "pause" and not stop.is_paused and not stop.is_set:
            stop.pause()
        elif command == "continue" and stop.is_paused:
            stop.resume()
        state.set(is_paused=stop.is_paused)
        await asyncio.sleep(LOOK_INTERVAL)


def _command(control: Path) -> str:
    """Return what the page asks for; an empty text if nothing."""
    with suppress(OSError, ValueError):
        return str(json.loads(control.read_text("utf-8"))["command"])
    return ""


@asynccontextmanager
async def _held_lock(workspace: Workspace, settings: Settings) -> AsyncIterator[None]:
    """Hold the lock by which others see that this job is running."""
    with ExitStack() as stack:
        for tries_left in reversed(range(LOCK_TRIES)):
            try:
                stack.enter_context(local_lock(settings.home, [lock_name(workspace)], workspace.about.name))
                break
            except UsageError:  # another process is checking whether this job is running
                if not tries_left:
                    raise
                await asyncio.sleep(LOOK_INTERVAL)
        yield


def _run_facts(result: Result) -> dict[str, Any]:
    stopped = result.stopped or result.unwritten
    return {
        "run": result.run,
        "report": str(result.report or ""),
        "stopped": _stop_facts(stopped, result.flags) if stopped else None,
    }


def _stop_facts(stopped: UploaderError, flags: PlatformFlags) -> dict[str, object]:
    """Return why a run stopped; instead of the command to resume it, the page has a button."""
    facts = page_error(stopped, flags)
    advice = without_commands(str(facts["hint"]))
    return {**facts, "hint": advice if "Continue" in advice else f"{advice} {TO_CONTINUE}".strip()}


def _results_facts(summary: ResultsSummary) -> dict[str, Any]:
    return {
        "run": summary.run,
        "report": str(summary.report),
        "stopped": page_error(summary.stopped, PlatformFlags()) if summary.stopped else None,
    }


def main() -> None:
    """Do the job of the workspace that is named on the command line."""
    workspace = Workspace(Path(sys.argv[1]))
    job = Job(**json.loads((workspace.folder / "job.json").read_text("utf-8")))
    with asyncio.Runner() as runner:
        runner.run(run_job(workspace, job))


if __name__ == "__main__":
    main()
