"""What a ledger gives back beside the types of `core`, its error, and the names that all ledgers share."""

import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from uploader.config.ledger_place import LedgerPlace
from uploader.core.errors import UploaderError
from uploader.core.fingerprint import OWN_KEY
from uploader.core.model import IdentityScheme, RowState, Run


class LedgerError(UploaderError):
    """The ledger cannot be read or written, so nothing is sent."""

    exit_code = 5


class RevisableDecision(NamedTuple):
    """An attempt with a user's decision that a later decision may still replace."""

    run: str
    row: int
    attempt: int
    lead_id: int | None
    fingerprint: bytes | None


class RepeatedId(NamedTuple):
    """What to record if another lead of the enterprise has the lead id already: the response may be that lead's."""

    scope: str
    state: RowState


class PurgeSummary(NamedTuple):
    """What a purge drops: runs and their rows, and how many of their leads are accepted or unknown."""

    runs: int
    rows: int
    accepted: int
    unknown: int


class Moved(NamedTuple):
    """What was moved from a local ledger into a shared one: runs, and leads that are accepted or unknown."""

    runs: int
    leads: int


class RunFilter(NamedTuple):
    """Which runs are wanted: those that have all of these, as far as they are given.

    Attributes:
        run: The run's id.
        scope: The enterprise.
        campaign: The campaign.
        file: The path of the file, as the run has it.
        is_unfinished: True for the runs without an end.
    """

    run: str | None = None
    scope: str | None = None
    campaign: int | None = None
    file: str | None = None
    is_unfinished: bool = False

    def conditions(self, by_name: Mapping[str, str]) -> str:
        """Return the SQL for what is given, from the condition for each name."""
        given = [name for name, value in self._asdict().items() if value is not None and value is not False]
        return "".join(f" AND {by_name[name]}" for name in given)


ALL_RUNS = RunFilter()


class Removal(NamedTuple):
    """What was removed from a shared ledger: when (UNIX time), who did it, by which command, and how many rows."""

    made: float
    who: str
    what: str
    runs: int
    rows: int


class UnsentRun(NamedTuple):
    """A run that stopped before its end: its id, its file, and how many rows it left unsent (None if not recorded)."""

    run: str
    file: str
    rows: int | None


class DuplicateMark(NamedTuple):
    """A row that a run leaves out because its lead was sent before.

    Attributes:
        row: The row.
        reason: Why, for the report.
        hint: What to do about it.
        attempt: The earlier attempt; None if it is an earlier row of the same file.
    """

    row: int
    reason: str
    hint: str
    attempt: int | None = None


class RecordedIdentity(NamedTuple):
    """How a run identified leads that are accepted or unknown.

    Attributes:
        run: The run; the newest one of several that did it in the same way.
        schemes: Its schemes; empty for a run of an older version.
        mapping: The text of its mapping; of a purged run only what makes the identifying values, or empty.
        mapping_path: The mapping file.
        key: The key of their fingerprints; see `Ledger.keys`.
    """

    run: str
    schemes: tuple[IdentityScheme, ...]
    mapping: str
    mapping_path: str
    key: int = OWN_KEY


def missing_ledger(place: LedgerPlace | Path) -> LedgerError:
    """Return the error that a ledger with earlier uploads is required, and there is none."""
    way = "Set UPLOADER_HOME to the folder of the earlier uploads, or restore it."
    if isinstance(place, LedgerPlace) and place.is_shared:
        way = "Set UPLOADER_LEDGER to the database of the earlier uploads, or restore it from a backup."
    return LedgerError(
        f"There is no ledger with earlier uploads in {place}, so leads that were accepted cannot be recognized.",
        f"Nothing was sent. {way} For the first upload, omit --require-ledger.",
    )


def new_run_id(now: float) -> str:
    """Return an id that sorts by time and reads well in a report: `20261123-174501-3f9a`."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{secrets.token_hex(2)}"


def lock_names(scope: str, sha256: str, family: str | None) -> list[str]:
    """Return the names of the locks that a run holds while it sends.

    Args:
        scope: The enterprise.
        sha256: The hash of the file.
        family: The upload that the run belongs to, or None for a new one.
    """
    return [f"{scope} {sha256}", *([f"family {family}"] if family else [])]


def lock_names_of(run: Run) -> list[str]:
    """Return the names of the locks that this run holds while it sends: its rows in flight are not unknown yet."""
    return lock_names(run.scope, run.sha256, run.family)
