"""The Publisher API as calls: forms, links, leads, results. Every request is within the limits."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from math import inf

from uploader.api.client import Client
from uploader.api.lead_pages import LINKED_JSON, CampaignLeads, ListedText, leads_page
from uploader.api.lead_result import read_result
from uploader.api.login import read_token
from uploader.api.protocol import NoResponse, NotSent, Response, TlsError, fill_template, mask_secret
from uploader.api.response_body import describe_error, error_message, parse_json
from uploader.api.retry import DEFAULT_WINDOW, MAX_TRIES, MAX_WAIT, Pauses, back_off, retry_after_seconds
from uploader.api.tokens import Key, Token, Tokens
from uploader.config.api_variants import Access, Login
from uploader.config.settings import Settings
from uploader.config.sources import env_name
from uploader.core.command_line import uploader_command
from uploader.core.errors import FormError, StoppedError, UsageError
from uploader.core.form import Form, Link, read_forms, read_links
from uploader.core.rate_limit import Clock, Limiter, PermitStore, Window
from uploader.core.validation_result import LeadResult

# More pages of leads than this are not read: a list without an end would use up the quota.
MAX_PAGES = 500


class RepeatedServerError(StoppedError):
    """The platform answered every request for one thing with a server error; `reason` is the last."""

    def __init__(self, reason: str, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.reason = reason


class NotShownError(StoppedError):
    """The platform answered, and does not show what was asked for (a 403 and the like)."""


class _RetryableError(Exception):
    """A request that is safe to repeat got no usable response. `status` is that of a server error."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.status = status


