"""`uploader sandbox`: the API on this machine, and the settings to use it."""

import asyncio
import time
from contextlib import AsyncExitStack

from uploader.cli.console import Console
from uploader.core.errors import UsageError
from uploader.sandbox import Sandbox, SandboxOptions, credentials, unused_lead_id


async def serve(port: int, api: str, *, latency: str, **options: object) -> None:
    """Run a sandbox until Ctrl-C, and print the settings for `api`.

    Raises:
        UsageError: An option is invalid, or the port is taken.
    """
    try:
        variables = credentials(api)
        low, _, high = latency.partition("-")
        sandbox_options = SandboxOptions().with_changes({"latency": (float(low), float(high or low)), **options})
    except ValueError as error:
        raise UsageError(f"Invalid sandbox option: {error}.", "See `uploader sandbox --help`.") from None
    server = Sandbox(sandbox_options, first_lead=unused_lead_id(), started=time.time())
    async with AsyncExitStack() as running:
        try:
            url = await running.enter_async_context(server.serve(port))
        except OSError as error:
            raise UsageError(
                f"Port {port} cannot be used: {error.strerror}.", "Choose another --port, or 0 for a free one."
            ) from None
        _print_settings(url, variables)
        await asyncio.Event().wait()


def _print_settings(url: str, variables: dict[str, str]) -> None:
    console = Console()
    console.print(f"Publisher API sandbox at {url} (stop it with Ctrl-C). In another terminal:")
    console.print()
    for name, value in {**variables, "UPLOADER_BASE_URL": url}.items():
        console.print(f"export {name}={value}")
    console.print()
    console.print(f"Campaign 44400, form 75, link 135. Received leads: {url}/sandbox/received")
