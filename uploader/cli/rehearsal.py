"""`--sandbox` and `uploader sandbox`: the API on this machine, and the settings for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from uploader.sandbox import Sandbox, credentials
from uploader.settings import PREFIX, Endpoints, Settings, load_settings


@asynccontextmanager
async def rehearsal() -> AsyncIterator[Settings]:
    """A sandbox within this process; whatever the environment says of another platform is left aside."""
    async with Sandbox().serve() as url:
        given = {name.removeprefix(PREFIX).lower(): value for name, value in credentials().items()}
        none = {"username": "", "password": "", "profile": None}
        yield load_settings({**none, **given, "base_url": url, "endpoints": Endpoints().model_dump()})
