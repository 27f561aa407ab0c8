"""What the sandbox tells of itself: what it received, and its knobs."""

from dataclasses import asdict

from aiohttp import web

from uploader.sandbox import payloads
from uploader.sandbox.http import answer
from uploader.sandbox.state import State


class ControlApi:
    """Addresses of the sandbox's own: what it received, and its knobs. They count in no limit."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        """Under /sandbox."""
        return [
            web.get("/sandbox/received", self._received),
            web.get("/sandbox/requests", self._requests),
            web.get("/sandbox/knobs", self._knobs),
            web.put("/sandbox/knobs", self._turn),
        ]

    async def _received(self, request: web.Request) -> web.Response:
        return web.json_response(
            [{**asdict(lead), "fields": dict(lead.fields), "body": lead.body.decode()} for lead in self._state.received]
        )

    async def _requests(self, request: web.Request) -> web.Response:
        return web.json_response(dict(self._state.requests))

    async def _knobs(self, request: web.Request) -> web.Response:
        return web.json_response(asdict(self._state.knobs))

    async def _turn(self, request: web.Request) -> web.Response:
        try:
            self._state.turn(self._state.knobs.turned(await request.json()))
        except (ValueError, TypeError) as error:
            return answer(400, payloads.message(400, str(error)))
        return await self._knobs(request)
