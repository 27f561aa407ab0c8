"""The platform, connected: settings, client, and the permits that all processes of an account share."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from weakref import ref

from uploader.api.client import Client
from uploader.api.protocol import Response
from uploader.api.publisher import PublisherApi
from uploader.api.tokens import Token, Tokens
from uploader.commands.session import Session
from uploader.config.settings import Settings
from uploader.ledger import Ledger, open_ledger
from uploader.pipeline.cancellation import StopSignal
from uploader.pipeline.context import ObserverType, RunContext

# The permit of a killed process counts as if its request had been in flight for the request timeout and this much
# longer: seconds.
REQUEST_SLACK = 5.0


# The token of the last connection, and its settings: a command that connects twice needs one token.
_last_token: tuple[ref[Settings], Token] | None = None


@contextmanager
def _shared_token(settings: Settings, api: PublisherApi) -> Iterator[None]:
    """Let the next connection with the same settings object use this one's token. It stays in memory."""
    global _last_token  # noqa: PLW0603 - one process, one user
    if _last_token and _last_token[0]() is settings and isinstance(api.tokens, Tokens):
        api.tokens.adopt(_last_token[1])
    try:
        yield
    finally:
        if isinstance(api.tokens, Tokens) and api.tokens.current:
            _last_token = ref(settings), api.tokens.current


@asynccontextmanager
async def platform(
    ledger: Ledger, settings: Settings, stop: StopSignal, trace: Callable[[str], None] | None = None
) -> AsyncIterator[PublisherApi]:
    """Connect to the platform, with the permits that all processes of this account share."""
    with ledger.permits(settings.account, settings.timeout + REQUEST_SLACK) as permits:
        async with Client(settings, trace) as client:
            api = PublisherApi(client, settings, permits, stop)
            with _shared_token(settings, api):
                yield api


@asynccontextmanager
async def run_context(session: Session[ObserverType], ledger: Ledger) -> AsyncIterator[RunContext[ObserverType]]:
    """Connect to the platform, and yield all open resources of a command."""
    async with platform(ledger, session.settings, session.stop, session.observer.trace) as api:
        yield RunContext(session.settings, ledger, api, session.stop, session.observer)


@asynccontextmanager
async def platform_alone(settings: Settings) -> AsyncIterator[PublisherApi]:
    """Connect to the platform, for a command that needs the ledger for its permits only."""
    with open_ledger(settings.ledger_place) as ledger:
        async with platform(ledger, settings, StopSignal()) as api:
            yield api


async def sign_in(settings: Settings) -> None:
    """Request a token once. Raises CredentialsError if the platform refuses the credentials."""
    async with platform_alone(settings) as api:
        await api.tokens.get()


async def reach(settings: Settings) -> Response:
    """Return the platform's response at its base URL, without a token. Raises NotSent or NoResponse."""
    async with platform_alone(settings) as api:
        return await api.get_base_url()
