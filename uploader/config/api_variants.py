"""The API and its relatives: the same leads over other paths, with other credentials. Data, all of it in this place.

Sources, of the vendor: "POST Leads using Publisher API v2.5", "Publisher API v2.4" (Global Forms), "Campaign Webhook
v2", "GET Leads v4"; versions 2.1 to 2.3 where those are silent. What an answer means is the same for all: see `wire`.
"""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

# The names in braces that each endpoint's template may have.
PLACEHOLDERS: dict[str, set[str]] = {
    "token": set(),
    "login": set(),
    "fields": {"campaign_id"},
    "links": {"campaign_id"},
    "lead": {"campaign_id", "form_id", "link_id", "publisher_id"},
    "result": {"publisher_id", "lead_id"},
    "leads": {"campaign_id", "after", "before", "page"},
}

LEADS_V4 = "/api/v4/leads?campaign.id={campaign_id}&createdTs[after]={after}&createdTs[before]={before}&page={page}"


class Endpoints(BaseModel):
    """Path templates, as far as they are known here: None is an address that an API does not have, or, among the
    settings, one that is not overridden. Credentials are in none of them: `Relative.access` adds those.
    """

    model_config = ConfigDict(extra="forbid")

    token: str | None = None
    login: str | None = None
    fields: str | None = None
    links: str | None = None
    lead: str | None = None
    result: str | None = None
    leads: str | None = None

    @field_validator("*")
    @classmethod
    def _template(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        known = PLACEHOLDERS[info.field_name or ""]
        try:
            parts = list(string.Formatter().parse(value))
        except ValueError as error:
            raise ValueError(f"it is not a path template: {error}") from None
        unknown = {name for _, name, _, _ in parts if name is not None} - known
        if not value.startswith("/"):
            raise ValueError("a path begins with /")
        if re.search(r"[^!-~]|#", value) or any(form or conversion for _, _, form, conversion in parts):
            raise ValueError("it is not a path template: ASCII without blanks and #, and bare names in braces")
        if unknown:
            names = ", ".join(f"{{{name}}}" for name in sorted(known)) or "none"
            raise ValueError(f"no such name in braces: {', '.join(sorted(unknown))}; there is {names}")
        return value


@dataclass(frozen=True, repr=False)
class Access:
    """What a request carries to say who asks: a query, form-encoded, or headers. Both hold secrets; neither shows."""

    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Login:
    """A request for a token. `needs` are settings, sent under their own names beside what is `fixed`: in the query of
    a GET, in the body of a POST.
    """

    endpoint: str
    method: str
    needs: tuple[str, ...]
    fixed: tuple[tuple[str, str], ...] = ()

    def parameters(self, given: Mapping[str, str]) -> str:
        """Form-encoded; `given` has the values of the settings."""
        return urlencode([*self.fixed, *((name, given[name]) for name in self.needs)])


@dataclass(frozen=True)
class ApiVariant:
    """One of the APIs. `logins` are its ways to a token, the first that there are credentials for is taken; or `key` is
    the setting of a key that stands in a token's place. `account` are the settings that tell accounts apart.
    """

    name: str
    endpoints: Endpoints
    account: tuple[str, ...]
    logins: tuple[Login, ...] = ()
    key: str = ""
    parameter: str = "access_token"
    """Of the query that carries the token or the key; empty where a header does."""

    def access(self, secret: str) -> Access:
        """What a request with this token or key carries."""
        if self.parameter:
            return Access(f"{self.parameter}={_quoted(secret)}")
        return Access(headers={"Authorization": f"Bearer {secret}"})

    def login(self, given: Mapping[str, str]) -> Login:
        """The way to a token that these credentials open."""
        return next((login for login in self.logins if all(given[name] for name in login.needs)), self.logins[-1])

    def missing(self, given: Mapping[str, str]) -> list[tuple[str, ...]]:
        """The credentials that are missing, for each of the ways to log in; empty when nothing is."""
        ways = [login.needs for login in self.logins] or [(self.key,)]
        missing = [tuple(name for name in needs if not given[name]) for needs in ways]
        return [names for names in missing if names and not any(set(other) < set(names) for other in missing)]


@lru_cache(maxsize=4)  # one token stands in thousands of requests
def _quoted(secret: str) -> str:
    return quote(secret, safe="")


KEY_GRANT = Login("token", "GET", ("client_id", "client_secret", "api_key", "grant_type"))
PASSWORD_GRANT = Login(
    "token",
    "POST",
    ("client_id", "client_secret", "api_key", "username", "password"),
    fixed=(("grant_type", "password"),),
)
PASSWORD_LOGIN = Login("login", "POST", ("username", "password"))

PUBLISHER_V2_5 = ApiVariant(
    name="publisher-v2.5",
    endpoints=Endpoints(
        token="/oauth/v2/token",  # noqa: S106 - a path
        fields="/api/v2/publisher/fields/{campaign_id}",
        links="/api/v2/publisher/links/{campaign_id}",
        lead="/api/v2/publisher/{publisher_id}/links/{link_id}/forms/{form_id}/leads",
        result="/api/v2.1/publisher/{publisher_id}/lead-result/{lead_id}",
        leads=LEADS_V4,
    ),
    account=("client_id", "api_key", "username"),
    logins=(PASSWORD_GRANT, KEY_GRANT),
)
PUBLISHER_V2_4 = ApiVariant(
    name="publisher-v2.4",
    endpoints=Endpoints(
        token="/oauth/v2/token",  # noqa: S106 - a path
        login="/api/login",
        fields="/api/v2.4/publisher/fields/{campaign_id}",
        links="/api/v2/publisher/links/{campaign_id}",
        lead="/api/v2.4/publisher/{publisher_id}/forms/{form_id}/campaign/{campaign_id}/leads?linkId={link_id}",
        result="/api/v2.1/publisher/{publisher_id}/lead-result/{lead_id}",
        leads=LEADS_V4,
    ),
    account=("client_id", "api_key", "username"),
    logins=(KEY_GRANT, PASSWORD_LOGIN),
    parameter="",
)
WEBHOOK_V2 = ApiVariant(
    name="webhook-v2",
    endpoints=Endpoints(
        fields="/webhook/campaign/v2/{campaign_id}/global-form/fields",
        links="/webhook/campaign/{campaign_id}/links",
        lead="/webhook/campaign/{campaign_id}/global-form/{form_id}/leads"
        "?campaignLinkId={link_id}&publisherId={publisher_id}",
    ),
    account=("campaign_api_key",),
    key="campaign_api_key",
    parameter="apikey",
)

RELATIVES = {relative.name: relative for relative in (PUBLISHER_V2_5, PUBLISHER_V2_4, WEBHOOK_V2)}
