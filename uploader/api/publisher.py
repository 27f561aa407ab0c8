"""The API as calls: a token when one is needed, forms, links, one lead. Every request within the limits."""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any

from uploader.api.client import Client
from uploader.api.lead_result import read_result
from uploader.api.protocol import NoAnswer, NotSent, Response, fill, leads_page, message_of, parse_json, told, without
from uploader.api.tokens import Key, Token, Tokens
from uploader.config.api_variants import Access, Login
from uploader.config.quota import Quota
from uploader.config.settings import Settings, env_name
from uploader.core.command_line import uploader_command
from uploader.core.errors import CredentialsError, FormError, StoppedError, UploaderError, UsageError
from uploader.core.form import Form, Link, read_forms, read_links
from uploader.core.model import LeadResult
from uploader.core.rate_limit import Clock, Limiter, PermitStore, Window
from uploader.core.redaction import redact

# How often a GET or a token request is tried; a lead has its own rule (sender.py).
TRIES = 4

# Seconds before the second try, give or take a half; doubled each time.
BACK_OFF = 0.5

# Where a 429 does not say how long: the vendor's window, "the end of the 5 minute rolling window".
WINDOW = 300.0

# A platform that asks for more patience than this is not waited for: seconds.
PATIENCE = 900.0


class RepeatedServerError(StoppedError):
    """Each time that it was asked this one thing, the platform answered with an error of its own: `why`."""

    def __init__(self, why: str, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.why = why


class _Again(Exception):
    """A request that may be sent again without harm did not get through; the text for the user. `status` is that of an
    error of the platform's own."""

    def __init__(self, why: str, status: int | None = None) -> None:
        super().__init__(why)
        self.status = status


class PublisherApi:
    """One enterprise's API, for one user, as the settings' relative of it. Needs an open client; use within one event
    loop. What an API has no address for raises UsageError."""

    def __init__(self, client: Client, settings: Settings, permits: PermitStore, clock: Clock) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self.limiter = Limiter(windows(settings), permits, clock)
        self.tokens = self._tokens()
        self._total = settings.rate_limit

    async def forms(self, campaign: int) -> tuple[Form, ...]:
        """The campaign's forms with their fields. Raises FormError for a campaign that does not exist."""
        path = fill(self._settings.endpoint("fields"), campaign_id=campaign)
        return read_forms((await self._get(path, f"campaign {campaign}", "FIELDS")).body)

    async def links(self, campaign: int) -> tuple[Link, ...]:
        """The campaign's links. Raises FormError for a campaign that does not exist."""
        path = fill(self._settings.endpoint("links"), campaign_id=campaign)
        return read_links((await self._get(path, f"campaign {campaign}", "LINKS")).body)

    async def leads(self, campaign: int, after: date, before: date) -> list[tuple[str, str, str]]:
        """(id, e-mail, created) of the campaign's leads of some days, where the account may read them.

        Raises FormError or StoppedError where it may not.
        """
        found: list[tuple[str, str, str]] = []
        for page in count(1):
            path = fill(self._settings.endpoint("leads"), campaign_id=campaign, after=after, before=before, page=page)
            told_here = leads_page((await self._get(path, f"the leads of campaign {campaign}", "LEADS")).body)
            if told_here is None:
                raise FormError("The platform's answer is not a list of leads.", "Export them, and give --export.")
            leads, total = told_here
            found += leads
            if not leads or len(found) >= total:
                break
        return found

    async def post_lead(self, path: str, body: bytes, token: Token) -> Response:
        """Sends a lead, once. The caller holds the permit. Raises NotSent or NoAnswer."""
        response = await self._request("POST", path, token, body)
        token.worked |= response.status != 401
        return response

    async def lead_result(self, publisher: int, lead_id: int) -> LeadResult:
        """Return the validation result of an accepted lead.

        Raises:
            RepeatedServerError: Every request for this lead was answered with a server error.
            StoppedError: The platform cannot be reached.
        """
        path = fill(self._settings.endpoint("result"), publisher_id=publisher, lead_id=lead_id)
        return read_result(await self._again(lambda: self._authorised(path, "result")))

    async def is_there(self, campaign: int) -> bool:
        """Whether the platform answers a harmless question right now; asked once."""
        try:
            response = await self._authorised(fill(self._settings.endpoint("fields"), campaign_id=campaign))
        except (NotSent, NoAnswer, StoppedError):
            return False
        return response.status < 500

    async def reach(self) -> Response:
        """Whatever the platform answers at its base URL, without a token. Raises NotSent or NoAnswer."""
        with await self.limiter.permit("other"):
            return await self._client.request("GET", "/")

    def heed(self, response: Response) -> None:
        """A 429 (or 425) came: stops all traffic for as long as it says, or until the window has moved on.

        Raises StoppedError when that is longer than anybody would wait.
        """
        seconds = wait_of(response.retry_after, self._total)
        if seconds > PATIENCE:
            raise StoppedError(
                f"The platform asks to wait {seconds / 60:.0f} minutes (429).",
                f"Go on later with `{uploader_command('resume')}`.",
            )
        self.limiter.pause(seconds)

    async def _get(self, path: str, what: str, endpoint: str) -> Response:
        """A GET with a token. Raises FormError for a 404, StoppedError for what else is not a 200."""
        response = await self._again(lambda: self._authorised(path))
        if response.status == 200:
            return response
        said = told(parse_json(response.body), response.status)
        if response.status in {400, 404}:
            raise FormError(
                f"The platform does not know {what}: {said}.",
                f"Look at the id and at UPLOADER_ENTERPRISE; if both are right, at UPLOADER_ENDPOINTS__{endpoint}.",
            )
        raise StoppedError(
            f"The platform does not show {what}: {said}.",
            f"Ask your campaign manager, or look at UPLOADER_ENDPOINTS__{endpoint}.",
        )

    async def _authorised(self, path: str, kind: str = "other") -> Response:
        while True:
            token = await self.tokens.get()
            with await self.limiter.permit(kind):
                response = await self._request("GET", path, token)
            if response.status != 401:
                token.worked = True
                return response
            self.tokens.refused(token, message_of(parse_json(response.body)) or "401")

    async def _again(self, ask: Callable[[], Awaitable[Response]]) -> Response:
        """Repeat a request that is safe to repeat until there is a response.

        Raises:
            StoppedError: No response came after some tries.
            RepeatedServerError: The last response was a server error.
            StopRequested: The run is stopping.
        """
        last = _Again("")
        for number in range(TRIES):
            if number:  # the clock's way to wait ends at once when the run stops
                await self._clock.wait(asyncio.Event(), BACK_OFF * 2**number * random.uniform(0.5, 1.5))  # noqa: S311
            try:
                return await self._once(ask)
            except _Again as again:
                last = again
        message, hint = (
            f"The platform can't be reached: {last}.",
            "Look at the network and UPLOADER_BASE_URL, or try later.",
        )
        if last.status:
            raise RepeatedServerError(f"HTTP {last.status}", message, hint)
        raise StoppedError(message, hint)

    async def _once(self, ask: Callable[[], Awaitable[Response]]) -> Response:
        try:
            response = await ask()
        except (NotSent, NoAnswer) as error:
            raise _Again(str(error)) from None
        if response.status in {425, 429}:
            self.heed(response)
            raise _Again("it asks to wait (429)")
        if response.status >= 500 or response.status == 408:
            raise _Again(f"it answers with an error (HTTP {response.status})", response.status)
        return response

    async def _request(self, method: str, path: str, token: Token, body: bytes | None = None) -> Response:
        """One request in the user's name. Raises NotSent or NoAnswer."""
        access = self._settings.relative.access(token.text)
        return without(await self._client.request(method, path, access, body), token.text)

    def _tokens(self) -> Tokens | Key:
        """What says who asks: a token that is renewed, or a key."""
        key = self._settings.relative.key
        if key:
            return Key(self._settings.credentials[key], env_name(key))
        return Tokens(self._fetch_token, self._clock.now, self._clock.check)

    async def _fetch_token(self) -> tuple[str, float]:
        login = self._settings.relative.login(self._settings.credentials)
        try:
            response = await self._again(lambda: self._log_in(login))
        except RepeatedServerError as error:  # this is about no single lead
            raise StoppedError(error.message, error.hint) from None
        said = parse_json(response.body)
        token = said.get("access_token") if isinstance(said, dict) else None
        if response.status == 200 and isinstance(token, str) and token:
            return token, _lifetime(said)
        raise _no_token(response, said, login, self._settings)

    async def _log_in(self, login: Login) -> Response:
        """The request for a token."""
        path, parameters = self._settings.endpoint(login.endpoint), login.parameters(self._settings.credentials)
        with await self.limiter.permit("token"):
            if login.method == "GET":
                return await self._client.request("GET", path, Access(parameters))
            return await self._client.request("POST", path, body=parameters.encode())


def wait_of(retry_after: str, total: Quota | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> float:
    """Seconds to wait after a 429: what `Retry-After` says (seconds or a date, RFC 9110 10.2.3), else one window."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - now()).total_seconds())
    except (ValueError, TypeError):
        return total.seconds if total else WINDOW


def windows(settings: Settings) -> list[Window]:
    """The limits of the settings; those that are off are left out."""
    quotas = {"": settings.rate_limit, "token": settings.login_rate_limit, "result": settings.result_rate_limit}
    return [Window(kind, *quota) for kind, quota in quotas.items() if quota]


def _lifetime(said: dict[str, Any]) -> float:
    """What is no lifetime would have every lead ask for a token of its own."""
    try:
        seconds = float(said["expires_in"])
    except (KeyError, TypeError, ValueError, OverflowError):
        seconds = 0
    return seconds if 0 < seconds < math.inf else 3600.0  # "it will expire after 60 minutes" (v2.5, 3.2)


def _no_token(response: Response, said: Any, login: Login, settings: Settings) -> UploaderError:
    """The error for an answer to a login that holds no token."""
    if isinstance(said, dict) and "mfa_token" in said:
        return CredentialsError(
            "This user logs in with several factors (MFA): the platform asks for a code that it sends to a person.",
            "Such accounts use the API key: set UPLOADER_CLIENT_ID, UPLOADER_CLIENT_SECRET and UPLOADER_API_KEY.",
        )
    if isinstance(said, dict) and response.status in {400, 401, 403}:
        words = told(said, response.status, lambda text: redact(text, settings.secrets.values()))
        return CredentialsError(
            f"The platform did not take the credentials: {words}.", f"Look at {', '.join(map(env_name, login.needs))}."
        )
    return UsageError(
        f"{settings.url} is not the Publisher API: its token address answers HTTP {response.status} without a token.",
        "Look at UPLOADER_ENTERPRISE or UPLOADER_BASE_URL, UPLOADER_API, and "
        f"{env_name('endpoints')}__{login.endpoint.upper()}.",
    )
