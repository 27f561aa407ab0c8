"""`--sandbox` and `uploader sandbox`: the API on this machine, and the settings for it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer

from uploader.config.api_variants import Endpoints
from uploader.config.load import load_settings
from uploader.config.settings import PREFIX, Settings
from uploader.core.command_line import PlatformFlags
from uploader.core.errors import UsageError
from uploader.sandbox import APIS, Sandbox, SandboxOptions, credentials


@asynccontextmanager
async def rehearsal(profile: str | None) -> AsyncIterator[Settings]:
    """A sandbox within this process, spoken to as the settings' `api`; whatever else they say of another platform is
    left aside.
    """
    async with Sandbox(first_lead=_unused()).serve() as url:
        known = {name: value for api in APIS for name, value in credentials(api).items()}
        given = {name.removeprefix(PREFIX).lower(): value for name, value in known.items()}
        own = {
            "username": "",
            "password": "",
            "grant_type": Settings.model_fields["grant_type"].default,
            "endpoints": dict.fromkeys(Endpoints.model_fields),
            "base_url": url,
        }
        del given["api"]
        settings = load_settings({**given, **own, "profile": profile})
        settings = settings.model_copy(update={"ca_bundle": None})
        settings.set_platform_flags(PlatformFlags(sandbox=True, profile=profile))
        yield settings


async def serve(port: int, api: str, *, latency: str, **changes: object) -> None:
    """Serves until Ctrl-C, with the settings for `api` told. Raises UsageError for a knob that can't be turned so, or
    a port that is taken.
    """
    try:
        exports = credentials(api)
        low, _, high = latency.partition("-")
        options = SandboxOptions().with_changes({"latency": (float(low), float(high or low)), **changes})
        async with Sandbox(options, first_lead=_unused()).serve(port) as url:
            _greet(url, exports)
            await asyncio.Event().wait()
    except ValueError as error:
        raise UsageError(f"The sandbox can't be set so: {error}.", "See `uploader sandbox --help`.") from None
    except OSError as error:
        raise UsageError(f"Port {port} can't be used: {error.strerror}.", "Give another --port; 0 finds one.") from None


def _unused() -> int:
    """An id that no lead of an earlier rehearsal has: the ledger knows those, and what was found about them."""
    return int(time.time() * 10_000)


def _greet(url: str, exports: dict[str, str]) -> None:
    typer.echo(f"The Publisher API, rehearsed, at {url} (Ctrl-C ends it). In another terminal:\n")
    for name, value in {**exports, "UPLOADER_BASE_URL": url}.items():
        typer.echo(f"export {name}={value}")
    typer.echo(f"\nCampaign 44400, form 75, link 135. What it received: {url}/sandbox/received")
