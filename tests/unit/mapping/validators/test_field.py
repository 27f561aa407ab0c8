"""Checks of one value: patterns, lengths."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.checks import accepts, refused
from uploader.mapping.validators import length, pattern


def test_pattern_must_match_the_whole_value() -> None:
    check = pattern(r"\d{5}|\d{4} [A-Z]{2}")
    assert accepts(check, "10115")
    assert accepts(check, "1017 AB")
    assert str(refused(check, "10115 B")) == r"'10115 B' does not match the pattern \d{5}|\d{4} [A-Z]{2}"


def test_bad_pattern_is_reported_when_built() -> None:
    with pytest.raises(
        ValueError, match=r"'\[a' is not a regular expression: unterminated character set at position 0"
    ):
        pattern("[a")


def test_length() -> None:
    check = length(2, 4)
    assert accepts(check, "ab")
    assert accepts(check, "abcd")
    assert str(refused(check, "a")) == "'a' has 1 character; at least 2 are needed"
    assert str(refused(check, "abcde")) == "'abcde' has 5 characters; at most 4 are allowed"
    assert accepts(length(None, None), "x" * 10_000)


@settings(max_examples=100)
@given(st.text(min_size=1, max_size=10), st.integers(0, 10), st.integers(1, 10))
def test_length_is_inclusive(value: str, low: int, high: int) -> None:
    assert accepts(length(low, high), value) == (low <= len(value) <= high)
