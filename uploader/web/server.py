"""The server of the web page: start, port, idle end."""

import asyncio
import signal
import sys
import time
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from uploader.config.load import load_settings
from uploader.config.settings import Settings
from uploader.config.trust import ledger_home, ledger_place
from uploader.core.errors import UploaderError, UsageError
from uploader.web import columns, drafts, grid, pages, runs, static, unknown_rows
from uploader.web.jobs import DETACHED, Jobs, Workers
from uploader.web.past_runs import PastRuns
from uploader.web.sandbox_process import SandboxProcess, SandboxStartError
from uploader.web.security import Guard, add_headers, middleware
from uploader.web.site import Site, error_response
from uploader.web.workspace import Workspaces

HOST = "127.0.0.1"  # this machine only
DEFAULT_PORT = 8470
MAX_FILE = 300 * 1024**2  # bytes
IDLE_END = 1800.0  # seconds without a request or a job, after which the server ends
LOOK_INTERVAL = 5.0

NO_PAGE = "There is no such page."


async def serve(
    *, sandbox: bool, profile: str | None, port: int | None, show_url: Callable[[str], None], opens_browser: bool
) -> None:
    """Serve the page until the user quits, the system ends it, or no one has used it for half an hour.

    Args:
        sandbox: Send nothing to the platform of the settings.
        profile: The profile in the settings.
        port: The port; 0 for a free one, None for the usual one if it is free.
        show_url: Gets the URL with its token, once connections are accepted.
        opens_browser: Open the URL in the user's browser.

    Raises:
        UsageError: Settings are invalid.
    """
    ended = asyncio.Event()
    site = await asyncio.to_thread(_site, sandbox, profile, ended.set)
    async with _running(site, port) as url:
        show_url(url)
        await site.workers.prepare()
        sandbox_start = asyncio.create_task(_start_sandbox(site))
        if opens_browser:
            await asyncio.to_thread(webbrowser.open, url)
        _end_by_signals(ended)
        await _wait(site, ended)
        sandbox_start.cancel()


async def _start_sandbox(site: Site) -> None:
    """Start the sandbox ahead of its use if all leads go there. The first page that needs it says why it can't."""
    if not site.is_live_possible:
        with suppress(SandboxStartError):
            await site.sandbox.url()


def application(site: Site) -> web.Application:
    """Return the application with all pages."""
    app = web.Application(middlewares=[middleware(site.guard), _errors(site)], client_max_size=MAX_FILE)
    for module in (pages, drafts, columns, grid, runs, unknown_rows):
        app.add_routes(module.routes(site))
    app.add_routes(static.routes())
    app.on_response_prepare.append(add_headers)
    return app


def _site(sandbox: bool, profile: str | None, stop: Callable[[], None]) -> Site:
    settings: Settings | None = None
    problem: UploaderError | None = None
    try:
        settings = load_settings({"profile": profile})
        settings.require_complete()
    except UploaderError as error:
        problem = error
    home: Path = settings.home if settings else ledger_home(profile)
    place = None if sandbox else settings.ledger_place if settings else ledger_place(profile)
    workspaces = Workspaces(home)
    workspaces.remove_old(time.time())
    return Site(
        home, settings, problem, sandbox, profile, Guard(), workspaces, Workers(), Jobs(home),
        PastRuns(home, place if place and place.is_shared else None),
        SandboxProcess(home, DETACHED), stop,
    )  # fmt: skip


def _errors(site: Site) -> Middleware:
    """Return the middleware that turns errors into answers, and notes when the page was last used."""

    @web.middleware
    async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        site.last_request = time.monotonic()
        try:
            return await handler(request)
        except UploaderError as error:
            if request.method == "POST" or request.path.endswith(".json"):
                return error_response(error)
            return site.page(request, "error", error=error)
        except web.HTTPNotFound as error:
            if request.method != "GET" or "text/html" not in request.headers.get("Accept", ""):
                raise
            text = NO_PAGE if error.text == str(error.status) + ": " + error.reason else error.text or NO_PAGE
            page = site.page(request, "error", error=UsageError(text))
            page.set_status(error.status)
            return page

    return answer_errors


@asynccontextmanager
async def _running(site: Site, port: int | None) -> AsyncIterator[str]:
    """Accept connections, and yield the URL with its token."""
    runner = web.AppRunner(application(site), access_log=None, shutdown_timeout=0.5, handler_cancellation=True)
    try:
        await runner.setup()
        found = await _bind(runner, port)
        site.guard.set_port(found)
        yield f"http://{HOST}:{found}/open?token={site.guard.token}"
    finally:
        await site.workers.stop()
        if not any(site.jobs.is_running(workspace) for workspace in site.workspaces):
            site.sandbox.stop()
        await runner.cleanup()


async def _bind(runner: web.AppRunner, port: int | None) -> int:
    """Listen on the port, or on a free one if it is taken; return it."""
    try:
        await web.TCPSite(runner, HOST, DEFAULT_PORT if port is None else port).start()
    except OSError:
        await web.TCPSite(runner, HOST, 0).start()
    return int(runner.addresses[0][1])


def _end_by_signals(ended: asyncio.Event) -> None:
    """End in order when the system or Ctrl-C asks for it."""
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if number := getattr(signal, name, None):
            if sys.platform == "win32":
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(ended.set))
            else:
                loop.add_signal_handler(number, ended.set)


async def _wait(site: Site, ended: asyncio.Event) -> None:
    while not ended.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), LOOK_INTERVAL)
        is_idle = time.monotonic() - site.last_request > IDLE_END
        if is_idle and not any(site.jobs.is_running(workspace) for workspace in site.workspaces):
            ended.set()
