"""Similar messages are counted as one; memory stays bounded, and no row is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.core.message_groups import EXAMPLE_ROWS, MAX_GROUPS, OTHER_REASONS, MessageGroup, MessageGroups


def groups_of(messages: list[str]) -> list[MessageGroup]:
    groups = MessageGroups()
    for row, message in enumerate(messages, 2):
        groups.add(message, row, label="failed")
    return list(groups)


def test_similar_messages_are_one_group_and_the_largest_comes_first() -> None:
    messages = [f"country (column 'Country'): 'Land {n}' isn't a country, can't be 'sent'" for n in range(9)]
    messages += ["email (column 'Email'): 'x' isn't a country", "HTTP 500", "HTTP 503"]
    messages += [f"already accepted on 2026-11-0{n} 10:00 UTC (leads.csv, row {n}; lead {n})" for n in range(1, 4)]
    messages += ["no connection"] * 2
    assert [(group.count, group.message) for group in groups_of(messages)] == [
        (9, "country (column 'Country'): '…' isn't a country, can't be 'sent'"),
        (3, "already accepted on … UTC (leads.csv, row …; lead …)"),
        (2, "no connection"),
        (1, "email (column 'Email'): 'x' isn't a country"),
        (1, "HTTP 500"),
        (1, "HTTP 503"),
    ]


@pytest.mark.parametrize(
    ("messages", "shown"),
    [
        (["telephone: '0123' is too long"] * 13, "telephone: '0123' is too long"),
        ([f"telephone: '{n}' is too long" for n in range(13)], "telephone: '…' is too long"),
        ([f'city: "{n}" is not in the list' for n in range(3)], 'city: "…" is not in the list'),
        (
            [f"name: has {n} characters; at most 30 characters fit" for n in (31, 40)],
            "name: has … characters; at most 30 characters fit",
        ),
        (
            ["the same lead as row 2 of this file", "the same lead as row 13 of this file"],
            "the same lead as row … of this file",
        ),
        (["'a' is not 'b'", "'c' is not 'b'", "'d' is not 'b'"], "'…' is not 'b'"),
    ],
)
def test_only_what_differs_is_left_out(messages: list[str], shown: str) -> None:
    (group,) = groups_of(messages)
    assert (group.message, group.count) == (shown, len(messages))


def test_messages_about_different_columns_are_not_grouped() -> None:
    assert len(groups_of(["phone (column 'Mobile'): is empty", "phone (column 'Office'): is empty"])) == 2


def test_a_hint_is_shown_only_where_it_holds_for_all_rows() -> None:
    groups = MessageGroups()
    for number in range(2):
        groups.add("same", number, hint=f"Write '{number}'")
        groups.add("other", number, hint=("Fill it in", "Shorten it")[number])
    assert [group.hint for group in groups] == ["Write '…'", ""]


def test_the_first_rows_are_named() -> None:
    (group,) = groups_of(["no connection"] * 7)
    assert group.row_list == "2, 3, 4, 5, 6, …"
    assert len(group.rows) == EXAMPLE_ROWS
    assert groups_of(["no connection"] * 2)[0].row_list == "2, 3"


def test_the_number_of_groups_is_bounded() -> None:
    groups = groups_of([f"reason {number:x}z" for number in range(MAX_GROUPS + 100)])
    assert len(groups) == MAX_GROUPS + 1
    assert (groups[0].message, groups[0].count) == (OTHER_REASONS, 100)


PART = st.sampled_from(["'", '"', "…", "row 1", " lead 2", "'a b'", "x", " ", "2 characters", "column 'C'"])


@given(st.lists(st.lists(PART, max_size=6).map("".join), max_size=12))
def test_every_row_is_counted_once(messages: list[str]) -> None:
    groups = groups_of(messages)
    assert sum(group.count for group in groups) == len(messages)
    assert all(group.message or "" in messages for group in groups)
