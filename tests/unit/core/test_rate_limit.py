"""Rolling windows: never one too many for a server that counts arrivals, whatever the latency."""

import asyncio
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.fake_clock import FakeClock
from tests.support.permits import take
from uploader.core.rate_limit import Limiter, PermitDecision, Window, seconds_for
from uploader.ledger.sqlite.database import Database
from uploader.ledger.sqlite.permits import PERMITS_SCHEMA, POLL_INTERVAL, SqlitePermits


def permits(clock: FakeClock) -> SqlitePermits:
    return SqlitePermits(Database(None, PERMITS_SCHEMA), ["acme"], 100.0, clock.now)


@given(
    limit=st.integers(1, 5),
    workers=st.integers(1, 8),
    trips=st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=60),
)
@settings(max_examples=60)
def test_server_never_sees_too_many_requests(limit: int, workers: int, trips: list[tuple[float, float]]) -> None:
    """Simulates workers: each trip takes some time to arrive and some to come back."""
    window, clock = Window("", limit, 10.0), FakeClock()
    under_way: list[tuple[float, int]] = []
    arrivals: list[float] = []
    with permits(clock) as store:
        for there, back in trips:
            while True:
                is_idle = len(under_way) < workers
                decision = take(store, "lead", [window]) if is_idle else PermitDecision(wait=inf)
                if decision.permit is not None:
                    break
                answer = min(under_way, default=(inf, 0))
                if answer[0] <= clock.time + decision.wait:
                    clock.time = max(clock.time, answer[0])
                    under_way.remove(answer)
                    store.answered(answer[1])
                else:
                    clock.time += decision.wait
            arrivals.append(clock.time + there)
            under_way.append((clock.time + there + back, decision.permit))
    arrivals.sort()
    for first, later in zip(arrivals, arrivals[limit:], strict=False):
        assert later - first >= window.seconds - 1e-6


async def test_permit_is_valid_for_the_longest_request_after_it_was_asked_for() -> None:
    clock = FakeClock()
    limiter = Limiter([Window("", 1, 5.0)], permits(clock), clock, longest_request=60.0)
    with await limiter.permit("lead"):
        pass
    assert (await limiter.permit("lead")).latest == 65.0  # it was asked for again when the first one was free


async def test_permit_is_free_one_window_after_its_response() -> None:
    clock = FakeClock()
    limiter = Limiter([Window("", 2, 5.0)], permits(clock), clock)
    for _ in range(2):
        with await limiter.permit("lead"):
            clock.time += 1
    assert clock.time == 2
    await limiter.permit("lead")
    assert clock.time == 6  # the first answer came at 1


async def test_request_kind_has_its_own_window() -> None:
    clock = FakeClock()
    limiter = Limiter([Window("", 10, 5.0), Window("token", 1, 100.0)], permits(clock), clock)
    with await limiter.permit("token"):
        pass
    with await limiter.permit("lead"):
        assert clock.time == 0
    with await limiter.permit("token"):
        assert clock.time == 100


async def test_longer_window_of_another_kind_is_kept() -> None:
    clock = FakeClock()
    limiter = Limiter([Window("", 10, 5.0), Window("token", 1, 100.0)], permits(clock), clock)
    with await limiter.permit("token"):
        pass
    clock.time = 50
    with await limiter.permit("lead"):
        pass
    with await limiter.permit("token"):
        assert clock.time == 100


async def test_pause_stops_every_caller() -> None:
    clock = FakeClock()
    limiter = Limiter([], permits(clock), clock)
    limiter.pause(30)
    await limiter.permit("lead")
    assert clock.time == 30


async def test_returned_permit_does_not_count() -> None:
    clock = FakeClock()
    limiter = Limiter([Window("", 1, 5.0)], permits(clock), clock)
    (await limiter.permit("lead")).give_back()
    await limiter.permit("lead")
    assert clock.time == 0


