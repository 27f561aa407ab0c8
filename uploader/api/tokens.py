"""One access token for all workers: fetched once, renewed once, before it expires or when it is refused. Or a key."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from uploader.core.errors import CredentialsError

# A token is renewed this much before its end, so that it does not expire on the way: seconds, but
# never more than a tenth of a short lifetime.
MARGIN = 60.0


@dataclass(eq=False)
class Token:
    """`ends` is a time of the steady clock. `worked`: some answer to it was not a 401."""

    text: str
    ends: float
    after_refusal: bool = False
    worked: bool = False

    def __repr__(self) -> str:
        return "Token(…)"


class Tokens:
    """Holds the current token. `fetch` asks the platform and returns its text and lifetime in seconds; `check` raises
    when the run is stopping, so that those who waited for a token that did not come do not ask again."""

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
        """Whether the token is still the one to use."""
        return token is self._token and self._now() < token.ends

    async def get(self) -> Token:
        """The current token; fetches one if there is none. Many callers at once cause one request."""
        if self._token and self.is_current(self._token):
            return self._token
        async with self._renewal:
            self._check()
            if not (self._token and self.is_current(self._token)):
                asked_at = self._now()
                text, lifetime = await self._fetch()
                ends = asked_at + lifetime - min(MARGIN, lifetime / 10)
                self._token = Token(text, ends, after_refusal=self._after_refusal)
                self._after_refusal = False
            return self._token

    def refused(self, token: Token, message: str) -> None:
        """The platform answered 401 to this token: the next `get` fetches another.

        Raises CredentialsError when it was itself fetched after a 401 and never worked: asking again
        would not help.
        """
        if token.after_refusal and not token.worked:
            raise CredentialsError(
                f"The platform refuses a fresh token: {message}",
                "Ask your campaign manager whether this user may upload to this campaign as this publisher.",
            )
        if token is self._token:
            self._token = None
            self._after_refusal = True


class Key:
    """In the place of `Tokens` where a key is carried instead: it is there from the start, and there is no other.

    `setting` is where it was set.
    """

    def __init__(self, text: str, setting: str) -> None:
        self._key = Token(text, math.inf)
        self._setting = setting

    def is_current(self, token: Token) -> bool:
        """Always: a key does not end."""
        return token is self._key

    async def get(self) -> Token:
        """The key."""
        return self._key

    def refused(self, token: Token, message: str) -> None:
        """The platform answered 401. Raises CredentialsError: asking again with the same key would not help."""
        raise CredentialsError(
            f"The platform refuses the campaign's key: {message}",
            f"Look at {self._setting}: every campaign has a key of its own, for as long as it runs.",
        )
