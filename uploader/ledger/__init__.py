"""SQLite: runs, attempts, what was ever accepted, permits, locks. The only room with SQL."""

from uploader.ledger.database import LedgerError, sqlite_version
from uploader.ledger.decisions import Said
from uploader.ledger.fingerprint import Fingerprints
from uploader.ledger.ledger import Ledger, new_run_id
from uploader.ledger.locks import locks_of, only_run
from uploader.ledger.permits import Permits, open_permits
from uploader.ledger.retention import Purged, Unsent

__all__ = [
    "Fingerprints",
    "Ledger",
    "LedgerError",
    "Permits",
    "Purged",
    "Said",
    "Unsent",
    "locks_of",
    "new_run_id",
    "only_run",
    "open_permits",
    "sqlite_version",
]
