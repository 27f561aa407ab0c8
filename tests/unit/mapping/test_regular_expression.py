"""Patterns of a mapping: Python's syntax, and a bounded time for every value."""

import contextlib
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.mapping.regular_expression import MAX_LENGTH, BoundedPattern, can_begin
from uploader.mapping.transforms import InvalidValue, build
from uploader.mapping.validators import pattern

# Patterns that backtrack exponentially or to a high power, with a text on which they do.
CATASTROPHIC = [
    (r"(a+)+$", "a" * 60 + "b"),
    (r"(a*)*b", "a" * 60),
    (r"(a|a)*$", "a" * 60 + "b"),
    (r"(.*a){20}", "a" * 60),
    (r"(x+x+)+y", "x" * 60),
    (r"([a-zA-Z]+)*@", "a" * 60),
    (r"^(\w+\s?)*$", "word " * 12 + "!"),
    (r"(?:.*,){15}x", "a," * 40),
    (r"(\d+)*[a-z]", "1" * 60),
    (r"((ab)*)*c", "ab" * 40),
    (r"(?:x|xx)+$", "x" * 60 + "y"),
    (r"(\w|\w\w)*!", "a" * 60),
]


@pytest.mark.parametrize(("expression", "text"), CATASTROPHIC)
def test_catastrophic_pattern_ends_in_time(expression: str, text: str) -> None:
    check = pattern(expression)
    replace = build("replace", {expression: "x"})
    began = time.monotonic()
    for function in (check, replace):
        with contextlib.suppress(InvalidValue):
            function(text)
    assert time.monotonic() - began < 5  # seconds; unbounded it is ages


SLOW, TEXT = r"(?:x|xx)+$", "x" * 60 + "y"


def test_slow_pattern_is_reported() -> None:
    with pytest.raises(InvalidValue) as caught:
        BoundedPattern(SLOW).replace("", TEXT)
    assert str(caught.value) == f"the pattern {SLOW} takes too long on '{TEXT[:60]}…'"
    assert "Simplify it in the mapping" in caught.value.hint


def test_pattern_that_is_always_slow_is_not_tried_for_every_row() -> None:
    compiled = BoundedPattern(SLOW)
    began = time.monotonic()
    for number in range(2_000):
        with pytest.raises(InvalidValue, match="takes too long"):
            compiled.replace("", f"{TEXT}{number}")
    assert time.monotonic() - began < 20  # seconds; 2,000 times the limit are 100


def test_result_is_bounded() -> None:
    double = build("replace", {str(number): r"\g<0>\g<0>" for number in range(3)} | {".": r"\g<0>\g<0>"})
    assert double("ab") == "aabb"
    growing = BoundedPattern(".")
    with pytest.raises(InvalidValue, match="has more than 10,000 characters"):
        growing.replace(r"\g<0>" * 20, "x" * (MAX_LENGTH // 10))


@settings(max_examples=200)
@given(
    st.sampled_from(
        [r"\s+", r"(\w)(\w)", r"^\+?0*", r"[^0-9]", r"(?i)ltd\.?$", r"(?P<a>x)|y", r"\b", "x*", r"(?=a)", "é"]
    ),
    st.sampled_from(["", "-", r"\g<0>", r"<\g<0>>"]),
    st.text("ab xyé01+.LTDltd", max_size=12),
)
def test_results_are_those_of_python(expression: str, replacement: str, text: str) -> None:
    compiled = BoundedPattern(expression)
    assert compiled.replace(replacement, text) == re.sub(expression, replacement, text)
    assert compiled.matches(text) == bool(re.fullmatch(expression, text))


@pytest.mark.parametrize("expression", ["[a", "(", "a**", "(?P<1>x)", r"\g", "(?<=a*)b", r"\p{Lu}", "x{2,1}"])
def test_syntax_is_that_of_python(expression: str) -> None:
    with pytest.raises(ValueError, match="is not a regular expression: "):
        BoundedPattern(expression)


def test_beginning_of_a_pattern() -> None:
    assert [digit for digit in "0123456789" if can_begin(r"[2-9]\d{9}|3\d{6}", digit)] == list("23456789")
