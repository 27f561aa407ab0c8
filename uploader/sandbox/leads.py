"""The endpoints of an API variant: forms, links, leads and their results."""

from aiohttp import web

from uploader.sandbox import fixtures, payloads, quality_checks
from uploader.sandbox.dialects import WEBHOOK_V2, Dialect
from uploader.sandbox.http import FORM, MULTIPART, Handler, form_pairs, json_response, parse_id
from uploader.sandbox.middleware import Endpoints
from uploader.sandbox.state import Received, State
from uploader.sandbox.validation import rejection

JSON_LD = "application/ld+json"

# The number of leads on a page of GET Leads v4.
PAGE = 30


class Leads:
    """The handlers of one API variant."""

    def __init__(self, state: State, dialect: Dialect) -> None:
        self._state = state
        self._dialect = dialect

    def routes(self, endpoints: Endpoints) -> list[web.RouteDef]:
        """Return the routes of the API variant."""
        handlers = {"fields": self._fields, "links": self._links, "result": self._result, "leads": self._leads}
        paths, answers = self._dialect.paths, self._dialect.answers
        gets = [
            web.get(path, endpoints.of(name, self._allowed(name, handlers[name]), answers), allow_head=False)
            for name, path in paths.items()
            if name in handlers
        ]
        if "lead" not in paths:
            return gets
        lead = endpoints.of("lead", self._allowed("lead", self._lead), answers, self._take)
        routes = [*gets, web.post(paths["lead"], lead)]
        if "leads" in paths:
            leads = endpoints.of("leads", self._allowed("leads", self._leads), answers)
            routes.append(web.get(f"{paths['leads']}.jsonld", leads, allow_head=False))
        if self._dialect is WEBHOOK_V2:  # once for all webhooks
            routes.append(web.options("/webhook/{rest:.*}", _preflight))
        return routes

    def _allowed(self, name: str, handler: Handler) -> Handler:
        """Return the handler with a check of the token or key before it."""

        async def handle(request: web.Request) -> web.StreamResponse:
            await request.read()
            denied = self._dialect.denied(self._state, request, name)
            response = json_response(401, denied) if denied else await handler(request)
            if self._dialect.allows_origins:
                response.headers["Access-Control-Allow-Origin"] = "*"
            return response

        return handle

    async def _fields(self, request: web.Request) -> web.Response:
        campaign = fixtures.CAMPAIGNS.get(self._dialect.id(request, "campaign"))
        if campaign is None:
            return self._dialect.not_found("Campaign")
        bare = campaign.bare or self._dialect.has_bare_fields or self._state.options.bare_fields
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
        campaign = self._dialect.find_campaign(request)
        if isinstance(campaign, str):
            return self._dialect.not_found(campaign)
        if request.content_type not in {FORM, MULTIPART}:
            return json_response(415, payloads.message(415, "Unsupported Media Type"))
        if campaign.closed or self._state.is_full():
            return json_response(403, self._dialect.closed(403, campaign.closed or fixtures.FULFILLED))
        refused = rejection(form_pairs(body, request.headers["Content-Type"]), self._dialect.rejected)
        if refused:
            return json_response(400, refused)
        lead = self._take(request, body)
        return json_response(201, payloads.created(lead.lead_id, other_wording=self._state.options.other_wording))

    def _take(self, request: web.Request, body: bytes) -> Received:
        campaign = self._dialect.find_campaign(request)
        campaign_id = 0 if isinstance(campaign, str) else campaign.id
        publisher, link, form = (self._dialect.id(request, name) for name in ("publisher", "link", "form"))
        fields = form_pairs(body, request.headers.get("Content-Type", FORM))
        return self._state.take(publisher, campaign_id, link, form, fields, body)

    async def _result(self, request: web.Request) -> web.Response:
        lead = self._state.find(self._dialect.id(request, "lead"))
        if lead is None or self._dialect.id(request, "publisher") != lead.publisher:
            return self._dialect.not_found("Lead")
        if self._state.clock() < lead.at + self._state.options.result_delay:
            return web.Response(status=202, text=payloads.PENDING)
        fields = dict(lead.fields)
        jobs = quality_checks.failed_jobs(
            fields, is_duplicate=lead.is_duplicate, empty_fields=self._state.options.empty_fields
        )
        return json_response(200, quality_checks.result_body(lead.lead_id, jobs, fields))

    async def _leads(self, request: web.Request) -> web.Response:
        """Return a page of GET Leads v4: a Hydra collection as JSON-LD, otherwise a bare list."""
        asked = request.query
        after = max(asked.get("createdTs[after]", ""), asked.get("updatedTs[after]", ""))  # no lead is updated here
        before = asked.get("createdTs[before]", "9999")
        found = [
            lead
            for lead in self._state.received
            if str(lead.campaign) == asked.get("campaign.id") and after <= lead.created < before
        ]
        page = parse_id(asked.get("page", "")) or 1
        members = [
            {"id": lead.lead_id, "email": dict(lead.fields).get("email", ""), "createdTs": lead.created}
            for lead in found[(page - 1) * PAGE : page * PAGE]
        ]
        if not request.path.endswith(".jsonld") and JSON_LD not in request.headers.get("Accept", ""):
            return web.json_response(members)
        collection: dict[str, object] = {"hydra:member": members, "hydra:totalItems": len(found)}
        if page * PAGE < len(found):
            collection["hydra:view"] = {"hydra:next": str(request.rel_url.update_query(page=page + 1))}
        return web.json_response(collection, content_type=JSON_LD)


async def _preflight(request: web.Request) -> web.Response:
    """Answer a browser's question whether a page of another origin may send a request."""
    headers = {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": "Content-Type",
    }
    return web.Response(status=204, headers=headers)
