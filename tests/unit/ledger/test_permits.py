"""Permits are shared by all processes of an account, whichever database keeps them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fake_clock import FakeClock
from tests.support.permits import take
from tests.support.postgres import team_database_with_clock
from uploader.core.rate_limit import PermitDecision, Window
from uploader.ledger import Permits
from uploader.ledger.postgres.database import Database
from uploader.ledger.postgres.permits import PostgresPermits
from uploader.ledger.sqlite.limits_file import open_permits


class Stores(NamedTuple):
    """Opens the permits of an account, given how long a request can take; and sets the time."""

    open: Callable[[str, float], Permits]
    set_time: Callable[[float], None]


@pytest.fixture
def stores(database: str, tmp_path: Path) -> Iterator[Stores]:
    if database == "sqlite":
        clock = FakeClock()
        yield Stores(
            lambda account, longest: open_permits(tmp_path, [account], longest, was_sending=False, clock=clock.now)[0],
            lambda seconds: setattr(clock, "time", seconds),
        )
        return
    with ExitStack() as stack, team_database_with_clock() as (url, database_clock):
        database_clock.now = 0.0
        yield Stores(
            lambda account, longest: PostgresPermits(
                stack.enter_context(closing(Database(url))), lambda: Database(url), account.encode(), longest
            ),
            lambda seconds: setattr(database_clock, "now", seconds),
        )


def test_processes_share_permits_across_restarts(stores: Stores) -> None:
    window = Window("", 3, 10.0)
    with stores.open("acme", 60) as one, stores.open("acme", 60) as two:
        for store in (one, two, one):
            stores.set_time(100.0)
            permit = take(store, "lead", [window]).permit
            stores.set_time(101.0)
            store.answered(permit)
            store.used(window)  # waits until the store has it
        stores.set_time(105.0)
        assert take(two, "lead", [window]) == PermitDecision(wait=6.0)
    with stores.open("acme", 60) as again, stores.open("other", 60) as other:
        assert take(again, "lead", [window]) == PermitDecision(wait=6.0)
        assert take(other, "lead", [window]).is_granted
        stores.set_time(111.5)
        assert take(again, "lead", [window]).is_granted


def test_permits_of_a_killed_process_count_until_timeout(stores: Stores) -> None:
    window = Window("", 1, 10.0)
    with stores.open("acme", 60) as killed:
        assert take(killed, "lead", [window]).is_granted
    with stores.open("acme", 5) as next_one:  # with another timeout
        stores.set_time(69.0)
        assert not take(next_one, "lead", [window]).is_granted
        stores.set_time(70.5)
        assert take(next_one, "lead", [window]).is_granted


def test_pause_is_shared(stores: Stores) -> None:
    window = Window("", 9, 10.0)
    with stores.open("acme", 60) as one, stores.open("acme", 60) as two:
        one.pause(50.0)
        assert one.paused() == 50.0
        stores.set_time(20.0)
        assert take(two, "lead", [window]) == PermitDecision(wait=30.0)
        stores.set_time(50.5)
        assert take(two, "lead", [window]).is_granted


def test_pauses_are_those_of_an_account_and_the_longest_counts(stores: Stores) -> None:
    stores.set_time(50.0)
    with stores.open("acme", 60) as one, stores.open("other", 60) as other:
        assert one.paused() == 0
        one.pause(20.0)
        assert one.paused() == 20.0
        stores.set_time(55.0)
        one.pause(3.0)
        assert (one.paused(), other.paused()) == (15.0, 0)
        one.pause(30.0)
        assert (one.paused(), take(one, "lead", []).wait) == (30.0, 30.0)
        stores.set_time(85.5)
        assert one.paused() <= 0
        assert take(one, "lead", []).is_granted


def test_request_counts_in_every_window_of_its_kind(stores: Stores) -> None:
    windows = [Window("", 3, 10.0), Window("token", 1, 100.0)]
    with stores.open("acme", 60) as store:
        token = take(store, "token", windows).permit
        store.answered(token)
        assert [store.used(window) for window in windows] == [1, 1]
        assert not take(store, "token", windows).is_granted
        assert [store.used(window) for window in windows] == [1, 1]  # what is refused takes nothing
        assert take(store, "lead", windows).is_granted
        assert take(store, "lead", windows).is_granted
        assert not take(store, "lead", windows).is_granted
        stores.set_time(99.0)
        assert take(store, "token", windows).wait == pytest.approx(1.0)
        stores.set_time(100.5)
        assert take(store, "token", windows).is_granted


def test_permit_that_was_given_back_is_free(stores: Stores) -> None:
    window = Window("", 1, 10.0)
    with stores.open("acme", 60) as one, stores.open("acme", 60) as two:
        permit = take(one, "lead", [window]).permit
        assert not take(two, "lead", [window]).is_granted
        one.give_back(permit)
        assert one.used(window) == 0
        assert take(two, "lead", [window]).is_granted
        assert one.used(window) == 1


def test_smaller_limit_of_another_process_is_its_own(stores: Stores) -> None:
    with stores.open("acme", 60) as one, stores.open("acme", 60) as two:
        for _ in range(3):
            assert take(one, "lead", [Window("", 3, 10.0)]).is_granted
        assert not take(two, "lead", [Window("", 2, 10.0)]).is_granted
        assert take(two, "lead", [Window("", 4, 10.0)]).is_granted


STEPS = st.lists(
    st.tuples(st.sampled_from(["take", "take", "answer", "back", "wait"]), st.integers(0, 12)), max_size=40
)


@given(limit=st.integers(1, 4), steps=STEPS)
@settings(max_examples=25)
def test_no_window_has_more_requests_than_its_limit(limit: int, steps: list[tuple[str, int]]) -> None:
    """Over PostgreSQL; the one for SQLite is with the tests of its file. A request counts at any time in flight."""
    window, now = Window("", limit, 10.0), 1000.0
    spans: dict[int, list[float]] = {}
    with ExitStack() as stack:
        url, clock = stack.enter_context(team_database_with_clock())
        database = stack.enter_context(closing(Database(url)))
        connect = lambda: Database(url)  # noqa: E731
        processes = [stack.enter_context(PostgresPermits(database, connect, b"acme", 30.0)) for _ in range(2)]
        holders: dict[int, PostgresPermits] = {}
        for action, number in steps:
            if action == "take":
                process = processes[number % 2]
                decision = take(process, "lead", [window])
                if decision.is_granted:
                    spans[decision.permit], holders[decision.permit] = [now, now], process
            elif action == "wait":
                now += number
                clock.now = now
                for permit in holders:
                    spans[permit][1] = min(now, spans[permit][0] + 30.0)
            elif holders:
                permit = sorted(holders)[number % len(holders)]
                process = holders.pop(permit)
                if action == "answer" or spans[permit][1] > spans[permit][0]:
                    process.answered(permit)
                else:
                    process.give_back(permit)
                    del spans[permit]
                process.used(window)  # waits until the store has it
    for start, _ in spans.values():
        # Requests that could arrive within one window that begins when this one leaves.
        at_once = [one for one in spans.values() if one[0] < start + 10.0 and one[1] >= start]
        assert len([one for one in at_once if one[0] >= start]) <= limit
