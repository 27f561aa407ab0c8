"""Removal of a lead's values from messages that are stored or logged."""

import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import quote, quote_plus

MASK = "•••"
MAX_REASON_LENGTH = 500  # characters

# The last digits of a telephone number identify it; this many, with these separators between them.
IDENTIFYING_DIGITS, SEPARATORS = 7, r"[\s().\-/]{0,3}"


def redact(text: str, values: Iterable[str]) -> str:
    """Return the text on one line, with the given values masked.

    The platform may quote the value that it rejects, and reasons are stored. The text is cut to the length of a stored
    reason after masking, so that no part of a value is left at the cut.

    A value is found as it is, URL-encoded, form-encoded and HTML-escaped, in any letter case; a telephone number in
    any grouping of its digits. Other variants, and values of one or two characters, are not found.

    Args:
        text: A message of the platform.
        values: The values to mask.

    Returns:
        At most `MAX_REASON_LENGTH` characters.
    """
    text = " ".join(unescape(text).split())
    if not text:
        return ""
    patterns = {pattern for value in values for pattern in _patterns(" ".join(value.split()))}
    any_of_them = "|".join(sorted(patterns, key=len, reverse=True))
    return (re.sub(any_of_them, MASK, text, flags=re.IGNORECASE) if patterns else text)[:MAX_REASON_LENGTH]


def _patterns(value: str) -> set[str]:
    """Return regular expressions for the spellings of a value."""
    if len(value) < 3:
        return set()
    digits = re.sub(r"\D", "", value)
    number = set()
    if len(digits) > IDENTIFYING_DIGITS:
        last = SEPARATORS.join(digits[-IDENTIFYING_DIGITS:])
        # What precedes the last digits is bounded, so that a long message takes linear time.
        number = {rf"[+(]{{0,2}}(?:\d{SEPARATORS}){{1,15}}{last}"}
    return {re.escape(spelling) for spelling in (value, quote(value, safe=""), quote_plus(value))} | number
