"""Lists of leads in which unknown rows are looked up."""

import pytest

from uploader.pipeline.lead_list import lead_list


@pytest.mark.parametrize(("email", "unreadable"), [("a***@example.com", 1), ("***", 1), ("ann@example.com", 0)])
def test_masked_address_is_unreadable(email: str, unreadable: int) -> None:
    """Otherwise the list counts as readable, and `reconcile` suggests to send its leads again."""
    found = lead_list("the platform", [("55907", email, "2026-11-28T15:04:05+00:00")])
    assert found.unreadable == unreadable
