"""The process of the sandbox: what happens if it does not start, and when it is asked whether it is there."""

import asyncio
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from uploader.web import sandbox_process
from uploader.web.sandbox_process import STARTED_HEADER, SandboxProcess, SandboxStartError

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


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Let a process stand for each sandbox that is started; note the processes, and the requests to them."""
    known: Any = SimpleNamespace(processes=[], asked=[])
    start, write = asyncio.create_subprocess_exec, Path.write_text

    async def start_other(*command: str, **given: object) -> asyncio.subprocess.Process:
        known.processes.append(await start(sys.executable, "-c", WAITS))
        url = f"http://127.0.0.1:{len(known.processes)}"
        write(Path(command[-1]), json.dumps({"url": url, "started": url}))
        return known.processes[-1]

    class Response:
        def __init__(self, url: str, timeout: float) -> None:
            known.asked.append(url)
            self.headers = {STARTED_HEADER: url.removesuffix("/sandbox/options")}
            if known.processes[-1].returncode is not None:
                raise ConnectionRefusedError

        def __enter__(self) -> "Response":
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start_other)
    monkeypatch.setattr(sandbox_process, "urlopen", Response)
    return known


async def test_own_sandbox_is_not_asked_for_each_question(running: SimpleNamespace, tmp_path: Path) -> None:
    """Until its process ends: the next one is at another address."""
    sandbox = SandboxProcess(tmp_path, {})
    first = await sandbox.url()
    assert ([await sandbox.url() for _ in range(5)], len(running.asked)) == ([first] * 5, 1)
    running.processes[0].kill()
    await running.processes[0].wait()
    assert await sandbox.url() != first
    sandbox.stop()
    await running.processes[1].wait()


async def test_sandbox_is_asked_now_and_then_and_one_of_another_server_each_time(
    running: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sandbox ends without requests; of a process that another server has started, only an answer tells."""
    sandbox, other = SandboxProcess(tmp_path, {}), SandboxProcess(tmp_path, {})
    url = await sandbox.url()
    assert [await other.url(), await other.url(), len(running.asked)] == [url, url, 3]
    monkeypatch.setattr(sandbox_process, "ASK_INTERVAL", 0.0)
    assert (await sandbox.url(), len(running.asked)) == (url, 4)
    sandbox.stop()
    await running.processes[0].wait()
