"""Checks of one value by itself: a pattern, a length."""

from collections.abc import Callable

from uploader.core.messages import count_of
from uploader.mapping.invalid_value import InvalidValue, quote_value
from uploader.mapping.regular_expression import BoundedPattern

# Called with a value that is not empty; raises InvalidValue.
Check = Callable[[str], None]


def pattern(regex: str) -> Check:
    """Return a check that the whole value matches; one that takes too long is refused.

    Raises:
        ValueError: `regex` is not a regular expression (Python syntax).
    """
    compiled = BoundedPattern(regex)

    def check(value: str) -> None:
        if not compiled.matches(value):
            message = f"{quote_value(value)} does not match the pattern {regex}"
            raise InvalidValue(message, "Correct the cell, or the pattern in the mapping")

    return check


def length(min_length: int | None, max_length: int | None) -> Check:
    """Return a check of the number of characters; both bounds are inclusive, None for no bound."""

    def check(value: str) -> None:
        if min_length is not None and len(value) < min_length:
            raise InvalidValue(f"{_describe_length(value)}; at least {min_length} are needed", "Complete the cell")
        if max_length is not None and len(value) > max_length:
            raise InvalidValue(f"{_describe_length(value)}; at most {max_length} are allowed", "Shorten it")

    return check


def _describe_length(value: str) -> str:
    return f"{quote_value(value)} has {count_of(len(value), 'character')}"
