"""The sandbox on a thread of its own."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from uploader.sandbox import APIS, Sandbox, SandboxOptions

every_api_variant = pytest.mark.parametrize("relative", APIS)


@contextmanager
def serving(
    options: SandboxOptions | None = None, clock: Callable[[], float] | None = None
) -> Iterator[tuple[Sandbox, str]]:
    """A sandbox on a thread of its own, so that the command under test has its event loop to itself."""
    sandbox = Sandbox(options or SandboxOptions(), clock or time.monotonic)
    ready, done = threading.Event(), threading.Event()
    address: list[str] = []

    async def serve() -> None:
        async with sandbox.serve(port=0) as url:
            address.append(url)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield sandbox, address[0]
    finally:
        done.set()
        thread.join(10)
