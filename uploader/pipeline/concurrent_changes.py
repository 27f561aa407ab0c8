"""What others may have changed between the moment at which a run looked for earlier leads and its first request."""

from uploader.core.errors import UsageError
from uploader.core.model import Run
from uploader.ledger import Ledger, lock_names_of
from uploader.pipeline.identity import LeadIdentity


def refuse_concurrent_schemes(run: Run, ledger: Ledger) -> None:
    """Refuse to send while another process sends leads of the campaign that it identifies in another way.

    It would not recognize the leads of this run, as it looked for earlier ways before this run began.

    Raises:
        UsageError: There is such a process.
    """
    own_locks = set(lock_names_of(run))
    for other in ledger.runs.unfinished(run.scope, run.campaign):
        locks = set(lock_names_of(other))
        if other.id == run.id or own_locks & locks or set(run.identities) <= set(other.identities):
            continue
        with ledger.lock(locks, f"campaign {run.campaign} with other identifying fields"):
            pass  # its process has ended


def refuse_new_keys(identity: LeadIdentity, ledger: Ledger) -> None:
    """Refuse to send if a ledger has been moved in since the leads were planned: its leads were not recognized.

    Call it once the run is recorded: a ledger is not moved in while a run of its campaigns is running.

    Raises:
        UsageError: There is such a ledger.
    """
    if len(ledger.keys) != identity.keys:
        raise UsageError(
            "A colleague has just moved the ledger of another machine into the team's ledger.",
            "Nothing was sent. Run the same command again.",
        )
