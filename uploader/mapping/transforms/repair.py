"""Damage by spreadsheets and exports: repaired where it is reversible beyond doubt, reported where it is not."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from uploader.core.identity import HYPHENS
from uploader.mapping.invalid_value import InvalidValue, quote_value
from uploader.mapping.transforms.escapes import decode_escapes, may_have_escapes
from uploader.mapping.transforms.mojibake import decode_again
from uploader.spreadsheet.cell_errors import UNCALCULATED, is_error_value

Step = tuple[Callable[[str], str], str]  # the repair, and what its note says

NON_BREAKING = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f", " "))

# Zero-width space, word joiner, byte-order mark and direction marks anywhere. The two joiners only next to
# Latin letters or at an end: in Persian, Hindi and emoji they have a meaning.
_LATIN = "\u0000-\u024f"
_INVISIBLE = re.compile(
    "[\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]"
    f"|[\u200c\u200d](?=[{_LATIN}]|$)|(?<![^{_LATIN}])[\u200c\u200d]"
)

_TO_HYPHEN = str.maketrans(dict.fromkeys(HYPHENS, "-"))
_WRAPPED = re.compile(r'="((?:[^"]|"")*)"')
_AROUND_ADDRESS = " \t\r\n'\"‘’“”„«».,;:"
_BARE_ADDRESS = re.compile(r"\w[\w.+-]*@[\w.-]*\w", re.ASCII)
_NAMED_ADDRESS = re.compile(r"[^<>]*<\s*([^<>\s]+@[^<>\s]+)\s*>")
_WHOLE = re.compile(r"(\+?\d+)\.0+", re.ASCII)
_NUMBER_STARTS = frozenset("0123456789+-")
_LONG_EXPONENT = 11  # from 12 digits on, spreadsheet programs show any number like this
_SCIENTIFIC = re.compile(r"[+-]?(\d{1,3})(?:[.,](\d+)E\+?|E\+)(\d{1,3})", re.ASCII | re.IGNORECASE)
# Spreadsheet programs keep 15 digits of a number and write zeros for the others.
_MAYBE_ROUNDED = re.compile(r"\d{15}0+", re.ASCII)

# Usual words, and telephone numbers too short or too interrupted to have been rounded.
_UNDAMAGED = re.compile(
    r"[A-Za-z](?:[A-Za-z0-9 &'(),./_+-]*[A-Za-z0-9&'(),./_+-])?"
    r"|[0-9(](?:[0-9 ()-]{0,13}[0-9])?|\+[0-9 ()-]{0,39}[0-9]"
)


def is_undamaged(value: str) -> bool:
    """A quick test for cells that `repair` and `find_damage` pass as they are, without outer blanks; misses some."""
    return _UNDAMAGED.fullmatch(value) is not None


def keep_undamaged(texts: Sequence[str]) -> list[str | None]:
    """Return the cells that pass `is_undamaged`, and None for the others."""
    return [text if match else None for text, match in zip(texts, map(_UNDAMAGED.fullmatch, texts), strict=True)]


def repair(value: str) -> tuple[str, tuple[str, ...]]:
    """Repair damage that is reversible beyond doubt.

    Args:
        value: A cell's text, not trimmed.

    Returns:
        The repaired text, and a note on each repair for the report's warnings.
    """
    first = value.lstrip()[:1]
    if not value.isascii() or first == "=" or may_have_escapes(value):
        return _apply_steps(value, STEPS)
    if first not in _NUMBER_STARTS:
        return value, ()
    text = value.strip()
    if _has_exponent(text) and (number := _expand_long_number(text)) != text:
        return number, (f"{quote_value(number)}: repaired (was in scientific notation)",)
    if len(text) > 15 and _MAYBE_ROUNDED.fullmatch(text):
        return value, (f"{quote_value(text)} has zeros after its 15th digit; check that no program has rounded it",)
    return value, ()


def repair_email(value: str) -> tuple[str, tuple[str, ...]]:
    """Repair like `repair`, and remove `mailto:`, a display name, quotes and punctuation around the address."""
    if _BARE_ADDRESS.fullmatch(value):
        return value, ()
    return _apply_steps(value, EMAIL_STEPS)


def find_damage(value: str) -> InvalidValue | None:
    """Return the reason why a value is beyond repair, or None if it is not damaged.

    A spreadsheet's error value, a formula without a result, a long number that was rounded, or a lost character.
    Words such as `Null` or `NA` are not damage.
    """
    value = value.strip()
    if value.upper() == UNCALCULATED:
        return InvalidValue(
            f"{quote_value(value)} is a formula that was never calculated",
            "Open the workbook in Excel (in LibreOffice, press Ctrl+Shift+F9), save it, and upload that file",
        )
    if is_error_value(value):
        return InvalidValue(
            f"{quote_value(value)} is an error value of the spreadsheet",
            "Fix the formula or the column, or empty the cell",
        )
    if _has_exponent(value) and _is_long_number(value) and (lost := find_lost_digits(value)):
        return lost
    if "\ufffd" in value:
        return InvalidValue(
            f"{quote_value(value)} has a lost character (�)",
            "Type it again, or export the file again as CSV UTF-8 or xlsx",
        )
    return None


def find_lost_digits(value: str) -> InvalidValue | None:
    """Return the reason why a number's digits are lost (rounded, as in `4.47E+11`), or None if they are not."""
    match = _SCIENTIFIC.fullmatch(value.strip())
    if match is None or len(match[2] or "") >= int(match[3]):
        return None
    return InvalidValue(
        f"{quote_value(value)} was rounded by the spreadsheet: its last digits are lost",
        "Format the column as text, fill it in again from its source, and save",
    )


