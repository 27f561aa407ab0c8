"""How long the ledger keeps what; and leads that are to be forgotten."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from uploader.core.errors import UsageError
from uploader.ledger import Ledger, PurgeSummary, UnsentRun, lock_names_of
from uploader.mapping.transforms import repair_email


def old(ledger: Ledger, before: float, *, forget_leads: bool = False) -> PurgeSummary:
    """What `purge` would drop now; `before` is UNIX time."""
    with _dead(ledger, before) as dead:
        return ledger.retention.preview(before, dead, forget_leads=forget_leads)


def left_unsent(ledger: Ledger, before: float) -> list[UnsentRun]:
    """The runs among those that have rows which were never sent."""
    with _dead(ledger, before) as dead:
        return ledger.retention.unsent_runs(before, dead)


def purge(ledger: Ledger, before: float, *, forget_leads: bool = False) -> PurgeSummary:
    """Drops the runs that ended before then, with their rows, and gives the room back to the disk.

    Leads that were accepted or are in doubt are still recognised, unless `forget_leads`. A run without an end counts
    by its last sending, and is left alone while another process is at it.
    """
    with _dead(ledger, before) as dead:
        purged = ledger.retention.purge(before, dead, forget_leads=forget_leads)
    if purged.runs:
        ledger.retention.compact()
    return purged


def forget(ledger: Ledger, emails: Sequence[str]) -> int:
    """Takes the fingerprints of leads that are told by their e-mail alone from the ledger; how many rows had one.

    The e-mails are compared as they were sent, without regard to case and to what an upload takes off an address too
    (`mailto:`, invisible characters, …); they are kept nowhere.
    """
    makers = [ledger.fingerprints(scope, campaign) for scope, campaign in ledger.runs.campaigns()]
    sent = {form for email in emails for form in (email.strip(), repair_email(email.strip())[0])}
    rows = ledger.retention.forget([mark for make in makers for mark in make([[*sent]]) if mark])
    ledger.retention.compact()
    return rows


@contextmanager
def _dead(ledger: Ledger, before: float) -> Iterator[list[str]]:
    """Runs that were killed long ago, held so that nobody goes on with them meanwhile."""
    dead, names = [], set[str]()
    with ExitStack() as held:
        for run in filter(None, map(ledger.runs.find, ledger.retention.unfinished_before(before))):
            wanted = set(lock_names_of(run)) - names
            try:
                held.enter_context(ledger.lock(wanted, run.id))
            except UsageError:
                continue  # another process is at it
            names |= wanted
            dead.append(run.id)
        yield dead
