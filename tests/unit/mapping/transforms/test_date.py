"""Dates: from the formats named, and never guessed."""

import contextlib
import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.mapping.transforms import InvalidValue, NeedsRegion, Transform, build


def dates(*formats: str, to: str = "%Y-%m-%d") -> Transform:
    built = build("date", {"from": list(formats), "to": to})
    assert not isinstance(built, NeedsRegion)
    return built


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("31/12/2024", "%d/%m/%Y", "2024-12-31"),
        ("3/4/2024", "%d/%m/%Y", "2024-04-03"),
        ("03.04.24", "%d.%m.%y", "2024-04-03"),
        ("1 march 2024", "%d %B %Y", "2024-03-01"),
        ("1Mar2024", "%d%b%Y", "2024-03-01"),
        ("29/02/2024", "%d/%m/%Y", "2024-02-29"),
        ("20240131", "%Y%m%d", "2024-01-31"),
        ("2024-01-31T23:30:00+02:00", "%Y-%m-%dT%H:%M:%S%z", "2024-01-31"),
        ("2024-01-31", "%d/%m/%Y", "2024-01-31"),  # a workbook's real date
        ("2024-01-31 10:30:00", "%d/%m/%Y", "2024-01-31"),
        ("2024-01-31T10:30:00Z", "%d/%m/%Y", "2024-01-31"),
    ],
)
def test_dates_are_read_by_their_formats(text: str, form: str, expected: str) -> None:
    assert dates(form)(text) == expected


def test_output_format() -> None:
    assert dates("%d/%m/%Y %H:%M", to="%m/%d/%Y at %H.%M")("31/12/2024 09:05") == "12/31/2024 at 09.05"


def test_single_format_needs_no_list() -> None:
    built = build("date", {"from": "%d/%m/%Y"})
    assert not isinstance(built, NeedsRegion)
    assert built("31/12/2024") == "2024-12-31"


def test_real_date_cells_need_no_format() -> None:
    built = build("date")
    assert not isinstance(built, NeedsRegion)
    assert [built("2024-01-31"), built("2024-01-31 10:30:00")] == ["2024-01-31", "2024-01-31"]
    with pytest.raises(InvalidValue, match="'03/04/2024' is not a date such as 2026-03-01") as caught:
        built("03/04/2024")
    assert caught.value.hint == 'Correct the date, or name its format in the mapping: {date: {from: "%d/%m/%Y"}}'


@pytest.mark.parametrize(
    ("text", "formats", "message"),
    [
        ("31.02.2024", ["%d.%m.%Y", "%d/%m/%Y"], "'31.02.2024' does not match %d.%m.%Y or %d/%m/%Y"),
        ("2024-02-30", ["%d.%m.%Y"], "does not match"),
        ("01/02/0024", ["%d/%m/%Y"], "does not match"),
        ("0024-02-01", ["%d/%m/%Y"], "does not match"),
        ("1112024", ["%d%m%Y"], "does not match"),  # the 1st of November or the 11th of January
        ("2024-01-31", ["%Y-%d-%m"], "does not match"),  # ISO would contradict the mapping
        ("45678", ["%d/%m/%Y"], "looks like a spreadsheet's date number for 2025-01-21"),
        ("1772323200000", ["%d/%m/%Y"], "looks like milliseconds since 1970, for 2026-03-01"),
        ("45678.5", ["%d/%m/%Y"], "date number for 2025-01-21"),
    ],
)
def test_refused(text: str, formats: list[str], message: str) -> None:
    with pytest.raises(InvalidValue, match=message) as caught:
        dates(*formats)(text)
    assert caught.value.hint


def test_ambiguous_dates_are_refused() -> None:
    either = dates("%d/%m/%Y", "%m/%d/%Y")
    assert either("13/04/2024") == "2024-04-13"
    assert either("04/04/2024") == "2024-04-04"
    with pytest.raises(InvalidValue) as caught:
        either("03/04/2024")
    assert str(caught.value) == "'03/04/2024' can be 2024-04-03 (%d/%m/%Y) or 2024-03-04 (%m/%d/%Y)"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"from": []}, "from: needs at least one format"),
        ({"from": "dd/mm/yyyy"}, "'dd/mm/yyyy' has no day, month or year; did you mean '%d/%m/%Y'?"),
        ({"from": "%d/%m"}, "'%d/%m' needs one year (%Y or %y), one month (%m, %b or %B) and one day (%d)"),
        ({"from": "%d/%d/%m/%Y"}, "needs one year"),
        ({"from": "%m/%b/%d/%Y"}, "needs one year"),
        ({"from": "%d/%m/%Y %H:%H"}, "has %H more than once"),
        ({"from": "%d/%m/%Y%"}, "has %, which is not supported"),
        ({"from": "%d/%m/%Y %Q"}, "has %Q, which is not supported"),
        ({"from": "%d/%m/%Y", "to": "ISO"}, "to: 'ISO' has no day, month or year"),
        ({"from": "%d/%m/%Y", "to": "%Y %z"}, "to: '%Y %z' has %z"),
    ],
)
def test_formats_are_checked_when_built(options: object, message: str) -> None:
    with pytest.raises(ValueError, match="date: ") as caught:
        build("date", options)
    assert message in str(caught.value)


@settings(max_examples=100)
@given(
    st.dates(min_value=datetime.date(1000, 1, 1)),
    st.sampled_from(["%d/%m/%Y", "%m-%d-%Y", "%d %B %Y", "%Y%m%d", "%b %d, %Y", "%A %d.%m.%Y"]),
)
def test_written_dates_are_read_back(day: datetime.date, form: str) -> None:
    once = dates(form)(day.strftime(form))
    assert once == day.isoformat()
    assert dates(form)(once) == once


@settings(max_examples=100)
@given(st.text(min_size=1, max_size=20) | st.from_regex(r"[0-9/.: T-]{1,20}", fullmatch=True))
def test_any_text_is_a_date_or_invalid(text: str) -> None:
    with contextlib.suppress(InvalidValue):
        written = dates("%d/%m/%Y", "%d.%m.%y", "%Y%m%d")(text)
        assert datetime.date.fromisoformat(written)
