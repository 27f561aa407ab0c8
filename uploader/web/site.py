"""What all pages share: the workspaces, the child processes, the platforms, and the templates."""

import asyncio
import functools
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

from uploader.config.keyring import KEPT
from uploader.config.settings import SANDBOX, Settings
from uploader.core.command_line import PlatformFlags, uploader_command
from uploader.core.errors import UploaderError, UsageError, error_json
from uploader.core.messages import count_of
from uploader.core.unicode_text import replace_control_characters
from uploader.core.version import __version__
from uploader.report.wording import OUTCOME_COLORS, RESULT_COLORS
from uploader.web.checks import Checks
from uploader.web.jobs import Jobs, Workers
from uploader.web.past_runs import FoundRun, PastRuns
from uploader.web.sandbox_process import SandboxProcess
from uploader.web.security import NONCE, Guard
from uploader.web.workspace import Workspace, Workspaces

CAMPAIGN = 44400  # the sandbox's
NO_RUN = "There is no such run."
HERE = Path(__file__).parent

# Seconds without an answer of a worker, after which the shared ledger is checked.
SILENCE = 4.0


@dataclass
class Site:
    """What the handlers of all pages need.

    Attributes:
        home: The ledger's folder.
        settings: The user's settings, for the platform "Live"; None if they cannot be read.
        problem: Why leads cannot be sent to the platform, or None.
        is_sandbox_asked: Whether the command was given `--sandbox`.
        profile: The profile in the settings.
        stop: Ends the server.
    """

    home: Path
    settings: Settings | None
    problem: UploaderError | None
    is_sandbox_asked: bool
    profile: str | None
    guard: Guard
    workspaces: Workspaces
    workers: Workers
    jobs: Jobs
    past_runs: PastRuns
    sandbox: SandboxProcess
    stop: Callable[[], None]
    checks: Checks = field(init=False)
    _tasks: set[asyncio.Task[web.StreamResponse]] = field(default_factory=set)
    last_request: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.checks = Checks(self.ask)

    @property
    def is_live_possible(self) -> bool:
        """Whether leads can be sent to the platform of the settings."""
        return not self.is_sandbox_asked and self.problem is None

    @property
    def is_live_a_sandbox(self) -> bool:
        """Whether the settings lead to a sandbox on this machine, or to no platform at all."""
        return self.settings is None or self.problem is not None or self.settings.is_sandbox

    @property
    def live_name(self) -> str:
        """The name of the platform of the settings, as every page shows it."""
        if self.settings is None or self.is_live_a_sandbox:
            return SANDBOX.capitalize()
        name, place = self.settings.enterprise or "", self.settings.scope
        return place if place.startswith(name) else f"{name} ({place})"

    @property
    def login_command(self) -> str:
        """The command with which the user keeps other credentials."""
        return PlatformFlags(profile=self.profile).fill(uploader_command("login"))

    @property
    def credential_origins(self) -> str:
        """Where the credentials are from that override those that `uploader login` keeps; empty for none."""
        found = {self.settings.source_of(name) for name in KEPT} if self.settings else set()
        return " and ".join(sorted(found - {"default", "keyring"}))

    async def ask(
        self,
        workspace: Workspace,
        what: str,
        on_progress: Callable[[dict[str, Any]], None] = lambda facts: None,
        **given: Any,
    ) -> Any:
        """Ask a workspace's worker. Raises UploaderError."""
        question = {"folder": str(workspace.folder), "what": what, "given": given, **await self.platform(workspace)}
        has_local_ledger = workspace.about.is_sandbox or not self.past_runs.is_shared
        with self.workers.using(workspace.id) as worker:
            answer = worker.ask(question, on_progress)
            return await (answer if has_local_ledger else self._watched(answer))

    async def _watched(self, answer: Coroutine[Any, Any, Any]) -> Any:
        """Wait for a worker, but not for a database that does not respond. Raises UploaderError."""
        task = asyncio.get_running_loop().create_task(answer)
        try:
            while not (await asyncio.wait({task}, timeout=SILENCE))[0]:
                await self.past_runs.require_shared()
            return task.result()
        finally:
            task.cancel()

    async def finish(self, work: Coroutine[Any, Any, web.StreamResponse]) -> web.StreamResponse:
        """Finish the work even if the page that asked for it is left, which cancels its request."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def platform(self, workspace: Workspace) -> dict[str, str | None]:
        """Return how a child process reaches the platform of a workspace."""
        sandbox = await self.sandbox.url() if workspace.about.is_sandbox else None
        return {"sandbox": sandbox, "profile": self.profile}

    def find(self, request: web.Request) -> Workspace:
        """Return the workspace in the request's path. Raises HTTPNotFound."""
        found = self.workspaces.find(request.match_info["workspace"])
        if found is None:
            raise web.HTTPNotFound(text="There is no such workspace any more.")
        return found

    async def find_run(self, request: web.Request) -> FoundRun:
        """Return the run in the request's path. Raises HTTPNotFound."""
        found = await self.past_runs.find(request.match_info["run"])
        if found is None:
            raise web.HTTPNotFound(text=NO_RUN)
        return found

    def page(self, request: web.Request, name: str, workspace: Workspace | None = None, **facts: Any) -> web.Response:
        """Return a page made of a template."""
        is_practice = workspace.about.is_sandbox if workspace else not self.is_live_possible
        is_sandbox = is_practice or self.is_live_a_sandbox
        text = _template(f"{name}.html.j2").render(
            nonce=request[NONCE],
            version=__version__,
            colors={**OUTCOME_COLORS, **RESULT_COLORS},
            platform=SANDBOX.capitalize() if is_sandbox else self.live_name,
            is_sandbox=is_sandbox,
            workspace=workspace,
            about=workspace.about if workspace else None,
            login_command=self.login_command,
            credential_origins=self.credential_origins,
            **facts,
        )
        return web.Response(text=text, content_type="text/html", charset="utf-8")


def go_to(url: str, sentence: str = "") -> web.Response:
    """Send the page's script to another page, which says what happened."""
    return web.json_response({"location": url, "status": sentence})


def unreadable_request() -> UsageError:
    """Return the error for a request that the page's script would not send."""
    return UsageError("This request can't be read.")


def error_response(error: UploaderError, status: int = 200) -> web.Response:
    """Return an error for the page's script.

    The status is 200 because a browser reports any other one as an error of the page in its console.
    """
    return web.json_response({"error": error_json(error, PlatformFlags().fill)}, status=status)


@functools.cache
def _template(name: str) -> Any:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - only where a page is made

    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: replace_control_characters(value) if type(value) is str else value,
    )
    environment.filters["command"] = PlatformFlags().fill
    environment.filters["capitalized"] = lambda text: text[:1].upper() + text[1:]
    environment.filters["number"] = lambda count: f"{count:,}"
    environment.filters["plural"] = count_of
    return environment.get_template(name)
