"""What the ledger remembers: listing runs, purging old ones, and forgetting leads.

It imports nothing that takes long to load, so that `runs` responds at once.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from uploader.core.errors import UsageError
from uploader.core.identity import canonical_email
from uploader.core.model import PastRun
from uploader.ledger import Ledger, PurgeSummary, UnsentRun, lock_names_of, open_ledger


def runs(home: Path, limit: int) -> list[PastRun]:
    """Return up to `limit` runs, newest first. Raises LedgerError."""
    with open_ledger(home) as ledger:
        return ledger.runs.history(limit)


def preview(ledger: Ledger, cutoff: float, *, forget_leads: bool = False) -> PurgeSummary:
    """Return what `purge` would drop now; `cutoff` is UNIX time."""
    with _dead_runs(ledger, cutoff) as dead:
        return ledger.retention.preview(cutoff, dead, forget_leads=forget_leads)


def unsent_runs(ledger: Ledger, cutoff: float) -> list[UnsentRun]:
    """Return the runs that `purge` would drop although some of their rows were never sent."""
    with _dead_runs(ledger, cutoff) as dead:
        return ledger.retention.unsent_runs(cutoff, dead)


def purge(ledger: Ledger, cutoff: float, *, forget_leads: bool = False) -> PurgeSummary:
    """Drop the runs that ended before the cutoff, with their rows, and return freed space to the disk.

    Leads that were accepted, or whose outcome is unknown, are still recognized unless `forget_leads` is set. A run that
    never ended is dated by its last attempt, and skipped while another process holds its lock.

    Args:
        ledger: The ledger.
        cutoff: UNIX time.
        forget_leads: Also forget that the leads were sent.
    """
    if ledger.runs.without_identity():
        from uploader.pipeline.identity import record_older_identities  # noqa: PLC0415 - takes long to load

        record_older_identities(ledger)
    with _dead_runs(ledger, cutoff) as dead:
        purged = ledger.retention.purge(cutoff, dead, forget_leads=forget_leads)
    if purged.runs:
        ledger.retention.compact()
    return purged


def forget(ledger: Ledger, emails: Sequence[str]) -> int:
    """Remove the fingerprints of leads that are identified by their e-mail alone.

    Each e-mail is also compared as an upload would repair it (`mailto:`, invisible characters, …). It is kept nowhere.

    Returns:
        Number of rows that had one of these fingerprints.
    """
    from uploader.mapping.transforms import repair_email  # noqa: PLC0415 - takes long to load

    makers = [ledger.fingerprints(scope, campaign) for scope, campaign in ledger.runs.campaigns()]
    repaired = {form for email in emails for form in (email.strip(), repair_email(email.strip())[0])}
    spellings = repaired | set(map(canonical_email, repaired))
    rows = ledger.retention.forget([mark for make in makers for mark in make([[*spellings]]) if mark])
    ledger.retention.compact()
    return rows


@contextmanager
def _dead_runs(ledger: Ledger, cutoff: float) -> Iterator[list[str]]:
    """Lock the runs that were killed before the cutoff, so that no one resumes them meanwhile."""
    dead, names = [], set[str]()
    with ExitStack() as held:
        for run in filter(None, map(ledger.runs.find, ledger.retention.unfinished_before(cutoff))):
            wanted = set(lock_names_of(run)) - names
            try:
                held.enter_context(ledger.lock(wanted, run.id))
            except UsageError:
                continue  # another process is running it
            names |= wanted
            dead.append(run.id)
        yield dead
