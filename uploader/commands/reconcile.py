"""Rows whose outcome is unknown: what the user says about them, or what a list of the campaign's leads shows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from uploader.commands.connection import platform
from uploader.commands.retention import has_file
from uploader.config.settings import Settings
from uploader.config.user import user_name
from uploader.core.command_line import NO_FLAGS, PlatformFlags, uploader_command
from uploader.core.errors import UsageError
from uploader.core.model import Outcome, RowState, Run
from uploader.core.row_numbers import parse_row_numbers
from uploader.ledger import Ledger, RevisableDecision, lock_names_of, open_ledger
from uploader.mapping.bind import Binder
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline.cancellation import StopSignal
from uploader.pipeline.identifying_texts import CANONICAL_FORM
from uploader.pipeline.inputs import reopen
from uploader.pipeline.lead_list import LeadList, lead_list, read_export
from uploader.pipeline.past_run import flags_of_run, require_run, require_same_platform, suggesting_flags

RETRY_HINT = "`uploader retry` with the report sends it again"

# How leads are identified whose e-mails are recognized without the run's file.
BY_EMAIL = (("email", "email"),)

# Instead of the e-mail of a row that is none of a list's.
NOT_LISTED = "not listed"

# What the user can say about an unknown row: the flag, and the row's new outcome, reason and hint.
RESOLUTIONS = {
    "accepted": RowState(Outcome.ACCEPTED, "resolved as accepted"),
    "not-sent": RowState(Outcome.FAILED, "resolved as not sent", RETRY_HINT),
    "resend": RowState(Outcome.UNSENT, "will be sent again, although the platform may already have it", RETRY_HINT),
}


@dataclass(frozen=True)
class Reconciliation:
    """What a list of leads shows about the unknown rows of a run.

    Attributes:
        found: The rows that are accepted now.
        missing: The rows that the list does not have.
        without_email: The rows that have no e-mail, so that they can't be looked up.
        unreadable: Number of rows of the list that can't be read.
        is_complete: Whether the list is known to have all leads of the run, and all of it was read: only then a
            missing row was not sent.
        flags: The flags for commands about the run.
    """

    found: list[int]
    missing: list[int]
    without_email: list[int]
    unreadable: int = 0
    is_complete: bool = False
    flags: PlatformFlags = NO_FLAGS


def resolve(
    name: str, rows: str, resolution: str, lead_id: int | None, settings: Settings
) -> tuple[list[int], PlatformFlags]:
    """Record what the user says about unknown rows.

    Args:
        name: The run.
        rows: The rows, as in `3,7-9`; `all` for all unknown ones.
        resolution: accepted, not-sent or resend.
        lead_id: The lead's id on the platform, for one accepted row.
        settings: Where the ledger is.

    Returns:
        The rows that were resolved, and the flags for commands about the run.
    """
    with open_ledger(settings.ledger_place) as ledger:
        run = require_run(name, ledger, settings)
        flags = flags_of_run(run, settings)
        with suggesting_flags(flags), ledger.lock(lock_names_of(run), Path(run.file).name):
            wanted = set(ledger.rows.unknown(run.id)) if rows == "all" else parse_row_numbers(rows)
            return record_resolution(run, wanted, resolution, lead_id, ledger, user_name()), flags


async def reconcile(name: str, export: Path | None, settings: Settings) -> Reconciliation:
    """Look the unknown rows of a run up in an export of the campaign's leads, or on the platform."""
    with open_ledger(settings.ledger_place) as ledger:
        run = require_run(name, ledger, settings)
        flags = flags_of_run(run, settings)
        with suggesting_flags(flags), ledger.lock(lock_names_of(run), Path(run.file).name):
            leads = read_export(export) if export else await _fetch_leads(run, ledger, settings)
            sent = set(ledger.rows.lead_ids_by_row(run.id).values())
            is_covered = sent <= leads.ids and (bool(sent) or export is None)
            matched = match_leads(run, leads, ledger, user_name())
            is_complete = leads.is_complete and not leads.unreadable and is_covered
            return Reconciliation(*matched, leads.unreadable, is_complete, flags)


