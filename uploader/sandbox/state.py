"""What the sandbox remembers: tokens, leads, and who asked when. In memory only; the clock is given."""

import secrets
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from uploader.sandbox.options import SandboxOptions, quota

FIRST_LEAD = 55907  # as in the platform's documentation


@dataclass(frozen=True)
class Received:
    """A lead that was taken: when (`at` by the clock, `created` as ISO 8601), under which ids, and what came."""

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
    """When it ends, and how many leads it has carried."""

    ends: float
    uses: int = 0


class State:
    """Everything that lasts longer than a request. `first_lead` is the id of the first one."""

    def __init__(self, knobs: SandboxOptions, clock: Callable[[], float], first_lead: int = FIRST_LEAD) -> None:
        self.clock = clock
        self._first_lead = first_lead
        self.received: list[Received] = []
        self.requests: Counter[str] = Counter()
        self.log: list[tuple[float, str, int]] = []
        self._tokens: dict[str, Token] = {}
        self._emails: set[tuple[int, str]] = set()
        self._arrivals: dict[str, deque[float]] = {"": deque(), "token": deque(), "result": deque()}
        self.turn(knobs)

    def turn(self, knobs: SandboxOptions) -> None:
        """Takes other knobs; what was received stays."""
        self.knobs = knobs
        self.faults = knobs.parsed_faults()
        self._quotas = {
            "": quota(knobs.limit),
            "token": quota(knobs.token_limit),
            "result": quota(knobs.result_limit),
        }

    def new_token(self) -> str:
        """A fresh token; older ones stay good until their own end."""
        text = secrets.token_urlsafe(48)
        self._tokens[text] = Token(self.clock() + self.knobs.token_lifetime)
        return text

    def is_good(self, text: str, endpoint: str) -> bool:
        """Whether a token may be used now; a use for a lead is counted."""
        token = self._tokens.get(text)
        if token is None or self.clock() >= token.ends:
            return False
        if endpoint == "lead":
            token.uses += 1
        return self.knobs.token_uses is None or token.uses <= self.knobs.token_uses

    def over_limit(self, endpoint: str) -> float:
        """Counts an arrival in its rolling windows; the seconds until it would be let in, 0 if it is.

        A request that is turned away counts too.
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
        """Whether the campaign has what it wanted."""
        cap = self.knobs.campaign_cap
        return cap is not None and len(self.received) >= cap

    def take(
        self, publisher: int, campaign: int, link: int, form: int, fields: tuple[tuple[str, str], ...], body: bytes
    ) -> Received:
        """Creates a lead; one that was there before is created again, and flagged."""
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
        """The lead with this id."""
        place = lead - self._first_lead
        return self.received[place] if 0 <= place < len(self.received) else None
