"""Row numbers as a user writes and reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.core.errors import UsageError
from uploader.core.row_numbers import parse_row_numbers, row_ranges


@given(st.sets(st.integers(1, 60), min_size=1))
def test_ranges_are_read_back(rows: set[int]) -> None:
    assert parse_row_numbers(row_ranges(sorted(rows))) == rows


def test_neighbors_become_a_range() -> None:
    assert row_ranges([3, 7, 8, 9]) == "3,7-9"


@pytest.mark.parametrize("text", ["", "six", "3,", "1-", "-4", "1-9999999", "2.5", "1e3"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a row number"):
        parse_row_numbers(text)
