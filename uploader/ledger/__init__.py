"""What was sent, and its outcome: one protocol, one package per database. The only package with SQL."""

from pathlib import Path

from uploader.ledger.fingerprint import Fingerprints
from uploader.ledger.protocol import (
    DuplicateMark,
    Ledger,
    LedgerError,
    Permits,
    PurgeSummary,
    RecordedIdentity,
    RevisableDecision,
    UnsentRun,
    lock_names,
    lock_names_of,
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
    "new_run_id",
    "open_ledger",
    "sqlite_version",
]


def open_ledger(home: Path) -> Ledger:
    """Open the ledger in a folder; it is created at first use, readable by this user only.

    Raises:
        LedgerError: It cannot be read or written.
    """
    return SqliteLedger(home)
