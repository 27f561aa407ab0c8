"""Reasons and hints, each stored once: few of them stand for many rows."""

from uploader.ledger.sqlite.database import Database


def reason_id(database: Database, text: str, hint: str) -> int:
    """Return the id of a reason, which is stored if it is new. Call it within a transaction.

    It is looked up each time, because a purge in another process may have dropped it.
    """
    database.write("INSERT OR IGNORE INTO reason (text, hint) VALUES (?, ?)", (text, hint))
    return int(database.read_one("SELECT id FROM reason WHERE text = ? AND hint = ?", (text, hint)))
