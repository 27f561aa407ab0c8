"""`--sandbox` and `uploader sandbox`: the API on this machine, and the settings to use it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from uploader.cli.console import Console
from uploader.config.api_variants import Endpoints
from uploader.config.load import load_settings
from uploader.config.settings import Settings
from uploader.config.sources import PREFIX
from uploader.core.command_line import PlatformFlags
from uploader.core.errors import UsageError
from uploader.sandbox import APIS, Sandbox, SandboxOptions, credentials


@asynccontextmanager
async def sandbox_settings(flags: PlatformFlags) -> AsyncIterator[Settings]:
    """Start a sandbox in this process, and yield the settings to use it.

    The API variant comes from the user's settings; everything in them that leads to another platform is replaced.
    """
    async with Sandbox(first_lead=_unused_lead_id()).serve() as url:
        variables = {name: value for api in APIS for name, value in credentials(api).items()}
        given = {name.removeprefix(PREFIX).lower(): value for name, value in variables.items()}
        own = {
            "username": "",
            "password": "",
            "grant_type": Settings.model_fields["grant_type"].default,
            "endpoints": dict.fromkeys(Endpoints.model_fields),
            "base_url": url,
        }
        del given["api"]
        settings = load_settings({**given, **own, "profile": flags.profile})
        settings = settings.model_copy(update={"ca_bundle": None})
        settings.set_platform_flags(flags)
        yield settings


async def serve(port: int, api: str, *, latency: str, **options: object) -> None:
    """Run a sandbox until Ctrl-C, and print the settings for `api`.

    Raises:
        UsageError: An option is invalid, or the port is taken.
    """
    try:
        variables = credentials(api)
        low, _, high = latency.partition("-")
        sandbox_options = SandboxOptions().with_changes({"latency": (float(low), float(high or low)), **options})
        server = Sandbox(sandbox_options, first_lead=_unused_lead_id(), started=time.time())
        async with server.serve(port) as url:
            _print_settings(url, variables)
            await asyncio.Event().wait()
    except ValueError as error:
        raise UsageError(f"Invalid sandbox option: {error}.", "See `uploader sandbox --help`.") from None
    except OSError as error:
        raise UsageError(
            f"Port {port} cannot be used: {error.strerror}.", "Choose another --port, or 0 for a free one."
        ) from None


def _unused_lead_id() -> int:
    """Return an id that no lead of an earlier sandbox has: the ledger remembers those and their results."""
    return int(time.time() * 10_000)


def _print_settings(url: str, variables: dict[str, str]) -> None:
    console = Console()
    console.print(f"Publisher API sandbox at {url} (stop it with Ctrl-C). In another terminal:")
    console.print()
    for name, value in {**variables, "UPLOADER_BASE_URL": url}.items():
        console.print(f"export {name}={value}")
    console.print()
    console.print(f"Campaign 44400, form 75, link 135. Received leads: {url}/sandbox/received")
