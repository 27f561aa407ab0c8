"""What was uploaded, as the ledger knows it. Imports nothing heavy: the answer is there at once."""

from pathlib import Path

from uploader.core.model import PastRun
from uploader.ledger import Ledger


def runs(home: Path, limit: int) -> list[PastRun]:
    """The newest runs, newest first. Raises LedgerError."""
    with Ledger(home) as ledger:
        return ledger.history(limit)
