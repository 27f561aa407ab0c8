"""What the ledger remembers: listing runs, purging old ones, and forgetting leads.

It imports nothing that takes long to load, so that `runs` responds at once.
"""

import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from math import inf
from pathlib import Path
from typing import NamedTuple

from uploader.config.ledger_place import LedgerPlace
from uploader.core.errors import UsageError
from uploader.core.identity import spellings_of_email
from uploader.core.model import IdentityScheme, PastRun, Run
from uploader.ledger import ALL_RUNS, Ledger, PurgeSummary, RunFilter, UnsentRun, lock_names_of, open_ledger

WORKSPACES = "workspaces"  # the folder of the web page's workspaces


def runs(place: LedgerPlace | Path, limit: int | None, wanted: RunFilter = ALL_RUNS) -> list[PastRun]:
    """Return up to `limit` of the runs that are wanted, newest first; None for all of them. Raises LedgerError."""
    with open_ledger(place) as ledger:
        return ledger.runs.history(limit, wanted)


def find_run(place: LedgerPlace | Path, name: str) -> Run | None:
    """Return the facts of a run, or None if the ledger does not know it. Raises LedgerError."""
    with open_ledger(place) as ledger:
        return ledger.runs.find(name)


class KnownRun(NamedTuple):
    """What a ledger knows of a run without its file.

    Attributes:
        past: The run.
        unknown: Its rows with an unknown outcome.
    """

    past: PastRun
    unknown: list[int]


def known_run(place: LedgerPlace, name: str) -> KnownRun | None:
    """Return what the ledger knows of a run, or None if it does not know it. Raises LedgerError."""
    with open_ledger(place) as ledger:
        found = ledger.runs.history(1, RunFilter(run=name))
        return KnownRun(found[0], sorted(ledger.rows.unknown(name))) if found else None


def has_file(run: Run) -> bool:
    """Return whether a run's file is on this machine, and can be read by this user."""
    try:
        return Path(run.file).is_file()
    except OSError:  # it is in a folder of another user
        return False


def run_of_file(place: LedgerPlace | Path, path: Path) -> str | None:
    """Return the newest run that has sent the file at a path, or None. Raises LedgerError."""
    found = runs(place, 1, RunFilter(file=str(path.resolve())))
    return found[0].run.id if found else None


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
    _record_older_identities(ledger)
    with _dead_runs(ledger, cutoff) as dead:
        purged = ledger.retention.purge(cutoff, dead, forget_leads=forget_leads)
    if purged.runs:
        ledger.retention.compact()
    return purged


def remove_workspaces(home: Path, cutoff: float) -> int:
    """Remove the web page's workspaces that no one has used since the cutoff (UNIX time); return their number.

    They hold spreadsheets as they were dropped, with the leads' data.
    """
    folders = [folder for folder in (home / WORKSPACES).glob("*/") if _last_use(folder) < cutoff]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    return len(folders)


def _last_use(folder: Path) -> float:
    """Return when a folder was used last (UNIX time); never before any time if that can't be read."""
    try:
        return max(path.stat().st_mtime for path in [folder, *folder.rglob("*")])
    except OSError:  # such as a file that the page removes at this moment
        return inf


class Forgotten(NamedTuple):
    """What was forgotten.

    Attributes:
        rows: Number of rows that had the fingerprint of one of the e-mails.
        other_fields: The fields by which other leads in the ledger are identified, so that no e-mail finds them.
    """

    rows: int
    other_fields: list[tuple[str, ...]]


def forget(ledger: Ledger, emails: Sequence[str]) -> Forgotten:
    """Remove the fingerprints of leads that are identified by their e-mail alone.

    Each e-mail is also compared as an upload would repair it (`mailto:`, invisible characters, …), and by the rules of
    all versions. It is kept nowhere.
    """
    from uploader.mapping.transforms import repair_email  # noqa: PLC0415 - takes long to load

    _record_older_identities(ledger)
    campaigns = ledger.runs.campaigns()
    makers = [ledger.fingerprints(*campaign, key) for campaign in campaigns for key in ledger.keys]
    repaired = {form for email in emails for form in (email.strip(), repair_email(email.strip())[0])}
    spellings = {spelling for form in repaired for spelling in spellings_of_email(form)}
    rows = ledger.retention.forget([mark for make in makers for mark in make([[*spellings]]) if mark])
    ledger.retention.compact()
    return Forgotten(rows, _other_fields(ledger, campaigns))


def _record_older_identities(ledger: Ledger) -> None:
    """Record how the runs of older versions identified leads, if there are any."""
    if ledger.runs.without_identity():
        from uploader.pipeline.identity import record_older_identities  # noqa: PLC0415 - takes long to load

        record_older_identities(ledger)


def _other_fields(ledger: Ledger, campaigns: Collection[tuple[str, int]]) -> list[tuple[str, ...]]:
    """Return the fields other than an e-mail alone that identify leads which may exist."""
    recorded = [one for campaign in campaigns for one in ledger.runs.identities(*campaign)]
    schemes = {scheme for one in recorded for scheme in one.schemes}
    return sorted({scheme.names for scheme in schemes if len(scheme.fields) > 1 or not _may_be_email(scheme)})


def _may_be_email(scheme: IdentityScheme) -> bool:
    """Return whether the only field of a scheme may have e-mails in it."""
    ((name, kind),) = scheme.fields
    return kind == "email" or "mail" in name.casefold()


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