async def test_waiter_is_woken_by_the_response() -> None:
    clock, window = FakeClock(), Window("", 1, 5.0)
    store = permits(clock)
    limiter = Limiter([window], store, clock)
    with await limiter.permit("lead"):
        assert await store.take("lead", [window]) == PermitDecision(wait=POLL_INTERVAL)
        clock.time = 1.0
    await limiter.permit("lead")
    assert clock.time == 6


class _StillClock(FakeClock):
    """A clock that stands still: who waits on it waits for a response."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: asyncio.Queue[float] = asyncio.Queue()

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        self.waits.put_nowait(seconds)
        await event.wait()


@pytest.mark.parametrize("is_used", [True, False])
async def test_who_waits_looks_again_once_another_request_has_ended(*, is_used: bool) -> None:
    clock = _StillClock()
    limiter = Limiter([Window("", 1, 5.0)], permits(clock), clock)
    permit = await limiter.permit("lead")
    waiting = asyncio.ensure_future(limiter.permit("lead"))
    await clock.waits.get()
    if is_used:
        with permit:
            pass
        assert await asyncio.wait_for(clock.waits.get(), 5) == 5.0
        waiting.cancel()
    else:
        permit.give_back()
        await asyncio.wait_for(waiting, 5)


def test_duration_under_the_quota() -> None:
    assert seconds_for(0, 3000, 300) == 0
    assert seconds_for(3000, 3000, 300) == 0
    assert seconds_for(3001, 3000, 300) == 300
    assert seconds_for(9000, 3000, 300, used=1) == 900


async def test_who_shows_progress_learns_how_long_requests_wait() -> None:
    clock = FakeClock()
    clock.time = 7.0
    limiter = Limiter([Window("", 1, 5.0)], permits(clock), clock)
    seen: list[tuple[float, float]] = []
    limiter.on_wait = lambda seconds: seen.append((seconds, limiter.wait_time()))
    assert limiter.wait_time() == 0
    with await limiter.permit("lead"):
        assert (seen, limiter.wait_time()) == ([], 0)
    await limiter.permit("lead")
    assert (seen, clock.time, limiter.wait_time()) == ([(5.0, 5.0)], 12.0, 0)


async def test_requests_that_are_left_in_the_window_of_all_kinds() -> None:
    clock = FakeClock()
    store = permits(clock)
    assert Limiter([Window("token", 3, 5.0)], store, clock).left() is None
    limiter = Limiter([Window("token", 3, 5.0), Window("", 2, 5.0)], store, clock)
    found = [limiter.left()]
    for _ in range(2):
        with await limiter.permit("lead"):
            found.append(limiter.left())
    assert found == [(2, 2), (1, 2), (0, 2)]
    assert Limiter([Window("", 1, 5.0)], store, clock).left() == (0, 1)
    clock.time = 5.0
    assert limiter.left() == (2, 2)


async def test_permit_of_a_request_that_no_window_counts() -> None:
    clock = FakeClock()
    store = permits(clock)
    limiter = Limiter([Window("token", 1, 5.0)], store, clock)
    for _ in range(3):
        permit = await limiter.permit("lead")
        assert permit.id is None
        with permit:
            pass
        permit.give_back()
    store.pause(3.0)
    await limiter.permit("lead")
    assert clock.time == 3.0
    clock.time = 10.0
    assert await store.take("lead", [Window("token", 1, 5.0)]) == PermitDecision()  # the pause is long over


@given(requests=st.integers(0, 20), limit=st.integers(1, 5), used=st.integers(0, 5))
def test_duration_is_that_of_as_many_requests_that_take_no_time(requests: int, limit: int, used: int) -> None:
    """The window is full of requests of this moment; whoever comes then waits for the next one."""
    used = min(used, limit)
    done = [0.0] * used
    for _ in range(requests):
        earlier = done[-limit] if len(done) >= limit else None
        done.append(0.0 if earlier is None else earlier + 10.0)
    expected = done[-1] if requests else 0.0
    assert seconds_for(requests, limit, 10.0, used) == expected
