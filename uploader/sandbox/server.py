"""Serves the API on this machine, inside whatever event loop it is called from."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from uploader.sandbox.app import application
from uploader.sandbox.options import SandboxOptions
from uploader.sandbox.state import FIRST_LEAD, Received, State

HOST = "127.0.0.1"  # never anything but this machine


class Sandbox:
    """One API with its own memory. `clock` gives seconds of a steady clock, `first_lead` is the first lead's id."""

    def __init__(
        self,
        knobs: SandboxOptions | None = None,
        clock: Callable[[], float] = time.monotonic,
        first_lead: int = FIRST_LEAD,
    ) -> None:
        self.state = State(knobs or SandboxOptions(), clock, first_lead)

    @property
    def received(self) -> list[Received]:
        """The leads that were taken, in order."""
        return self.state.received

    @property
    def requests(self) -> Counter[str]:
        """How many requests came, by endpoint: token, fields, links, lead, result, leads."""
        return self.state.requests

    @property
    def log(self) -> list[tuple[float, str, int]]:
        """(when it arrived, endpoint, status) of every answer."""
        return self.state.log

    @asynccontextmanager
    async def serve(self, port: int = 0) -> AsyncIterator[str]:
        """The base URL, for as long as the context lasts; port 0 takes a free one. Raises OSError if it is taken."""
        runner = web.AppRunner(
            application(self.state), access_log=None, shutdown_timeout=0.2, handler_cancellation=True
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, port, backlog=512)
            await site.start()
            yield f"http://{HOST}:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()
