"""A clock that tests move."""

import asyncio
from math import inf


class FakeClock:
    """Time that passes only when someone waits."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def check(self) -> None:
        """Let every request be made."""

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        if seconds == inf:
            await event.wait()
        else:
            self.time += seconds
