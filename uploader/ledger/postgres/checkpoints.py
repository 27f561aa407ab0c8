"""Checkpoints: rows that stay, one for each start and end of a run, so that a machine notices an older ledger."""

from uploader.ledger.postgres.database import Database
from uploader.ledger.seen import Checkpoint, SeenLedger


class Checkpoints:
    """The checkpoints of the team's ledger, and the last one that this machine has seen."""

    def __init__(self, database: Database, seen: SeenLedger | None) -> None:
        """Take the connection, and this machine's memory; None to have none."""
        self._database = database
        self._seen = seen

    def require_last(self) -> None:
        """Raise LedgerError if the ledger lacks what this machine has seen; else remember the newest checkpoint."""
        if self._seen is None:
            return
        if last := self._seen.last():
            found = self._database.read_one("SELECT mark FROM checkpoint WHERE id = %s", (last.number,))
            if str(found) != last.mark:
                raise self._seen.gone()
        self._remember("SELECT id, mark FROM checkpoint ORDER BY id DESC LIMIT 1")

    def add(self) -> None:
        """Add a checkpoint, and remember it. What is committed after it may be lost unnoticed, but not it itself."""
        self._remember("INSERT INTO checkpoint DEFAULT VALUES RETURNING id, mark")

    def _remember(self, sql: str) -> None:
        for number, mark in self._database.read_all(sql):
            if self._seen:
                self._seen.remember(Checkpoint(number, str(mark)))
