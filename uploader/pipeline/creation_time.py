"""Reads creation times in every form that platforms, spreadsheet programs and scripts write them."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

# Begin and end of the time that a cell stands for: a second, or a day if it has no time.
Span = tuple[datetime, datetime]

_EXCEL_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
_NUMBER = re.compile(r"\d{5,13}(?:[.,]\d+)?")
_ZONE = re.compile(r"\s*(?:UTC|GMT|Z)?\s*([+-]\d{2}:?\d{2})?$", re.IGNORECASE)
_TIME = re.compile(r"[\sT,]+(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*(?:([ap])\.?\s?m\.?)?$", re.IGNORECASE)
_NUMERIC = re.compile(r"(\d{1,4})\s?[./-]\s?(\d{1,2})\s?[./-]\s?(\d{1,4})\.?")
_NAMED = (
    re.compile(r"(?P<day>\d{1,2})\.?[\s-]?(?:de )?(?P<month>[^\W\d_]{3,})\.?[\s,-]*(?:de )?(?P<year>\d{2,4})"),
    re.compile(r"(?P<month>[^\W\d_]{3,})\.?[\s-](?P<day>\d{1,2})(?:st|nd|rd|th)?[\s,-]+(?P<year>\d{4})"),
)
_WEEKDAY = re.compile(r"([^\W\d_]{2,})\.?,?\s+(?=\d|[^\W\d_]{3,}\.?\s\d)")

# The first letters of the months in English, German, French, Spanish, Italian, Dutch and Portuguese.
_MONTHS = (
    "jan ene gen", "feb fev fév", "mar mär mrt maa", "apr avr abr", "may mai mag mei", "jun jui giu", "jul lug",
    "aug aoû aou ago", "sep set", "oct okt ott out", "nov", "dec dez déc dic",
)  # fmt: skip


def day_comes_first(texts: Iterable[str]) -> bool | None:
    """Return whether dates such as 03/04/2026 begin with the day; None if no text of the column shows it."""
    for text in texts:
        if match := _NUMERIC.match(text.strip()):
            first, second = int(match[1]), int(match[2])
            if len(match[1]) < 3 and (first > 12) != (second > 12):
                return first > 12
    return None


def parse_creation_time(text: str, day_first: bool | None = None) -> Sequence[Span]:
    """Return the times that a cell can stand for: none if it can't be read, two if day and month can be swapped.

    Args:
        text: The cell. A time without a zone is taken for UTC.
        day_first: Whether the day comes first; None if that is not known.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).split()).strip("'\"")
    if _NUMBER.fullmatch(plain):
        return _from_number(float(plain.replace(",", ".")))
    try:
        return [_span(datetime.fromisoformat(plain), has_time=len(plain) > 10)]
    except ValueError:
        pass
    zone = _ZONE.search(plain)
    offset = (zone[1] or "") if zone else ""
    plain = plain[: zone.start()] if zone else plain
    clock = _TIME.search(plain)
    days = _days(_without_weekday(plain[: clock.start()] if clock else plain), day_first)
    return [span for day in days if (span := _at(day, clock, offset))]


def _without_weekday(text: str) -> str:
    """Return `28 Nov 2026` for `Sat, 28 Nov 2026`."""
    match = _WEEKDAY.match(text)
    return text[match.end() :] if match and not _month(match[1]) else text


def _from_number(value: float) -> Sequence[Span]:
    """Return the time of an Excel serial number, or of a UNIX time in seconds or milliseconds."""
    if 20_000 <= value < 80_000:
        begin = _EXCEL_EPOCH + timedelta(days=value)
        return [(begin, begin if value % 1 else begin + timedelta(days=1))]
    for unit in (1, 1000):
        if 1e9 * unit <= value < 1e10 * unit:
            begin = datetime.fromtimestamp(value / unit, UTC)
            return [(begin, begin)]
    return []


def _days(text: str, day_first: bool | None) -> Sequence[datetime]:
    """Return the days that a text without a time can stand for."""
    if match := _NUMERIC.fullmatch(text.strip()):
        first, second, third = map(int, match.groups())
        if len(match[1]) >= 3:
            return _existing([(first, second, third)])
        year = third if third > 99 else 2000 + third
        orders = {True: [(year, second, first)], False: [(year, first, second)]}
        return _existing(orders[day_first] if day_first is not None else orders[True] + orders[False])
    for pattern in _NAMED:
        if (match := pattern.fullmatch(text.strip())) and (month := _month(match["month"])):
            year = int(match["year"])
            return _existing([(year if year > 99 else 2000 + year, month, int(match["day"]))])
    return []


def _month(name: str) -> int:
    """Return the number of a month by the first letters of its name; 0 for another word."""
    start = name.casefold()
    if start.startswith(("juil", "juli", "jul")):
        return 7
    return next((at for at, names in enumerate(_MONTHS, start=1) if start[:3] in names.split()), 0)


def _existing(days: Iterable[tuple[int, int, int]]) -> list[datetime]:
    """Return the days that exist, each once."""
    found: list[datetime] = []
    for year, month, day in days:
        try:
            date = datetime(year, month, day, tzinfo=UTC)
        except ValueError:
            continue
        if date not in found:
            found.append(date)
    return found


def _at(day: datetime, clock: "re.Match[str] | None", offset: str) -> Span | None:
    """Return the time on a day; None if there is no such time."""
    if clock is None:
        return day, day + timedelta(days=1)
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if half := (clock[4] or "").casefold():
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        time = day.replace(hour=hour, minute=minute, second=second)
    except ValueError:
        return None
    if offset:
        time = datetime.fromisoformat(f"{time:%Y-%m-%dT%H:%M:%S}{offset}")
    return time, time


def _span(time: datetime, *, has_time: bool) -> Span:
    time = time if time.tzinfo else time.replace(tzinfo=UTC)
    return time, time if has_time else time + timedelta(days=1)
