"""The sandbox's own endpoints: what it received, and its options."""

from dataclasses import asdict

from aiohttp import web

from uploader.sandbox import payloads
from uploader.sandbox.http import json_response
from uploader.sandbox.state import State


class ControlApi:
    """Endpoints under /sandbox. They count in no limit."""

    def __init__(self, state: State) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.get("/sandbox/received", self._received),
            web.get("/sandbox/requests", self._requests),
            web.get("/sandbox/options", self._options),
            web.put("/sandbox/options", self._change_options),
            web.get("/sandbox/knobs", self._options),  # the former name
            web.put("/sandbox/knobs", self._change_options),
        ]

    async def _received(self, request: web.Request) -> web.Response:
        return web.json_response(
            [
                {**asdict(lead), "fields": dict(lead.fields), "body": lead.body.decode(errors="replace")}
                for lead in self._state.received
            ]
        )

    async def _requests(self, request: web.Request) -> web.Response:
        return web.json_response(dict(self._state.requests))

    async def _options(self, request: web.Request) -> web.Response:
        return web.json_response(asdict(self._state.options))

    async def _change_options(self, request: web.Request) -> web.Response:
        try:
            self._state.apply(self._state.options.with_changes(await request.json()))
        except (ValueError, TypeError) as error:
            return json_response(400, payloads.message(400, str(error)))
        return await self._options(request)