def record_resolution(
    run: Run, rows: Collection[int], resolution: str, lead_id: int | None, ledger: Ledger, user: str
) -> list[int]:
    """Record what the user says about unknown rows, or says differently now; return the rows, sorted.

    Raises:
        UsageError: Some rows are not unknown; it names every one of them.
    """
    unknown = {row: attempt for row, (attempt, _) in ledger.rows.unknown(run.id).items()}
    revisable = ledger.decisions.revisable(run.family)
    resolved = {one.row: one.attempt for one in revisable if one.run == run.id and one.row not in unknown}
    if others := sorted(set(rows) - set(unknown) - set(resolved)):
        raise _not_unknown(run, others, unknown, resolved)
    if lead_id is not None:
        attempts = [{**resolved, **unknown}[min(rows)]]
    else:
        # A resolution holds for every attempt at the row's lead: an earlier one would still block sending it.
        attempts = _unknown_together(run, sorted(rows), revisable, ledger)
        attempts += _resolved_together(run, set(rows) & set(resolved), revisable)
    state = RESOLUTIONS[resolution]
    reason = f"{state.reason} ({user}, {datetime.now(UTC):%Y-%m-%d})"
    state = state._replace(reason=reason, lead_id=lead_id)
    ledger.decisions.record(user, [(attempt, state) for attempt in attempts])
    return sorted(rows)


def _unknown_together(
    run: Run, rows: Sequence[int], revisable: Sequence[RevisableDecision], ledger: Ledger
) -> list[int]:
    """Return the unknown attempts at the leads that a run has sent as these rows, in any run of its upload.

    Under the same number another run may have sent another lead, about which nothing was said.
    """
    found = []
    for row, attempts in ledger.rows.earlier_by_row(run.family, rows).items():
        unknown = [one for one in attempts if one.outcome is Outcome.UNKNOWN]
        own = {one.fingerprint for one in unknown if one.run == run.id}
        own |= {one.fingerprint for one in revisable if (one.run, one.row) == (run.id, row)}
        found += [one.attempt for one in unknown if one.attempt and one.fingerprint in own]
    return found


def _resolved_together(run: Run, rows: Collection[int], revisable: Sequence[RevisableDecision]) -> list[int]:
    """Return the resolved attempts at the same leads; one with a lead id in another run is a lead of its own."""
    own = {(one.row, one.fingerprint) for one in revisable if one.run == run.id and one.row in rows}
    same = [one for one in revisable if (one.row, one.fingerprint) in own]
    return [one.attempt for one in same if one.run == run.id or one.lead_id is None]


def _not_unknown(run: Run, rows: Sequence[int], unknown: Collection[int], resolved: Collection[int]) -> UsageError:
    hint = f"Unknown rows: {', '.join(map(str, sorted(unknown))) or 'none'}."
    if resolved:
        hint += f" Already resolved and can be changed: {', '.join(map(str, sorted(resolved)))}."
    return UsageError(f"Not unknown in run {run.id}: row {', '.join(map(str, rows[:20]))}.", hint)


