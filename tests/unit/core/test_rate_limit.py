"""Rolling windows: never one too many for a server that counts arrivals, whatever the latency."""

import asyncio
from math import inf
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.core.rate_limit import Limiter, Window, seconds_for
from uploader.ledger import Permits, open_permits
from uploader.ledger.permits import LOOK


class FakeClock:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        if seconds == inf:
            await event.wait()
        else:
            self.time += seconds


def permits() -> Permits:
    return Permits(None, b"account", longest=100.0)


@given(
    limit=st.integers(1, 5),
    workers=st.integers(1, 8),
    trips=st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=60),
)
@settings(max_examples=60)
def test_server_never_sees_too_many_requests(limit: int, workers: int, trips: list[tuple[float, float]]) -> None:
    """Simulates workers: each trip takes some time to arrive and some to come back."""
    window, now = Window("", limit, 10.0), 0.0
    under_way: list[tuple[float, int]] = []
    arrivals: list[float] = []
    with permits() as store:
        for there, back in trips:
            while True:
                taken, wait = store.take("lead", [window], now) if len(under_way) < workers else (0, inf)
                if taken:
                    break
                answer = min(under_way, default=(inf, 0))
                if answer[0] <= now + wait:
                    now = max(now, answer[0])
                    under_way.remove(answer)
                    store.answered(answer[1], now)
                else:
                    now += wait
            arrivals.append(now + there)
            under_way.append((now + there + back, taken))
    arrivals.sort()
    for first, later in zip(arrivals, arrivals[limit:], strict=False):
        assert later - first >= window.seconds - 1e-6


async def test_permit_is_free_one_window_after_its_response() -> None:
    clock = FakeClock()
    limiter = Limiter([Window("", 2, 5.0)], permits(), clock)
    for _ in range(2):
        with await limiter.permit("lead"):
            clock.time += 1
    assert clock.time == 2
    await limiter.permit("lead")
    assert clock.time == 6  # the first answer came at 1


async def test_request_kind_has_its_own_window() -> None:
    clock = FakeClock()
    limiter = Limiter([Window("", 10, 5.0), Window("token", 1, 100.0)], permits(), clock)
    with await limiter.permit("token"):
        pass
    with await limiter.permit("lead"):
        assert clock.time == 0
    with await limiter.permit("token"):
        assert clock.time == 100


async def test_longer_window_of_another_kind_is_kept() -> None:
    clock = FakeClock()
    limiter = Limiter([Window("", 10, 5.0), Window("token", 1, 100.0)], permits(), clock)
    with await limiter.permit("token"):
        pass
    clock.time = 50
    with await limiter.permit("lead"):
        pass
    with await limiter.permit("token"):
        assert clock.time == 100


async def test_pause_stops_every_caller() -> None:
    clock = FakeClock()
    limiter = Limiter([], permits(), clock)
    limiter.pause(30)
    await limiter.permit("lead")
    assert clock.time == 30


async def test_returned_permit_does_not_count() -> None:
    clock = FakeClock()
    limiter = Limiter([Window("", 1, 5.0)], permits(), clock)
    (await limiter.permit("lead")).give_back()
    await limiter.permit("lead")
    assert clock.time == 0


async def test_waiter_is_woken_by_the_response() -> None:
    clock = FakeClock()
    limiter = Limiter([Window("", 1, 5.0)], permits(), clock)
    with await limiter.permit("lead"):
        assert limiter._store.take("lead", limiter._windows, clock.now()) == (0, LOOK)
        clock.time = 1.0
    await limiter.permit("lead")
    assert clock.time == 6


def test_processes_share_permits_across_restarts(tmp_path: Path) -> None:
    window = Window("", 3, 10.0)
    with open_permits(tmp_path, ["acme", "id"], 60) as one, open_permits(tmp_path, ["acme", "id"], 60) as two:
        for store in (one, two, one):
            taken, _ = store.take("lead", [window], 100.0)
            store.answered(taken, 101.0)
        assert two.take("lead", [window], 105.0) == (0, 6.0)
    with open_permits(tmp_path, ["acme", "id"], 60) as again, open_permits(tmp_path, ["acme", "other"], 60) as other:
        assert again.take("lead", [window], 105.0) == (0, 6.0)
        assert other.take("lead", [window], 105.0)[0] > 0
        assert again.take("lead", [window], 111.5)[0] > 0


def test_permits_of_a_killed_process_count_until_timeout(tmp_path: Path) -> None:
    window = Window("", 1, 10.0)
    with open_permits(tmp_path, ["acme"], 60) as killed:
        assert killed.take("lead", [window], 0.0)[0] > 0
    with open_permits(tmp_path, ["acme"], 60) as next_one:
        assert next_one.take("lead", [window], 69.0)[0] == 0
        assert next_one.take("lead", [window], 70.5)[0] > 0


def test_clock_set_back_does_not_block(tmp_path: Path) -> None:
    window = Window("", 1, 10.0)
    with open_permits(tmp_path, ["acme"], 60) as store:
        store.answered(store.take("lead", [window], 5000.0)[0], 5000.0)
        assert store.take("lead", [window], 100.0)[0] > 0


def test_pause_is_shared(tmp_path: Path) -> None:
    window = Window("", 9, 10.0)
    with open_permits(tmp_path, ["acme"], 60) as one, open_permits(tmp_path, ["acme"], 60) as two:
        one.pause(50.0)
        assert two.take("lead", [window], 20.0) == (0, 30.0)
        assert two.take("lead", [window], 50.5)[0] > 0


def test_duration_under_the_quota() -> None:
    assert seconds_for(0, 3000, 300) == 0
    assert seconds_for(3000, 3000, 300) == 0
    assert seconds_for(3001, 3000, 300) == 300
    assert seconds_for(9000, 3000, 300, used=1) == 900
