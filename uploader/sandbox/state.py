"""The sandbox's memory: tokens, leads and the times of requests."""

import secrets
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from uploader.sandbox.options import SandboxOptions, quota

FIRST_LEAD = 55907  # as in the platform's documentation


@dataclass(frozen=True)
class Received:
    """A stored lead. `at` is in seconds of the clock, `created` is ISO 8601."""

    lead_id: int
    at: float
    publisher: int
    campaign: int
    link: int
    form: int
    fields: tuple[tuple[str, str], ...]
    body: bytes
    is_duplicate: bool
    created: str


@dataclass
class Token:
    """An access token: when it expires, and how many leads it has sent."""

    ends: float
    uses: int = 0


class State:
    """Everything that outlives a request.

    Args:
        options: The options to start with.
        clock: A steady clock, in seconds.
        first_lead: The id of the first lead.
    """

    def __init__(self, options: SandboxOptions, clock: Callable[[], float], first_lead: int = FIRST_LEAD) -> None:
        self.clock = clock
        self._first_lead = first_lead
        self.received: list[Received] = []
        self.requests: Counter[str] = Counter()
        self.log: list[tuple[float, str, int]] = []
        self._tokens: dict[str, Token] = {}
        self._refresh_tokens: set[str] = set()
        self._emails: set[tuple[int, str]] = set()
        self._arrivals: dict[str, deque[float]] = {"": deque(), "token": deque(), "result": deque()}
        self.apply(options)

    def apply(self, options: SandboxOptions) -> None:
        """Change the options. Stored leads and tokens are kept."""
        self.options = options
        self.faults = options.parsed_faults()
        self._quotas = {
            "": quota(options.limit),
            "token": quota(options.token_limit),
            "result": quota(options.result_limit),
        }

    def new_token(self) -> str:
        """Return a new token. Older tokens stay valid until they expire."""
        text = secrets.token_urlsafe(48)
        self._tokens[text] = Token(self.clock() + self.options.token_lifetime)
        return text

    def new_refresh_token(self) -> str:
        """Return a new refresh token. It is not an access token, and good for one new token."""
        text = secrets.token_urlsafe(48)
        self._refresh_tokens.add(text)
        return text

    def use_refresh_token(self, text: str) -> bool:
        """Return whether a refresh token may be used; it may not be used again."""
        is_known = text in self._refresh_tokens
        self._refresh_tokens.discard(text)
        return is_known

    def is_valid_token(self, text: str, endpoint: str) -> bool:
        """Return whether a token may be used now. A use for a lead is counted."""
        token = self._tokens.get(text)
        if token is None or self.clock() >= token.ends:
            return False
        if endpoint == "lead":
            token.uses += 1
        return self.options.token_uses is None or token.uses <= self.options.token_uses

    def over_limit(self, endpoint: str) -> float:
        """Count a request in its rolling windows, whether or not it is over the limit.

        Returns:
            The seconds until the request would be within the limits; 0 if it is.
        """
        now = self.clock()
        return max(self._arrive(name, now) for name in ("", endpoint) if name in self._arrivals)

    def _arrive(self, name: str, now: float) -> float:
        limits = self._quotas[name]
        if limits is None:
            return 0.0
        requests, seconds = limits
        arrivals = self._arrivals[name]
        while arrivals and arrivals[0] <= now - seconds:
            arrivals.popleft()
        arrivals.append(now)
        return arrivals[-requests - 1] + seconds - now if len(arrivals) > requests else 0.0

    def is_full(self) -> bool:
        """Return whether the campaign has reached its cap."""
        cap = self.options.campaign_cap
        return cap is not None and len(self.received) >= cap

    def take(
        self, publisher: int, campaign: int, link: int, form: int, fields: tuple[tuple[str, str], ...], body: bytes
    ) -> Received:
        """Store a lead. A duplicate is stored again and flagged."""
        email = (campaign, dict(fields).get("email", "").casefold())
        lead = Received(
            self._first_lead + len(self.received),
            self.clock(),
            publisher,
            campaign,
            link,
            form,
            fields,
            body,
            is_duplicate=email in self._emails,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._emails.add(email)
        self.received.append(lead)
        return lead

    def find(self, lead: int) -> Received | None:
        """Return the lead with this id, or None."""
        place = lead - self._first_lead
        return self.received[place] if 0 <= place < len(self.received) else None
