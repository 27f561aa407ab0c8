"""What was sent, and its outcome: one protocol, one package per database. The only package with SQL."""

from pathlib import Path

from uploader.ledger.fingerprint import Fingerprints
from uploader.ledger.protocol import Ledger, Permits
from uploader.ledger.records import (
    DuplicateMark,
    LedgerError,
    PurgeSummary,
    RecordedIdentity,
    RevisableDecision,
    UnsentRun,
    lock_names,
    lock_names_of,
    missing_ledger,
    new_run_id,
)
from uploader.ledger.sqlite.database import sqlite_version
from uploader.ledger.sqlite.ledger import SqliteLedger

__all__ = [
    "DuplicateMark",
    "Fingerprints",
    "Ledger",
    "LedgerError",
    "Permits",
    "PurgeSummary",
    "RecordedIdentity",
    "RevisableDecision",
    "UnsentRun",
    "lock_names",
    "lock_names_of",
    "missing_ledger",
    "new_run_id",
    "open_ledger",
    "sqlite_version",
]


def open_ledger(home: Path, *, must_exist: bool = False) -> Ledger:
    """Open the ledger in a folder; it is created at first use, readable by this user only.

    Args:
        home: The folder.
        must_exist: Whether it is an error if there is no ledger yet.

    Raises:
        LedgerError: It cannot be read or written, or it does not exist.
    """
    return SqliteLedger(home, must_exist=must_exist)
