"""What every address of every API has in common: it is counted, takes its time, may go wrong, and keeps the limits."""

import asyncio
import random
from collections.abc import Callable
from math import ceil

from aiohttp import web

from uploader.sandbox import payloads
from uploader.sandbox.faults import ANSWERS, STORING, Answers, misbehave
from uploader.sandbox.http import Handler, answer
from uploader.sandbox.state import State


class Endpoints:
    """Makes handlers into addresses of one sandbox."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._chance = random.Random(state.knobs.seed)  # noqa: S311 - latency

    def of(
        self,
        name: str,
        handler: Handler,
        answers: Answers = ANSWERS,
        take: Callable[[web.Request, bytes], object] | None = None,
    ) -> Handler:
        """The handler behind an endpoint. `answers` words its faults; `take` stores a lead where a fault does so."""

        async def handle(request: web.Request) -> web.StreamResponse:
            arrived = self._state.clock()
            self._state.requests[name] += 1
            kind = self._fault(name, self._state.requests[name])
            told = self._over_limit(name)
            if not told and kind:
                if kind in STORING and take:
                    take(request, await request.read())
                told = await misbehave(kind, request, answers)
            told = told or await handler(request)
            low, high = self._state.knobs.latency
            if high:
                await asyncio.sleep(self._chance.uniform(low, high))
            self._state.log.append((arrived, name, told.status))
            return told

        return handle

    def _over_limit(self, name: str) -> web.StreamResponse | None:
        wait = self._state.over_limit(name)
        if not wait:
            return None
        return answer(429, payloads.message(429, "Too Many Requests"), {"Retry-After": str(ceil(wait))})

    def _fault(self, name: str, number: int) -> str:
        """What goes wrong with this request, if anything."""
        return next((fault.kind for fault in self._state.faults if fault.hits(name, number)), "")
