"""The process of the sandbox: what happens if it does not start."""

import asyncio
import sys
from pathlib import Path

import pytest

from uploader.web import sandbox_process
from uploader.web.sandbox_process import SandboxProcess, SandboxStartError

ENDS, WAITS = "pass", "import time; time.sleep(600)"


@pytest.mark.parametrize(("code", "seconds"), [(ENDS, 600.0), (WAITS, 0.0)])
async def test_sandbox_that_does_not_start_is_an_error_and_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, seconds: float
) -> None:
    monkeypatch.setattr(sandbox_process, "START_TIME", seconds)
    started: list[asyncio.subprocess.Process] = []
    start = asyncio.create_subprocess_exec

    async def start_other(*command: str, **given: object) -> asyncio.subprocess.Process:
        started.append(await start(sys.executable, "-c", code))
        return started[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start_other)
    with pytest.raises(SandboxStartError, match="did not start"):
        await SandboxProcess(tmp_path, {}).url()
    async with asyncio.timeout(30):
        await started[0].wait()
