"""Creation times in exports of any program."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.pipeline.creation_time import day_comes_first, parse_creation_time

CREATED = datetime(2026, 11, 28, 15, 4, 5, tzinfo=UTC)

FORMATS = [
    "%Y-%m-%dT%H:%M:%S+00:00",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d %H:%M:%S.000",
    "%Y-%m-%d %H:%M:%S UTC",
    "%Y/%m/%d %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d.%m.%Y %H:%M",
    "%d.%m.%y %H:%M:%S",
    "%d-%m-%Y %H:%M",
    "%d/%m/%Y, %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%y %H:%M",
    "%d-%b-%Y %H:%M",
    "%d-%b-%y %I:%M %p",
    "%d %B %Y %H:%M:%S",
    "%b %d, %Y %I:%M %p",
    "%B %d, %Y",
    "%a, %d %b %Y %H:%M:%S GMT",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y-%m-%d",
]


@given(
    st.sampled_from(FORMATS), st.integers(1_577_836_800, 2_000_000_000).map(lambda at: datetime.fromtimestamp(at, UTC))
)
def test_common_formats_are_read(form: str, created: datetime) -> None:
    """Where day and month could be swapped, the right reading is one of two."""
    spans = parse_creation_time(created.strftime(form))
    assert 1 <= len(spans) <= 2, created.strftime(form)
    assert any(begin - timedelta(minutes=1) <= created <= end + timedelta(minutes=1) for begin, end in spans), spans


@pytest.mark.parametrize(
    "text",
    [
        "46354.62783564815",
        "46354,627836",
        "1795878245",
        "1795878245000",
        "28. Nov. 2026 15:04:05",
        "28 novembre 2026 15:04:05",
        "28 de noviembre de 2026 15:04:05",
        "2026-11-28T16:04:05+01:00",
        "28/11/2026 3:04:05 p.m.",
        " '2026-11-28 15:04:05' ",
    ],
)
def test_other_forms_of_the_same_time(text: str) -> None:
    (span,) = parse_creation_time(text)
    assert abs(span[0] - CREATED) < timedelta(seconds=2)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "31.02.2026", "28/13/2026", "25:61", "###", "12", "2026-11", "Foo 3, 2026"]
)
def test_other_text_is_unreadable(text: str) -> None:
    assert not parse_creation_time(text)


def test_column_shows_where_the_day_is() -> None:
    assert day_comes_first(["03/04/2026", "28/11/2026"]) is True
    assert day_comes_first(["03/04/2026", "11/28/2026"]) is False
    assert day_comes_first(["03/04/2026", "2026-11-28"]) is None
    ((begin, end),) = parse_creation_time("03/04/2026", day_first=True)
    assert (begin.month, begin.day, end - begin) == (4, 3, timedelta(days=1))
    assert {begin.month for begin, _ in parse_creation_time("03/04/2026")} == {3, 4}
