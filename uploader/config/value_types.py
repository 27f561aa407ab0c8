"""Settings and flags that have a notation of their own: quotas (`3000/300`) and ages (`90d`)."""

import re
from datetime import datetime, timedelta
from typing import NamedTuple

DAYS = {"d": 1, "w": 7, "y": 365}


class Quota(NamedTuple):
    """At most `requests` in any `seconds` (a rolling window)."""

    requests: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.requests}/{self.seconds:g}"


def parse_quota(text: str) -> Quota | None:
    """Parse `3000/300`; `off` is None. Raises ValueError."""
    if text.strip().lower() == "off":
        return None
    match = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+(?:\.\d+)?)\s*", text)
    if not match or int(match[1]) < 1 or float(match[2]) <= 0:
        raise ValueError("write it as requests/seconds, such as 3000/300, or 'off'")
    return Quota(int(match[1]), float(match[2]))


def parse_age(text: str) -> timedelta:
    """Parse `90d`, `12w` or `1y` (365 days). Raises ValueError."""
    match = re.fullmatch(r"\s*(\d{1,5})\s*([dwy])\s*", text.lower(), re.ASCII)
    if not match:
        raise ValueError("write it as 90d (days), 12w (weeks) or 1y (a year of 365 days)")
    return timedelta(days=int(match[1]) * DAYS[match[2]])


def parse_moment(text: str, now: datetime) -> datetime:
    """Parse an age or a date such as `2026-01-31`.

    Args:
        text: The age or the date.
        now: The present, in the time zone that a date is meant in.

    Returns:
        The time that long ago, or the beginning of the date.

    Raises:
        ValueError: The text is neither, or lies before the calendar's beginning.
    """
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=now.tzinfo)
    except ValueError:
        pass
    try:
        return now - parse_age(text)
    except (ValueError, OverflowError):
        raise ValueError("write it as 90d, 12w, 1y, or a date such as 2026-01-31") from None
