"""What a caller brings to a command: settings, an observer and a stop signal. Terminal and programs start here."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic

from uploader.config.api_variants import Endpoints
from uploader.config.load import load_settings
from uploader.config.settings import Settings
from uploader.config.sources import PREFIX
from uploader.core.command_line import PlatformFlags
from uploader.pipeline.cancellation import StopSignal
from uploader.pipeline.context import ObserverType

# Starts a sandbox in this process that runs as long as the context, and gives the variables to use it.
SandboxStarter = Callable[[], AbstractAsyncContextManager[Mapping[str, str]]]


@dataclass(frozen=True)
class Session(Generic[ObserverType]):
    """What a command gets from its caller; it opens and closes ledger and platform itself.

    Attributes:
        settings: The settings, as `open_settings` yields them.
        observer: Shows what happens: `events.Observer` for a run, `events.ResultsObserver` for results.
        stop: Ends the command early; Ctrl-C requests that, or the caller.
    """

    settings: Settings
    observer: ObserverType
    stop: StopSignal = field(default_factory=StopSignal)


@asynccontextmanager
async def open_settings(
    flags: PlatformFlags,
    start_sandbox: SandboxStarter,
    *,
    ca_bundle: Path | None = None,
    must_be_complete: bool = True,
) -> AsyncIterator[Settings]:
    """Yield the settings of a command; with `flags.sandbox` those of a sandbox that runs as long as the command.

    Args:
        flags: How the platform was chosen.
        start_sandbox: Starts a sandbox: `uploader.sandbox.run_sandbox`, which only callers may import.
        ca_bundle: Certificates to trust.
        must_be_complete: Require the settings of the platform and the credentials.

    Raises:
        UsageError: Settings are invalid or missing.
    """
    if flags.sandbox:
        async with start_sandbox() as variables:
            yield _sandbox_settings(variables, flags)
        return
    settings = load_settings({"profile": flags.profile, "ca_bundle": ca_bundle})
    if must_be_complete:
        settings.require_complete()
    yield settings


def _sandbox_settings(variables: Mapping[str, str], flags: PlatformFlags) -> Settings:
    """Return the user's settings with everything replaced that leads to another platform; the API variant is theirs."""
    given = {name.removeprefix(PREFIX).lower(): value for name, value in variables.items()}
    del given["api"]
    own = {
        "username": "",
        "password": "",
        "grant_type": Settings.model_fields["grant_type"].default,
        "endpoints": dict.fromkeys(Endpoints.model_fields),
        "ledger": "",  # to practice, a ledger of one's own is enough
        "team_key": "",
    }
    settings = load_settings({**given, **own, "profile": flags.profile}).model_copy(update={"ca_bundle": None})
    settings.set_platform_flags(flags)
    return settings
