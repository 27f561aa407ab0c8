"""The API variants: their paths, where a request has its ids, how it is authorized, and how errors are worded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from aiohttp import web

from uploader.sandbox import fixtures, payloads
from uploader.sandbox.faults import ANSWERS, WEBHOOK_ANSWERS, Answers
from uploader.sandbox.http import has_secret, html_response, json_response, parse_id
from uploader.sandbox.state import State
from uploader.sandbox.validation import RejectionBody


def token_error(state: State, request: web.Request, endpoint: str) -> str:
    """Return the body of the 401 for a request without a valid token in its header or query, or an empty string."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = bearer if scheme.lower() == "bearer" else request.query.get("access_token", "")
    return "" if state.is_valid_token(token, endpoint) else payloads.EXPIRED


def key_error(state: State, request: web.Request, endpoint: str) -> str:
    """Return the body of the 401 for a request without the campaign's key. An unknown campaign has no key."""
    campaign = fixtures.CAMPAIGNS.get(parse_id(request.match_info["campaign"]))
    return payloads.DENIED if campaign and not has_secret(request.query, "apikey", campaign.key) else ""


def not_found(what: str) -> web.Response:
    """Return the 404 for an unknown publisher, campaign, form or link."""
    return json_response(404, payloads.message(404, f"{what} not found"))


def not_found_by_webhook(what: str) -> web.Response:
    """Return the webhook's 404: an HTML page, except for a publisher."""
    return not_found(what) if what == "Publisher" else html_response(404, "404 Not Found")


@dataclass(frozen=True)
class Dialect:
    """An API variant.

    Attributes:
        paths: The path by endpoint.
        in_query: The query parameter of each id that is not in the path of a lead's POST.
        denied: Returns the body of the 401, or an empty string for an authorized request.
        rejected: Returns the body of the 400.
        closed: Returns the body of the 403 of a closed campaign.
        not_found: Returns the 404.
        answers: The faults that are a complete response.
        optional: The ids that a lead's POST may lack.
        has_bare_fields: Whether all forms list the keys of their fields only.
        allows_origins: Whether web pages of any origin may send requests (CORS).
    """

    paths: Mapping[str, str]
    in_query: Mapping[str, str] = field(default_factory=dict)
    denied: Callable[[State, web.Request, str], str] = token_error
    rejected: RejectionBody = payloads.rejected
    closed: Callable[[int, str], str] = payloads.message
    not_found: Callable[[str], web.Response] = not_found
    answers: Answers = field(default_factory=lambda: ANSWERS)
    optional: frozenset[str] = frozenset()
    has_bare_fields: bool = False
    allows_origins: bool = False

    def id(self, request: web.Request, name: str) -> int:
        """Return an id of the request, or 0 if it has none."""
        if name in self.in_query:
            return parse_id(request.query.get(self.in_query[name], ""))
        return parse_id(request.match_info.get(name, ""))

    def find_campaign(self, request: web.Request) -> fixtures.Campaign | str:
        """Return the campaign of a lead, or what does not exist. Version 2.5 finds the campaign by its form."""
        if self._has(request, "publisher") and self.id(request, "publisher") != fixtures.PUBLISHER:
            return "Publisher"
        form, wanted = self.id(request, "form"), request.match_info.get("campaign")
        campaigns = [known for known in fixtures.CAMPAIGNS.values() if wanted in {None, str(known.id)}]
        if not campaigns:
            return "Campaign"
        campaign = next((known for known in campaigns if known.form == form), None)
        if campaign is None:
            return "Form"
        if not self._has(request, "link"):
            return campaign
        return campaign if self.id(request, "link") in {link for link, _, _ in campaign.links} else "Link"

    def _has(self, request: web.Request, name: str) -> bool:
        """Return whether a request has an id that it may lack."""
        return name not in self.optional or self.in_query[name] in request.query


PUBLISHER_V2_5 = Dialect(
    {
        "fields": "/api/v2/publisher/fields/{campaign}",
        "links": "/api/v2/publisher/links/{campaign}",
        "lead": "/api/v2/publisher/{publisher}/links/{link}/forms/{form}/leads",
        "result": "/api/v2.1/publisher/{publisher}/lead-result/{lead}",
        "leads": "/api/v4/leads",
    }
)
PUBLISHER_V2_4 = Dialect(  # it shares the other endpoints with version 2.5
    {
        "fields": "/api/v2.4/publisher/fields/{campaign}",
        "links": "/api/v2.4/publisher/links/{campaign}",
        "lead": "/api/v2.4/publisher/{publisher}/forms/{form}/campaign/{campaign}/leads",
    },
    in_query={"link": "linkId"},
    optional=frozenset({"link"}),
)
PUBLISHER_V2_3 = Dialect(  # version 2 has the paths of version 2.5
    {
        "fields": "/api/v2.3/publisher/fields/{campaign}",
        "links": "/api/v2.3/publisher/links/{campaign}",
        "lead": "/api/v2.3/publisher/{publisher}/links/{link}/forms/{form}/leads",
    }
)
PUBLISHER_V3 = Dialect(  # its page prints the base like this
    {
        "fields": "/api/v2/3.0/publisher/fields/{campaign}",
        "links": "/api/v2/3.0/publisher/links/{campaign}",
        "lead": "/api/v2/3.0/publisher/{publisher}/links/{link}/forms/{form}/leads",
    }
)
WEBHOOK_V2 = Dialect(
    {
        "fields": "/webhook/campaign/v2/{campaign}/global-form/fields",
        "links": "/webhook/campaign/{campaign}/links",
        "lead": "/webhook/campaign/{campaign}/global-form/{form}/leads",
    },
    in_query={"link": "campaignLinkId", "publisher": "publisherId"},
    denied=key_error,
    rejected=payloads.rejected_by_webhook,
    closed=payloads.closed_by_webhook,
    not_found=not_found_by_webhook,
    answers=WEBHOOK_ANSWERS,
    optional=frozenset({"link", "publisher"}),
    allows_origins=True,
)
WEBHOOK_V1 = replace(
    WEBHOOK_V2,
    paths={
        "fields": "/webhook/campaign/{campaign}/form/fields",
        "lead": "/webhook/campaign/{campaign}/form/{form}/leads",
    },
    has_bare_fields=True,
)
WEBHOOK_GLOBAL_V1 = replace(WEBHOOK_V1, paths={"fields": "/webhook/campaign/{campaign}/global-form/fields"})
DIALECTS = (
    PUBLISHER_V2_5,
    PUBLISHER_V2_4,
    PUBLISHER_V2_3,
    PUBLISHER_V3,
    WEBHOOK_V2,
    WEBHOOK_V1,
    WEBHOOK_GLOBAL_V1,
)
