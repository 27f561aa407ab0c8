"""Removal of a lead's values from messages that are stored or logged."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from html import unescape
from urllib.parse import quote, quote_plus

from uploader.core.messages import NO_RESPONSE_RECORDED, NO_RESULT_CONTAINED, NO_RESULT_RETURNED

# A message may begin with these. They are ours, so that they are never masked.
OWN_WORDS = (NO_RESULT_RETURNED, NO_RESULT_CONTAINED, NO_RESPONSE_RECORDED)

MASK = "•••"
MAX_REASON_LENGTH = 500  # characters

# Only this much of a message is searched, in characters, so that masking never holds up the event loop.
MAX_SEARCHED = 4_000

# If a lead has more values than this, or if finding them takes more steps than that, messages are masked as a whole. A
# step is a value, a place where one may be, or some characters; it takes a few microseconds.
MAX_VALUES = 3_000
MAX_STEPS = 8_000

# A longer value is found by this many of its first characters: the platform may quote only a part of it.
LONG = 32
LONGEST_WHOLE = 128  # no more of a value is looked through for numbers and dates

# The last digits of a telephone number identify it: this many.
IDENTIFYING_DIGITS = 7
_DIGITS = re.compile(r"[+(]{0,2}\d(?:[\s().\-/]{0,3}\d)*")
_NO_DIGIT = re.compile(r"\D")

_DATE = re.compile(r"(?<!\d)(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})(?!\d)")

_WORD = re.compile(r"[^\W_]+")


@cache
def _unspaced() -> re.Pattern[str]:
    """Return what matches a character of a script without spaces: a value has no word boundaries there.

    It is compiled when it is first needed, as that takes milliseconds.
    """
    return re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


# How the platform may write a value in a URL or a form.
ENCODINGS: tuple[Callable[[str], str], ...] = (lambda text: quote(text, safe=""), quote_plus)

_Span = tuple[int, int]


class _TooMuchWorkError(Exception):
    """Finding the values takes too long."""


def redact(text: str, values: Iterable[str]) -> str:
    """Return one text with the given values masked, see `ValueMask`."""
    return ValueMask(values)(text)


class ValueMask:
    """Masks the given values in texts of the platform, which may quote the value that it rejects.

    A value is found as whole words, in any letter case: as it is, URL-encoded, form-encoded and HTML-escaped; a long
    one also if only its beginning is quoted; a telephone number in any grouping of its digits; a date in any order of
    its parts. A value of two letters is found in its own case only; one character, or two digits, is not found.

    All texts of one mask together take a bounded number of steps; after that they are masked as a whole.
    """

    def __init__(self, values: Iterable[str]) -> None:
        self._values = values
        self._wanted: set[str] | None = None
        self._steps = 0

    def __call__(self, text: str) -> str:
        """Return a text on one line without the values.

        The text is cut to the length of a stored reason after masking, and no part of a value is left at the cut.

        Returns:
            At most `MAX_REASON_LENGTH` characters.
        """
        text = " ".join(unescape(text[: 2 * MAX_SEARCHED]).split())
        searched = text[:MAX_SEARCHED]
        own = max((len(words) for words in OWN_WORDS if searched.startswith(words)), default=0)
        try:
            spans = sorted(span for span in self._spans(searched) if span[0] >= own)
        except _TooMuchWorkError:
            return searched[:own] + MASK
        # The end of a text that was cut may be the beginning of a value.
        return _masked(searched, spans, len(searched) if searched == text else len(searched) - MAX_REASON_LENGTH)

    def _spans(self, text: str) -> set[_Span]:
        """Return where a text has any of the values. Raises _TooMuchWorkError."""
        if self._wanted is None:
            self._wanted = set(filter(None, map(str.strip, self._values)))
        if len(self._wanted) > MAX_VALUES:
            raise _TooMuchWorkError
        self._count(len(text) // 100)
        search = _SearchedText(text, self._count)
        return {span for value in self._wanted for span in search.spans(value)}

    def _count(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MAX_STEPS:
            raise _TooMuchWorkError


def _masked(text: str, spans: Iterable[_Span], end: int) -> str:
    """Return the text up to `end` with a mask in place of each span, which come in order."""
    parts: list[str] = []
    length, at = 0, 0
    for start, stop in spans:
        if start >= end or length > MAX_REASON_LENGTH:
            break
        if start >= at:
            parts += [text[at:start], MASK]
            length += start - at + len(MASK)
        at = max(at, stop)
    parts.append(text[at : max(at, end)])
    return "".join(parts)[:MAX_REASON_LENGTH]


class _SearchedText:
    """A text that can be searched for many values in little time, whatever their letter case."""

    def __init__(self, text: str, count: Callable[[int], None]) -> None:
        """Prepare the search.

        Args:
            text: The text.
            count: Gets the number of steps that were taken; it may raise.
        """
        self._text = text
        self._count = count
        folded = [char.casefold() for char in text]  # one character may become several: ß
        self._folded = "".join(folded)
        self._places = [place for place, chars in enumerate(folded) for _ in chars]
        self._words = {word.casefold() for word in _WORD.findall(_unspaced().sub(" ", text))}
        self._is_encoded = "%" in text or "+" in text
        self._dates: dict[tuple[int, ...], list[_Span]] = {}
        for match in _DATE.finditer(text):
            self._dates.setdefault(_date_parts(match), []).append(match.span())
        self._numbers = _spans_by_last_digits(text)

    def spans(self, value: str) -> Iterator[_Span]:
        """Yield where the text has a value. Its blanks count as one, however many and of whatever kind they are."""
        self._count(1)
        plain = " ".join(value[:LONGEST_WHOLE].split())
        if len(plain) > LONG or len(value) > LONGEST_WHOLE:
            yield from self._beginnings(value, plain[:LONG])
        elif len(plain) > 2 or (len(plain) == 2 and not plain.isdecimal()):
            yield from self._whole(plain)
            if self._is_encoded and not (plain.isalnum() and plain.isascii()):
                for spelling in {write(text) for write in ENCODINGS for text in (value, plain)} - {plain}:
                    yield from self._whole(spelling)
        if len(value) <= LONGEST_WHOLE:
            yield from self._numbers_and_dates(plain)

    def _numbers_and_dates(self, value: str) -> Iterator[_Span]:
        """Yield where the text has a value's telephone number or date in another notation."""
        digits = _NO_DIGIT.sub("", value) if self._numbers else ""
        if len(digits) > IDENTIFYING_DIGITS:
            yield from self._counted(self._numbers.get(digits[-IDENTIFYING_DIGITS:], ()))
        if self._dates and (match := _DATE.search(value)):
            yield from self._counted(self._dates.get(_date_parts(match), ()))

    def _counted(self, spans: Sequence[_Span]) -> Sequence[_Span]:
        self._count(len(spans))
        return spans

    def _whole(self, spelling: str) -> Iterator[_Span]:
        """Yield where a spelling is a whole word or several."""
        for at, wanted in self._finds(spelling, is_part=False):
            start, end = self._places[at], self._places[at + len(wanted) - 1] + 1
            is_whole = not (_is_joined(self._text, start) or _is_joined(self._text, end))
            if is_whole and (len(spelling) > 2 or self._text[start:end] == spelling):
                yield start, end

    def _beginnings(self, value: str, start: str) -> Iterator[_Span]:
        """Yield where a long value begins, as far as the text has it."""
        raw = value[: 3 * MAX_SEARCHED]
        writers: dict[str, tuple[Callable[[str], str], bool]] = {start: (str, False)}
        for write in ENCODINGS if self._is_encoded else ():
            writers |= {write(value[:LONG])[:LONG]: (write, True), write(start)[:LONG]: (write, False)}
        for spelling, (write, is_raw) in writers.items():
            for at, _ in self._finds(spelling, is_part=True):
                if not _is_joined(self._text, self._places[at]):
                    self._count(len(raw) // 100)
                    whole = write(raw if is_raw else " ".join(raw.split()))
                    yield self._places[at], self._end_of(at, whole.casefold())

    def _end_of(self, at: int, whole: str) -> int:
        """Return where the text stops to be like a value that it has at a place, at the end of a word."""
        length = next(
            (count for count, (one, other) in enumerate(zip(whole, self._folded[at:], strict=False)) if one != other),
            min(len(whole), len(self._folded) - at),
        )
        self._count(length // 100)
        end = self._places[at + length - 1] + 1
        while _is_joined(self._text, end):
            end += 1
        return end - 1 if self._text[end - 1] == " " else end

    def _finds(self, spelling: str, *, is_part: bool) -> Iterator[tuple[int, str]]:
        """Yield the places in the folded text where a spelling is, and its folded form.

        Args:
            spelling: A value, or the beginning of one.
            is_part: Whether its last word may be incomplete.
        """
        if spelling.isascii():  # its first word is a word of the text; others may be composed of other characters
            word = _WORD.search(spelling)
            if word and not (is_part and word.end() == len(spelling)) and word[0].lower() not in self._words:
                return
        wanted = spelling.casefold()
        at = self._folded.find(wanted)
        while at >= 0:
            self._count(1)
            yield at, wanted
            at = self._folded.find(wanted, at + 1)


def _spans_by_last_digits(text: str) -> dict[str, list[_Span]]:
    """Return where a text has numbers of more than `IDENTIFYING_DIGITS` digits, by the last ones of these.

    A number of a text may be followed by more digits. Up to 15 digits before the last ones belong to it.
    """
    found: dict[str, list[_Span]] = {}
    for match in _DIGITS.finditer(text):
        places = [match.start() + place for place, char in enumerate(match[0]) if char.isdigit()]
        digits = _NO_DIGIT.sub("", match[0])
        for at in range(1, len(digits) - IDENTIFYING_DIGITS + 1):
            first = max(0, at - 15)
            span = places[first] if first else match.start(), places[at + IDENTIFYING_DIGITS - 1] + 1
            found.setdefault(digits[at : at + IDENTIFYING_DIGITS], []).append(span)
    return found


def _is_joined(text: str, place: int) -> bool:
    """Return whether the characters on both sides of a place belong to one word."""
    if not 0 < place < len(text):
        return False
    left, right = text[place - 1], text[place]
    return left.isalnum() and right.isalnum() and not (_unspaced().match(left) or _unspaced().match(right))


def _date_parts(match: re.Match[str]) -> tuple[int, ...]:
    """Return the numbers of a date, whatever their order; a year counts by its last two digits."""
    return tuple(sorted(int(match[group][-2:]) for group in (1, 3, 4)))
