"""What was sent, and its outcome: one protocol, one package per database. The only package with SQL."""

from pathlib import Path

from uploader.config.ledger_place import LedgerPlace
from uploader.core.fingerprint import OWN_KEY, Fingerprints
from uploader.ledger.hot_path import Permits
from uploader.ledger.protocol import Ledger
from uploader.ledger.records import (
    ALL_RUNS,
    DuplicateMark,
    LedgerError,
    Moved,
    PurgeSummary,
    RecordedIdentity,
    Removal,
    RepeatedId,
    RevisableDecision,
    RunFilter,
    UnsentRun,
    lock_names,
    lock_names_of,
    missing_ledger,
    new_run_id,
)
from uploader.ledger.row_states import UNSENT_BY_INTERRUPTION
from uploader.ledger.shared import open_shared_ledger, refuse_moved, refuse_new_local
from uploader.ledger.sqlite.database import sqlite_version
from uploader.ledger.sqlite.ledger import SqliteLedger
from uploader.ledger.sqlite.locks import lock as local_lock

__all__ = [
    "ALL_RUNS",
    "OWN_KEY",
    "UNSENT_BY_INTERRUPTION",
    "DuplicateMark",
    "Fingerprints",
    "Ledger",
    "LedgerError",
    "Moved",
    "Permits",
    "PurgeSummary",
    "RecordedIdentity",
    "Removal",
    "RepeatedId",
    "RevisableDecision",
    "RunFilter",
    "SqliteLedger",
    "UnsentRun",
    "local_lock",
    "lock_names",
    "lock_names_of",
    "missing_ledger",
    "new_run_id",
    "open_ledger",
    "sqlite_version",
]


def open_ledger(place: LedgerPlace | Path, *, must_exist: bool = False) -> Ledger:
    """Open the ledger; one in a folder is created at first use, readable by this user only.

    Args:
        place: The folder, or the place that the settings give.
        must_exist: Whether it is an error if there is no ledger in the folder yet. A shared one must always exist.

    Raises:
        LedgerError: It cannot be read or written, it does not exist, or it was moved into a shared ledger.
        UsageError: A setting or a library for a shared ledger is missing.
    """
    if isinstance(place, Path):
        return SqliteLedger(place, must_exist=must_exist)
    if place.is_shared:
        return open_shared_ledger(place)
    refuse_new_local(place)
    ledger = SqliteLedger(place.home, must_exist=must_exist)
    try:
        refuse_new_local(place, ledger)
        refuse_moved(place, ledger)
    except LedgerError:
        ledger.close()
        raise
    return ledger
