"""The stream of leads leaves room for everything else."""

import asyncio

from uploader.core.model import Lead
from uploader.pipeline.cancellation import Interrupted, StopSignal
from uploader.pipeline.worker_pool import next_lead


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
