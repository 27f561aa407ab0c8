"""The server: the API on this machine, in the event loop of its caller."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from uploader.sandbox.app import application
from uploader.sandbox.fixtures import APIS, credentials
from uploader.sandbox.options import SandboxOptions
from uploader.sandbox.state import FIRST_LEAD, Received, State

HOST = "127.0.0.1"  # this machine only


class Sandbox:
    """A sandbox with its own memory.

    Args:
        options: Latency, limits and faults.
        clock: A steady clock, in seconds.
        first_lead: The id of the first lead.
        started: When it was started (UNIX time), if it says so: in a header of every response.
    """

    def __init__(
        self,
        options: SandboxOptions | None = None,
        clock: Callable[[], float] = time.monotonic,
        first_lead: int = FIRST_LEAD,
        started: float | None = None,
    ) -> None:
        self._started = started
        self.state = State(options or SandboxOptions(), clock, first_lead)

    @property
    def received(self) -> list[Received]:
        """The stored leads, in order."""
        return self.state.received

    @property
    def requests(self) -> Counter[str]:
        """The number of requests by endpoint: token, fields, links, lead, result, leads."""
        return self.state.requests

    @property
    def log(self) -> list[tuple[float, str, int]]:
        """(time of arrival, endpoint, status) of every response."""
        return self.state.log

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[str]:
        """Serve and return the base URL. Port 0 takes a free port. Raises OSError if the port is in use."""
        runner = web.AppRunner(
            application(self.state, self._started), access_log=None, shutdown_timeout=0.2, handler_cancellation=True
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, port, backlog=512)
            await site.start()
            yield f"http://{HOST}:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def unused_lead_id() -> int:
    """Return an id that no lead of an earlier sandbox has: the ledger remembers those and their results."""
    return int(time.time() * 10_000)


@asynccontextmanager
async def run_sandbox() -> AsyncIterator[dict[str, str]]:
    """Run a sandbox in this process, and yield the variables for each API variant, with its base URL."""
    variables = {name: value for api in APIS for name, value in credentials(api).items()}
    async with Sandbox(first_lead=unused_lead_id()).serve() as url:
        yield {**variables, "UPLOADER_BASE_URL": url}
