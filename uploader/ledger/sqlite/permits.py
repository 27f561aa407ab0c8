"""The permits of an account, shared by all processes on this machine and kept across restarts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from uploader.core.rate_limit import PermitDecision, Window
from uploader.ledger.sqlite.database import Database, Schema

TABLES = """
CREATE TABLE IF NOT EXISTS permit (
    id INTEGER PRIMARY KEY,
    account BLOB NOT NULL,         -- keyed hash of enterprise and credentials
    kind TEXT NOT NULL,
    counts_from REAL NOT NULL,     -- UNIX time at which its windows begin: the response's, or the latest it can be
    answered INTEGER NOT NULL      -- 0 while the request is in flight
) STRICT;
CREATE INDEX IF NOT EXISTS permit_time ON permit (account, counts_from, kind, answered);
CREATE TABLE IF NOT EXISTS pause (account BLOB PRIMARY KEY, until REAL NOT NULL) STRICT;
"""

# A power cut may lose the last permits: the machine takes longer to start than a window is worth.
PERMITS_SCHEMA = Schema(3, TABLES, "OFF")

# How often to check again while every permit of a window is in flight, perhaps in other processes: seconds.
POLL_INTERVAL = 0.05


class SqlitePermits:
    """See `Permits`."""

    def __init__(self, path: Path | None, account: bytes, longest_request: float) -> None:
        """Open the permits.

        Args:
            path: The file, or None to keep them in memory.
            account: The keyed hash of the account.
            longest_request: The seconds that a request can take at most.
        """
        self._database = Database(path, PERMITS_SCHEMA)
        self._account = account
        self._longest_request = longest_request
        self._paused_until = 0.0

    def take(self, kind: str, windows: Sequence[Window], now: float) -> PermitDecision:
        """Grant a permit, or say how long to wait; see the protocol."""
        if not any(window.counts(kind) for window in windows):
            return PermitDecision(wait=max(0.0, self._paused_until - now))
        with self._database.transaction():  # counting and taking are one step, also for other processes
            self._drop_expired(windows, now)
            waits = [self._wait(window, now) for window in windows if window.counts(kind)]
            wait = max([self.paused(now), *waits])
            return PermitDecision(wait=wait) if wait > 0 else PermitDecision(self._insert(kind, now))

    def answered(self, permit: int, now: float) -> None:
        """Start the windows of a permit."""
        self._database.write("UPDATE permit SET counts_from = ?, answered = 1 WHERE id = ?", (now, permit))

    def give_back(self, permit: int) -> None:
        """Drop a permit that was not used."""
        self._database.write("DELETE FROM permit WHERE id = ?", (permit,))

    def pause(self, until: float) -> None:
        """Grant no permit before then."""
        self._paused_until = max(self._paused_until, until)
        self._database.write(
            "INSERT INTO pause VALUES (?, ?) ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
            (self._account, until),
        )

    def paused(self, now: float) -> float:
        """Return the seconds until any permit is granted again."""
        until = self._database.read_one("SELECT until FROM pause WHERE account = ?", (self._account,))
        return 0.0 if until is None else float(until - now)

    def used(self, window: Window, now: float) -> int:
        """Return how many permits count in a window now."""
        return int(self._database.read_one(*self._counting("count(*)", window, now)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def _insert(self, kind: str, now: float) -> int:
        self._database.write(
            "INSERT INTO permit (account, kind, counts_from, answered) VALUES (?, ?, ?, 0)",
            (self._account, kind, now + self._longest_request),
        )
        return self._database.last_insert_id()

    def _wait(self, window: Window, now: float) -> float:
        """Return the seconds until a permit of this window may be free; 0 if one is."""
        too_many = self.used(window, now) - window.requests
        if too_many < 0:
            return 0.0
        sql, values = self._counting("counts_from, answered", window, now)
        ((counts_from, is_answered),) = self._database.read_all(
            f"{sql} ORDER BY counts_from LIMIT 1 OFFSET ?", (*values, too_many)
        )
        return float(counts_from + window.seconds - now) if is_answered else POLL_INTERVAL

    def _counting(self, what: str, window: Window, now: float) -> tuple[str, tuple[object, ...]]:
        """Return a query over the permits that count in a window, and its values."""
        sql = f"SELECT {what} FROM permit WHERE account = ? AND counts_from > ? AND (? = '' OR kind = ?)"  # noqa: S608
        return sql, (self._account, now - window.seconds, window.kind, window.kind)

    def _drop_expired(self, windows: Sequence[Window], now: float) -> None:
        """Drop permits that no longer count, and those of a clock that has since been set back."""
        longest_window = max(window.seconds for window in windows)
        self._database.write(
            "DELETE FROM permit WHERE account = ? AND (counts_from <= ? OR counts_from > ?)",
            (self._account, now - longest_window, now + self._longest_request + 1),
        )
