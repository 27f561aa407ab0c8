"""The event loop that commands run in: uvloop's where it is installed (`uploader[fast]`), else asyncio's own."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(command: Coroutine[Any, Any, T]) -> T:
    """Runs a command to its end."""
    with asyncio.Runner(loop_factory=_factory()) as runner:
        return runner.run(command)


def _factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # as on Windows, where there is none
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
