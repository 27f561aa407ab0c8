"""Rows whose outcome is unknown: what a person says of them, or what an export of the campaign's leads shows."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from uploader.commands.connection import platform
from uploader.config.settings import Settings
from uploader.core.command_line import PlatformFlags
from uploader.core.errors import TableError, UsageError
from uploader.core.model import MAX_ID, MAX_ROW, Outcome, RowState, Run, parse_whole_number
from uploader.core.os_user import user_name
from uploader.ledger import Ledger, RevisableDecision, lock_names_of, open_ledger
from uploader.mapping.bind import Binder
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline.cancellation import StopSignal
from uploader.pipeline.inputs import flags_of_run, reopen, require_run, require_same_platform, suggesting_flags
from uploader.spreadsheet import Table, fold, open_table

# What an export calls its columns (folded), in the platform's file and in GET Leads v4.
EMAIL = ("email", "emailaddress", "e-mail", "form[email]")
LEAD_ID = ("id", "leadid", "lead id")
CREATED = ("createdts", "created", "createdat", "createddate", "datecreated", "dateadded", "date")

# An export's clock may be of any time zone: a lead was created within a day of its sending.
WITHIN = timedelta(hours=26)

OUTCOMES = {
    "accepted": (Outcome.ACCEPTED, "said to be accepted", ""),
    "not-sent": (Outcome.FAILED, "said not to have been taken", "`uploader retry` the report sends it again"),
    "resend": (Outcome.UNSENT, "to be sent again, though it may exist", "`uploader retry` the report sends it again"),
}


@dataclass(frozen=True)
class Exported:
    """A lead in an export; `created` is None where the export does not say."""

    lead_id: int | None
    created: datetime | None


@dataclass(frozen=True)
class Export:
    """The campaign's leads by e-mail (casefolded); `name` says where they come from."""

    name: str
    leads: Mapping[str, list[Exported]]


def row_numbers(text: str) -> set[int]:
    """`3,7-9` -> {3, 7, 8, 9}. Raises UsageError."""
    rows: set[int] = set()
    for part in text.split(","):
        begin, dash, end = part.partition("-")
        first, last = parse_whole_number(begin, MAX_ROW), parse_whole_number(end if dash else begin, MAX_ROW)
        if first is None or last is None or last - first > 1_100_000:
            raise UsageError(f"--rows {text[:100]}: {part.strip()[:100]!r} is no row.", "Write it as 3,7-9.")
        rows |= set(range(first, last + 1))
    return rows


def record_resolution(
    run: Run, rows: Collection[int], said: str, lead_id: int | None, ledger: Ledger, who: str
) -> list[int]:
    """Notes what somebody says of rows in doubt (`said`: accepted, not-sent, resend), or says anew; the rows, in order.

    Raises UsageError that names every row about which there is nothing to decide.
    """
    unknown = {row: attempt for row, (attempt, _) in ledger.rows.unknown(run.id).items()}
    revisable = ledger.decisions.revisable(run.family)
    anew = {one.row: one.attempt for one in revisable if one.run == run.id and one.row not in unknown}
    if others := sorted(set(rows) - set(unknown) - set(anew)):
        raise _not_open(run, others, unknown, anew)
    if lead_id is not None:
        attempts = [{**anew, **unknown}[min(rows)]]
    else:
        # What is said of a row holds for every attempt at it: an earlier one would go on forbidding to send it.
        attempts = ledger.rows.unknown_attempts(run.family, sorted(rows))
        attempts += _said_with(run, set(rows) & set(anew), revisable)
    outcome, words, hint = OUTCOMES[said]
    state = RowState(outcome, f"{words} ({who}, {datetime.now(UTC):%Y-%m-%d})", hint, lead_id)
    ledger.decisions.record(who, [(attempt, state) for attempt in attempts])
    return sorted(rows)


def _said_with(run: Run, rows: Collection[int], revisable: Sequence[RevisableDecision]) -> list[int]:
    """The attempts at these rows that are decided anew together; what has an id in another run is a lead of its own."""
    return [one.attempt for one in revisable if one.row in rows and (one.run == run.id or one.lead_id is None)]


def _not_open(run: Run, rows: Sequence[int], unknown: Collection[int], anew: Collection[int]) -> UsageError:
    known = ", ".join(map(str, sorted(unknown))) or "none"
    hint = f"Unknown there: {known}."
    if anew:
        hint += f" PlannedRows, not sent again since, and so to be decided anew: {', '.join(map(str, sorted(anew)))}."
    return UsageError(f"Not unknown in run {run.id}: row {', '.join(map(str, rows[:20]))}.", hint)


def match_export(run: Run, export: Export, ledger: Ledger, who: str) -> tuple[list[int], list[int]]:
    """Notes as accepted the rows in doubt that an export shows; (those rows, those that it does not show).

    A row is shown by a lead of the same e-mail, created within a day of the row's sending, whose id is no other
    row's. Raises TableError when the run's file has changed.
    """
    unknown = ledger.rows.unknown(run.id)
    emails = _emails(run, set(unknown), ledger)
    taken = ledger.rows.lead_ids(run.scope)
    found: dict[int, Exported] = {}
    for row, (_, sent) in unknown.items():
        match = _match(export.leads.get(emails.get(row, ""), []), sent, taken)
        if match:
            found[row] = match
            taken.add(match.lead_id or 0)
    words = f"found in {export.name} ({who}, {datetime.now(UTC):%Y-%m-%d})"
    ledger.decisions.record(
        who, [(unknown[row][0], RowState(Outcome.ACCEPTED, words, "", lead.lead_id)) for row, lead in found.items()]
    )
    return sorted(found), sorted(set(unknown) - set(found))


