"""Rolling windows: never one too many for a server that counts arrivals, whatever the latency."""

import asyncio
from math import inf

from hypothesis import given
from hypothesis import strategies as st

from uploader.limiter import Limiter, RollingWindow, seconds_for


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


@given(
    limit=st.integers(1, 5),
    workers=st.integers(1, 8),
    trips=st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3)), min_size=1, max_size=60),
)
def test_a_server_that_counts_arrivals_never_sees_one_too_many(
    limit: int, workers: int, trips: list[tuple[float, float]]
) -> None:
    """Simulates workers: each trip takes some time to arrive and some to come back."""
    window, seconds, now = RollingWindow(limit, 10.0), 10.0, 0.0
    under_way: list[float] = []
    arrivals: list[float] = []
    for there, back in trips:
        while len(under_way) >= workers or window.wait(now) > 0:
            wait = window.wait(now)
            answer = min(under_way, default=inf)
            if answer <= now + wait or len(under_way) >= workers:
                now = max(now, answer)
                under_way.remove(answer)
                window.answered(now)
            else:
                now += wait
        window.take()
        arrivals.append(now + there)
        under_way.append(now + there + back)
    arrivals.sort()
    for first, later in zip(arrivals, arrivals[limit:], strict=False):
        assert later - first >= seconds - 1e-6


async def test_a_permit_is_free_one_window_after_its_answer() -> None:
    clock = FakeClock()
    limiter = Limiter({"total": RollingWindow(2, 5.0)}, clock)
    for _ in range(2):
        with await limiter.permit("lead"):
            clock.time += 1
    assert clock.time == 2
    await limiter.permit("lead")
    assert clock.time == 6  # the first answer came at 1


async def test_a_kind_has_its_own_window_beside_the_total() -> None:
    clock = FakeClock()
    limiter = Limiter({"total": RollingWindow(10, 5.0), "token": RollingWindow(1, 100.0)}, clock)
    with await limiter.permit("token"):
        pass
    with await limiter.permit("lead"):
        assert clock.time == 0
    with await limiter.permit("token"):
        assert clock.time == 100


async def test_a_pause_holds_everybody() -> None:
    clock = FakeClock()
    limiter = Limiter({}, clock)
    limiter.pause(30)
    await limiter.permit("lead")
    assert clock.time == 30


async def test_a_permit_given_back_does_not_count() -> None:
    clock = FakeClock()
    limiter = Limiter({"total": RollingWindow(1, 5.0)}, clock)
    (await limiter.permit("lead")).give_back()
    await limiter.permit("lead")
    assert clock.time == 0


async def test_who_waits_for_an_answer_is_woken_by_it() -> None:
    clock = FakeClock()
    limiter = Limiter({"total": RollingWindow(1, 5.0)}, clock)
    permit = await limiter.permit("lead")
    waiting = asyncio.ensure_future(limiter.permit("lead"))
    for _ in range(3):
        await asyncio.sleep(0)
    assert not waiting.done()
    with permit:
        clock.time = 1.0
    await waiting
    assert clock.time == 6


def test_how_long_a_file_takes_under_the_quota() -> None:
    assert seconds_for(0, 3000, 300) == 0
    assert seconds_for(3000, 3000, 300) == 0
    assert seconds_for(3001, 3000, 300) == 300
    assert seconds_for(9000, 3000, 300, used=1) == 900
