"""Reads pages of GET Leads v4: Hydra collections in every form that the platform's framework writes."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from uploader.api.response_body import parse_json
from uploader.core.model import MAX_ID, parse_whole_number

# Without it, GET Leads v4 returns a bare list, and nothing says whether it is complete.
LINKED_JSON = "application/ld+json"

MEMBER_KEYS = ("hydra:member", "member", "data", "items")
TOTAL_KEYS = ("hydra:totalItems", "totalItems")
VIEW_KEYS = ("hydra:view", "view")
NEXT_KEYS = ("hydra:next", "next")
ID_KEYS = ("id", "leadId", "@id")
EMAIL_KEYS = ("email", "emailAddress")
CREATED_KEYS = ("createdTs", "createdAt", "created", "dateCreated")

ListedText = tuple[str, str, str]  # (id, e-mail, creation time) as the platform writes them


class LeadsPage(NamedTuple):
    """A page of leads.

    Attributes:
        leads: The leads; an entry without text for something has an empty text there.
        size: Number of entries on the page, also of those that are not leads.
        total: Number of leads on all pages; None if the page does not say.
        has_next: Whether another page follows; None if the page does not say.
    """

    leads: list[ListedText]
    size: int
    total: int | None
    has_next: bool | None


class CampaignLeads(NamedTuple):
    """The leads of a campaign.

    Attributes:
        leads: (id, e-mail, creation time) of each lead.
        is_complete: Whether it is certain that no lead is missing.
        unreadable: Number of entries that are not leads.
    """

    leads: list[ListedText]
    is_complete: bool
    unreadable: int


def leads_page(body: bytes) -> LeadsPage | None:
    """Parse a page of leads; None if the body is something else."""
    collection = parse_json(body)
    members = collection if isinstance(collection, list) else None
    facts: Mapping[str, Any] = {}
    if isinstance(collection, dict):
        facts = collection
        members = next((collection[key] for key in MEMBER_KEYS if isinstance(collection.get(key), list)), None)
    if members is None:
        return None
    leads = [_lead(member) for member in members if isinstance(member, dict)]
    total = _first(facts, TOTAL_KEYS)
    view = _first(facts, VIEW_KEYS)
    has_next = _first(view, NEXT_KEYS) is not None if isinstance(view, dict) else None
    return LeadsPage(leads, len(members), None if total is None else _total(total), has_next)


def _total(value: Any) -> int:
    """Return a total, which may be written as text. One that can't be read is never reached: leads may be missing."""
    known = parse_whole_number(str(value), MAX_ID)
    return MAX_ID if known is None else known


def _first(facts: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((facts[key] for key in keys if facts.get(key) is not None), None)


def _lead(member: Mapping[str, Any]) -> ListedText:
    lead_id, email, created = (_text(_first(member, keys)) for keys in (ID_KEYS, EMAIL_KEYS, CREATED_KEYS))
    return lead_id.rpartition("/")[2], email, created  # `@id` is a path: /api/v4/leads/55907


def _text(value: Any) -> str:
    if isinstance(value, dict):  # as PHP writes a DateTime
        value = value.get("date", "")
    return "" if value is None or isinstance(value, bool) else str(value)
