"""The stream of leads leaves room for everything else."""

import asyncio
from collections.abc import Iterator

import pytest

from uploader.core.errors import StoppedError
from uploader.core.model import Lead, Outcome, RowState
from uploader.pipeline.cancellation import Interrupted, StopSignal
from uploader.pipeline.worker_pool import next_lead, run_pool


def test_rows_that_are_not_sent_hold_nothing_up() -> None:
    """Ctrl-C is heard between two parts of the file, however many follow without a lead."""

    async def draw() -> int:
        stop, left = StopSignal(), iter([None] * 1000)
        asyncio.get_running_loop().call_soon(stop.request, Interrupted("Interrupted."))
        assert await next_lead(left, stop) is None
        return len(list(left))

    assert asyncio.run(draw()) > 990


def test_leads_come_in_order_and_end() -> None:
    async def draw() -> list[Lead | None]:
        stop, leads = StopSignal(), iter([None, Lead(2, ()), None, None, Lead(3, ())])
        return [await next_lead(leads, stop) for _ in range(3)]

    assert asyncio.run(draw()) == [Lead(2, ()), Lead(3, ()), None]


@pytest.mark.parametrize("concurrency", [1, 2, 8])
def test_leads_before_a_part_that_cannot_be_read_are_sent(concurrency: int) -> None:
    done: list[int] = []

    def leads() -> Iterator[Lead | None]:
        yield from (Lead(row, ()) for row in range(2, 7))
        raise StoppedError("line 7: a quote is opened and never closed.")

    async def run() -> None:
        stop = StopSignal()

        async def send(lead: Lead) -> RowState:
            for _ in range(3):  # such as a permit
                await asyncio.sleep(0)
                stop.check()
            return RowState(Outcome.ACCEPTED)

        await run_pool(leads(), send, concurrency, stop, lambda row, _: done.append(row), lambda: None)
        with pytest.raises(StoppedError, match="line 7"):
            stop.raise_error()

    asyncio.run(run())
    assert sorted(done) == [2, 3, 4, 5, 6]
