"""Settings and flags with a notation of their own (quotas `3000/300`, ages `90d`), and why a value is invalid."""

import re
from datetime import datetime, timedelta
from typing import NamedTuple

DAYS = {"d": 1, "w": 7, "y": 365}

# What pydantic and typer say of a value, and the same in plain words.
_PLAIN_REASONS = (
    (r"Input should be a valid integer.*", "it is not a whole number"),
    (r"Input should be a valid number.*", "it is not a number"),
    (r"Input should be greater than or equal to (\S+)", r"use a number of at least \1"),
    (r"Input should be less than or equal to (\S+)", r"use a number of at most \1"),
    (r"Input should be greater than (\S+)", r"use a number above \1"),
    (r"Input should be less than (\S+)", r"use a number below \1"),
)


def plain_reason(message: str) -> str:
    """Return why a value is invalid in plain words, from what pydantic or typer says of it."""
    for pattern, words in _PLAIN_REASONS:
        if match := re.fullmatch(pattern, message, re.DOTALL):
            return match.expand(words)
    return message.split(", unable to", maxsplit=1)[0]


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
