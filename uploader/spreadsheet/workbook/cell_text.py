"""Text of cells that hold a number, a date, a time or a duration."""

import datetime as dt
import math
import re
from decimal import Decimal

from uploader.core.unicode_text import replace_surrogates
from uploader.spreadsheet.workbook.number_format import NumberFormat, Shows

# Spreadsheet programs keep 15 digits of a number. From here on the last digits are not real.
LONGEST_NUMBER = 10**15

_DAY = 86_400  # seconds
_LAST_SERIAL = 2_958_465  # 9999-12-31
_EPOCH = dt.date(1899, 12, 30)
_EPOCH_1904_OFFSET = 1462  # days
_LEAP_DAY = 60  # the serial of 1900-02-29, a day that never was (18.17.4.1)

# Escapes of characters that XML can't hold (ECMA-376, part 1, 22.9.2.19).
_ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")


def number_text(value: float) -> str:
    """Return a number with at most 15 digits, without an exponent, and without `.0` if it is whole.

    Infinity and what is not a number are the error `#NUM!`. A number of more than 15 digits is returned in scientific
    notation, which the mapping refuses: its last digits are lost already.
    """
    if not math.isfinite(value):
        return "#NUM!"
    if value.is_integer() and abs(value) < LONGEST_NUMBER:
        return str(int(value))
    short = f"{value:.15g}"
    if "e" not in short:
        return short
    number = Decimal(short)
    if abs(number) >= LONGEST_NUMBER:
        return rounded_text(value)
    return format(number, "f")


def rounded_text(value: float) -> str:
    """Return a number in scientific notation, as spreadsheet programs show long ones: `1.23456789012346E+18`."""
    digits, _, exponent = f"{value:.14E}".partition("E")
    return f"{digits.rstrip('0').rstrip('.')}E{exponent}"


def is_zero(raw: str) -> bool:
    """Return whether the text of a number in a file is that of 0."""
    try:
        return float(raw) == 0
    except ValueError:
        return False


def formatted_text(value: float, form: NumberFormat, *, is_1904: bool = False) -> str:
    """Return a number as its cell's format shows it.

    Args:
        value: The number in the cell; for dates, days since the workbook's epoch.
        form: The number format of the cell.
        is_1904: Whether the workbook counts days from 1904.
    """
    if math.isfinite(value):
        form = form.choose(value)
    if form.shows is Shows.NUMBER or not math.isfinite(value):
        text = form.show(value) if form.sections and math.isfinite(value) else None
        return number_text(value) if text is None else text
    if abs(value) > _LAST_SERIAL:
        return number_text(value)
    seconds = round(value * _DAY)
    if form.shows is Shows.DURATION:
        return clock_text(seconds)
    if seconds < 0:
        return number_text(value)
    days, rest = divmod(seconds, _DAY)
    if form.shows is Shows.TIME or (value < 1 and not is_1904):
        return clock_text(rest)
    return _date_text(days + _EPOCH_1904_OFFSET if is_1904 else days, rest)


def _date_text(days: int, seconds: int) -> str:
    """Return a date as YYYY-MM-DD, with the time if there is one. `days` count from 1899-12-30."""
    if days > _LAST_SERIAL:
        return str(days)
    date = _EPOCH + dt.timedelta(days if days > _LEAP_DAY else days + (days < _LEAP_DAY))
    return f"{date.isoformat()} {clock_text(seconds)}" if seconds else date.isoformat()


def clock_text(seconds: int) -> str:
    """Return a time or a duration as HH:MM:SS; hours go on beyond 24."""
    minutes, second = divmod(abs(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{'-' if seconds < 0 else ''}{hours:02}:{minute:02}:{second:02}"


def moment_text(moment: dt.datetime) -> str:
    """Return a moment as YYYY-MM-DD, with the time if there is one, rounded to the second."""
    if moment.microsecond >= 500_000 and moment < dt.datetime.max - dt.timedelta(seconds=1):  # noqa: DTZ901
        moment += dt.timedelta(seconds=1)
    moment = moment.replace(microsecond=0)
    return moment.date().isoformat() if moment.time() == dt.time() else moment.isoformat(" ", "seconds")


def moment_from_iso(text: str) -> str:
    """Return a date, a moment or a time in ISO 8601 as a cell's text; any other text stays as it is."""
    text = text.strip().removesuffix("Z")
    try:
        if "T" not in text and ":" in text:
            return moment_text(dt.datetime.combine(dt.date.min, dt.time.fromisoformat(text)))[11:] or "00:00:00"
        return moment_text(dt.datetime.fromisoformat(text))
    except ValueError:
        return text


def unescape(text: str) -> str:
    """Return a text of a workbook with its `_xHHHH_` escapes decoded."""
    if "_x" not in text:
        return text
    return replace_surrogates(_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text))
