"""Removes the values of a lead from messages that are stored or logged."""

import re
from collections.abc import Iterable
from html import unescape
from urllib.parse import quote, quote_plus

# So many digits at the end of a telephone number tell whose it is; and what may stand between digits.
TELLING, GAPS = 7, r"[\s().\-/]{0,3}"


def redact(text: str, values: Iterable[str]) -> str:
    """The platform's words, on one line, without a lead's own: a message may quote the value it dislikes, and reasons
    are kept. Cut after that to what a cell shows, so that no piece of a value is left at the cut.

    A value is found as it stands, as in an address, a form or HTML, in capitals or not, and a telephone number in every
    grouping. What else the platform made of a value, and values of two characters, are not found.
    """
    text = " ".join(unescape(text).split())
    if not text:
        return ""
    spellings = {spelling for value in values for spelling in _spellings(" ".join(value.split()))}
    found = "|".join(sorted(spellings, key=len, reverse=True))
    return (re.sub(found, "•••", text, flags=re.IGNORECASE) if found else text)[:LONGEST]


def _spellings(value: str) -> set[str]:
    """Patterns of a value; of a telephone number its last digits, however they are grouped, and what is before them."""
    if len(value) < 3:
        return set()
    digits = re.sub(r"\D", "", value)
    # What stands before them is bounded: a message may be long, and nothing else moves meanwhile.
    number = {rf"[+(]{{0,2}}(?:\d{GAPS}){{1,15}}{GAPS.join(digits[-TELLING:])}"} if len(digits) > TELLING else set()
    return {re.escape(spelling) for spelling in (value, quote(value, safe=""), quote_plus(value))} | number


LONGEST = 500  # characters of a reason
