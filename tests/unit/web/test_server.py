"""The page's server: when it ends by itself, and which port it gets."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from uploader.ledger import local_lock
from uploader.web import server
from uploader.web.job import lock_name
from uploader.web.jobs import Jobs, Workers
from uploader.web.sandbox_process import SandboxProcess
from uploader.web.workspace import About, Workspaces

LONG = 20.0  # seconds: longer than anything here takes


@pytest.fixture(autouse=True)
def _without_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no process: neither a worker nor a sandbox."""

    async def nothing(self: object) -> None:
        pass

    monkeypatch.setattr(Workers, "prepare", nothing)
    monkeypatch.setattr(SandboxProcess, "url", nothing)
    monkeypatch.setattr(server, "LOOK_INTERVAL", 0.01)


@asynccontextmanager
async def serving(port: int | None) -> AsyncIterator[tuple[str, "asyncio.Task[None]"]]:
    """Run the server; yield the URL that it shows, and the task that ends with it."""
    shown: asyncio.Queue[str] = asyncio.Queue()
    served = asyncio.create_task(
        server.serve(sandbox=True, profile=None, port=port, show_url=shown.put_nowait, opens_browser=False)
    )
    try:
        yield await asyncio.wait_for(shown.get(), LONG), served
        assert shown.empty()
    finally:
        served.cancel()
        await asyncio.wait([served])


class Clock:
    """The server's clock, which a test moves."""

    time = staticmethod(time.time)

    def __init__(self) -> None:
        self.moved = 0.0  # seconds
        self._looks = asyncio.Semaphore(0)

    def monotonic(self) -> float:
        self._looks.release()
        return time.monotonic() + self.moved

    async def wait_for_looks(self) -> None:
        """Wait until the server has looked at it again, more than once."""
        self._looks = asyncio.Semaphore(0)
        for _ in range(3):
            await asyncio.wait_for(self._looks.acquire(), LONG)


async def test_server_ends_half_an_hour_after_the_last_request(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(server, "time", clock)
    async with serving(0) as (url, served):
        clock.moved += 29 * 60
        await clock.wait_for_looks()
        async with aiohttp.ClientSession() as client, client.get(url, allow_redirects=False) as response:
            assert response.status == 303
        clock.moved += 29 * 60
        await clock.wait_for_looks()
        assert not served.done()
        clock.moved += 2 * 60
        await asyncio.wait_for(served, LONG)


async def test_server_ends_only_after_the_job_that_is_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    workspace = Workspaces(home).create(About("leads.csv", is_sandbox=True))
    workspace.state.write_text('{"number": 0, "phase": "sending", "kind": "send", "run": null}')
    looks, is_running = asyncio.Semaphore(0), Jobs.is_running

    def look(*args: object) -> bool:
        looks.release()
        return is_running(*args)

    monkeypatch.setattr(Jobs, "is_running", look)
    monkeypatch.setattr(server, "IDLE_END", 0.05)
    with local_lock(home, [lock_name(workspace)], "leads.csv"):
        async with serving(0) as (_, served):
            for _ in range(3):
                await asyncio.wait_for(looks.acquire(), LONG)
            assert not served.done()
            workspace.state.write_text('{"number": 0, "phase": "ended", "kind": "send", "run": null}')
            await asyncio.wait_for(served, LONG)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program uses."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


@pytest.mark.parametrize("is_default", [False, True])
async def test_free_port_takes_the_place_of_one_that_is_taken(
    taken: int, monkeypatch: pytest.MonkeyPatch, is_default: bool
) -> None:
    wanted: list[int] = []

    def site(runner: web.AppRunner, host: str, port: int, make: type[web.TCPSite] = web.TCPSite) -> web.TCPSite:
        wanted.append(port)
        return make(runner, host, port)

    monkeypatch.setattr(web, "TCPSite", site)
    monkeypatch.setattr(server, "DEFAULT_PORT", taken)
    async with serving(None if is_default else taken) as (url, _):
        assert wanted == [taken, 0]
        assert urlsplit(url).port not in {None, taken}
        async with aiohttp.ClientSession() as client, client.get(url, allow_redirects=False) as response:
            assert (response.status, "Set-Cookie" in response.headers) == (303, True)
