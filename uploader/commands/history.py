"""What was uploaded, as the ledger knows it. Imports nothing heavy: the answer is there at once."""

from pathlib import Path

from uploader.core.model import PastRun
from uploader.ledger import open_ledger


def runs(home: Path, limit: int) -> list[PastRun]:
    """The newest runs, newest first. Raises LedgerError."""
    with open_ledger(home) as ledger:
        return ledger.runs.history(limit)
