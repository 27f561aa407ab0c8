"""Reasons are found in every shape of a 400, and ids in every shape of a success."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.api.response_body import (
    MAX_DEPTH,
    MAX_ERROR_PARTS,
    MAX_FIELD_ERRORS,
    MAX_PARTS,
    MAX_TEXT,
    error_message,
    field_errors,
    parse_json,
    read_lead_id,
    stated_status,
)

BLANK, EMAIL = "This value should not be blank.", "This value is not a valid email address."
BOTH = (("", "Extra."), ("email", EMAIL))
ONE = (("email", EMAIL),)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"errors": {"errors": ["Extra."], "children": {"firstName": [], "email": {"errors": [EMAIL]}}}}, BOTH),
        ({"errors": {"form": {"errors": ["Extra."], "children": {"email": {"errors": [EMAIL]}}}}}, BOTH),
        ({"errors": {"form": {"children": {"email": {"errors": [EMAIL]}, "a": None}}}}, ONE),
        ({"form": {"children": {"email": {"errors": [EMAIL]}}}}, ONE),
        ({"children": {"email": {"errors": [EMAIL]}, "a": []}}, ONE),
        ({"data": [{"message": "Extra."}, {"fieldName": "form[email]", "message": EMAIL}]}, BOTH),
        ({"data": [{"fieldName": "form[email]", "message": ""}]}, (("email", "This value was not accepted."),)),
        ({"errors": {"email": [EMAIL]}}, ONE),
        ({"errors": {"email": EMAIL}}, ONE),
        ({"errors": {"form[email]": {"0": EMAIL}}}, (("email.0", EMAIL),)),
        ({"errors": ["Extra.", {"field": "email", "message": EMAIL}]}, BOTH),
        ({"errors": [{"message": "Extra."}, {"property": "email", "error": EMAIL}]}, BOTH),
        ({"errors": [{"message": "Extra.", "code": 7}, {"name": "form[email]", "msg": EMAIL}]}, BOTH),
        ({"errors": "Extra."}, ()),
        ({"title": "x", "violations": [{"propertyPath": "email", "message": EMAIL, "code": "c-1"}]}, ONE),
        ({"violations": [{"propertyPath": "children[email].data", "message": EMAIL}]}, ONE),
        ({"violations": [{"propertyPath": "data.email", "message": EMAIL}]}, ONE),
        ({"violations": [{"propertyPath": "", "message": "Extra."}]}, (("", "Extra."),)),
        ([{"field": "email", "message": EMAIL}], ONE),
        (["Extra."], (("", "Extra."),)),
        (
            {"errors": {"children": {"address": {"children": {"city": {"errors": [BLANK]}}}}}},
            (("address.city", BLANK),),
        ),
        ({"error": {"message": "Extra."}}, (("", "Extra."),)),
        ({"errors": {"email": [EMAIL, EMAIL]}}, ONE),
        ({"errors": []}, ()),
        ({"message": "Validation Failed"}, ()),
        ({"data": 7}, ()),
        (None, ()),
    ],
)
def test_field_errors_of_every_shape(body: object, errors: tuple) -> None:
    assert field_errors(json.loads(json.dumps(body))) == errors


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "A"}, "A"),
        ({"message": "", "error": "B"}, "B"),
        ({"error": {"message": "C", "code": 1}}, "C"),
        ({"error_description": "D", "error": "invalid_grant"}, "D"),
        ({"message": ["E", "F"]}, "E; F"),
        ({"detail": "G\n H"}, "G H"),
        ({"title": "I", "type": "x"}, "I"),
        ({"message": True}, ""),
        ({"message": {"a": 1}}, ""),
        (["J"], ""),
        ("K", ""),
    ],
)
def test_message_of_every_shape(body: object, message: str) -> None:
    assert error_message(body) == message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["errors", "children", "data", "message", "form", "field", "violations", "id", "code", "a"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(JSON)
def test_any_body_is_read_without_an_error(body: object) -> None:
    errors = field_errors(body)
    assert all(isinstance(text, str) and text for _, text in errors)
    assert isinstance(error_message(body), str)
    found = read_lead_id(body)
    assert found is None or 0 < found < 2**63
    assert stated_status(body) is None or 0 < stated_status(body) < 1000


@pytest.mark.parametrize(
    ("body", "lead_id"),
    [
        (7, 7), ("7", 7), ([7], 7), ([], None), ([7, 8], None), ([[7]], None), ({"data": [7]}, 7), ({"data": []}, None),
        ({"data": {"id": 7}}, 7), ({"data": {"lead": {"id": 7}}}, 7), ({"data": {"lead": {"data": {"id": 7}}}}, None),
        ({"data": None, "id": 7}, 7), ({"data": {}, "id": 7}, None), ({"leadId": 7, "lead_id": 8}, 7),
        ([{"id": 7}], 7), ([{"id": 7}, {"id": 8}], None), (7.0, 7), (7.5, None), (2.0**53 - 1, 2**53 - 1),
        (2.0**53, None), (-7, None), (0, None), (1, 1), (True, None), ("", None), ("0", None), ("x", None),
        (None, None), (2**63 - 1, 2**63 - 1), (2**63, None), (str(2**63 - 1), 2**63 - 1), (str(2**63), None),
    ],
)  # fmt: skip
def test_lead_id_of_every_shape(body: object, lead_id: int | None) -> None:
    found = read_lead_id(body)
    assert (found, type(found)) == (lead_id, type(lead_id))


def nested(levels: int, *, wrap, leaf: object = "deep") -> object:
    """A text below so many levels of one kind."""
    for _ in range(levels):
        leaf = wrap(leaf)
    return leaf


@pytest.mark.parametrize("levels", [0, 1, MAX_DEPTH - 3, MAX_DEPTH - 2, MAX_DEPTH - 1, MAX_DEPTH, MAX_DEPTH + 1])
@pytest.mark.parametrize(
    ("wrap", "leaf", "own_levels"),
    [
        (lambda inner: [inner], ["deep"], 1),
        (lambda inner: {"a": inner}, ["deep"], 1),
        (lambda inner: {"children": {"a": inner}}, {"errors": ["deep"]}, 2),
        (lambda inner: {"form": inner}, {"errors": ["deep"]}, 2),
        (lambda inner: {"errors": inner}, {"errors": ["deep"]}, 2),
    ],
    ids=["list", "field", "children", "form", "errors"],
)
def test_errors_are_read_down_to_a_depth(levels: int, wrap, leaf: object, own_levels: int) -> None:
    found = field_errors({"errors": nested(levels, wrap=wrap, leaf=leaf)})
    assert [text for _, text in found] == (["deep"] if levels + own_levels <= MAX_DEPTH else [])


def test_number_and_depth_of_errors_are_bounded() -> None:
    many = {"errors": {"children": {f"f{number}": {"errors": ["bad"]} for number in range(20_000)}}}
    assert len(field_errors(many)) == MAX_FIELD_ERRORS == 200
    deep: dict = {"errors": ["x"]}
    for _ in range(500):
        deep = {"children": {"a": deep}}
    assert field_errors({"errors": deep}) == ()


class CountedList(list):
    """A list that counts how often one of its items is taken."""

    taken = 0

    def __iter__(self) -> Iterator[object]:
        for item in super().__iter__():
            CountedList.taken += 1
            yield item

    def __getitem__(self, place):
        return CountedList(super().__getitem__(place))


@pytest.mark.parametrize("nothing", [None, True, "", []])
def test_parts_without_an_error_are_bounded_too(nothing: object) -> None:
    CountedList.taken = 0
    assert field_errors({"errors": CountedList([nothing] * 200_000)}) == ()
    assert CountedList.taken <= MAX_ERROR_PARTS
    children = {f"f{number}": nothing for number in range(200_000)}
    assert field_errors({"errors": {"children": children, "errors": ["First"]}}) == (("", "First"),)


@pytest.mark.parametrize("part", [b"[]", b"{}", b'{"a":[1]}'])
def test_body_of_too_many_parts_is_not_parsed(part: bytes) -> None:
    """Building 300,000 lists takes longer than the event loop may be held up."""
    assert parse_json(b"[" + b",".join([part] * 1_000) + b"]") == [parse_json(part)] * 1_000
    assert parse_json(b"[" + b",".join([part] * (MAX_PARTS + 1)) + b"]") is None


def test_text_of_a_message_is_bounded() -> None:
    assert len(error_message({"message": "ab " * 300_000})) <= MAX_TEXT