class PublisherApi:
    """The API of one enterprise, for one user, in the variant that the settings name.

    It needs an open client, and is used within one event loop. A call for which the variant has no endpoint raises
    UsageError.
    """

    def __init__(self, client: Client, settings: Settings, permits: PermitStore, clock: Clock) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock
        self.limiter = Limiter(windows(settings), permits, clock, settings.timeout)
        self.tokens = self._tokens()
        self.sandbox_started: float | None = None
        self._pauses = Pauses(settings.rate_limit.seconds if settings.rate_limit else DEFAULT_WINDOW)

    async def forms(self, campaign: int) -> tuple[Form, ...]:
        """Return the campaign's forms with their fields. Raises FormError for an unknown campaign."""
        path = fill_template(self._settings.endpoint("fields"), campaign_id=campaign)
        response = await self._get(path, f"campaign {campaign}", "FIELDS")
        self._note_sandbox(response)
        return read_forms(response.body)

    def _note_sandbox(self, response: Response) -> None:
        """Note when a sandbox on this machine was started: leads that were sent before are gone."""
        if self._settings.is_sandbox and response.sandbox_started:
            with suppress(ValueError):
                self.sandbox_started = float(response.sandbox_started)

    async def links(self, campaign: int) -> tuple[Link, ...]:
        """Return the campaign's links. Raises FormError for an unknown campaign."""
        path = fill_template(self._settings.endpoint("links"), campaign_id=campaign)
        return read_links((await self._get(path, f"campaign {campaign}", "LINKS")).body)

    async def leads(self, campaign: int, after: date, before: date) -> CampaignLeads:
        """Return the campaign's leads of some days, from all pages.

        Raises:
            FormError: The response is not a list of leads, or the campaign is unknown.
            StoppedError: This account may not read leads, or the platform cannot be reached.
        """
        found: list[ListedText] = []
        seen: set[str | ListedText] = set()
        entries = 0
        for number in range(1, MAX_PAGES + 1):
            path = fill_template(
                self._settings.endpoint("leads"), campaign_id=campaign, after=after, before=before, page=number
            )
            what = f"the leads of campaign {campaign}"
            page = leads_page((await self._get(path, what, "LEADS", accept=LINKED_JSON)).body)
            if page is None:
                raise FormError(
                    "The platform's response is not a list of leads.",
                    "Export the leads from the platform, then use --export.",
                )
            leads = {lead[0] or lead for lead in page.leads}  # by id: other facts may change from page to page
            is_repeated = bool(leads) and leads <= seen  # every page is the same one, or their links lead in a circle
            seen |= leads
            if not is_repeated:
                found += page.leads
                entries += page.size
            is_last = not page.size if page.has_next is None else not page.has_next
            has_all = page.total is not None and entries >= page.total
            if is_last or has_all or is_repeated:
                is_complete = has_all if page.total is not None else is_last and bool(found)
                return CampaignLeads(found, is_complete, entries - len(found))
        return CampaignLeads(found, is_complete=False, unreadable=entries - len(found))

    async def post_lead(self, path: str, body: bytes, token: Token, latest: float) -> Response:
        """Send a lead, once, unless it is later than `latest`. The caller holds the permit.

        Raises NotSent or NoResponse.
        """
        response = await self._request("POST", path, token, body, latest=latest)
        token.worked |= response.status != 401
        return response

    async def lead_result(self, publisher: int | None, lead_id: int) -> LeadResult:
        """Return the validation result of an accepted lead.

        Raises:
            RepeatedServerError: Every request for this lead was answered with a server error.
            StoppedError: The platform cannot be reached.
            UsageError: No publisher is given.
        """
        if publisher is None:
            raise UsageError("Results need a publisher id.", f"Set {env_name('publisher_id')}.")
        path = fill_template(self._settings.endpoint("result"), publisher_id=publisher, lead_id=lead_id)
        return read_result(await self._repeat(lambda: self._authorized_get(path, "result")))

    async def is_responding(self, campaign: int) -> bool:
        """Return whether the platform answers one harmless request."""
        try:
            path = fill_template(self._settings.endpoint("fields"), campaign_id=campaign)
            response = await self._authorized_get(path)
        except (NotSent, NoResponse, StoppedError):
            return False
        return response.status < 500

    async def get_base_url(self) -> Response:
        """Return the response at the base URL, without a token. Raises NotSent or NoResponse."""
        with await self.limiter.permit("other"):
            return await self._client.request("GET", "/")

    def apply_retry_after(self, response: Response) -> None:
        """Pause all requests if a response asks to wait: a 425, a 429, or a 503 with `Retry-After`.

        The pause is as long as the response says, otherwise one window; at least a second, and longer if the platform
        asks again. Any other response ends the repetition. Raises StoppedError for more than the longest wait.
        """
        now = self._clock.now()
        if response.status not in {425, 429} and not (response.status == 503 and retry_after_seconds(response)):
            if response.status < 500:
                self._pauses.end(now)
            return
        seconds = self._pauses.seconds(response, now)
        if seconds > MAX_WAIT:
            raise StoppedError(
                f"The platform asks to wait {seconds / 60:.0f} minutes (HTTP {response.status}).",
                f"Run `{uploader_command('resume')}` after that.",
            )
        self.limiter.pause(seconds)

    async def _get(self, path: str, what: str, endpoint: str, *, accept: str = "") -> Response:
        """Return the 200 to a GET. Raises FormError for a 400 or 404, StoppedError for any other status."""
        response = await self._repeat(lambda: self._authorized_get(path, accept=accept))
        if response.status == 200 and not response.problem:
            return response
        error = response.problem or describe_error(parse_json(response.body), response.status)
        setting = f"{env_name('endpoints')}__{endpoint}"
        if response.status in {400, 404}:
            raise FormError(
                f"The platform does not know {what}: {error}.",
                f"Check the id and UPLOADER_ENTERPRISE. If both are right, check {setting}.",
            )
        raise NotShownError(
            f"The platform does not show {what}: {error}.", f"Ask your campaign manager, or check {setting}."
        )

    async def _authorized_get(self, path: str, kind: str = "other", *, accept: str = "") -> Response:
        """Send a GET with a token, again with a new one if the first was refused. Raises NotSent or NoResponse."""
        while True:
            token = await self.tokens.get()
            with await self.limiter.permit(kind):
                response = await self._request("GET", path, token, accept=accept)
            if response.status != 401:
                token.worked = True
                return response
            self.tokens.refused(token, error_message(parse_json(response.body)) or "401")

    async def _repeat(self, send: Callable[[], Awaitable[Response]]) -> Response:
        """Repeat a request that is safe to repeat until there is a usable response.

        Raises:
            StoppedError: No response came after some tries.
            RepeatedServerError: The last response was a server error.
            StopRequested: The run is stopping.
        """
        last = _RetryableError("")
        for failed in range(MAX_TRIES):
            if failed:  # the clock's way to wait ends at once when the run stops
                await self._clock.wait(asyncio.Event(), back_off(failed))
            try:
                return await self._once(send)
            except _RetryableError as error:
                last = error
        message, hint = (
            f"The platform cannot be reached: {last}.",
            "Check the network and UPLOADER_BASE_URL, or try again later.",
        )
        if last.status:
            raise RepeatedServerError(f"HTTP {last.status}", message, hint)
        raise StoppedError(message, hint)

    async def _once(self, send: Callable[[], Awaitable[Response]]) -> Response:
        try:
            response = await send()
        except TlsError as error:
            raise tls_stop(error) from None
        except (NotSent, NoResponse) as error:
            raise _RetryableError(str(error)) from None
        self.apply_retry_after(response)
        if response.status in {425, 429}:
            raise _RetryableError(f"it asks to wait (HTTP {response.status})")
        if response.status >= 500 or response.status == 408:
            raise _RetryableError(f"it answers with an error (HTTP {response.status})", response.status)
        return response

    async def _request(
        self, method: str, path: str, token: Token, body: bytes | None = None, *, accept: str = "", latest: float = inf
    ) -> Response:
        """Send one request with the user's token. Raises NotSent or NoResponse."""
        access = self._settings.api_variant.access(token.text)
        if accept:
            access = replace(access, headers={**access.headers, "Accept": accept})
        return mask_secret(await self._client.request(method, path, access, body, latest=latest), token.text)

    def _tokens(self) -> Tokens | Key:
        """Return what authorizes the requests: a token that is renewed, or a key."""
        key = self._settings.api_variant.key
        if key:
            return Key(self._settings.credentials[key], env_name(key))
        return Tokens(self._fetch_token, self._clock.now, self._clock.check)

    async def _fetch_token(self) -> tuple[str, float]:
        login = self._settings.api_variant.login(self._settings.credentials)
        try:
            response = await self._repeat(lambda: self._log_in(login))
        except RepeatedServerError as error:  # not about a single lead
            raise StoppedError(error.message, error.hint) from None
        return read_token(response, login, self._settings)

    async def _log_in(self, login: Login) -> Response:
        """Send the request for a token."""
        path, parameters = self._settings.endpoint(login.endpoint), login.parameters(self._settings.credentials)
        with await self.limiter.permit("token"):
            if login.method == "GET":
                return await self._client.request("GET", path, Access(parameters))
            return await self._client.request("POST", path, body=parameters.encode())


def tls_stop(error: TlsError) -> StoppedError:
    """Return the error for a platform whose certificate is not trusted."""
    return StoppedError(
        f"No secure connection: {error}.",
        "If your network has its own certificates, give them with --ca-bundle FILE (or UPLOADER_CA_BUNDLE).",
    )


def windows(settings: Settings) -> list[Window]:
    """Return the rolling windows of the settings, without those that are off."""
    quotas = {"": settings.rate_limit, "token": settings.login_rate_limit, "result": settings.result_rate_limit}
    return [Window(kind, *quota) for kind, quota in quotas.items() if quota]