def match_leads(run: Run, leads: LeadList, ledger: Ledger, user: str) -> tuple[list[int], list[int], list[int]]:
    """Record the unknown rows that the list has as accepted.

    A row is in the list if a lead has the same e-mail, was created within a day of the row's sending, and its id is no
    other row's. An id that a program rounded is recorded only if one number remains.

    Returns:
        The rows that were found, those that were not, and those that have no e-mail.

    Raises:
        TableError: The run's file has changed.
        UsageError: The run's leads have no e-mail.
    """
    unknown = ledger.rows.unknown(run.id)
    emails = _emails(run, set(unknown), leads, ledger)
    taken = ledger.rows.lead_ids(run.scope)
    found: dict[int, int | None] = {}
    for row, (_, sent) in unknown.items():
        if match := leads.take(emails.get(row, ""), sent, taken):
            lead_id = match.free_id(taken if len(match.ids) == 1 else taken | leads.ids)
            found[row] = lead_id
            if lead_id is not None:
                taken.add(lead_id)
    reason = f"found in {leads.name} ({user}, {datetime.now(UTC):%Y-%m-%d})"
    states = [(unknown[row][0], RowState(Outcome.ACCEPTED, reason, lead_id=lead_id)) for row, lead_id in found.items()]
    ledger.decisions.record(user, states)
    missing = sorted(set(unknown) - set(found))
    return sorted(found), [row for row in missing if emails.get(row)], [row for row in missing if not emails.get(row)]


def _emails(run: Run, rows: Collection[int], leads: LeadList, ledger: Ledger) -> Mapping[int, str]:
    """Return the e-mails of some rows, from the run's file: the ledger does not hold them.

    Without the file, as on a colleague's machine, the ledger recognizes the e-mails of a list by their fingerprints.
    """
    is_recognized = all(one.fields == BY_EMAIL and one.version == CANONICAL_FORM for one in run.identities)
    if run.identities and is_recognized and not has_file(run):
        return _recognized_emails(run, rows, leads, ledger)
    source, mapping = reopen(run, ledger)
    plans = Binder(mapping, source.columns).plans()
    field = next((plan.name for plan in sorted(plans, key=lambda plan: plan.name != "email") if plan.is_email), None)
    if field is None:
        raise UsageError(
            f"Run {run.id}: {mapping.path.name} maps no e-mail, so its rows can't be looked up by it.",
            f"Look them up on the platform, then run `{uploader_command('resolve', run.id, '--rows ROWS')}`.",
        )
    mapper = RowMapper(plans, source.columns)
    found: dict[int, str] = {}
    for batch in source.batches():
        mapped = mapper.map_rows(batch.chunk)
        (emails,) = mapped.columns([field])
        found.update({row: email for row, email in zip(mapped.rows, emails, strict=True) if row in rows})
    return found


def _recognized_emails(run: Run, rows: Collection[int], leads: LeadList, ledger: Ledger) -> Mapping[int, str]:
    """Return the e-mails of those rows that have one, by their fingerprints; `NOT_LISTED` if the list lacks it."""
    listed = [*leads.leads]
    known = {
        mark: email
        for key in ledger.keys
        for mark, email in zip(ledger.fingerprints(run.scope, run.campaign, key)([listed]), listed, strict=True)
    }
    earlier = ledger.rows.earlier_by_row(run.family, sorted(rows))
    own = [one for attempts in earlier.values() for one in attempts if one.run == run.id and one.fingerprint]
    return {one.row: known.get(one.fingerprint, NOT_LISTED) for one in own if one.row in rows}


async def _fetch_leads(run: Run, ledger: Ledger, settings: Settings) -> LeadList:
    """Fetch the campaign's leads of the days of the unknown rows (GET Leads v4)."""
    days = _days_of_unknown(run, ledger)
    if days is None:
        return lead_list("the platform", [])
    require_same_platform(run, settings)
    async with platform(ledger, settings, StopSignal()) as api:
        listed = await api.leads(run.campaign, *days)
        return lead_list("the platform", listed.leads, unreadable=listed.unreadable, is_complete=listed.is_complete)


def _days_of_unknown(run: Run, ledger: Ledger) -> tuple[date, date] | None:
    """Return the day before the first unknown row was sent, and the second day after the last; None without any."""
    times = [datetime.fromtimestamp(sent, UTC).date() for _, sent in ledger.rows.unknown(run.id).values()]
    return (min(times) - timedelta(days=1), max(times) + timedelta(days=2)) if times else None
