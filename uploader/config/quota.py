"""How many requests may leave: `3000/300`."""

import re
from typing import NamedTuple


class Quota(NamedTuple):
    """At most `requests` in any `seconds` (a rolling window)."""

    requests: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.requests}/{self.seconds:g}"


def read_quota(text: str) -> Quota | None:
    """`3000/300` -> a quota; `off` -> None. Raises ValueError."""
    if text.strip().lower() == "off":
        return None
    match = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+(?:\.\d+)?)\s*", text)
    if not match or int(match[1]) < 1 or float(match[2]) <= 0:
        raise ValueError("write it as requests/seconds, such as 3000/300, or 'off'")
    return Quota(int(match[1]), float(match[2]))
