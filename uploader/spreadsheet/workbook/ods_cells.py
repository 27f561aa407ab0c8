"""Texts of cells in OpenDocument (version 1.3, part 3, 19.385), by their values and by what is displayed of these."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from uploader.spreadsheet.cell_errors import UNCALCULATED, is_error_value
from uploader.spreadsheet.workbook.cell_text import clock_text, is_zero, moment_from_iso, number_text
from uploader.spreadsheet.workbook.number_format import is_worded

# Namespaces, with the blank that the parser puts before a name.
OFFICE, TABLE = (f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0 " for name in ("office", "table"))
_CALC_TYPE = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 value-type"

# LibreOffice writes 59 minutes of the hour before as -1, with a zero in front.
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:0?(-?\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?")
_ERROR = re.compile(r"#[A-Z/¡¿]+(?:/0)?[!?]")
_DAY = 86_400  # seconds

# Displays of a number that are not its value.
_THOUSANDS = re.compile(r"\d{1,3}(?:\s\d{3})+|[\d.,'’]+")
_SCIENTIFIC = re.compile(r"\dE[+-]", re.IGNORECASE)
_PADDED_DECIMALS = re.compile(r"0\d+[.,]\d+")
_UNITS = frozenset("%‰")

# How LibreOffice displays booleans in some languages.
_TRUE = "true wahr vrai verdadero vero verdadeiro waar prawda sant sann tosi pravda igaz adevărat истина doğru αληθεσ"
_FALSE = "false falsch faux falso onwaar fałsz falsk epätosi nepravda hamis fals ложь yanliş ψευδεσ"
_BOOLEANS = {**dict.fromkeys(_TRUE.split(), "TRUE"), **dict.fromkeys(_FALSE.split(), "FALSE")}


def cell_text(cell: Mapping[str, str], displayed: str | None) -> str:
    """Return a cell's text, by the type of its value.

    Args:
        cell: The attributes of the cell.
        displayed: Its paragraphs, as LibreOffice displays them; None if it has none, not even an empty one.
    """
    shown = displayed or ""
    if cell.get(_CALC_TYPE) == "error":
        return shown.strip() or "#VALUE!"
    match cell.get(f"{OFFICE}value-type"):
        case None:
            text = UNCALCULATED if f"{TABLE}formula" in cell and displayed is None else shown
        case "float" | "percentage" | "currency" as kind:
            raw = cell.get(f"{OFFICE}value", "")
            boolean = _BOOLEANS.get(shown.strip().casefold())
            is_boolean = boolean and raw in {"0", "1"}  # of a formula, whose type is a number
            text = boolean if boolean and is_boolean else _number_text(raw, displayed, may_be_padded=kind == "float")
        case "date":
            text = moment_from_iso(cell.get(f"{OFFICE}date-value", "")) or shown
        case "time":
            text = _time_text(cell.get(f"{OFFICE}time-value", ""), shown)
        case "boolean":
            text = cell.get(f"{OFFICE}boolean-value", shown).upper()
        case _:
            text = shown or cell.get(f"{OFFICE}string-value", "")
    return text


def has_zero(cell: Mapping[str, str]) -> bool:
    """Return whether a cell has the number 0."""
    return is_zero(cell.get(f"{OFFICE}value", ""))


def _number_text(raw: str, displayed: str | None, *, may_be_padded: bool) -> str:
    """Return a number's text: as it is displayed if that adds zeros or fixed text to its digits, or is words alone."""
    shown = displayed or ""
    try:
        value = float(raw)
        number = Decimal(raw)
    except (ValueError, InvalidOperation):
        return raw or shown
    if shown.strip("#") and (is_error_value(shown) or _ERROR.fullmatch(shown)):
        return shown
    if value in {float("inf"), float("-inf")} or value != value:  # noqa: PLR0124 - not a number
        return raw
    if value == 0 and displayed is not None and not shown.strip():
        return ""  # the format hides zeros; a library that writes no displays writes no paragraphs either
    if may_be_padded and _is_value(number, shown.strip()):
        return shown.strip()
    return number_text(value)


def _is_value(number: Decimal, shown: str) -> bool:
    """Return whether a display is the value: digits with zeros or fixed text before or between them, or words alone.

    This is what `number_format.Pattern` finds out from a format, which is not at hand here.
    """
    if not any(map(str.isdigit, shown)):
        return is_worded(shown)
    if any(unicodedata.category(one) == "Sc" or one in _UNITS for one in shown) or _SCIENTIFIC.search(shown):
        return False
    if number < 0:
        if not shown.startswith("-"):
            return False
        shown, number = shown[1:], -number
    if _PADDED_DECIMALS.fullmatch(shown) and Decimal(shown.replace(",", ".")) == number:
        return True
    return number == number.to_integral_value() and _shows_whole(str(int(number)), shown)


def _shows_whole(whole: str, shown: str) -> bool:
    """Return whether a display has more than the digits of a whole number, but all of these."""
    if shown.endswith(whole) and _is_text(shown.removesuffix(whole)):
        return True
    digits = "".join(filter(str.isdigit, shown))
    if digits.lstrip("0") != whole.lstrip("0"):
        return False
    before, inner = _split(shown)
    if re.fullmatch(r"0+[.,]0+", inner):  # the decimals of 0
        return False
    if len(digits) > len(whole) or _is_text(before):
        return True
    return not inner.isdigit() and not _THOUSANDS.fullmatch(inner)


def _is_text(before: str) -> bool:
    return any(one.isalpha() or one == "+" for one in before)


def _split(shown: str) -> tuple[str, str]:
    """Return what stands before the first digit, and what is from there to the last one."""
    places = [at for at, one in enumerate(shown) if one.isdigit()]
    return shown[: places[0]], shown[places[0] : places[-1] + 1]


def _time_text(raw: str, shown: str) -> str:
    """Return a time or a duration. LibreOffice writes both alike; only a duration is displayed with all its hours."""
    seconds = _seconds(raw)
    if seconds is None:
        return shown
    first = re.search(r"\d+", shown)
    is_long = not 0 <= seconds < _DAY
    if is_long and first and int(first[0]) not in {abs(seconds) // unit for unit in (1, 60, 3_600)}:
        seconds %= _DAY
    return clock_text(seconds)


def _seconds(raw: str) -> int | None:
    """Return the seconds of a duration such as PT36H30M00S, rounded; None for anything else."""
    found = _DURATION.fullmatch(raw)
    if not found or not any(found.groups()[1:]):
        return None
    sign, days, hours, minutes, seconds = found.groups()
    whole = int(days or 0) * _DAY + int(hours or 0) * 3_600 + int(minutes or 0) * 60
    total = whole + round(Decimal((seconds or "0").replace(",", ".")))
    return -total if sign else total