def _has_exponent(value: str) -> bool:
    """A quick test that almost every value fails."""
    return value[:1] in _NUMBER_STARTS and ("E" in value or "e" in value)


def _is_long_number(value: str) -> bool:
    match = _SCIENTIFIC.fullmatch(value)
    return match is not None and len(match[1]) - 1 + int(match[3]) >= _LONG_EXPONENT


def _expand_long_number(value: str) -> str:
    """`4.47700900123E+11` -> `447700900123`; any other text, and numbers with lost digits, stay as they are."""
    match = _SCIENTIFIC.fullmatch(value)
    if match is None or not _is_long_number(value) or find_lost_digits(value):
        return value
    digits, end = f"{match[1]}{match[2]}", len(match[1]) + int(match[3])
    decimals = digits[end:].rstrip("0")
    return f"{'-' if value.startswith('-') else ''}{digits[:end]}{'.' if decimals else ''}{decimals}"


def remove_number_format(value: str) -> str:
    """`447700900123.0` and `4.47700900123E+11` -> `447700900123`; any other text stays as it is."""
    tail = _WHOLE.fullmatch(value)
    if tail:
        return tail[1]
    match = _SCIENTIFIC.fullmatch(value)
    if match:
        decimals, exponent = match[2] or "", int(match[3])
        if len(decimals) >= exponent and not decimals[exponent:].strip("0"):
            return match[1] + decimals[:exponent]
    return value


def _apply_steps(value: str, steps: Sequence[Step]) -> tuple[str, tuple[str, ...]]:
    """Apply the steps until nothing changes: one repair can uncover damage for another."""
    notes: list[str] = []
    before = None
    while value != before:
        before = value
        for step, what in steps:
            repaired = step(value)
            if repaired.strip() != value.strip():
                notes.append(f"{quote_value(repaired)}: repaired ({what})")
            value = repaired
    return value, tuple(dict.fromkeys(notes))


def _remove_formula_quotes(value: str) -> str:
    """`="01067"`, which some programs write so that Excel keeps the zero, is `01067`."""
    match = _WRAPPED.fullmatch(value.strip())
    return match[1].replace('""', '"') if match else value


def _compose(value: str) -> str:
    return unicodedata.normalize("NFC", value)


def _remove_invisible(value: str) -> str:
    return _INVISIBLE.sub("", value)


def _remove_soft_hyphens(value: str) -> str:
    return value.replace("\u00ad", "")


def _replace_special_spaces(value: str) -> str:
    return value.translate(NON_BREAKING)


def _extract_address(value: str) -> str:
    text = value.strip(_AROUND_ADDRESS)
    named = _NAMED_ADDRESS.fullmatch(text)
    if named:
        text = named[1]
    if text[:7].lower() == "mailto:":
        text = text[7:].split("?")[0]
    return text.replace("＠", "@") if text else value


def _make_plain(value: str) -> str:
    """Full-width and styled characters as plain ones: `ｊｏｅ@exａmple。com`."""
    return unicodedata.normalize("NFKC", value).replace("\u3002", ".")


def _replace_hyphens(value: str) -> str:
    return value.translate(_TO_HYPHEN)


# Soft hyphens and non-breaking spaces come last: in the wrong encoding they can be half of a letter.
STEPS: Sequence[Step] = (
    (_remove_formula_quotes, "was wrapped as a formula"),
    (decode_escapes, "had codes in place of letters"),
    (_remove_invisible, "had invisible characters"),
    (decode_again, "was read in the wrong encoding"),
    (_compose, "had accents apart from their letters"),
    (_remove_soft_hyphens, "had soft hyphens"),
    (_replace_special_spaces, "had non-breaking spaces"),
)
EMAIL_STEPS: Sequence[Step] = (
    *STEPS,
    (_extract_address, "had other text around the address"),
    (_replace_hyphens, "had special hyphens"),
    (_make_plain, "had full-width or styled characters"),
)
