"""How old is old: `90d`, `12w`, `1y`, or a date."""

import re
from datetime import datetime, timedelta

DAYS = {"d": 1, "w": 7, "y": 365}


def age(text: str) -> timedelta:
    """`90d` -> 90 days; a year is 365 of them. Raises ValueError that says how it is written."""
    match = re.fullmatch(r"\s*(\d{1,5})\s*([dwy])\s*", text.lower(), re.ASCII)
    if not match:
        raise ValueError("write it as 90d (days), 12w (weeks) or 1y (a year of 365 days)")
    return timedelta(days=int(match[1]) * DAYS[match[2]])


def moment(text: str, now: datetime) -> datetime:
    """The time that lies so far before `now`; of a date (`2026-01-31`) its first moment, in the zone of `now`.

    Raises ValueError for what is neither, or lies before the calendar's beginning.
    """
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=now.tzinfo)
    except ValueError:
        pass
    try:
        return now - age(text)
    except (ValueError, OverflowError):
        raise ValueError("write it as 90d, 12w, 1y, or a date such as 2026-01-31") from None
