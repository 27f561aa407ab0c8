"""Sentences that several packages share."""

from uploader.core.messages import list_names


def test_of_many_names_the_first_20_are_listed() -> None:
    assert list_names(["Email"]) == "Email"
    assert list_names([f"c{at}" for at in range(20)]).endswith("c18, c19")
    assert list_names([f"c{at}" for at in range(5_021)]).endswith("c18, c19 and 5,001 more")
