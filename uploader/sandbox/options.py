"""The sandbox's options: latency, lifetimes, limits, and faults."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

# The kinds of faults: a plain response with this status, a special response, or a broken one.
PLAIN = frozenset({"400", "401", "404", "405", "408", "409", "413", "415", "422", "425", "429", "500", "502", "503"})
SPECIAL = frozenset(
    {"401denied", "403started", "403fulfilled", "403inactive", "403denied", "403page", "404html", "429after", "429zero"}
    | {"429past", "429absurd", "503after", "201noid", "201string", "201object", "201id", "201bare", "200created"}
)
BROKEN = frozenset({"html", "redirect", "close", "store-close", "half", "garbage", "stall", "surplus", "gzip-bomb"})
KINDS = PLAIN | SPECIAL | BROKEN
ENDPOINTS = frozenset({"token", "fields", "links", "lead", "result", "leads"})


@dataclass(frozen=True)
class Fault:
    """A fault for the requests number `first` to `last` (from 1) of an endpoint.

    The kinds `store-close`, `half`, `garbage`, `stall`, `surplus`, `gzip-bomb` and those that begin with 20 store the
    lead; the others do not.
    """

    kind: str
    first: int
    last: int
    endpoint: str = "lead"

    def hits(self, endpoint: str, number: int) -> bool:
        """Return whether this request gets the fault."""
        return endpoint == self.endpoint and self.first <= number <= self.last


@dataclass(frozen=True)
class SandboxOptions:
    """The options of a sandbox. Times are in seconds; limits are "requests/seconds" or "off".

    Attributes:
        latency: The shortest and the longest delay of a response.
        token_uses: How many leads a token may send; None for any number.
        campaign_cap: How many leads the campaign accepts; None for any number.
        result_delay: The time until a lead's result is known.
        empty_fields: This many empty visible fields make a lead invalid; the platform's number is 3.
        date_skew: How far the `Date` of responses is ahead; negative if it is behind.
        bare_fields: Whether all forms list the keys of their fields only.
        other_wording: Whether an accepted lead is confirmed in the other wording that has been seen.
        faults: Faults, such as `500@10,close@20-25,token:429@1`.
    """

    latency: tuple[float, float] = (0.0, 0.0)
    token_lifetime: float = 3600.0
    token_uses: int | None = None
    limit: str = "3000/300"
    token_limit: str = "100/300"  # noqa: S105 - not a password
    result_limit: str = "1400/300"
    campaign_cap: int | None = None
    result_delay: float = 2.0
    empty_fields: int = 3
    bare_fields: bool = False
    date_skew: float = 0.0
    other_wording: bool = False
    seed: int = 1
    faults: str = ""

    def parsed_faults(self) -> tuple[Fault, ...]:
        """Return the parsed faults. Raises ValueError for a text that is not a fault."""
        return tuple(_fault(text.strip()) for text in self.faults.split(",") if text.strip())

    def with_changes(self, given: dict[str, Any]) -> "SandboxOptions":
        """Return the options with some changed. Raises ValueError for an unknown option or an invalid value."""
        unknown = set(given) - {field.name for field in fields(self)}
        if unknown:
            raise ValueError(f"unknown option: {', '.join(sorted(unknown))}")
        if "latency" in given:
            given = {**given, "latency": tuple(given["latency"])}
        options = replace(self, **given)
        options.parsed_faults()
        for text in (options.limit, options.token_limit, options.result_limit):
            quota(text)
        return options


def quota(text: str) -> tuple[int, float] | None:
    """Return (3000, 300.0) for `3000/300` and None for `off`. Raises ValueError for anything else."""
    if text == "off":
        return None
    match = re.fullmatch(r"(\d+)/(\d+(?:\.\d+)?)", text)
    if not match:
        raise ValueError(f"{text!r} is not a limit; write it as 3000/300 or off")
    return int(match[1]), float(match[2])


def _fault(text: str) -> Fault:
    match = re.fullmatch(r"(?:(\w+):)?([\w-]+)@(\d+)(?:-(\d+))?", text)
    if not match:
        raise ValueError(f"{text!r} is not a fault; write it as 500@10, close@20-25 or token:429@1")
    endpoint = match[1] or "lead"
    _require_known(endpoint, ENDPOINTS, "an endpoint")
    _require_known(match[2], KINDS, "a fault")
    return Fault(match[2], int(match[3]), int(match[4] or match[3]), endpoint)


def _require_known(name: str, known: Iterable[str], what: str) -> None:
    if name not in known:
        raise ValueError(f"{name!r} is not {what}; known: {', '.join(sorted(known))}")
