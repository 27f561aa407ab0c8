"""`--sandbox` and `uploader sandbox`: the API on this machine, and the settings for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import typer

from uploader.errors import UsageError
from uploader.sandbox import Knobs, Sandbox, credentials
from uploader.settings import PREFIX, Endpoints, Settings, load_settings


@asynccontextmanager
async def rehearsal() -> AsyncIterator[Settings]:
    """A sandbox within this process; whatever the environment says of another platform is left aside."""
    async with Sandbox().serve() as url:
        given = {name.removeprefix(PREFIX).lower(): value for name, value in credentials().items()}
        none = {"username": "", "password": "", "profile": None}
        yield load_settings({**none, **given, "base_url": url, "endpoints": Endpoints().model_dump()})


async def serve(port: int, *, latency: str, **turned: object) -> None:
    """Serves until Ctrl-C. Raises UsageError for a knob that can't be turned so, or a port that is taken."""
    try:
        low, _, high = latency.partition("-")
        knobs = Knobs().turned({"latency": (float(low), float(high or low)), **turned})
        async with Sandbox(knobs).serve(port) as url:
            _greet(url)
            await asyncio.Event().wait()
    except ValueError as error:
        raise UsageError(f"The sandbox can't be set so: {error}.", "See `uploader sandbox --help`.") from None
    except OSError as error:
        raise UsageError(f"Port {port} can't be used: {error.strerror}.", "Give another --port; 0 finds one.") from None


def _greet(url: str) -> None:
    typer.echo(f"The Publisher API, rehearsed, at {url} (Ctrl-C ends it). In another terminal:\n")
    for name, value in {**credentials(), "UPLOADER_BASE_URL": url}.items():
        typer.echo(f"export {name}={value}")
    typer.echo(f"\nCampaign 44400, form 75, link 135. What it received: {url}/sandbox/received")
