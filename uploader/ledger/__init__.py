"""SQLite: runs, attempts, what was ever accepted, permits, locks. The only room with SQL."""

from uploader.ledger.database import LedgerError
from uploader.ledger.fingerprint import Fingerprint
from uploader.ledger.ledger import Ledger, new_run_id
from uploader.ledger.locks import only_run
from uploader.ledger.permits import Permits, open_permits

__all__ = ["Fingerprint", "Ledger", "LedgerError", "Permits", "new_run_id", "only_run", "open_permits"]
