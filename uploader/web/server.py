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
from uploader.core.process import DETACHED
from uploader.web import columns, drafts, grid, pages, runs, static, unknown_rows
from uploader.web.jobs import Jobs, Workers
from uploader.web.past_runs import PastRuns
from uploader.web.sandbox_process import SandboxProcess, SandboxStartError
from uploader.web.security import Guard, add_headers, middleware
from uploader.web.site import Site, error_response
from uploader.web.workspace import Workspaces

HOST = "127.0.0.1"  # this machine only
DEFAULT_PORT = 8470
MAX_BODY = 32 * 1024**2  # bytes of a request's form or JSON; a file has its own limit
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
    async with running(site, port) as url:
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
    app = web.Application(middlewares=[middleware(site.guard), _errors(site)], client_max_size=MAX_BODY)
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
            return _shown(site, request, error, 200)
        except web.HTTPClientError as error:
            if not _is_of_script(request) and "text/html" not in request.headers.get("Accept", ""):
                raise
            return _shown(site, request, _reason_of(error), error.status)
        except OSError as error:
            if isinstance(error, ConnectionError) or not error.strerror:  # the browser has left, or it is a bug
                raise
            return _failed(site, request, error.strerror)

    return answer_errors


def _shown(site: Site, request: web.Request, error: UploaderError, status: int) -> web.Response:
    """Return an error for the page's script, or as a page."""
    if _is_of_script(request):
        return error_response(error, status)
    page = site.page(request, "error", error=error)
    page.set_status(status)
    return page


def _failed(site: Site, request: web.Request, reason: str) -> web.Response:
    """Return what the machine could not do, or that the workspace was removed meanwhile, which may be why."""
    try:
        if "workspace" in request.match_info:
            site.find(request)
    except web.HTTPNotFound as error:
        return _shown(site, request, _reason_of(error), error.status)
    hint = f"Check that the disk has space and that {site.home} can be written, then try again."
    return _shown(site, request, UploaderError(f"This machine reports: {reason}.", hint), 500)


def _is_of_script(request: web.Request) -> bool:
    """Whether the page's script has made a request, not the browser to show a page."""
    return request.method == "POST" or request.path.endswith(".json")


def _reason_of(error: web.HTTPClientError) -> UploaderError:
    """Return why a request was refused, in words of the page."""
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return UsageError("This is too much at once.", "Do it in smaller steps.")
    is_plain = not error.text or error.text == f"{error.status}: {error.reason}"
    return UsageError(NO_PAGE if is_plain else error.text or NO_PAGE)


@asynccontextmanager
async def running(site: Site, port: int | None) -> AsyncIterator[str]:
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
