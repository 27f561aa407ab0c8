"""The ledger's file: its tables, its rights, its key. SQLite comes with apsw: the system's may be one that
loses commits when several connections reset the write-ahead log (fixed in 3.51.3, 3.50.7 and 3.44.6)."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import stamina

from uploader.core.command_line import uploader_command
from uploader.core.errors import UploaderError

# So long another process may hold the ledger before it counts as unusable: seconds.
PATIENCE = 10.0

stamina.instrumentation.set_on_retry_hooks([])  # its log lines would show on the user's terminal

VERSION = 3  # of the schemas; a file of an older one is brought up to it when it is opened

SCHEMA = """
CREATE TABLE IF NOT EXISTS run (
    id TEXT PRIMARY KEY,
    family TEXT NOT NULL,          -- the id of the upload that this run, a retry perhaps, goes back to
    started REAL NOT NULL,         -- UNIX time, seconds, as all times here
    ended REAL,
    stopped TEXT,                  -- why it ended before its end
    facts TEXT NOT NULL,           -- JSON: file, hash, mapping, ids, … (class Run)
    counts TEXT                    -- JSON: rows per outcome
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
CREATE TABLE IF NOT EXISTS result (
    scope TEXT NOT NULL,           -- the enterprise whose ids these are
    lead_id INTEGER NOT NULL,
    asked REAL NOT NULL,
    finding TEXT NOT NULL,         -- valid, invalid or pending
    reason INTEGER REFERENCES reason,
    PRIMARY KEY (scope, lead_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS duplicate (
    run TEXT NOT NULL REFERENCES run,
    row INTEGER NOT NULL,
    reason INTEGER NOT NULL REFERENCES reason,
    PRIMARY KEY (run, row)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS decision (
    id INTEGER PRIMARY KEY,
    attempt INTEGER NOT NULL REFERENCES attempt,
    made REAL NOT NULL,
    who TEXT NOT NULL,
    outcome TEXT NOT NULL,
    lead_id INTEGER,
    reason INTEGER NOT NULL REFERENCES reason
) STRICT;
CREATE INDEX IF NOT EXISTS decision_attempt ON decision (attempt);
-- What is known of an attempt: that the platform accepted it, else what a person decided, else what the platform
-- answered, else nothing.
DROP VIEW IF EXISTS live;
DROP VIEW IF EXISTS known;
CREATE VIEW known AS
    SELECT attempt.id, attempt.run, row, fingerprint, sent, status,
           CASE answer.outcome WHEN 'accepted' THEN 'accepted'
                ELSE coalesce(decision.outcome, answer.outcome, 'unknown') END AS outcome,
           coalesce(decision.lead_id, answer.lead_id) AS lead_id,
           coalesce(decision.reason, answer.reason) AS reason
    FROM attempt
    LEFT JOIN answer ON answer.attempt = attempt.id
    LEFT JOIN decision ON decision.id = (SELECT max(id) FROM decision WHERE decision.attempt = attempt.id);
-- An attempt that may have created a lead.
CREATE VIEW live AS
    SELECT known.id, run, family, row, facts ->> 'file' AS file, fingerprint, sent, outcome, lead_id
    FROM known JOIN run ON run.id = known.run WHERE outcome IN ('accepted', 'unknown');
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
        private_folder(home)
        database = connect(home / "ledger.sqlite3", SCHEMA, "FULL")
    except (OSError, apsw.Error) as error:
        raise told(error, home) from None
    return database, key(home)


def _wait_a_little(times: int) -> bool:
    """While another process writes: a commit takes milliseconds, and SQLite's own steps grow to 100 ms."""
    time.sleep(0.002)
    return times < PATIENCE / 0.002


@stamina.retry(on=apsw.BusyError, attempts=None, timeout=PATIENCE, wait_initial=0.01, wait_max=0.2)
def connect(path: Path, schema: str, synchronous: str) -> apsw.Connection:
    """Opens a database in WAL mode, for this user alone. Where two processes make it at once, one waits.

    SQLite's own waiting does not cover the change to WAL ("SQLITE_BUSY sometimes returned in WAL mode").
    """
    database = apsw.Connection(str(path))
    database.set_busy_handler(_wait_a_little)
    # Else every new value makes SQLite plan its statement again (it is built with STAT4): a look for duplicates that
    # takes 1 microsecond took 40 ("SQLITE_DBCONFIG_ENABLE_QPSG").
    database.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "fullfsync=1"):
        database.execute(f"PRAGMA {pragma}").fetchall()
    known = database.pragma("user_version")
    if known > VERSION:
        raise apsw.NotADBError("a newer uploader made it; install that one")
    if known < VERSION:
        with immediate(database):
            database.execute(schema)
            database.pragma("user_version", VERSION)
    for file in path.parent.glob(f"{path.name}*"):
        file.chmod(0o600)
    return database


@contextmanager
def immediate(database: apsw.Connection) -> Iterator[None]:
    """A transaction that is a writer from its start: one that reads first may be refused when it comes to write."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def private_folder(home: Path) -> None:
    """Makes the folder, for this user alone."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.chmod(0o700)


def key(home: Path) -> bytes:
    """The key of all fingerprints, made at first use. Raises LedgerError."""
    path = home / "fingerprint.key"
    try:
        if not path.exists():
            _make_key(path)
        return path.read_bytes()
    except OSError as error:
        raise told(error, home) from None


def _make_key(path: Path) -> None:
    """Whole or not at all, and the first of two processes wins. Some network disks know no links."""
    part = path.with_name(f".{secrets.token_hex(8)}.key")
    with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(secrets.token_bytes(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        part.unlink()
    except OSError:
        part.rename(path)
    else:
        part.unlink()


def sqlite_version() -> str:
    """Of the SQLite that the ledger uses: apsw's own."""
    return str(apsw.sqlite_lib_version())


def told(error: Exception, home: Path) -> LedgerError:
    """SQLite's or the system's error in a user's words."""
    return LedgerError(
        f"The ledger in {home} can't be used: {error}.",
        f"Nothing is sent without it. Look at the disk and the folder's rights, then `{uploader_command('resume')}`.",
    )
