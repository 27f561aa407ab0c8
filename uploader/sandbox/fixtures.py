"""The sandbox's data: one enterprise, one publisher, some campaigns."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ENTERPRISE = "sandbox"
CLIENT_ID = "1_sandboxclient"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - not a real secret
API_KEY = "sandbox-api-key"
USERNAME = "publisher"
PASSWORD = "sandbox-password"  # noqa: S105 - not a real secret
MFA_USERNAME = "publisher-with-mfa"  # with the same password
EXPIRED_USERNAME = "publisher-with-expired-password"  # with the same password
PUBLISHER = 11003


@dataclass(frozen=True)
class Field:
    """A form field. `kind` is what its values are checked for: text, email, flag (0 or 1) or phone."""

    name: str
    required: bool = False
    hidden: bool = False
    kind: str = "text"

    @property
    def key(self) -> str:
        """The field's key in the API."""
        return f"form[{self.name}]"


@dataclass(frozen=True)
class Campaign:
    """A campaign with one form.

    Attributes:
        links: (id, name, channel) of each link.
        closed: The message of its 403; empty if it is open.
        bare: Whether its form lists the keys of its fields only.
    """

    id: int
    form: int
    links: tuple[tuple[int, str, str], ...]
    closed: str = ""
    bare: bool = False

    @property
    def key(self) -> str:
        """The API key that the webhook accepts for this campaign."""
        return f"sandbox-campaign-key-{self.id}"


FIELDS = (
    Field("firstName", required=True),
    Field("lastName", required=True),
    Field("email", required=True, kind="email"),
    Field("telephone", kind="phone"),
    Field("fullName"),
    Field("companyName"),
    Field("jobTitle"),
    Field("industry"),
    Field("address"),
    Field("city"),
    Field("postcode"),
    Field("country"),
    Field("optIn", kind="flag"),
    Field("terms", kind="flag"),
    Field("eventDate"),
    Field("source", required=True, hidden=True),
)
FORM_NAME = "Webinar form"

NOT_STARTED = "Campaign has not started yet"
FULFILLED = "Campaign is fulfilled"
INACTIVE = "Campaign is inactive"

CAMPAIGNS = {
    campaign.id: campaign
    for campaign in (
        Campaign(44400, 75, ((135, "Autumn webinar", "Email"), (136, "Autumn webinar", "Display"))),
        Campaign(44401, 76, ((137, "Spring webinar", "Email"),), bare=True),
        Campaign(44402, 77, ((138, "Next year's webinar", "Email"),), closed=NOT_STARTED),
        Campaign(44403, 78, ((139, "Last year's webinar", "Email"),), closed=FULFILLED),
        Campaign(44404, 79, ((140, "Cancelled webinar", "Email"),), closed=INACTIVE),
    )
}

# What a client of each API needs, apart from UPLOADER_BASE_URL.
_EVERY = {"UPLOADER_ENTERPRISE": ENTERPRISE, "UPLOADER_PUBLISHER_ID": str(PUBLISHER)}
APIS = {
    "publisher-v2.5": {
        **_EVERY,
        "UPLOADER_CLIENT_ID": CLIENT_ID,
        "UPLOADER_CLIENT_SECRET": CLIENT_SECRET,
        "UPLOADER_API_KEY": API_KEY,
    },
    "publisher-v2.4": {**_EVERY, "UPLOADER_USERNAME": USERNAME, "UPLOADER_PASSWORD": PASSWORD},
    "publisher-v2.3": {**_EVERY, "UPLOADER_USERNAME": USERNAME, "UPLOADER_PASSWORD": PASSWORD},
    "publisher-v2": {
        **_EVERY,
        "UPLOADER_CLIENT_ID": CLIENT_ID,
        "UPLOADER_CLIENT_SECRET": CLIENT_SECRET,
        "UPLOADER_USERNAME": USERNAME,
        "UPLOADER_PASSWORD": PASSWORD,
    },
    "webhook-v2": {**_EVERY, "UPLOADER_CAMPAIGN_API_KEY": CAMPAIGNS[44400].key},
    "webhook-v1": {**_EVERY, "UPLOADER_CAMPAIGN_API_KEY": CAMPAIGNS[44400].key},
}


def credentials(api: str = "publisher-v2.5") -> dict[str, str]:
    """Return the environment of a client of the sandbox, without UPLOADER_BASE_URL.

    The webhook's key is the one of campaign 44400. Raises ValueError for an unknown API variant.
    """
    if api not in APIS:
        raise ValueError(f"unknown API variant {api!r}; known: {', '.join(APIS)}")
    return {"UPLOADER_API": api, **APIS[api]}


@cache
def countries() -> frozenset[str]:
    """Return the campaign's validation list of countries (ISO 3166, in common English names)."""
    return frozenset(files(__package__).joinpath("countries.txt").read_text("utf-8").split("\n")) - {""}
