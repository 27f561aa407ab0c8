"""What happens at each address of an API: forms, links, leads, and what became of them."""

from aiohttp import web

from uploader.sandbox import fixtures, payloads, quality_checks
from uploader.sandbox.dialects import Dialect
from uploader.sandbox.http import Handler, answer, pairs
from uploader.sandbox.middleware import Endpoints
from uploader.sandbox.state import Received, State
from uploader.sandbox.validation import refusal

FORM = "application/x-www-form-urlencoded"

# Leads on a page of GET Leads v4.
PAGE = 30


class Leads:
    """The handlers of one API of one sandbox."""

    def __init__(self, state: State, dialect: Dialect) -> None:
        self._state = state
        self._dialect = dialect

    def routes(self, endpoints: Endpoints) -> list[web.RouteDef]:
        """Every address that the API has."""
        handlers = {"fields": self._fields, "links": self._links, "result": self._result, "leads": self._leads}
        paths, answers = self._dialect.paths, self._dialect.answers
        gets = [
            web.get(path, endpoints.of(name, self._allowed(name, handlers[name]), answers), allow_head=False)
            for name, path in paths.items()
            if name in handlers
        ]
        lead = endpoints.of("lead", self._allowed("lead", self._lead), answers, self._take)
        return [*gets, web.post(paths["lead"], lead)]

    def _allowed(self, name: str, handler: Handler) -> Handler:
        """The handler, for those who may ask."""

        async def handle(request: web.Request) -> web.StreamResponse:
            await request.read()
            denied = self._dialect.denied(self._state, request, name)
            return answer(401, denied) if denied else await handler(request)

        return handle

    async def _fields(self, request: web.Request) -> web.Response:
        campaign = fixtures.CAMPAIGNS.get(self._dialect.id(request, "campaign"))
        if campaign is None:
            return self._dialect.not_found("Campaign")
        bare = campaign.bare or self._state.knobs.bare_fields
        fields: list[object] = [
            field.key if bare else {"key": field.key, "hidden": field.hidden, "required": field.required}
            for field in fixtures.FIELDS
        ]
        return web.json_response([{"formName": fixtures.FORM_NAME, "formId": campaign.form, "fields": fields}])

    async def _links(self, request: web.Request) -> web.Response:
        campaign = fixtures.CAMPAIGNS.get(self._dialect.id(request, "campaign"))
        if campaign is None:
            return self._dialect.not_found("Campaign")
        return web.json_response(
            [
                {"id": link, "name": name, "channel": channel, "destination": "https://example.com/webinar"}
                for link, name, channel in campaign.links
            ]
        )

    async def _lead(self, request: web.Request) -> web.Response:
        body = await request.read()
        place = self._dialect.place(request)
        if isinstance(place, str):
            return self._dialect.not_found(place)
        if request.content_type != FORM:
            return answer(415, payloads.message(415, "Unsupported Media Type"))
        if place.closed or self._state.is_full():
            return answer(403, self._dialect.closed(403, place.closed or fixtures.FULFILLED))
        refused = refusal(pairs(body), self._dialect.refused)
        if refused:
            return answer(400, refused)
        lead = self._take(request, body)
        return answer(201, payloads.created(lead.lead_id, other_wording=self._state.knobs.other_wording))

    def _take(self, request: web.Request, body: bytes) -> Received:
        place = self._dialect.place(request)
        campaign = 0 if isinstance(place, str) else place.id
        publisher, link, form = (self._dialect.id(request, name) for name in ("publisher", "link", "form"))
        return self._state.take(publisher, campaign, link, form, pairs(body), body)

    async def _result(self, request: web.Request) -> web.Response:
        lead = self._state.find(self._dialect.id(request, "lead"))
        if lead is None or self._dialect.id(request, "publisher") != lead.publisher:
            return self._dialect.not_found("Lead")
        if self._state.clock() < lead.at + self._state.knobs.result_delay:
            return web.Response(status=202, text=payloads.PENDING)
        fields = dict(lead.fields)
        jobs = quality_checks.failed_jobs(fields, is_duplicate=lead.is_duplicate)
        return answer(200, quality_checks.answer(lead.lead_id, jobs, fields))

    async def _leads(self, request: web.Request) -> web.Response:
        """GET Leads v4: a Hydra collection, a page at a time."""
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
