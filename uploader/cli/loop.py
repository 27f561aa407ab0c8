"""The event loop that commands run in: uvloop's where it is installed (`uploader[fast]`), else asyncio's own."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")


def run(command: Coroutine[Any, Any, T]) -> T:
    """Runs a command to its end."""
    import asyncio  # a quarter of the time that `uploader --help` takes

    with asyncio.Runner(loop_factory=_factory()) as runner:
        return runner.run(command)


def _factory() -> "Callable[[], asyncio.AbstractEventLoop] | None":
    try:
        import uvloop
    except ImportError:  # as on Windows, where there is none
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
