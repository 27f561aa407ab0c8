"""Numbers as people and programs write them into cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.core.model import MAX_ID, parse_whole_number


@given(st.integers(0, 2 * MAX_ID), st.sampled_from(["", " ", "000"]))
def test_whole_number_is_parsed_up_to_the_limit(number: int, before: str) -> None:
    assert parse_whole_number(f"{before}{number}\t", MAX_ID) == (number if number < MAX_ID else None)


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "1e3", "1 2", "\u0661", "\u00b2", "9" * 5000])
def test_other_text_is_not_a_number(text: str) -> None:
    assert parse_whole_number(text, MAX_ID) is None
