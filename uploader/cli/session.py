"""The settings and the event loop of a command."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from uploader.cli.console import Console
from uploader.core.command_line import PlatformFlags

if TYPE_CHECKING:
    import asyncio

    from uploader.config.settings import Settings

T = TypeVar("T")


def query_platform(query: "Callable[[Settings], Awaitable[T]]", flags: PlatformFlags) -> T:
    """Run a query to the platform, and return its result."""

    async def act() -> T:
        async with command_settings(flags) as settings:
            return await query(settings)

    return run_async(act())


def read_settings(flags: PlatformFlags, ca_bundle: Path | None = None, *, keyring: bool = True) -> "Settings":
    """Read the settings of a command that uses no sandbox."""
    from uploader.config.load import load_settings

    return load_settings({"profile": flags.profile, "ca_bundle": ca_bundle}, keyring=keyring)


def warn_of_misspelled_settings(console: Console) -> None:
    """Report names in the environment and in `.env` that look like settings but are none."""
    from uploader.config.sources import misspelled_names

    for name in misspelled_names():
        console.log(f"note: unknown setting {name}")


@asynccontextmanager
async def command_settings(
    flags: PlatformFlags, ca_bundle: Path | None = None, *, must_be_complete: bool = True
) -> AsyncIterator["Settings"]:
    """Yield the settings of a command; with `--sandbox` those of a sandbox that runs as long as the command."""
    from uploader.commands.session import open_settings

    async with open_settings(flags, _run_sandbox, ca_bundle=ca_bundle, must_be_complete=must_be_complete) as settings:
        yield settings


def _run_sandbox() -> AbstractAsyncContextManager[dict[str, str]]:
    from uploader.sandbox import run_sandbox

    return run_sandbox()


def run_async(command: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a new event loop, and return its result."""
    import asyncio  # a quarter of the time that `uploader --help` takes

    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(command)


def _loop_factory() -> "Callable[[], asyncio.AbstractEventLoop] | None":
    try:
        import uvloop
    except ImportError:  # not installed; on Windows it does not exist
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
