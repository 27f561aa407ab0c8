"""Reading a whole local ledger, to move it into a shared one; and closing it afterwards.

Only what was sent to a platform is read: runs in a sandbox stay where they are.
"""

import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from uploader.core.model import Run
from uploader.ledger.run_facts import run_of
from uploader.ledger.sqlite.database import Database

SANDBOX = "sandbox"  # the enterprise of sandboxes

SENT = f"SELECT id FROM run WHERE facts ->> 'scope' <> '{SANDBOX}'"  # noqa: S608
MOVED = "it was moved into a shared ledger; set UPLOADER_LEDGER"

# Also processes that have the file open, and older versions, can no longer record that they send a lead.
CLOSE = f"""
CREATE TRIGGER IF NOT EXISTS moved_run BEFORE INSERT ON run WHEN NEW.facts ->> 'scope' <> '{SANDBOX}'
    BEGIN SELECT RAISE(ABORT, '{MOVED}'); END;
CREATE TRIGGER IF NOT EXISTS moved_resumed BEFORE UPDATE ON run WHEN NEW.facts ->> 'scope' <> '{SANDBOX}'
    BEGIN SELECT RAISE(ABORT, '{MOVED}'); END;
CREATE TRIGGER IF NOT EXISTS moved_attempt BEFORE INSERT ON attempt WHEN NEW.run IN ({SENT})
    BEGIN SELECT RAISE(ABORT, '{MOVED}'); END;
CREATE TRIGGER IF NOT EXISTS moved_decision BEFORE INSERT ON decision
    WHEN (SELECT run FROM attempt WHERE id = NEW.attempt) IN ({SENT})
    BEGIN SELECT RAISE(ABORT, '{MOVED}'); END;
"""  # noqa: S608

ATTEMPTS = """
SELECT id, run, row, fingerprint, sent, fingerprint IS NOT NULL AND id IN (
    SELECT max(id) FROM live WHERE fingerprint IS NOT NULL GROUP BY fingerprint
) FROM attempt WHERE run IN ({}) ORDER BY id
"""

Row = tuple[Any, ...]


class SqliteExport:
    """What is in a local ledger, row by row; attempts and reasons have the numbers that they have here."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self.key = key

    @property
    def moved_to(self) -> str | None:
        """The shared ledger that this one was moved into, or None."""
        found = self._database.read_one("SELECT value FROM meta WHERE name = 'moved_to'")
        return None if found is None else bytes(found).decode()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let no other process write within the context; what `close` does is undone if the context fails."""
        with self._database.transaction():
            yield

    def close(self, place: str) -> None:
        """Make the ledger read-only, except for runs in a sandbox.

        Args:
            place: The shared ledger that it was moved into, without user and password.
        """
        self._database.write(CLOSE)
        self._database.write("INSERT OR REPLACE INTO meta VALUES ('moved_to', ?)", (place.encode(),))

    def unfinished(self) -> list[Run]:
        """Return the runs without an end."""
        return [run for run, _, ended, _, _ in self.runs() if ended is None]

    def runs(self) -> list[tuple[Run, float, float | None, str | None, str | None]]:
        """Return (run, started, ended, stopped, counts) of all runs."""
        found = self._database.read_all(
            f"SELECT id, family, facts, started, ended, stopped, counts FROM run WHERE id IN ({SENT}) "  # noqa: S608
            "ORDER BY started, id"
        )
        return [(run_of(run, family, json.loads(facts)), *rest) for run, family, facts, *rest in found]

    def attempts(self) -> Iterator[Row]:
        """Yield (number, token, run, row, fingerprint, sent, holds), in order of sending.

        One attempt at each lead that may exist holds it, also if there are several (--allow-duplicates). The token
        depends on the key and the attempt, so that an attempt has the same one whenever it is moved.
        """
        for number, run, row, fingerprint, sent, holds in self._rows(ATTEMPTS):
            digest = hmac.digest(self.key, f"attempt {number} {run} {row} {sent!r}".encode(), "sha256")
            yield number, UUID(bytes=digest[:16]), run, row, fingerprint, sent, bool(holds)

    def answers(self) -> Iterator[Row]:
        """Yield (attempt, came, outcome, status, lead id, reason)."""
        return self._rows(
            "SELECT attempt, came, outcome, status, lead_id, reason FROM answer "
            "WHERE attempt IN (SELECT id FROM attempt WHERE run IN ({}))"
        )

    def decisions(self) -> Iterator[Row]:
        """Yield (number, attempt, made, who, outcome, lead id, reason)."""
        return self._rows(
            "SELECT id, attempt, made, who, outcome, lead_id, reason FROM decision "
            "WHERE attempt IN (SELECT id FROM attempt WHERE run IN ({}))"
        )

    def duplicates(self) -> Iterator[Row]:
        """Yield (run, row, reason, earlier attempt)."""
        return self._rows("SELECT run, row, reason, attempt FROM duplicate WHERE run IN ({})")

    def results(self) -> Iterator[Row]:
        """Yield (enterprise, lead id, asked, finding, reason)."""
        return self._rows(f"SELECT scope, lead_id, asked, finding, reason FROM result WHERE scope <> '{SANDBOX}'")  # noqa: S608

    def reasons(self) -> Iterator[Row]:
        """Yield (number, text, hint)."""
        return self._rows("SELECT id, text, hint FROM reason")

    def live_attempts(self) -> int:
        """Return how many attempts are accepted or unknown."""
        return int(self._database.read_one(f"SELECT count(*) FROM live WHERE run IN ({SENT})"))  # noqa: S608

    def _rows(self, sql: str) -> Iterator[Row]:
        return self._database.read(sql.format(SENT))
