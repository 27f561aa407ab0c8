"""How long the ledger keeps what; and leads that are to be forgotten."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from uploader.core.errors import UsageError
from uploader.ledger import Ledger, Purged, Unsent, locks_of, only_run
from uploader.mapping.transforms import repair_email


def old(ledger: Ledger, home: Path, before: float, *, forget_leads: bool = False) -> Purged:
    """What `purge` would drop now; `before` is UNIX time."""
    with _dead(ledger, home, before) as dead:
        return ledger.old(before, dead, forget_leads=forget_leads)


def left_unsent(ledger: Ledger, home: Path, before: float) -> list[Unsent]:
    """The runs among those that have rows which were never sent."""
    with _dead(ledger, home, before) as dead:
        return ledger.left_unsent(before, dead)


def purge(ledger: Ledger, home: Path, before: float, *, forget_leads: bool = False) -> Purged:
    """Drops the runs that ended before then, with their rows, and gives the room back to the disk.

    Leads that were accepted or are in doubt are still recognised, unless `forget_leads`. A run without an end counts
    by its last sending, and is left alone while another process is at it.
    """
    with _dead(ledger, home, before) as dead:
        purged = ledger.purge(before, dead, forget_leads=forget_leads)
    if purged.runs:
        ledger.compact()
    return purged


def forget(ledger: Ledger, emails: Sequence[str]) -> int:
    """Takes the fingerprints of leads that are told by their e-mail alone from the ledger; how many rows had one.

    The e-mails are compared as they were sent, without regard to case and to what an upload takes off an address too
    (`mailto:`, invisible characters, …); they are kept nowhere.
    """
    makers = [ledger.fingerprints(scope, campaign) for scope, campaign in ledger.campaigns()]
    sent = {form for email in emails for form in (email.strip(), repair_email(email.strip())[0])}
    rows = ledger.forget([mark for make in makers for mark in make([[*sent]]) if mark])
    ledger.compact()
    return rows


@contextmanager
def _dead(ledger: Ledger, home: Path, before: float) -> Iterator[list[str]]:
    """Runs that were killed long ago, held so that nobody goes on with them meanwhile."""
    dead, names = [], set[str]()
    with ExitStack() as held:
        for run in filter(None, map(ledger.run, ledger.unfinished_before(before))):
            wanted = set(locks_of(run)) - names
            try:
                held.enter_context(only_run(home, wanted, run.id))
            except UsageError:
                continue  # another process is at it
            names |= wanted
            dead.append(run.id)
        yield dead