def days_in_doubt(run: Run, ledger: Ledger) -> tuple[date, date] | None:
    """From the day before the first sending in doubt to the second day after the last; None without any."""
    times = [datetime.fromtimestamp(sent, UTC).date() for _, sent in ledger.rows.unknown(run.id).values()]
    return (min(times) - timedelta(days=1), max(times) + timedelta(days=2)) if times else None


def export_of(name: str, leads: Iterable[tuple[str, str, str]]) -> Export:
    """(id, e-mail, created) triples by e-mail."""
    found: dict[str, list[Exported]] = {}
    for identity, address, created in leads:
        lead = Exported(parse_whole_number(identity, MAX_ID), _time(created))
        found.setdefault(address.strip().casefold(), []).append(lead)
    return Export(name, found)


def read_export(path: Path) -> Export:
    """A file of the campaign's leads. Raises TableError when a column is missing."""
    table = open_table(path)
    names = [fold(name) for name in table.columns]
    email, lead_id, created = (
        next((names.index(name) for name in known if name in names), None) for known in (EMAIL, LEAD_ID, CREATED)
    )
    found = {"e-mail": email, "id": lead_id, "creation time": created}
    missing = [what for what, place in found.items() if place is None]
    if email is None or lead_id is None or created is None:
        raise TableError(
            f"{path.name} has no column of the leads' {', '.join(missing)}.",
            "Export the leads with id, email and createdTs.",
        )
    return export_of(path.name, _triples(table, lead_id, email, created))


def _triples(table: Table, lead_id: int, email: int, created: int) -> Iterator[tuple[str, str, str]]:
    for chunk in table.chunks():
        yield from zip(*(chunk.columns[place] for place in (lead_id, email, created)), strict=True)


def _emails(run: Run, rows: Collection[int], ledger: Ledger) -> Mapping[int, str]:
    """The e-mails of some rows, from the run's file: the ledger does not hold them."""
    source, mapping = reopen(run, ledger)
    preparer = RowMapper(Binder(mapping, source.columns).plans(), source.columns)
    found: dict[int, str] = {}
    for part in source.batches():
        prepared = preparer.prepare(part.chunk)
        (emails,) = prepared.columns(["email"])
        found.update({row: email.casefold() for row, email in zip(prepared.rows, emails, strict=True) if row in rows})
    return found


def _match(leads: list[Exported], sent: float, taken: Collection[int]) -> Exported | None:
    """The lead of these that was created about then, and is no other row's."""
    when = datetime.fromtimestamp(sent, UTC)
    near = (lead for lead in leads if lead.created and abs(lead.created - when) <= WITHIN)
    return next((lead for lead in near if lead.lead_id is not None and lead.lead_id not in taken), None)


def _time(text: str) -> datetime | None:
    """ISO 8601, with or without a zone; None for anything else: day and month are not guessed."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def rows_text(rows: Sequence[int]) -> Iterator[str]:
    """[3, 7, 8, 9] -> "3", "7-9"."""
    start = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or rows[end] != rows[end - 1] + 1:
            yield str(rows[start]) if end - start == 1 else f"{rows[start]}-{rows[end - 1]}"
            start = end


def resolve(
    name: str, rows: str, said: str, lead_id: int | None, settings: Settings
) -> tuple[list[int], PlatformFlags]:
    """Record what the user says about unknown rows.

    Returns:
        The rows that were meant, and the flags for commands about the run.
    """
    with open_ledger(settings.home) as ledger:
        run = require_run(name, ledger, settings)
        flags = flags_of_run(run, settings)
        with suggesting_flags(flags), ledger.lock(lock_names_of(run), Path(run.file).name):
            meant = set(ledger.rows.unknown(run.id)) if rows == "all" else row_numbers(rows)
            return record_resolution(run, meant, said, lead_id, ledger, user_name()), flags


async def reconcile(name: str, export: Path | None, settings: Settings) -> tuple[list[int], list[int], PlatformFlags]:
    """Look unknown rows up in an export of the campaign's leads, or on the platform.

    Returns:
        The rows that were found, those that were not, and the flags for commands about the run.
    """
    with open_ledger(settings.home) as ledger:
        run = require_run(name, ledger, settings)
        flags = flags_of_run(run, settings)
        with suggesting_flags(flags), ledger.lock(lock_names_of(run), Path(run.file).name):
            leads = read_export(export) if export else await _leads(run, ledger, settings)
            found, missing = match_export(run, leads, ledger, user_name())
            return found, missing, flags


async def _leads(run: Run, ledger: Ledger, settings: Settings) -> Export:
    """The campaign's leads of the days in doubt, as the platform tells them (GET Leads v4)."""
    days = days_in_doubt(run, ledger)
    if days is None:
        return export_of("the platform", [])
    require_same_platform(run, settings)
    async with platform(ledger, settings, StopSignal()) as api:
        return export_of("the platform", await api.leads(run.campaign, *days))
