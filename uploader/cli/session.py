"""The settings of a command, and the commands that only put a question to the platform."""

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from uploader.config.settings import Settings


def ask(question: "Callable[[Settings], Awaitable[Any]]", sandbox: bool, profile: str | None) -> Any:
    """Runs a question to the platform."""

    async def act() -> Any:
        async with settings_for(sandbox, profile) as settings:
            return await question(settings)

    return run(act())


@asynccontextmanager
async def settings_for(sandbox: bool, profile: str | None, ca_bundle: Path | None = None) -> AsyncIterator["Settings"]:
    """The settings of a command; with `--sandbox` those of a sandbox that lives as long as the command."""
    from uploader.config.load import load_settings

    if not sandbox:
        settings = load_settings({"profile": profile, "ca_bundle": ca_bundle})
        settings.require_credentials()
        yield settings
        return
    from uploader.cli.sandbox import rehearsal

    async with rehearsal(profile) as settings:
        yield settings


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
