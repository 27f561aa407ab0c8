"""The tables of the ledger, and its reasons and hints: each is stored once, as few of them stand for many rows."""

from uploader.ledger.sqlite.database import Database, Schema

VERSION = 7

TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run (
    id TEXT PRIMARY KEY,
    family TEXT NOT NULL,          -- the id of the upload that this run (a retry, perhaps) belongs to
    started REAL NOT NULL,         -- UNIX time in seconds, as all times here
    ended REAL,
    stopped TEXT,                  -- why it stopped before its end
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
CREATE INDEX IF NOT EXISTS answer_lead_id ON answer (lead_id) WHERE lead_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS result (
    scope TEXT NOT NULL,           -- the enterprise that the lead belongs to
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
    attempt INTEGER,               -- the earlier attempt at its lead; NULL: an earlier row of the file
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
CREATE INDEX IF NOT EXISTS decision_lead_id ON decision (lead_id) WHERE lead_id IS NOT NULL;
-- The state of an attempt: accepted if the platform accepted it, else what a user decided last, else the outcome of
-- its response, else unknown.
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

# Before version 6 duplicates had no attempt; before version 7 lead ids were not indexed.
UPGRADES = {
    6: """
CREATE TABLE IF NOT EXISTS duplicate (
    run TEXT NOT NULL REFERENCES run,
    row INTEGER NOT NULL,
    reason INTEGER NOT NULL REFERENCES reason,
    PRIMARY KEY (run, row)
) STRICT, WITHOUT ROWID;
ALTER TABLE duplicate ADD COLUMN attempt INTEGER;
"""
}

# The newest id that an attempt has had. SQLite would give it again once a purge has dropped it, but other processes may
# still go by it.
NEWEST_ATTEMPT = """
SELECT max(coalesce((SELECT max(id) FROM attempt), 0),
           coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'newest_attempt'), 0))
"""
KEEP_NEWEST_ATTEMPT = f"INSERT OR REPLACE INTO meta SELECT 'newest_attempt', CAST(({NEWEST_ATTEMPT}) AS BLOB)"

LEDGER_SCHEMA = Schema(VERSION, TABLES, "FULL", UPGRADES)


def reason_id(database: Database, text: str, hint: str) -> int:
    """Return the id of a reason, which is stored if it is new. Call it within a transaction.

    It is looked up each time, because a purge in another process may have dropped it.
    """
    database.write("INSERT OR IGNORE INTO reason (text, hint) VALUES (?, ?)", (text, hint))
    return int(database.read_one("SELECT id FROM reason WHERE text = ? AND hint = ?", (text, hint)))
