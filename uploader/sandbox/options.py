"""What a rehearsal or a test can turn: how slow, how long, how much, and what goes wrong when."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

# Faults that are one plain answer with this status, and those that are none.
PLAIN = frozenset({"400", "401", "404", "405", "408", "409", "413", "415", "422", "425", "429", "500", "502", "503"})
SPECIAL = frozenset({"401denied", "403started", "403fulfilled", "403inactive", "404html", "429after", "201noid"})
BROKEN = frozenset({"html", "redirect", "close", "store-close", "half", "garbage", "stall"})
KINDS = PLAIN | SPECIAL | BROKEN
ENDPOINTS = frozenset({"token", "fields", "links", "lead", "result", "leads"})


@dataclass(frozen=True)
class Fault:
    """What goes wrong with requests number `first` to `last` (from 1) of an endpoint.

    `store-close`, `half`, `garbage`, `stall` and `201noid` take the lead; all other kinds do not.
    """

    kind: str
    first: int
    last: int
    endpoint: str = "lead"

    def hits(self, endpoint: str, number: int) -> bool:
        """Whether this request is meant."""
        return endpoint == self.endpoint and self.first <= number <= self.last


@dataclass(frozen=True)
class SandboxOptions:
    """All knobs with their rests. Times are seconds; limits are "requests/seconds" or "off"."""

    latency: tuple[float, float] = (0.0, 0.0)
    token_lifetime: float = 3600.0
    token_uses: int | None = None
    limit: str = "3000/300"
    token_limit: str = "100/300"  # noqa: S105 - not a password
    result_limit: str = "1400/300"
    campaign_cap: int | None = None
    result_delay: float = 2.0
    bare_fields: bool = False
    other_wording: bool = False
    seed: int = 1
    faults: str = ""

    def parsed_faults(self) -> tuple[Fault, ...]:
        """`500@10,close@20-25,token:429@1` as faults. Raises ValueError for what is none."""
        return tuple(_fault(text.strip()) for text in self.faults.split(",") if text.strip())

    def turned(self, given: dict[str, Any]) -> "SandboxOptions":
        """With some knobs changed. Raises ValueError for a knob that does not exist or a fault that is none."""
        unknown = set(given) - {field.name for field in fields(self)}
        if unknown:
            raise ValueError(f"no such knob: {', '.join(sorted(unknown))}")
        if "latency" in given:
            given = {**given, "latency": tuple(given["latency"])}
        knobs = replace(self, **given)
        knobs.parsed_faults()
        for text in (knobs.limit, knobs.token_limit, knobs.result_limit):
            quota(text)
        return knobs


def quota(text: str) -> tuple[int, float] | None:
    """`3000/300` -> (3000, 300.0); `off` -> None. Raises ValueError."""
    if text == "off":
        return None
    match = re.fullmatch(r"(\d+)/(\d+(?:\.\d+)?)", text)
    if not match:
        raise ValueError(f"{text!r} is not requests/seconds, such as 3000/300, or off")
    return int(match[1]), float(match[2])


def _fault(text: str) -> Fault:
    match = re.fullmatch(r"(?:(\w+):)?([\w-]+)@(\d+)(?:-(\d+))?", text)
    if not match:
        raise ValueError(f"{text!r} is not a fault; write it as 500@10, close@20-25 or token:429@1")
    endpoint = match[1] or "lead"
    _one_of(endpoint, ENDPOINTS, "an endpoint")
    _one_of(match[2], KINDS, "a fault")
    return Fault(match[2], int(match[3]), int(match[4] or match[3]), endpoint)


def _one_of(name: str, known: Iterable[str], what: str) -> None:
    if name not in known:
        raise ValueError(f"{name!r} is not {what}: {', '.join(sorted(known))}")
