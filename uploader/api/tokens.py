"""The access token that all workers share: fetched once, and renewed once when it expires or is refused. Or a key."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from uploader.core.errors import CredentialsError

# A token is renewed this many seconds before it expires, so that it does not expire on the way, but never earlier
# than a tenth of its lifetime before.
RENEWAL_MARGIN = 60.0


@dataclass(eq=False)
class Token:
    """An access token.

    Attributes:
        expires: When to renew it, in seconds of the clock.
        after_refusal: Whether the token before it was refused with a 401.
        worked: Whether any response to it was not a 401.
    """

    text: str
    expires: float
    after_refusal: bool = False
    worked: bool = False

    def __repr__(self) -> str:
        return "Token(…)"


class Tokens:
    """The current token of a user.

    Args:
        fetch: Requests a token and returns its text and its lifetime in seconds.
        now: The clock, in seconds.
        check: Raises if the run is stopping, so that workers that waited for a token do not request another.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[tuple[str, float]]],
        now: Callable[[], float],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._fetch = fetch
        self._now = now
        self._check = check
        self._token: Token | None = None
        self._after_refusal = False
        self._renewal = asyncio.Lock()

    def is_current(self, token: Token) -> bool:
        """Return whether this is the token to use."""
        return token is self._token and self._now() < token.expires

    async def get(self) -> Token:
        """Return the current token. Fetch one if there is none; concurrent callers cause one request."""
        if self._token and self.is_current(self._token):
            return self._token
        async with self._renewal:
            self._check()
            if not (self._token and self.is_current(self._token)):
                requested = self._now()
                text, lifetime = await self._fetch()
                expires = requested + lifetime - min(RENEWAL_MARGIN, lifetime / 10)
                self._token = Token(text, expires, after_refusal=self._after_refusal)
                self._after_refusal = False
            return self._token

    @property
    def current(self) -> Token | None:
        """The current token, if there is one."""
        return self._token

    def adopt(self, token: Token) -> None:
        """Use a token that an earlier connection of the same user has fetched, as long as it is valid."""
        self._token = token

    def refused(self, token: Token, message: str) -> None:
        """Record that the platform answered 401 to this token, so that the next `get` fetches another.

        Raises:
            CredentialsError: The token was itself fetched after a 401 and never worked, so another would not help.
        """
        if token.after_refusal and not token.worked:
            raise CredentialsError(
                f"The platform refuses a new token: {message}",
                "Ask your campaign manager whether this user may upload to this campaign as this publisher.",
            )
        if token is self._token:
            self._token = None
            self._after_refusal = True


class Key:
    """An API key in place of `Tokens`: it never expires, and there is no other.

    Args:
        text: The key.
        setting: The name of the setting that contains it, for messages.
    """

    def __init__(self, text: str, setting: str) -> None:
        self._key = Token(text, math.inf)
        self._setting = setting

    def is_current(self, token: Token) -> bool:
        """Return True: a key does not expire."""
        return token is self._key

    async def get(self) -> Token:
        """Return the key."""
        return self._key

    def refused(self, token: Token, message: str) -> None:
        """Raise CredentialsError: the platform answered 401, and sending the same key again would not help."""
        raise CredentialsError(
            f"The platform refuses the campaign's key: {message}",
            f"Check {self._setting}. Every campaign has its own key, which is valid while the campaign runs.",
        )
