"""Servers on a thread of their own, so that the command under test has its event loop to itself."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def on_a_thread(server: Callable[[], AbstractAsyncContextManager[T]]) -> Iterator[T]:
    """Run an asynchronous context in an event loop on a thread; give what it gives."""
    ready, done = threading.Event(), threading.Event()
    given: list[T] = []

    async def serve() -> None:
        async with server() as value:
            given.append(value)
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        yield given[0]
    finally:
        done.set()
        thread.join(10)
