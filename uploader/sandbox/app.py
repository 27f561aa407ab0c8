"""The API's addresses, and what happens at each."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from hmac import compare_digest
from math import ceil
from urllib.parse import parse_qsl

from aiohttp import web

from uploader.sandbox import bodies, data, verdicts
from uploader.sandbox.faults import JSON, STORING, misbehave
from uploader.sandbox.state import Received, State
from uploader.sandbox.validation import refusal

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

GRANTS = frozenset({"https://convertr.cvtr.io/grants/api_key", "http://convertr.cvtr.io/grants/api_key"})
FORM = "application/x-www-form-urlencoded"

# Leads on a page of GET Leads v4.
PAGE = 30

# The web server in front of the platform takes no larger body; ours is a guess. Bytes.
MAX_BODY = 1024**2


class Api:
    """The handlers of one sandbox."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._chance = random.Random(state.knobs.seed)  # noqa: S311 - latency

    def routes(self) -> list[web.RouteDef]:
        """Every address; `token` is known by two methods, one for each grant."""
        lead = "/api/v2/publisher/{publisher}/links/{link}/forms/{form}/leads"
        return [
            web.get("/oauth/v2/token", self._endpoint("token", self._token_by_key)),
            web.post("/oauth/v2/token", self._endpoint("token", self._token_by_password)),
            web.get("/api/v2/publisher/fields/{campaign}", self._endpoint("fields", self._fields), allow_head=False),
            web.get("/api/v2/publisher/links/{campaign}", self._endpoint("links", self._links), allow_head=False),
            web.post(lead, self._endpoint("lead", self._lead)),
            web.get("/api/v2.1/publisher/{publisher}/lead-result/{lead}", self._endpoint("result", self._result)),
            web.get("/api/v4/leads", self._endpoint("leads", self._leads)),
        ]

    def _endpoint(self, name: str, handler: Handler) -> Handler:
        """What every address has in common: it is counted, takes its time, may go wrong, and keeps the limits."""

        async def handle(request: web.Request) -> web.StreamResponse:
            arrived = self._state.clock()
            self._state.requests[name] += 1
            number = self._state.requests[name]
            answer = self._over_limit(name) or await self._faulty(name, number, request) or await handler(request)
            low, high = self._state.knobs.latency
            if high:
                await asyncio.sleep(self._chance.uniform(low, high))
            self._state.log.append((arrived, name, answer.status))
            return answer

        return handle

    def _over_limit(self, name: str) -> web.Response | None:
        wait = self._state.over_limit(name)
        if not wait:
            return None
        headers = {"Retry-After": str(ceil(wait))}
        return _json(429, bodies.message(429, "Too Many Requests"), headers)

    async def _faulty(self, name: str, number: int, request: web.Request) -> web.StreamResponse | None:
        for fault in self._state.faults:
            if fault.hits(name, number):
                if fault.kind in STORING and name == "lead":
                    self._take(request, await request.read())
                return await misbehave(fault.kind, request)
        return None

    async def _token_by_key(self, request: web.Request) -> web.Response:
        given = dict(request.query)
        if given.get("grant_type") not in GRANTS:
            return _json(400, bodies.NO_GRANT)
        return self._token(given)

    async def _token_by_password(self, request: web.Request) -> web.Response:
        given = {**request.query, **dict(parse_qsl((await request.read()).decode("utf-8", "replace")))}
        if given.get("grant_type") != "password":
            return _json(400, bodies.NO_GRANT)
        if not (_same(given, "username", data.USERNAME) and _same(given, "password", data.PASSWORD)):
            return _json(400, bodies.WRONG_GRANT)
        return self._token(given)

    def _token(self, given: dict[str, str]) -> web.Response:
        if not (_same(given, "client_id", data.CLIENT_ID) and _same(given, "client_secret", data.CLIENT_SECRET)):
            return _json(400, bodies.WRONG_CLIENT)
        if not _same(given, "api_key", data.API_KEY):
            return _json(400, bodies.WRONG_KEY)
        access, refresh = self._state.new_token(), self._state.new_token()
        return _json(200, bodies.token(access, self._state.knobs.token_lifetime, refresh))

    async def _fields(self, request: web.Request) -> web.Response:
        campaign = self._campaign(request)
        if isinstance(campaign, web.Response):
            return campaign
        bare = campaign.bare or self._state.knobs.bare_fields
        fields: list[object] = [
            field.key if bare else {"key": field.key, "hidden": field.hidden, "required": field.required}
            for field in data.FIELDS
        ]
        return web.json_response([{"formName": data.FORM_NAME, "formId": campaign.form, "fields": fields}])

    async def _links(self, request: web.Request) -> web.Response:
        campaign = self._campaign(request)
        if isinstance(campaign, web.Response):
            return campaign
        return web.json_response(
            [
                {"id": link, "name": name, "channel": channel, "destination": "https://example.com/webinar"}
                for link, name, channel in campaign.links
            ]
        )

    def _campaign(self, request: web.Request) -> data.Campaign | web.Response:
        """The campaign of a GET, or why there is none."""
        if not self._authorised(request, "fields"):
            return _json(401, bodies.EXPIRED)
        return data.CAMPAIGNS.get(_id(request, "campaign")) or _json(404, bodies.message(404, "Campaign not found"))

    async def _lead(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not self._authorised(request, "lead"):
            return _json(401, bodies.EXPIRED)
        place = _place(request)
        if isinstance(place, str):
            return _json(404, bodies.message(404, f"{place} not found"))
        if request.content_type != FORM:
            return _json(415, bodies.message(415, "Unsupported Media Type"))
        if place.closed or self._state.is_full():
            return _json(403, bodies.message(403, place.closed or data.FULFILLED))
        refused = refusal(_pairs(body))
        if refused:
            return _json(400, refused)
        lead = self._take(request, body)
        return _json(201, bodies.created(lead.lead_id, other_wording=self._state.knobs.other_wording))

    def _take(self, request: web.Request, body: bytes) -> Received:
        place = _place(request)
        campaign = 0 if isinstance(place, str) else place.id
        ids = (_id(request, "publisher"), campaign, _id(request, "link"), _id(request, "form"))
        return self._state.take(*ids, _pairs(body), body)

    async def _result(self, request: web.Request) -> web.Response:
        if not self._authorised(request, "result"):
            return _json(401, bodies.EXPIRED)
        lead = self._state.find(_id(request, "lead"))
        if lead is None or _id(request, "publisher") != lead.publisher:
            return _json(404, bodies.message(404, "Lead not found"))
        if self._state.clock() < lead.at + self._state.knobs.result_delay:
            return web.Response(status=202, text=bodies.PENDING)
        fields = dict(lead.fields)
        jobs = verdicts.failed_jobs(fields, is_duplicate=lead.is_duplicate)
        return _json(200, verdicts.answer(lead.lead_id, jobs, fields))

    async def _leads(self, request: web.Request) -> web.Response:
        """GET Leads v4: a Hydra collection, a page at a time."""
        if not self._authorised(request, "leads"):
            return _json(401, bodies.EXPIRED)
        asked = request.query
        after, before = asked.get("createdTs[after]", ""), asked.get("createdTs[before]", "9999")
        found = [
            lead
            for lead in self._state.received
            if str(lead.campaign) == asked.get("campaign.id") and after <= lead.created < before
        ]
        page = int(asked.get("page", "1"))
        members = [
            {"id": lead.lead_id, "email": dict(lead.fields).get("email", ""), "createdTs": lead.created}
            for lead in found[(page - 1) * PAGE : page * PAGE]
        ]
        return web.json_response({"hydra:member": members, "hydra:totalItems": len(found)})

    def _authorised(self, request: web.Request, endpoint: str) -> bool:
        scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
        token = bearer if scheme.lower() == "bearer" else request.query.get("access_token", "")
        return self._state.is_good(token, endpoint)


class Telling:
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
            return _json(400, bodies.message(400, str(error)))
        return await self._knobs(request)


@web.middleware
async def pages(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Unknown addresses and methods, and bodies that are too large, are answered by pages, as a web server does."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        title = f"{error.status} {error.reason}"
        text = bodies.PAGE.format(title=title)
        headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
        return web.Response(status=error.status, text=text, content_type="text/html", headers=headers)


def application(state: State) -> web.Application:
    """The whole API over one state."""
    app = web.Application(middlewares=[pages], client_max_size=MAX_BODY)
    app.add_routes([*Api(state).routes(), *Telling(state).routes()])
    return app


def _place(request: web.Request) -> data.Campaign | str:
    """The campaign that a lead is for, or the name of what does not exist."""
    if _id(request, "publisher") != data.PUBLISHER:
        return "Publisher"
    campaign = next((known for known in data.CAMPAIGNS.values() if known.form == _id(request, "form")), None)
    if campaign is None:
        return "Form"
    return campaign if _id(request, "link") in {link for link, _, _ in campaign.links} else "Link"


def _pairs(body: bytes) -> tuple[tuple[str, str], ...]:
    """The (name, value) pairs of a form-encoded body; what is not `form[…]` keeps its name and is an extra field."""
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return tuple(
        (key[5:-1] if key.startswith("form[") and key.endswith("]") else f"({key})", value) for key, value in pairs
    )


def _id(request: web.Request, name: str) -> int:
    text = request.match_info.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _same(given: dict[str, str], name: str, wanted: str) -> bool:
    return compare_digest(given.get(name, "").encode(), wanted.encode())


def _json(status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, text=text, content_type=JSON, headers=headers)
