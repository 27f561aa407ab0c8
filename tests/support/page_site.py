"""The page's server in the process of a test, with workers and a sandbox that only answer."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from uploader.config.settings import Settings
from uploader.core.errors import UsageError
from uploader.web.jobs import Jobs, Workers
from uploader.web.past_runs import PastRuns
from uploader.web.sandbox_process import SandboxProcess
from uploader.web.security import Guard
from uploader.web.server import running
from uploader.web.site import Site
from uploader.web.workspace import Workspaces

Answer = Callable[[dict[str, Any]], Awaitable[Any]]


class FakeWorkers(Workers):
    """Workers that note what they are asked, and answer what a test says."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.asked: list[str] = []
        self._answer = answer

    @contextmanager
    def using(self, name: str) -> Iterator[Any]:
        """Yield the one fake worker."""
        yield self

    async def ask(self, question: dict[str, Any], on_progress: object) -> Any:
        """Note the question, and answer it."""
        self.asked.append(question["what"])
        return await self._answer(question)


class FakeSandbox(SandboxProcess):
    """A sandbox that is never started."""

    async def url(self) -> str:
        """Return an address where nothing listens."""
        return "http://127.0.0.1:1"


def page_site(home: Path, answer: Answer, settings: Settings | None = None) -> Site:
    """Return a site whose leads stay in the sandbox, unless there are settings."""
    problem = None if settings else UsageError("No settings.")
    return Site(
        home, settings, problem, settings is None, None, Guard(), Workspaces(home), FakeWorkers(answer), Jobs(home),
        PastRuns(home, None), FakeSandbox(home, {}), lambda: None,
    )  # fmt: skip


@asynccontextmanager
async def page_client(site: Site) -> AsyncIterator[aiohttp.ClientSession]:
    """Serve a site, and yield a client with its session."""
    async with running(site, 0) as url:
        address = url.partition("/open")[0]
        jar = aiohttp.CookieJar(unsafe=True)
        headers = {"Origin": address, "Accept": "text/html"}
        async with aiohttp.ClientSession(address, cookie_jar=jar, headers=headers) as client:
            await client.get(url)
            yield client


async def nothing(question: dict[str, Any]) -> dict[str, Any]:
    """Answer a worker's question with little."""
    return {"is_report": False, "report": "", "missing": [], "is_complete": True}


def asked(site: Site) -> list[str]:
    """Return what the workers of a site were asked."""
    assert isinstance(site.workers, FakeWorkers)
    return site.workers.asked


def file_form(*files: tuple[str, bytes], campaign: str = "44400", name: str = "file") -> aiohttp.FormData:
    """Return a form that gives files."""
    data = aiohttp.FormData()
    data.add_field("campaign", campaign, content_type="text/plain")
    for file, content in files:
        data.add_field(name, content, filename=file)
    return data


async def error_of(response: aiohttp.ClientResponse) -> str:
    """Return the message of an error that the page's script gets."""
    return str((await response.json())["error"]["message"])


async def post(client: aiohttp.ClientSession, path: str, data: Any = None, headers: Any = None) -> None:
    """Send a request of which a test does not read the answer."""
    await client.post(path, data=data, headers=headers)
