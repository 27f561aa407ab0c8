"""How long to wait before a request is sent again."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uploader.api import retry
from uploader.api.protocol import Response
from uploader.api.retry import Pauses, back_off, retry_after_seconds

NOW = datetime(2026, 11, 28, 15, 0, tzinfo=UTC)
WINDOW = 300.0


def asking(text: str, date: str = "") -> Response:
    return Response(429, b"", text, date)


def stamp(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("0", 0.0),
        ("-3", 0.0),
        ("1e2", 100.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
        ("99999999999", None),
        ("86399", 86_399.0),
        ("86400", None),
        (stamp(30), 30.0),
        (stamp(-30), 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", None),
        ("Sat, 28 Nov 2026", None),
    ],
)
def test_header_is_read_as_it_can_be_meant(text: str, seconds: float | None) -> None:
    assert retry_after_seconds(asking(text), NOW) == seconds


@pytest.mark.parametrize("kind", [ValueError, TypeError, OverflowError, IndexError])
def test_date_that_cannot_be_parsed_is_none(monkeypatch: pytest.MonkeyPatch, kind: type[Exception]) -> None:
    """What the standard library raises for one depends on its version."""

    def refuse(text: str) -> datetime:
        raise kind(text)

    monkeypatch.setattr(retry, "parsedate_to_datetime", refuse)
    assert retry_after_seconds(asking("1-Jan- 10:00:00 GMT"), NOW) is None


@given(skew=st.integers(-86_400 * 3, 86_400 * 3), wait=st.integers(0, 3_600))
def test_date_is_relative_to_the_responses_own(skew: int, wait: int) -> None:
    assert retry_after_seconds(asking(stamp(skew + wait), stamp(skew)), NOW) == wait


HEADERS = st.sampled_from(["", "0", "0.2", "-1", "3", "soon", "99999999999", stamp(-60), stamp(0)])


@given(st.lists(HEADERS, min_size=1, max_size=12))
def test_pauses_are_at_least_a_second_and_grow_on_repetition(headers: list[str]) -> None:
    pauses, now = Pauses(WINDOW), 1000.0
    for repeated, header in enumerate(headers):
        seconds = pauses.seconds(asking(header, stamp(0)), now)
        asked = retry_after_seconds(asking(header, stamp(0)), NOW)
        assert max(1.0, asked or 0.0) <= seconds <= WINDOW
        assert seconds >= min(2.0**repeated, WINDOW)
        now += seconds


def test_repeated_zeros_back_off() -> None:
    pauses, now, found = Pauses(WINDOW), 0.0, []
    for _ in range(12):
        found.append(pauses.seconds(asking("0"), now))
        now += found[-1]
    assert found == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_eight_responses_at_once_are_one_episode() -> None:
    pauses = Pauses(WINDOW)
    assert [pauses.seconds(asking("0"), 5.0 + number / 100) for number in range(8)] == [1.0] * 8


def test_a_success_after_the_pause_ends_the_repetition() -> None:
    pauses = Pauses(WINDOW)
    pauses.seconds(asking("0"), 0.0)
    pauses.end(0.5)  # a request that had left before
    assert pauses.seconds(asking("0"), 1.0) == 2.0
    pauses.end(3.5)
    assert pauses.seconds(asking("0"), 4.0) == 1.0


@pytest.mark.parametrize(("failed", "middle"), [(1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0)])
def test_back_off_doubles_give_or_take_a_half(monkeypatch, failed: int, middle: float) -> None:
    monkeypatch.setattr(retry, "FIRST_DELAY", 0.5)
    for sources in (map(random.Random, range(200)), [None] * 200):
        found = [back_off(failed, source) for source in sources]
        assert middle * 0.5 <= min(found) < middle * 0.6
        assert middle * 1.4 < max(found) <= middle * 1.5
