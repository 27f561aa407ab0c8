"""What other processes are doing, or may have done since a run looked for earlier leads."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from uploader.core.errors import UsageError
from uploader.core.model import EarlierAttempt, Outcome, Run
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


@dataclass(frozen=True)
class ResendableAttempts:
    """The attempts with an unknown outcome that `--include-unknown` sends again: no process waits for a response.

    Attributes:
        until: The newest attempt that counts; 0 for none.
        running: The files of runs that are still running, by run. What they have in flight is not unknown yet.
    """

    until: int = 0
    running: Mapping[str, str] = field(default_factory=dict)

    def __contains__(self, attempt: EarlierAttempt) -> bool:
        is_old = attempt.attempt is not None and attempt.attempt <= self.until
        return is_old and attempt.outcome is Outcome.UNKNOWN and attempt.run not in self.running


def find_resendable(run: Run, ledger: Ledger) -> ResendableAttempts:
    """Return which attempts a run with `--include-unknown` may send again. Call it while the run's locks are held."""
    if not run.include_unknown:
        return ResendableAttempts()
    until = ledger.attempts.newest()  # before the look at what is running: what starts later is newer
    others = [other for other in ledger.runs.unfinished(run.scope, run.campaign) if other.id != run.id]
    held = set(lock_names_of(run))
    return ResendableAttempts(until, {other.id: other.file for other in others if _is_running(other, held, ledger)})


def _is_running(run: Run, held: set[str], ledger: Ledger) -> bool:
    """Whether another process works on a run: it holds the run's locks, apart from those that this process holds."""
    try:
        with ledger.lock(set(lock_names_of(run)) - held, run.id):
            return False
    except UsageError:
        return True
