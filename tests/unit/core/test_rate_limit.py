"""Rolling windows: never one too many for a server that counts arrivals, whatever the latency."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from uploader.core.rate_limit import Limiter, PermitDecision, Window, seconds_for
from uploader.ledger import Permits, open_ledger
from uploader.ledger.sqlite.permits import POLL_INTERVAL, SqlitePermits


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


@contextmanager
def permits_in(home: Path, account: list[str], longest_request: float) -> Iterator[Permits]:
    with open_ledger(home) as ledger, ledger.permits(account, longest_request) as permits:
        yield permits


def permits() -> Permits:
    return SqlitePermits(None, b"account", longest_request=100.0)


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
                is_idle = len(under_way) < workers
                decision = store.take("lead", [window], now) if is_idle else PermitDecision(wait=inf)
                if decision.permit is not None:
                    break
                answer = min(under_way, default=(inf, 0))
                if answer[0] <= now + decision.wait:
                    now = max(now, answer[0])
                    under_way.remove(answer)
                    store.answered(answer[1], now)
                else:
                    now += decision.wait
            arrivals.append(now + there)
            under_way.append((now + there + back, decision.permit))
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
    clock, store, window = FakeClock(), permits(), Window("", 1, 5.0)
    limiter = Limiter([window], store, clock)
    with await limiter.permit("lead"):
        assert store.take("lead", [window], clock.now()) == PermitDecision(wait=POLL_INTERVAL)
        clock.time = 1.0
    await limiter.permit("lead")
    assert clock.time == 6


def test_processes_share_permits_across_restarts(tmp_path: Path) -> None:
    window = Window("", 3, 10.0)
    with permits_in(tmp_path, ["acme", "id"], 60) as one, permits_in(tmp_path, ["acme", "id"], 60) as two:
        for store in (one, two, one):
            store.answered(store.take("lead", [window], 100.0).permit, 101.0)
        assert two.take("lead", [window], 105.0) == PermitDecision(wait=6.0)
    with permits_in(tmp_path, ["acme", "id"], 60) as again, permits_in(tmp_path, ["acme", "other"], 60) as other:
        assert again.take("lead", [window], 105.0) == PermitDecision(wait=6.0)
        assert other.take("lead", [window], 105.0).is_granted
        assert again.take("lead", [window], 111.5).is_granted


def test_permits_of_a_killed_process_count_until_timeout(tmp_path: Path) -> None:
    window = Window("", 1, 10.0)
    with permits_in(tmp_path, ["acme"], 60) as killed:
        assert killed.take("lead", [window], 0.0).is_granted
    with permits_in(tmp_path, ["acme"], 60) as next_one:
        assert not next_one.take("lead", [window], 69.0).is_granted
        assert next_one.take("lead", [window], 70.5).is_granted


def test_clock_set_back_does_not_block(tmp_path: Path) -> None:
    window = Window("", 1, 10.0)
    with permits_in(tmp_path, ["acme"], 60) as store:
        store.answered(store.take("lead", [window], 5000.0).permit, 5000.0)
        assert store.take("lead", [window], 100.0).is_granted


def test_pause_is_shared(tmp_path: Path) -> None:
    window = Window("", 9, 10.0)
    with permits_in(tmp_path, ["acme"], 60) as one, permits_in(tmp_path, ["acme"], 60) as two:
        one.pause(50.0)
        assert two.take("lead", [window], 20.0) == PermitDecision(wait=30.0)
        assert two.take("lead", [window], 50.5).is_granted


def test_duration_under_the_quota() -> None:
    assert seconds_for(0, 3000, 300) == 0
    assert seconds_for(3000, 3000, 300) == 0
    assert seconds_for(3001, 3000, 300) == 300
    assert seconds_for(9000, 3000, 300, used=1) == 900
