"""A list of the campaign's leads, from an export or from the platform, to look unknown rows up in."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from uploader.core.errors import TableError
from uploader.core.model import MAX_ID, parse_whole_number
from uploader.spreadsheet import Table, fold, open_table

# The names of an export's columns (folded), in the platform's file and in GET Leads v4.
EMAIL_NAMES = ("email", "emailaddress", "e-mail", "form[email]")
ID_NAMES = ("id", "leadid", "lead id")
CREATED_NAMES = ("createdts", "created", "createdat", "createddate", "datecreated", "dateadded", "date")

# An export's times may be of any time zone: a lead was created within a day of its sending.
TOLERANCE = timedelta(hours=26)


@dataclass(frozen=True)
class ListedLead:
    """A lead of the list; None for what the list does not say."""

    lead_id: int | None
    created: datetime | None


@dataclass(frozen=True)
class LeadList:
    """The campaign's leads.

    Attributes:
        name: Where they come from, for messages.
        leads: The leads by e-mail (casefolded).
    """

    name: str
    leads: Mapping[str, list[ListedLead]]

    def find(self, email: str, sent: float, taken: Collection[int]) -> ListedLead | None:
        """Return the lead with this e-mail that was created within a day of its sending.

        Args:
            email: The e-mail, casefolded.
            sent: When the row was sent: UNIX time.
            taken: The ids that belong to other rows.
        """
        when = datetime.fromtimestamp(sent, UTC)
        for lead in self.leads.get(email, []):
            is_near = lead.created is not None and abs(lead.created - when) <= TOLERANCE
            if is_near and lead.lead_id is not None and lead.lead_id not in taken:
                return lead
        return None


def lead_list(name: str, leads: Iterable[tuple[str, str, str]]) -> LeadList:
    """Return the list of leads given as (id, e-mail, created)."""
    found: dict[str, list[ListedLead]] = {}
    for lead_id, email, created in leads:
        lead = ListedLead(parse_whole_number(lead_id, MAX_ID), parse_time(created))
        found.setdefault(email.strip().casefold(), []).append(lead)
    return LeadList(name, found)


def read_export(path: Path) -> LeadList:
    """Read a file of the campaign's leads. Raises TableError if a column is missing."""
    table = open_table(path)
    names = [fold(name) for name in table.columns]
    lead_id, email, created = (
        next((names.index(name) for name in known if name in names), None)
        for known in (ID_NAMES, EMAIL_NAMES, CREATED_NAMES)
    )
    if email is None or lead_id is None or created is None:
        places = {"e-mail": email, "id": lead_id, "creation time": created}
        missing = ", ".join(what for what, place in places.items() if place is None)
        raise TableError(
            f"{path.name} has no column with the leads' {missing}.", "Export the leads with id, email and createdTs."
        )
    return lead_list(path.name, _triples(table, (lead_id, email, created)))


def _triples(table: Table, places: tuple[int, int, int]) -> Iterator[tuple[str, str, str]]:
    for chunk in table.chunks():
        yield from zip(*(chunk.columns[place] for place in places), strict=True)


def parse_time(text: str) -> datetime | None:
    """Return an ISO 8601 time, with or without a zone; None for anything else."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
