"""The API variants as data: the same leads over different paths, with different credentials.

Sources are the vendor's documents "POST Leads using Publisher API v2.5", "Publisher API v2.4" (Global Forms), "Campaign
Webhook v2" and "GET Leads v4", and versions 2.1 to 2.3 where those say nothing. What a response means is the same for
all: see `api/protocol.py`.
"""

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

# The names in braces that the template of each endpoint may have.
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
    """Path templates. None: the API variant has no such endpoint or, in the settings, it is not overridden.

    They hold no credentials: `ApiVariant.access` adds those.
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
        if not value.startswith("/") or value.startswith("//"):
            raise ValueError("a path begins with one /")
        if re.search(r"[^!-~]|#", value) or any(form or conversion for _, _, form, conversion in parts):
            raise ValueError("it is not a path template: use ASCII without blanks or #, and bare names in braces")
        if unknown:
            names = ", ".join(f"{{{name}}}" for name in sorted(known)) or "none"
            raise ValueError(f"no such name in braces: {', '.join(sorted(unknown))}; use {names}")
        return value


@dataclass(frozen=True, repr=False)
class Access:
    """Credentials of a request, in its query (form-encoded) or its headers. Both hold secrets; neither is shown."""

    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Login:
    """A request for a token.

    Attributes:
        endpoint: The endpoint that gives the token.
        method: GET sends the parameters in the query, POST in the body.
        needs: Settings that are sent under their own names.
        fixed: Parameters that are always the same.
    """

    endpoint: str
    method: str
    needs: tuple[str, ...]
    fixed: tuple[tuple[str, str], ...] = ()

    def parameters(self, given: Mapping[str, str]) -> str:
        """Return the parameters, form-encoded. `given` has the values of the settings."""
        return urlencode([*self.fixed, *((name, given[name]) for name in self.needs)])


@dataclass(frozen=True)
class ApiVariant:
    """One variant of the API.

    Attributes:
        name: Its value in UPLOADER_API.
        endpoints: Its path templates.
        account: The settings that identify an account.
        logins: Ways to get a token; the first one with credentials is used.
        key: The setting with a key that is used instead of a token.
        parameter: The query parameter with the token or key; empty if a header carries it.
        optional: The ids that a lead may be sent without.
    """

    name: str
    endpoints: Endpoints
    account: tuple[str, ...]
    logins: tuple[Login, ...] = ()
    key: str = ""
    parameter: str = "access_token"
    optional: frozenset[str] = frozenset()

    def access(self, secret: str) -> Access:
        """Return the credentials of a request with this token or key."""
        if self.parameter:
            return Access(f"{self.parameter}={_url_quote(secret)}")
        return Access(headers={"Authorization": f"Bearer {secret}"})

    def login(self, given: Mapping[str, str]) -> Login:
        """Return the login that these credentials are enough for; the last one if none is."""
        return next((login for login in self.logins if all(given[name] for name in login.needs)), self.logins[-1])

    def missing(self, given: Mapping[str, str]) -> list[tuple[str, ...]]:
        """Return the missing credentials for each way to log in; nothing if one way is complete."""
        ways = [login.needs for login in self.logins] or [(self.key,)]
        missing = [tuple(name for name in needs if not given[name]) for needs in ways]
        return [names for names in missing if names and not any(set(other) < set(names) for other in missing)]


@lru_cache(maxsize=4)  # one token is used for thousands of requests
def _url_quote(secret: str) -> str:
    return quote(secret, safe="")


KEY_GRANT = Login("token", "GET", ("client_id", "client_secret", "api_key", "grant_type"))
PASSWORD_GRANT = Login(
    "token",
    "POST",
    ("client_id", "client_secret", "api_key", "username", "password"),
    fixed=(("grant_type", "password"),),
)
# The page of GET Leads v4 lists the password grant without an API key.
PASSWORD_GRANT_WITHOUT_KEY = replace(PASSWORD_GRANT, needs=("client_id", "client_secret", "username", "password"))
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
    logins=(PASSWORD_GRANT, PASSWORD_GRANT_WITHOUT_KEY, KEY_GRANT),
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
    optional=frozenset({"link"}),
)


def _older(version: str) -> ApiVariant:
    """Return version 2 or 2.3: the same API under older paths, with a token from either login."""
    base = f"/api/v{version}/publisher"
    return ApiVariant(
        name=f"publisher-v{version}",
        endpoints=Endpoints(
            token="/oauth/v2/token",  # noqa: S106 - a path
            login="/api/login",
            fields=f"{base}/fields/{{campaign_id}}",
            links=f"{base}/links/{{campaign_id}}",
            lead=f"{base}/{{publisher_id}}/links/{{link_id}}/forms/{{form_id}}/leads",
            result="/api/v2.1/publisher/{publisher_id}/lead-result/{lead_id}",
            leads=LEADS_V4,
        ),
        account=("client_id", "api_key", "username"),
        logins=(PASSWORD_GRANT, PASSWORD_GRANT_WITHOUT_KEY, KEY_GRANT, PASSWORD_LOGIN),
    )


PUBLISHER_V2_3, PUBLISHER_V2 = _older("2.3"), _older("2")
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
    optional=frozenset({"link", "publisher"}),
)
WEBHOOK_V1 = replace(
    WEBHOOK_V2,
    name="webhook-v1",
    endpoints=Endpoints(
        fields="/webhook/campaign/{campaign_id}/form/fields",
        links="/webhook/campaign/{campaign_id}/links",
        lead="/webhook/campaign/{campaign_id}/form/{form_id}/leads?campaignLinkId={link_id}&publisherId={publisher_id}",
    ),
)

VARIANTS = (PUBLISHER_V2_5, PUBLISHER_V2_4, PUBLISHER_V2_3, PUBLISHER_V2, WEBHOOK_V2, WEBHOOK_V1)
API_VARIANTS = {variant.name: variant for variant in VARIANTS}
