"""Checks in the background."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from uploader.core.errors import UsageError
from uploader.web.checks import Checks
from uploader.web.workspace import Workspace

WORKSPACE = Workspace(Path("20261128-140211-3f9a00"))


async def test_check_is_begun_once_shows_its_progress_and_is_waited_for() -> None:
    asked, go_on = [], asyncio.Event()

    async def ask(workspace: Workspace, what: str, on_progress: Callable[[dict[str, Any]], None]) -> dict[str, int]:
        asked.append((workspace, what))
        on_progress({"rows": 1_000})
        await go_on.wait()
        return {"ready": 7}

    checks = Checks(ask)
    assert checks.state(WORKSPACE)["phase"] == "ended"
    checks.start(WORKSPACE)
    checks.start(WORKSPACE)
    await checks.wait(WORKSPACE, 0.001)
    seen = checks.state(WORKSPACE).copy()
    assert (seen["phase"], seen["rows"], asked) == ("checking", 1_000, [(WORKSPACE, "check")])
    go_on.set()
    await checks.wait(WORKSPACE, 60)
    ended = checks.state(WORKSPACE)
    assert (ended["phase"], ended["state"]) == ("ended", {"ready": 7})
    assert ended["number"] > seen["number"]
    checks.forget(WORKSPACE)
    checks.start(WORKSPACE)
    await checks.wait(WORKSPACE, 60)
    assert len(asked) == 2


async def test_error_of_a_check_is_shown() -> None:
    async def ask(*given: object) -> None:
        raise UsageError("The file is gone.", "Choose it again.")

    checks = Checks(ask)
    checks.start(WORKSPACE)
    await checks.wait(WORKSPACE, 60)
    shown = {"message": "The file is gone.", "hint": "Choose it again.", "problems": []}
    assert (checks.state(WORKSPACE)["phase"], checks.state(WORKSPACE)["error"]) == ("ended", shown)


async def test_check_that_fails_in_an_unknown_way_ends_and_is_begun_again() -> None:
    failures: list[Exception] = [TimeoutError(), UsageError("The file is gone.")]

    async def ask(*given: object) -> dict[str, int]:
        if failures:
            raise failures.pop(0)
        return {"ready": 7}

    checks, messages = Checks(ask), []
    for _ in range(2):
        checks.start(WORKSPACE)
        await checks.wait(WORKSPACE, 60)
        messages.append(checks.state(WORKSPACE)["error"]["message"])
    assert messages == ["The check ended unexpectedly.", "The file is gone."]
    checks.start(WORKSPACE)
    await checks.wait(WORKSPACE, 60)
    assert checks.state(WORKSPACE)["state"] == {"ready": 7}
    checks.start(WORKSPACE)
    assert checks.state(WORKSPACE)["phase"] == "ended"
