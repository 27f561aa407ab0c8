"""A list of the campaign's leads, from an export or from the platform, to look unknown rows up in."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from uploader.core.errors import TableError
from uploader.core.identity import canonical_email
from uploader.core.model import MAX_ID
from uploader.mapping.transforms import repair_email
from uploader.pipeline.creation_time import Span, day_comes_first, parse_creation_time
from uploader.report.number_cells import NumberStyle, parse_number
from uploader.spreadsheet import Table, fold, open_table

# The names of an export's columns (folded), in the platform's file and in GET Leads v4.
EMAIL_NAMES = ("email", "emailaddress", "email address", "e-mail", "form[email]")
ID_NAMES = ("id", "leadid", "lead id")
CREATED_NAMES = ("createdts", "created", "createdat", "created at", "createddate", "datecreated", "dateadded", "date")

# An export's times may be of any time zone: a lead was created within a day of its sending.
TOLERANCE = timedelta(hours=26)

MANY_IDS = 1_000  # an id that was rounded to more candidates is not looked for


@dataclass(frozen=True)
class ListedLead:
    """A lead of the list: the ids and the times that its cells can stand for."""

    ids: Sequence[int]
    created: Sequence[Span]

    def was_created_near(self, sent: datetime) -> bool:
        """Whether the lead was created within a day of its sending."""
        return any(begin - TOLERANCE <= sent <= end + TOLERANCE for begin, end in self.created)

    def free_id(self, taken: Collection[int]) -> int | None:
        """Return the lead's id; None if a program rounded it and several numbers remain."""
        if len(self.ids) > MANY_IDS:
            return None
        free = [one for one in self.ids if one not in taken]
        return free[0] if len(free) == 1 else None

    def is_free(self, taken: Collection[int]) -> bool:
        """Whether the lead can be one that belongs to no other row."""
        return len(self.ids) > MANY_IDS or any(one not in taken for one in self.ids)


@dataclass(frozen=True)
class LeadList:
    """The campaign's leads.

    Attributes:
        name: Where they come from, for messages.
        leads: The leads by canonical e-mail.
        ids: The ids that are clear.
        unreadable: Number of rows whose e-mail, id or time can't be read.
        is_complete: Whether nothing says that leads are missing.
    """

    name: str
    leads: Mapping[str, list[ListedLead]]
    ids: frozenset[int]
    unreadable: int
    is_complete: bool = True

    def take(self, email: str, sent: float, taken: Collection[int]) -> ListedLead | None:
        """Remove and return the lead with this e-mail that was created near its sending and is no other row's.

        Args:
            email: The e-mail.
            sent: When the row was sent: UNIX time.
            taken: The ids that belong to other rows.
        """
        when = datetime.fromtimestamp(sent, UTC)
        leads = self.leads.get(canonical_email(email), []) if email else []
        found = next((lead for lead in leads if lead.was_created_near(when) and lead.is_free(taken)), None)
        if found:
            leads.remove(found)  # it is no other row's, also if its id is not clear
        return found


def lead_list(
    name: str, leads: Sequence[tuple[str, str, str]], *, unreadable: int = 0, is_complete: bool = True
) -> LeadList:
    """Return a list of leads.

    Args:
        name: Where they come from.
        leads: (id, e-mail, creation time) as they are written.
        unreadable: Number of entries that are not leads.
        is_complete: Whether nothing says that leads are missing.
    """
    day_first = day_comes_first(created for _, _, created in leads)
    style = NumberStyle()
    for lead_id, _, _ in leads:
        style.add(lead_id)
    found: dict[str, list[ListedLead]] = {}
    ids = set()
    for lead_id, email, created in leads:
        if not (lead_id.strip() or email.strip() or created.strip()):
            continue  # a blank row
        lead = ListedLead(parse_number(lead_id, style, below=MAX_ID), parse_creation_time(created, day_first))
        if len(lead.ids) == 1:
            ids.add(lead.ids[0])
        address = canonical_email(repair_email(email.strip())[0])
        if not lead.ids or not lead.created or "@" not in address or "*" in address:  # masked
            unreadable += 1
        else:
            found.setdefault(address, []).append(lead)
    return LeadList(name, found, frozenset(ids), unreadable, is_complete)


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
    return lead_list(path.name, list(_triples(table, (lead_id, email, created))))


def _triples(table: Table, places: tuple[int, int, int]) -> Iterator[tuple[str, str, str]]:
    for chunk in table.chunks():
        yield from zip(*(chunk.columns[place] for place in places), strict=True)
