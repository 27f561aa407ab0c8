"""The checks of all rows of a file, in the background: at most one for each workspace."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from uploader.core.errors import UploaderError, error_json
from uploader.web.page_words import page_words
from uploader.web.workspace import Workspace

UNEXPECTED = UploaderError("The check ended unexpectedly.", "Load this page again. If it happens again, report a bug.")


class Checks:
    """The checks that have begun since the server started.

    Args:
        ask: Asks a workspace's worker: `Site.ask`.
    """

    def __init__(self, ask: Callable[..., Awaitable[Any]]) -> None:
        self._ask = ask
        self._facts: dict[str, dict[str, Any]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def start(self, workspace: Workspace) -> None:
        """Begin the check, unless it runs, or has ended without an error."""
        known = self._facts.get(workspace.id)
        if known is None or "error" in known:
            facts: dict[str, Any] = {"number": 1, "phase": "checking", "rows": 0}
            self._facts[workspace.id] = facts
            self._tasks[workspace.id] = asyncio.get_running_loop().create_task(self._check(workspace, facts))

    def forget(self, workspace: Workspace) -> None:
        """Let the next `start` begin a new check."""
        self._facts.pop(workspace.id, None)

    def state(self, workspace: Workspace) -> dict[str, Any]:
        """Return what the page shows of a check."""
        return self._facts.get(workspace.id, {"number": 0, "phase": "ended"})

    async def wait(self, workspace: Workspace, seconds: float) -> None:
        """Wait until a check ends, up to this many seconds."""
        task = self._tasks.get(workspace.id)
        if task and not task.done():
            await asyncio.wait({task}, timeout=seconds)
        else:
            await asyncio.sleep(seconds)

    async def _check(self, workspace: Workspace, facts: dict[str, Any]) -> None:
        def on_progress(progress: dict[str, Any]) -> None:
            facts.update(progress, number=facts["number"] + 1)

        try:
            state = await self._ask(workspace, "check", on_progress)
            facts.update(phase="ended", state=state, number=facts["number"] + 1)
        except Exception as error:  # a check without an end would be waited for forever
            known = error if isinstance(error, UploaderError) else UNEXPECTED
            facts.update(phase="ended", error=error_json(known, page_words), number=facts["number"] + 1)
            if known is UNEXPECTED:
                raise
