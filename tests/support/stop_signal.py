"""A stop signal whose sleeps take no time."""

import asyncio

from uploader.pipeline.cancellation import StopSignal


class NoWait(StopSignal):
    """Sleeps are noted, not slept."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)
