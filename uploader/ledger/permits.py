"""The permits of an account, shared by all processes on this machine and kept across restarts."""

import hmac
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import apsw

from uploader.core.rate_limit import Window
from uploader.ledger.database import connect, immediate, key, private_folder, told

SCHEMA = """
CREATE TABLE IF NOT EXISTS permit (
    id INTEGER PRIMARY KEY,
    account BLOB NOT NULL,         -- keyed hash of enterprise and credentials
    kind TEXT NOT NULL,
    counts_from REAL NOT NULL,     -- UNIX time from which its windows run: the answer's, or the latest it can be
    answered INTEGER NOT NULL      -- 0 while the request is under way
) STRICT;
CREATE INDEX IF NOT EXISTS permit_time ON permit (account, counts_from, kind, answered);
CREATE TABLE IF NOT EXISTS pause (account BLOB PRIMARY KEY, until REAL NOT NULL) STRICT;
"""

# While every permit of a window is under way, some of them in other processes, this often is looked: seconds.
LOOK = 0.05


def open_permits(home: Path, identity: Sequence[str], longest: float) -> "Permits":
    """The permits of whoever has this identity (enterprise and credentials; only a keyed hash of it is kept)."""
    private_folder(home)
    said = "\x1f".join(["account", *identity]).encode()
    return Permits(home, hmac.digest(key(home), said, "sha256")[:16], longest)


class Permits:
    """One account's permits. `longest` is how long a request can be under way at most, in seconds: so long
    a permit counts whose process was killed, before its window begins to run."""

    def __init__(self, home: Path | None, account: bytes, longest: float) -> None:
        try:
            if home:
                private_folder(home)
            # A power cut may lose the last permits: the machine takes longer to start than a window is worth.
            self._db = connect(home / "limits.sqlite3" if home else Path(":memory:"), SCHEMA, "OFF")
        except (OSError, apsw.Error) as error:
            raise told(error, home or Path()) from None
        self._home = home
        self._account = account
        self._longest = longest
        self._paused_until = 0.0

    def take(self, kind: str, windows: Sequence[Window], now: float) -> tuple[int, float]:
        """A permit's id and 0; or 0 and the seconds after which to ask again. Raises LedgerError."""
        if not any(window.counts(kind) for window in windows):
            return (0, self._paused_until - now) if self._paused_until > now else (-1, 0.0)
        try:
            with immediate(self._db):  # count and take are one step, also for other processes
                return self._take(kind, windows, now)
        except apsw.Error as error:
            raise told(error, self._home or Path()) from None

    def answered(self, permit: int, now: float) -> None:
        """The request's answer came, or it is known that none will: its windows run from now."""
        if permit > 0:
            self._write("UPDATE permit SET counts_from = ?, answered = 1 WHERE id = ?", (now, permit))

    def give_back(self, permit: int) -> None:
        """No request was made with it."""
        if permit > 0:
            self._write("DELETE FROM permit WHERE id = ?", (permit,))

    def pause(self, until: float) -> None:
        """Nobody gets a permit before then."""
        self._paused_until = max(self._paused_until, until)
        self._write(
            "INSERT INTO pause VALUES (?, ?) ON CONFLICT DO UPDATE SET until = max(until, excluded.until)",
            (self._account, until),
        )

    def used(self, window: Window, now: float) -> int:
        """How many permits count in a window now."""
        found = self._db.execute(*self._counting("count(*)", window, now))
        return int(next(iter(found))[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def _take(self, kind: str, windows: Sequence[Window], now: float) -> tuple[int, float]:
        self._forget(windows, now)
        wait = max([self.paused(now), *(self._wait(window, now) for window in windows if window.counts(kind))])
        if wait > 0:
            return 0, wait
        self._db.execute(
            "INSERT INTO permit (account, kind, counts_from, answered) VALUES (?, ?, ?, 0)",
            (self._account, kind, now + self._longest),
        )
        return self._db.last_insert_rowid(), 0.0

    def paused(self, now: float) -> float:
        """Seconds until anybody gets a permit again; 0 where nothing was paused."""
        found = self._db.execute("SELECT until FROM pause WHERE account = ?", (self._account,))
        return max((until - now for (until,) in found), default=0.0)

    def _wait(self, window: Window, now: float) -> float:
        """Seconds until a permit of this window may be free; 0 if one is."""
        too_many = self.used(window, now) - window.requests
        if too_many < 0:
            return 0.0
        sql, values = self._counting("counts_from, answered", window, now)
        found = self._db.execute(f"{sql} ORDER BY counts_from LIMIT 1 OFFSET ?", (*values, too_many))
        counts_from, answered = next(iter(found))
        return counts_from + window.seconds - now if answered else LOOK

    def _counting(self, what: str, window: Window, now: float) -> tuple[str, tuple[object, ...]]:
        """The SQL over permits that count in a window."""
        sql = f"SELECT {what} FROM permit WHERE account = ? AND counts_from > ? AND (? = '' OR kind = ?)"  # noqa: S608
        return sql, (self._account, now - window.seconds, window.kind, window.kind)

    def _forget(self, windows: Sequence[Window], now: float) -> None:
        """Drops what no longer counts, and what a clock wrote that has since been set back."""
        longest_window = max(window.seconds for window in windows)
        self._db.execute(
            "DELETE FROM permit WHERE account = ? AND (counts_from <= ? OR counts_from > ?)",
            (self._account, now - longest_window, now + self._longest + 1),
        )

    def _write(self, sql: str, values: tuple[object, ...]) -> None:
        try:
            self._db.execute(sql, values)
        except apsw.Error as error:
            raise told(error, self._home or Path()) from None
