"""`must_be`: any other value makes a row invalid, an empty one too."""

from pathlib import Path

import pytest

from uploader.mapping.bind import Binder
from uploader.mapping.load import parse_mapping
from uploader.mapping.row_mapper import RowMapper
from uploader.spreadsheet import Chunk


def reasons(field: str, *cells: str) -> list[str]:
    """The problem of each cell of the column `A`; empty if there is none."""
    mapping = parse_mapping(f"version: 1\nfields:\n  optIn: {field}\n", Path("map.yaml"))
    mapper = RowMapper(Binder(mapping, ["A"]).plans(), ["A"])
    assert [error.message for error in mapping.document.errors] == []
    mapped = mapper.map_rows(Chunk(list(range(2, len(cells) + 2)), [list(cells)]))
    return ["; ".join(one.text for one in mapped.problems.get(at, ())) for at in range(len(cells))]


def errors_of(field: str) -> list[str]:
    mapping = parse_mapping(f"version: 1\nfields:\n  optIn: {field}\n", Path("map.yaml"))
    Binder(mapping, ["A"]).plans()
    return [error.message for error in mapping.document.errors]


def test_consent_is_checked_after_the_transforms() -> None:
    field = "{column: A, transform: [boolean], must_be: [1]}"
    assert reasons(field, "yes", "TRUE", "x", "no", "", "0", "maybe") == [
        "",
        "",
        "",
        "optIn (column 'A'): no consent: 'no' gives '0'; must be 1",
        "optIn (column 'A'): no consent: the cell is empty; must be 1",
        "optIn (column 'A'): no consent: '0'; must be 1",
        "optIn (column 'A'): 'maybe' is neither yes nor no",
    ]


def test_one_of_several_values_is_enough() -> None:
    assert reasons("{column: A, must_be: [Yes, on paper]}", "yes ", "ON PAPER", "no", " ") == [
        "",
        "",
        "optIn (column 'A'): no consent: 'no'; must be Yes or on paper",
        "optIn (column 'A'): no consent: the cell is empty; must be Yes or on paper",
    ]


def test_single_value_needs_no_list() -> None:
    assert reasons("{column: A, transform: boolean, must_be: 1}", "yes", "no")[0] == ""


def test_values_and_default_count() -> None:
    field = "{column: A, values: {agreed: 1}, default: 0, must_be: [1]}"
    assert [bool(reason) for reason in reasons(field, "Agreed", "", "1")] == [False, True, False]


def test_a_default_is_no_consent() -> None:
    field = "{column: A, transform: [boolean], default: 1, must_be: [1]}"
    assert reasons(field, "yes", "", " ") == [
        "",
        *["optIn (column 'A'): no consent: the cell is empty; must be 1"] * 2,
    ]
    assert reasons("{column: A, default: x, must_be: [x]}", "x", "")[1] != ""
    assert reasons("{column: A, transform: [boolean], must_be: [0]}", "") == [""]


def test_email_field_is_not_read_past_the_check() -> None:
    """Plain addresses are usually not looked at one by one."""
    mapping = parse_mapping("version: 1\nfields:\n  email: {column: A, must_be: [x@example.com]}\n", Path("map.yaml"))
    mapper = RowMapper(Binder(mapping, ["A"]).plans(), ["A"])
    assert list(mapper.map_rows(Chunk([2, 3], [["x@example.com", "y@example.com"]])).problems) == [1]


@pytest.mark.parametrize(
    ("must_be", "message"),
    [
        ("[]", "must_be: must be a value or a list, such as [1], not an empty list"),
        ("", "must_be: must be a value or a list, such as [1], not empty"),
        ("[true]", "must_be: the transform boolean gives 1 or 0, never 'true'; write must_be: [1]"),
        ("Yes", "must_be: the transform boolean gives 1 or 0, never 'Yes'; write must_be: [1]"),
    ],
)
def test_mistake_is_explained(must_be: str, message: str) -> None:
    assert errors_of(f"{{column: A, transform: [boolean], must_be: {must_be}}}") == [message]
