"""The ledger's file: its tables, its rights, its key. SQLite comes with apsw: the system's may be one that
loses commits when several connections reset the write-ahead log (fixed in 3.51.3, 3.50.7 and 3.44.6)."""

import os
import secrets
from pathlib import Path

import apsw

from uploader.errors import UploaderError

SCHEMA = """
CREATE TABLE IF NOT EXISTS run (
    id TEXT PRIMARY KEY,
    family TEXT NOT NULL,          -- the id of the upload that this run, a retry perhaps, goes back to
    started REAL NOT NULL,         -- UNIX time, seconds, as all times here
    ended REAL,
    facts TEXT NOT NULL,           -- JSON: file, hash, mapping, ids, … (class Run)
    counts TEXT                    -- JSON: rows per outcome, when ended
) STRICT;
CREATE TABLE IF NOT EXISTS reason (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    hint TEXT NOT NULL,
    UNIQUE (text, hint)
) STRICT;
CREATE TABLE IF NOT EXISTS attempt (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL REFERENCES run,
    row INTEGER NOT NULL,
    fingerprint BLOB,
    sent REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS attempt_row ON attempt (run, row);
CREATE INDEX IF NOT EXISTS attempt_fingerprint ON attempt (fingerprint) WHERE fingerprint IS NOT NULL;
CREATE TABLE IF NOT EXISTS answer (
    attempt INTEGER PRIMARY KEY REFERENCES attempt,
    came REAL NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    lead_id INTEGER,
    reason INTEGER REFERENCES reason
) STRICT;
CREATE TABLE IF NOT EXISTS duplicate (
    run TEXT NOT NULL REFERENCES run,
    row INTEGER NOT NULL,
    reason INTEGER NOT NULL REFERENCES reason,
    PRIMARY KEY (run, row)
) STRICT, WITHOUT ROWID;
-- An attempt that may have created a lead: accepted, or in doubt.
CREATE VIEW IF NOT EXISTS live AS
    SELECT attempt.id, run, family, row, facts ->> 'file' AS file, fingerprint, sent,
           coalesce(outcome, 'unknown') AS outcome, lead_id
    FROM attempt JOIN run ON run.id = attempt.run LEFT JOIN answer ON answer.attempt = attempt.id
    WHERE outcome IS NULL OR outcome IN ('accepted', 'unknown');
"""


class LedgerError(UploaderError):
    """The ledger can't be read or written: nothing is sent without it."""

    exit_code = 5


def open_database(home: Path) -> tuple[apsw.Connection, bytes]:
    """The connection, and the key of the fingerprints; both are made at first use, for this user alone.

    A commit is durable when it returns: `synchronous=FULL`, and on macOS `fullfsync`, because an fsync
    there leaves the disk's own cache alone (SQLite's "PRAGMA fullfsync"). Raises LedgerError.
    """
    try:
        _private_folder(home)
        key = _key(home / "fingerprint.key")
        database = apsw.Connection(str(home / "ledger.sqlite3"))
        database.set_busy_timeout(10_000)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "fullfsync=1"):
            database.execute(f"PRAGMA {pragma}").fetchall()
        database.execute(SCHEMA)
        for file in home.glob("ledger.sqlite3*"):
            file.chmod(0o600)
    except (OSError, apsw.Error) as error:
        raise told(error, home) from None
    return database, key


def _private_folder(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.chmod(0o700)


def _key(path: Path) -> bytes:
    """The key of the fingerprints, made at first use."""
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    return path.read_bytes()


def told(error: Exception, home: Path) -> LedgerError:
    """SQLite's or the system's error in a user's words."""
    return LedgerError(
        f"The ledger in {home} can't be used: {error}.",
        "Nothing is sent without it. Look at the disk and the folder's rights, then `uploader resume`.",
    )
