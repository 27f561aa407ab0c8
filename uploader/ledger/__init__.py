"""SQLite: runs, attempts, what was ever accepted. The only room with SQL."""

from uploader.ledger.database import LedgerError
from uploader.ledger.ledger import Ledger, new_run_id

__all__ = ["Ledger", "LedgerError", "new_run_id"]
