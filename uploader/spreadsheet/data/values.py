"""The text of a typed value, as a spreadsheet program would show it."""

import datetime as dt
import json
import math
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from uploader.core.unicode_text import REPLACEMENT, replace_surrogates
from uploader.spreadsheet.workbook.cell_text import clock_text, moment_text, number_text

# A 32-bit number holds every whole number up to here, and this many digits of any other.
LARGEST_SINGLE, SINGLE_DIGITS = 2**24, 6


def value_text(value: Any) -> str:
    """Return a value as the text of a cell.

    Text stays as it is, except that half a character (an unpaired surrogate) becomes U+FFFD: it can be neither sent nor
    stored. Whole numbers have no `.0`, dates are YYYY-MM-DD with the time if there is one, booleans are
    TRUE or FALSE. A missing value (None, not a number) is empty. A list or a table within a cell becomes JSON.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return replace_surrogates(str(value))
    for kind, text in _TEXTS:
        if isinstance(value, kind):
            return text(value)
    return replace_surrogates(str(value))


def single_precision_text(value: float | None) -> str:
    """Return the text of a 32-bit number. The digits that it cannot hold are U+FFFD: they would be made up."""
    if value is None or not math.isfinite(value) or abs(value) <= LARGEST_SINGLE:
        return value_text(None if value is None else _single_precision(value))
    digits = f"{abs(value):.0f}"
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:SINGLE_DIGITS]}{REPLACEMENT * (len(digits) - SINGLE_DIGITS)}"


def _single_precision(value: float) -> float:
    """Return the shortest number that a 32-bit number stands for: 0.1, not 0.10000000149011612."""
    for digits in range(SINGLE_DIGITS, 10):
        short = float(f"{value:.{digits}g}")
        if struct.unpack("f", struct.pack("f", short))[0] == value:
            return short
    return value


def _float_text(value: float) -> str:
    return "" if math.isnan(value) else number_text(float(value))


def _decimal_text(value: Decimal) -> str:
    if value.is_nan():
        return ""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _moment_text(value: dt.datetime) -> str:
    """Return the time on the clock of its own time zone."""
    return moment_text(value.replace(tzinfo=None))


def _time_text(value: dt.time) -> str:
    moment = moment_text(dt.datetime.combine(dt.date(2000, 1, 1), value.replace(tzinfo=None)))
    return moment[11:] or "00:00:00"


def _bytes_text(value: bytes) -> str:
    return bytes(value).decode("utf-8", "replace")


def _json_text(value: object) -> str:
    return replace_surrogates(json.dumps(value, ensure_ascii=False, default=str))


# In this order: a bool is an int as well, and a datetime is a date.
_TEXTS: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (bool, lambda value: "TRUE" if value else "FALSE"),
    (int, lambda value: str(int(value))),
    (float, _float_text),
    (Decimal, _decimal_text),
    (dt.datetime, _moment_text),
    (dt.date, dt.date.isoformat),
    (dt.time, _time_text),
    (dt.timedelta, lambda value: clock_text(round(value.total_seconds()))),
    ((bytes, bytearray), _bytes_text),
    ((list, tuple, dict, set), _json_text),
)
