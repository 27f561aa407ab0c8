"""How each of the APIs is spoken: its addresses, where ids stand, who may ask, how a refusal is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from uploader.sandbox import fixtures, payloads
from uploader.sandbox.faults import ANSWERS, WEBHOOK_ANSWERS, Answers
from uploader.sandbox.http import answer, number, page, same
from uploader.sandbox.state import State
from uploader.sandbox.validation import Refused


def no_token(state: State, request: web.Request, endpoint: str) -> str:
    """The body of the 401 for who has no good token, in the header or in the query; empty for who may ask."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = bearer if scheme.lower() == "bearer" else request.query.get("access_token", "")
    return "" if state.is_good(token, endpoint) else payloads.EXPIRED


def no_key(state: State, request: web.Request, endpoint: str) -> str:
    """The same for who has no key of the campaign in the address; one that does not exist has none."""
    campaign = fixtures.CAMPAIGNS.get(number(request.match_info["campaign"]))
    return payloads.DENIED if campaign and not same(request.query, "apikey", campaign.key) else ""


def not_found(what: str) -> web.Response:
    """The 404 for a publisher, campaign, form or link that does not exist."""
    return answer(404, payloads.message(404, f"{what} not found"))


def not_found_by_webhook(what: str) -> web.Response:
    """Its page save for a publisher."""
    return not_found(what) if what == "Publisher" else page(404, "404 Not Found")


@dataclass(frozen=True)
class Dialect:
    """`paths` are by endpoint; `in_query` names the ids that stand in the query of a lead's address."""

    paths: Mapping[str, str]
    in_query: Mapping[str, str] = field(default_factory=dict)
    denied: Callable[[State, web.Request, str], str] = no_token
    refused: Refused = payloads.refused
    closed: Callable[[int, str], str] = payloads.message
    not_found: Callable[[str], web.Response] = not_found
    answers: Answers = field(default_factory=lambda: ANSWERS)

    def id(self, request: web.Request, name: str) -> int:
        """An id of the request; 0 where it has none."""
        if name in self.in_query:
            return number(request.query.get(self.in_query[name], ""))
        return number(request.match_info.get(name, ""))

    def place(self, request: web.Request) -> fixtures.Campaign | str:
        """The campaign that a lead is for, or the name of what does not exist. Version 2.5 knows it by its form."""
        if self.id(request, "publisher") != fixtures.PUBLISHER:
            return "Publisher"
        form, wanted = self.id(request, "form"), request.match_info.get("campaign")
        campaigns = [known for known in fixtures.CAMPAIGNS.values() if wanted in {None, str(known.id)}]
        if not campaigns:
            return "Campaign"
        campaign = next((known for known in campaigns if known.form == form), None)
        if campaign is None:
            return "Form"
        return campaign if self.id(request, "link") in {link for link, _, _ in campaign.links} else "Link"


PUBLISHER_V2_5 = Dialect(
    {
        "fields": "/api/v2/publisher/fields/{campaign}",
        "links": "/api/v2/publisher/links/{campaign}",
        "lead": "/api/v2/publisher/{publisher}/links/{link}/forms/{form}/leads",
        "result": "/api/v2.1/publisher/{publisher}/lead-result/{lead}",
        "leads": "/api/v4/leads",
    }
)
PUBLISHER_V2_4 = Dialect(  # what is not here it has in common with version 2.5
    {
        "fields": "/api/v2.4/publisher/fields/{campaign}",
        "lead": "/api/v2.4/publisher/{publisher}/forms/{form}/campaign/{campaign}/leads",
    },
    in_query={"link": "linkId"},
)
WEBHOOK_V2 = Dialect(
    {
        "fields": "/webhook/campaign/v2/{campaign}/global-form/fields",
        "links": "/webhook/campaign/{campaign}/links",
        "lead": "/webhook/campaign/{campaign}/global-form/{form}/leads",
    },
    in_query={"link": "campaignLinkId", "publisher": "publisherId"},
    denied=no_key,
    refused=payloads.refused_by_webhook,
    closed=payloads.closed_by_webhook,
    not_found=not_found_by_webhook,
    answers=WEBHOOK_ANSWERS,
)
DIALECTS = (PUBLISHER_V2_5, PUBLISHER_V2_4, WEBHOOK_V2)
