"""The platform, connected: settings, client and the permits that all processes of an account share."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from uploader.api.client import Client
from uploader.api.protocol import Response
from uploader.api.publisher import PublisherApi
from uploader.config.settings import Settings
from uploader.ledger import open_permits
from uploader.pipeline.cancellation import StopSignal

# A permit of a process that was killed counts as if its request had been under way for the longest that a
# request may take, and so much more: seconds.
SLACK = 5.0


@asynccontextmanager
async def platform(
    settings: Settings, stop: StopSignal, trace: Callable[[str], None] | None = None
) -> AsyncIterator[PublisherApi]:
    """The platform, with the permits that all processes of this account share."""
    with open_permits(settings.home, settings.account, settings.timeout + SLACK) as permits:
        async with Client(settings, trace) as client:
            yield PublisherApi(client, settings, permits, stop)


async def sign_in(settings: Settings) -> None:
    """Asks for a token once. Raises CredentialsError when the platform does not give one."""
    async with platform(settings, StopSignal()) as api:
        await api.tokens.get()


async def reach(settings: Settings) -> Response:
    """What the platform answers at its base URL, without a token. Raises NotSent or NoAnswer."""
    async with platform(settings, StopSignal()) as api:
        return await api.reach()
