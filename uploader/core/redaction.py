"""Removal of a lead's values from messages that are stored or logged."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import quote, quote_plus

from uploader.core.messages import NO_RESULT_CONTAINED, NO_RESULT_RETURNED

# A message may begin with these. They are ours, so that they are never masked.
OWN_WORDS = (NO_RESULT_RETURNED, NO_RESULT_CONTAINED)

MASK = "•••"
MAX_REASON_LENGTH = 500  # characters

# Only this much of a message is searched, in characters, so that masking never holds up the event loop.
MAX_SEARCHED = 4_000

# The last digits of a telephone number identify it: this many.
IDENTIFYING_DIGITS = 7
_DIGITS = re.compile(r"[+(]{0,2}\d(?:[\s().\-/]{0,3}\d)*")

_DATE = re.compile(r"(?<!\d)(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?!\d)")

# Scripts without spaces between words, from the first to the last character: a value has no word boundaries there.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


def redact(text: str, values: Iterable[str]) -> str:
    """Return the text on one line, with the given values masked.

    The platform may quote the value that it rejects, and reasons are stored. The text is cut to the length of a stored
    reason after masking, and no part of a value is left at the cut.

    A value is found as whole words, in any letter case: as it is, URL-encoded, form-encoded and HTML-escaped; a
    telephone number in any grouping of its digits; a date in any order of its parts. A value of two letters is found
    in its own case only; one character, or two digits, is not found.

    Args:
        text: A message of the platform.
        values: The values to mask.

    Returns:
        At most `MAX_REASON_LENGTH` characters.
    """
    text = " ".join(unescape(text[: 2 * MAX_SEARCHED]).split())
    searched = text[:MAX_SEARCHED]
    search = _SearchedText(searched)
    own = max((len(words) for words in OWN_WORDS if searched.startswith(words)), default=0)
    spans = {span for value in {" ".join(value.split()) for value in values} for span in search.spans(value)}
    found = sorted(span for span in spans if span[0] >= own)
    parts: list[str] = []
    length, at = 0, 0
    # The end of a text that was cut may be the beginning of a value.
    end = len(searched) if searched == text else len(searched) - MAX_REASON_LENGTH
    for start, stop in found:
        if start >= end or length > MAX_REASON_LENGTH:
            break
        if start >= at:
            parts += [searched[at:start], MASK]
            length += start - at + len(MASK)
        at = max(at, stop)
    parts.append(searched[at : max(at, end)])
    return "".join(parts)[:MAX_REASON_LENGTH]


class _SearchedText:
    """A text that can be searched for many values in little time, whatever their letter case."""

    def __init__(self, text: str) -> None:
        self._text = text
        folded = [char.casefold() for char in text]  # one character may become several: ß
        self._folded = "".join(folded)
        self._places = [place for place, chars in enumerate(folded) for _ in chars]
        self._dates = [(match.span(), _date_parts(match)) for match in _DATE.finditer(text)]
        self._digits = re.sub(r"\D", "", text)
        self._numbers = [_DigitRun(match) for match in _DIGITS.finditer(text)]

    def spans(self, value: str) -> Iterator[tuple[int, int]]:
        """Yield where the text has a value. Its blanks must be single."""
        if len(value) < 2 or (len(value) == 2 and value.isdecimal()):
            return
        yield from self._words(value)
        if not value.isalnum() or not value.isascii():
            for spelling in {quote(value, safe=""), quote_plus(value)} - {value}:
                yield from self._words(spelling)
        digits = re.sub(r"\D", "", value)
        if len(digits) > IDENTIFYING_DIGITS and digits[-IDENTIFYING_DIGITS:] in self._digits:
            for run in self._numbers:
                yield from run.spans(digits[-IDENTIFYING_DIGITS:])
        if self._dates and (match := _DATE.search(value)):
            parts = _date_parts(match)
            yield from (span for span, found in self._dates if found == parts)

    def _words(self, spelling: str) -> Iterator[tuple[int, int]]:
        """Yield where a spelling is a whole word or several."""
        wanted = spelling.casefold()
        at = self._folded.find(wanted)
        while at >= 0:
            start, end = self._places[at], self._places[at + len(wanted) - 1] + 1
            is_whole = not (_is_joined(self._text, start) or _is_joined(self._text, end))
            if is_whole and (len(spelling) > 2 or self._text[start:end] == spelling):
                yield start, end
            at = self._folded.find(wanted, at + 1)


class _DigitRun:
    """Digits with at most a few separators between them."""

    def __init__(self, match: re.Match[str]) -> None:
        self._start = match.start()
        self._places = [match.start() + place for place, char in enumerate(match[0]) if char.isdigit()]
        self._digits = re.sub(r"\D", "", match[0])

    def spans(self, last: str) -> Iterator[tuple[int, int]]:
        """Yield where a longer number ends with these digits."""
        at = self._digits.find(last, 1)
        while at >= 0:
            first = max(0, at - 15)
            yield self._places[first] if first else self._start, self._places[at + len(last) - 1] + 1
            at = self._digits.find(last, at + 1)


def _is_joined(text: str, place: int) -> bool:
    """Return whether the characters on both sides of a place belong to one word."""
    if not 0 < place < len(text):
        return False
    left, right = text[place - 1], text[place]
    return left.isalnum() and right.isalnum() and not (_UNSPACED.match(left) or _UNSPACED.match(right))


def _date_parts(match: re.Match[str]) -> tuple[int, ...]:
    """Return the numbers of a date, whatever their order; a year counts by its last two digits."""
    return tuple(sorted(int(match[group][-2:]) for group in (1, 3, 4)))
