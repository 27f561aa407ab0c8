"""The fast way through a column gives what the usual way gives for each of its cells."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from uploader.mapping.field_plan import Cell, Columns, FieldPlan
from uploader.mapping.row_mapper import CACHE_SIZE, DECIDING_SIZE, RowMapper
from uploader.mapping.transforms import build
from uploader.mapping.validators import AllowedList, email, length
from uploader.spreadsheet import Chunk


def phone(country: str | None, **more: object) -> FieldPlan:
    return FieldPlan(
        "telephone",
        Columns((0,)),
        transforms=[build("phone", {"region": country} if country else None)],
        transform_names=("phone",),
        **more,  # type: ignore[arg-type]
    )


ADDRESS = FieldPlan("email", Columns((0,)), required=True, is_email=True, checks=[email()])
FAST = [
    FieldPlan("city", Columns((0,)), required=True, default="?"),
    ADDRESS,
    *map(phone, ("GB", "US", "DE", "RU", "HU", "AR", None)),
]

ODD = st.text("ab1EZ0@.+-'= \u00e9\u200b\t\ufffd#!/", max_size=20)
NUMBER = st.text("0123456789+()- ", max_size=24)
LONG_NUMBER = st.from_regex(r"\+?(00)?[0-9]{12,20}0? ?", fullmatch=True)
ADDRESSES = st.from_regex(r"[a-zA-Z0-9.+-]{1,9}@([a-z0-9-]{1,9}\.){1,3}(com|de|london|test|xn--p1ai)", fullmatch=True)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(ODD, NUMBER, LONG_NUMBER, ADDRESSES), max_size=12))
@example(["", " ", "0" + 15 * "1" + "0", "07700900123 ", "+44 7700 900123", "#N/A", "ann@example.london"])
def test_fast_way_through_a_column_gives_the_same_values(texts: list[str]) -> None:
    for plan in FAST:
        assert plan.convert_tidy
        for text, value in zip(texts, plan.convert_tidy(texts), strict=True):
            assert value is None or plan.convert(text) == Cell(value), (plan.name, text)


@pytest.mark.parametrize(
    ("plan", "texts", "values"),
    [
        (FAST[0], ["Ann", "(020) 7946 0000", "42"], ["Ann", "(020) 7946 0000", "42"]),
        (ADDRESS, ["ann@example.com", "b.2@mail.example.org"], ["ann@example.com", "b.2@mail.example.org"]),
        (phone("GB"), ["07700 900123", "+1 202 555 0100"], ["(+44)07700900123", "(+1)2025550100"]),
        (phone("US"), ["415 555 0132", "+44 7700 900123"], ["(+1)4155550132", "(+44)07700900123"]),
        (phone("DE"), ["030 23125001", "030/23125001"], ["(+49)03023125001", None]),
        (phone("RU"), ["415 555 0132", "07700 900123"], ["(+7)84155550132", None]),
        (phone("HU"), ["+44 7700 900123", "415 555 0132"], ["(+44)07700900123", None]),
        (phone("AR"), ["+44 7700 900123", "415 555 0132"], ["(+44)07700900123", None]),
        (phone(None), ["+44 7700 900123", "07700 900123"], ["(+44)07700900123", None]),
    ],
)
def test_usual_cells_go_the_fast_way(plan: FieldPlan, texts: list[str], values: list[str | None]) -> None:
    assert plan.convert_tidy
    assert plan.convert_tidy(texts) == values


@pytest.mark.parametrize(
    "plan",
    [
        phone("GB", values={"none": ""}),
        phone("GB", checks=[length(None, 5)]),
        phone("GB", allowed=AllowedList.from_values(["1"])),
        phone("GB", must_be=("1",)),
        phone("GB", region=1),
        FieldPlan("city", Columns((0,)), transforms=[build("upper")], transform_names=("upper",)),
        FieldPlan("city", Columns((0,)), checks=[length(None, 5)]),
        FieldPlan("phone", Columns((0,)), transforms=[build("phone", {"region": "GB", "format": "e164"})]),
    ],
)
def test_field_with_more_steps_has_no_fast_way(plan: FieldPlan) -> None:
    assert plan.convert_tidy is None


def mapped(plan: FieldPlan, columns: Sequence[Sequence[str]]) -> list[tuple[str, object]]:
    mapper, found = RowMapper([plan], ["Cell"]), []
    for texts in columns:
        rows = mapper.map_rows(Chunk([*range(len(texts))], [texts]))
        found += [(value, rows.problems.get(at)) for at, value in enumerate(rows.values[0])]
    return found


@pytest.mark.parametrize("plan", FAST[1:3])
def test_column_of_different_cells_is_mapped_like_a_short_one(plan: FieldPlan) -> None:
    """After some thousand cells nothing is kept of them any more; problems and values stay the same."""
    assert DECIDING_SIZE < CACHE_SIZE
    columns = [
        [f"a{part}.{at}@example.com" if at % 2 else f"07700 9{part:02}{at:03}" for at in range(900)] + ["", "#N/A", "x"]
        for part in range(4)
    ]
    alone = [row for texts in columns for row in mapped(plan, [texts])]
    assert mapped(plan, columns) == alone
