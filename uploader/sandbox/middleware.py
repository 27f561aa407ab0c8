"""What all endpoints have in common: counting, latency, faults and limits."""

import asyncio
import random
import time
from collections.abc import Callable
from email.utils import formatdate
from math import ceil

from aiohttp import web

from uploader.sandbox import payloads
from uploader.sandbox.faults import ANSWERS, STORING, Answers, respond_with_fault
from uploader.sandbox.http import Handler, json_response
from uploader.sandbox.state import Received, State


class Endpoints:
    """Wraps handlers so that they are counted, delayed, limited and fail on demand."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._chance = random.Random(state.options.seed)  # noqa: S311 - latency

    def of(
        self,
        name: str,
        handler: Handler,
        answers: Answers = ANSWERS,
        take: Callable[[web.Request, bytes], Received] | None = None,
    ) -> Handler:
        """Return the wrapped handler of an endpoint.

        Args:
            name: The endpoint's name.
            handler: Responds to a request without a fault.
            answers: The faults that are a complete response, in the wording of the API variant.
            take: Stores a lead for a fault that does so.
        """

        async def handle(request: web.Request) -> web.StreamResponse:
            arrived = self._state.clock()
            self._state.requests[name] += 1
            kind = self._fault(name, self._state.requests[name])
            response = self._over_limit(name)
            if not response and kind:
                stored = take(request, await request.read()) if kind in STORING and take else None
                response = await respond_with_fault(kind, request, answers, stored.lead_id if stored else None)
            response = response or await handler(request)
            low, high = self._state.options.latency
            if high:
                await asyncio.sleep(self._chance.uniform(low, high))
            if self._state.options.date_skew and not response.prepared:
                response.headers["Date"] = formatdate(time.time() + self._state.options.date_skew, usegmt=True)
            self._state.log.append((arrived, name, response.status))
            return response

        return handle

    def _over_limit(self, name: str) -> web.StreamResponse | None:
        wait = self._state.over_limit(name)
        if not wait:
            return None
        return json_response(429, payloads.message(429, "Too Many Requests"), {"Retry-After": str(ceil(wait))})

    def _fault(self, name: str, number: int) -> str:
        """Return the kind of the fault for this request, or an empty string."""
        return next((fault.kind for fault in self._state.faults if fault.hits(name, number)), "")
