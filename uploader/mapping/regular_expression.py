"""Regular expressions from the mapping, with bounded time. The only module that imports `regex`.

Some patterns, such as `(a+)+$`, take longer than the age of the universe on a short text. Python's own `re` cannot be
stopped; `regex` understands the same syntax and can.
"""

import re

from uploader.mapping.invalid_value import InvalidValue, quote_value

TIME_LIMIT = 0.05  # seconds for one value
MAX_TIMEOUTS = 20  # of one pattern; after that it is not tried any more
MAX_LENGTH = 10_000  # characters of a result


class BoundedPattern:
    """A regular expression that gives up after `TIME_LIMIT`.

    Args:
        pattern: The regular expression in Python's syntax.

    Raises:
        ValueError: It is not a regular expression; the message says why.
    """

    def __init__(self, pattern: str) -> None:
        import regex  # noqa: PLC0415 - only loaded for mappings with patterns

        self._text = pattern
        self._timeouts = 0
        try:
            re.compile(pattern)  # has the better messages, and decides what the syntax is
            self._compiled = regex.compile(pattern, regex.VERSION0)
        except (re.error, regex.error, OverflowError, RecursionError) as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None

    def find_replacement_error(self, replacement: str) -> str:
        """Return what is wrong with a replacement for this pattern, or an empty string."""
        try:
            re.compile(self._text).sub(replacement, "")
        except (re.error, IndexError) as error:
            return f"the replacement {replacement!r} does not fit {self._text!r}: {error}"
        return ""

    def matches(self, value: str) -> bool:
        """Whether the whole value matches. Raises InvalidValue if that takes too long."""
        self._check_timeouts(value)
        try:
            return self._compiled.fullmatch(value, timeout=TIME_LIMIT) is not None
        except TimeoutError:
            raise self._too_slow(value) from None

    def replace(self, replacement: str, value: str) -> str:
        """Replace every match. Raises InvalidValue if that takes too long, or the result is too long."""
        self._check_timeouts(value)
        try:
            result = str(self._compiled.sub(replacement, value, timeout=TIME_LIMIT))
        except TimeoutError:
            raise self._too_slow(value) from None
        if len(result) > MAX_LENGTH:
            raise InvalidValue(
                f"{quote_value(value)} has more than {MAX_LENGTH:,} characters after {self._text} is replaced",
                "Correct the replacement in the mapping",
            )
        return result

    def _check_timeouts(self, value: str) -> None:
        if self._timeouts >= MAX_TIMEOUTS:
            raise self._too_slow(value)

    def _too_slow(self, value: str) -> InvalidValue:
        self._timeouts += 1
        return InvalidValue(
            f"the pattern {self._text} takes too long on {quote_value(value)}",
            "Simplify it in the mapping: no repetition inside a repetition, as in (a+)+",
            effort=1 / MAX_TIMEOUTS,
        )


def can_begin(pattern: str, start: str) -> bool:
    """Whether a text that matches a pattern can begin with `start`."""
    import regex  # noqa: PLC0415 - only loaded for phone numbers and patterns

    return regex.compile(pattern).fullmatch(start, partial=True) is not None
