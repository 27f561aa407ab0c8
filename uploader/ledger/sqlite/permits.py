"""The permits of an account, shared by all processes on this machine and kept across restarts.

Times are seconds since the machine was started, so a change of the system's clock neither lets more requests through
nor makes anyone wait. A time in the future was written before a restart: then as much time has passed as the machine
has been running, at least.

Whatever the workers ask for and give back in one turn of the event loop shares one transaction. Until it is written
that a permit was answered, the permit counts as one in flight: what is written late lets no more requests through.
"""

import asyncio
import hmac
from collections.abc import Sequence
from contextlib import suppress
from math import inf
from typing import NamedTuple, Self

from uploader.core.clock import Clock, steady_time
from uploader.core.rate_limit import PermitDecision, Window
from uploader.ledger.records import LedgerError
from uploader.ledger.sqlite.database import Database, Schema

TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS permit (
    id INTEGER PRIMARY KEY,
    account BLOB NOT NULL,         -- keyed hash of enterprise and credentials
    kind TEXT NOT NULL,
    taken REAL NOT NULL,           -- seconds since the machine was started, as all times here
    counts_from REAL NOT NULL,     -- when its windows begin: at the response, or at the latest time it can come
    answered INTEGER NOT NULL      -- 0 while the request is in flight
) STRICT;
CREATE INDEX IF NOT EXISTS permit_time ON permit (account, counts_from, kind, answered);
CREATE TABLE IF NOT EXISTS pause (account BLOB PRIMARY KEY, asked REAL NOT NULL, until REAL NOT NULL) STRICT;
INSERT OR IGNORE INTO meta VALUES ('salt', randomblob(32));
"""
# Older versions kept UNIX times, under hashes made with the ledger's key: from now on the whole window is used.
UPGRADES = {
    4: """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta SELECT 'upgraded', x'' WHERE EXISTS (SELECT 1 FROM permit);
DROP TABLE IF EXISTS permit;
DROP TABLE IF EXISTS pause;
"""
}

# A power cut may lose the last permits: the machine takes longer to start than a window is worth.
PERMITS_SCHEMA = Schema(4, TABLES, "OFF", UPGRADES)

# How often to check again while every permit of a window is in flight, perhaps in other processes: seconds.
POLL_INTERVAL = 0.05


class Request(NamedTuple):
    """Someone who waits for a permit, and the windows of all kinds."""

    kind: str
    windows: Sequence[Window]
    decision: asyncio.Future[PermitDecision]


class SqlitePermits:
    """See `Permits`."""

    def __init__(
        self, database: Database, account: Sequence[str], longest_request: float, clock: Clock = steady_time
    ) -> None:
        """Use the permits of an account in an open file.

        Args:
            database: The file; it is closed with the permits.
            account: What identifies the account.
            longest_request: The seconds that a request can take at most.
            clock: Returns the seconds since the machine was started.
        """
        self._database = database
        self._account = self._hash(account)
        self._longest_request = longest_request
        self._clock = clock
        self._paused_until = 0.0
        self._requests: list[Request] = []
        self._answered: list[tuple[float, int]] = []  # when, and the permit
        self._given_back: list[tuple[int]] = []
        self._due_in: asyncio.AbstractEventLoop | None = None  # where the next transaction is scheduled

    async def take(self, kind: str, windows: Sequence[Window]) -> PermitDecision:
        """Grant a permit, or say how long to wait; see the protocol."""
        if not any(window.counts(kind) for window in windows):
            return PermitDecision(wait=max(0.0, self._paused_until - self._clock()))
        request = Request(kind, windows, asyncio.get_running_loop().create_future())
        self._requests.append(request)
        self._write_soon()
        try:
            return await request.decision
        except asyncio.CancelledError:
            self._abandon(request)
            raise

    def answered(self, permit: int) -> None:
        """Start the windows of a permit, with the next transaction."""
        self._answered.append((self._clock(), permit))
        self._write_soon()

    def give_back(self, permit: int) -> None:
        """Drop a permit that was not used, with the next transaction."""
        self._given_back.append((permit,))
        self._write_soon()

    def pause(self, seconds: float) -> None:
        """Grant no permit for this long."""
        now = self._clock()
        self._paused_until = max(self._paused_until, now + seconds)
        with self._database.transaction():
            until = now + max(seconds, self.paused())
            self._database.write("INSERT OR REPLACE INTO pause VALUES (?, ?, ?)", (self._account, now, until))

    def paused(self) -> float:
        """Return the seconds until any permit is granted again."""
        now = self._clock()
        found = self._database.read_all("SELECT asked, until FROM pause WHERE account = ?", (self._account,))
        # A pause that was asked for before a restart lasts from the restart, at the longest.
        return max((until - (asked if asked > now else 0) - now for asked, until in found), default=0.0)

    def used(self, window: Window) -> int:
        """Return how many permits count in a window now."""
        self._write_freed()
        now = self._clock()
        return window.requests if self._reset_wait(window, now) > 0 else self._used(window, now)

    def treat_as_used(self) -> None:
        """Let the whole window count as used from now on: what was used before is not known."""
        now = self._clock()
        with self._database.transaction():
            self._database.write("INSERT OR REPLACE INTO meta VALUES ('reset', CAST(? AS BLOB))", (repr(now),))
            # Requests in flight in other processes have permits of the lost file: new ones get other ids.
            self._database.write(
                "INSERT OR REPLACE INTO permit VALUES (?, x'', '', ?, ?, 1)", (int(now * 1e6) + 1, now, now)
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(LedgerError):  # what cannot be written counts until its request's longest time
            self._write_freed()
        self._database.close()

    def _abandon(self, request: Request) -> None:
        """Give the permit back that came when no one waited for it any longer."""
        is_granted = not request.decision.cancelled() and request.decision.exception() is None
        if is_granted and (permit := request.decision.result().permit) is not None:
            self.give_back(permit)

    def _write_soon(self) -> None:
        """Write all that waits after this turn of the event loop; at once where there is none."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._write_freed()
            return
        if self._due_in is not loop:
            self._due_in = loop
            loop.call_soon(self._write)

    def _write(self) -> None:
        """Write all that waits and wake the callers; if that fails, each of them gets the error."""
        self._due_in = None
        requests = [request for request in self._requests if not request.decision.done()]  # some may be canceled
        self._requests.clear()
        try:
            decisions = self._decide(requests)
        except Exception as error:  # what was to be freed waits for the next time, and counts until then
            for request in requests:  # whatever it is, no one waits forever
                request.decision.set_exception(error)
            if not isinstance(error, LedgerError):
                raise
            return
        for request, decision in zip(requests, decisions, strict=True):
            request.decision.set_result(decision)

    def _write_freed(self) -> None:
        """Write which permits were answered or given back."""
        if self._answered or self._given_back:
            self._decide([])

    def _decide(self, requests: Sequence[Request]) -> list[PermitDecision]:
        """Write what was freed, and decide about requests in the order in which they came."""
        with self._database.transaction():  # counting and taking are one step, also for other processes
            self._free()
            now = self._clock()
            if requests:
                self._drop_expired(requests, now)
            paused, room = self.paused(), dict[Window, int]()
            decisions = [self._decision(request, now, paused, room) for request in requests]
        self._answered.clear()
        self._given_back.clear()
        return decisions

    def _free(self) -> None:
        """Write what was answered before what was given back: the id of the latter may become another permit's."""
        self._database.write_many("UPDATE permit SET counts_from = ?, answered = 1 WHERE id = ?", self._answered)
        self._database.write_many("DELETE FROM permit WHERE id = ?", self._given_back)

    def _decision(self, request: Request, now: float, paused: float, room: dict[Window, int]) -> PermitDecision:
        """Decide about one request, within a transaction.

        Args:
            request: The request.
            now: The time.
            paused: The seconds for which traffic is paused.
            room: How many more permits there are room for, at least, by window; kept up to date.
        """
        counting = [window for window in request.windows if window.counts(request.kind)]
        for window in counting:
            if window not in room:
                room[window] = self._room(window, now)
        wait = max([paused, *(self._wait(window, now) for window in counting if room[window] <= 0)])
        if wait > 0:
            return PermitDecision(wait=wait)
        for window in counting:
            room[window] -= 1
        return PermitDecision(self._insert(request.kind, now))

    def _hash(self, account: Sequence[str]) -> bytes:
        salt = self._database.read_one("SELECT value FROM meta WHERE name = 'salt'")
        return hmac.digest(salt, "\x1f".join(["account", *account]).encode(), "sha256")[:16]

    def _insert(self, kind: str, now: float) -> int:
        self._database.write(
            "INSERT INTO permit (account, kind, taken, counts_from, answered) VALUES (?, ?, ?, ?, 0)",
            (self._account, kind, now, now + self._longest_request),
        )
        return self._database.last_insert_id()

    def _wait(self, window: Window, now: float) -> float:
        """Return the seconds until a permit of this window may be free; 0 if one is."""
        reset_wait = self._reset_wait(window, now)
        too_many = self._used(window, now) - window.requests
        if too_many < 0:
            return reset_wait
        sql, values = self._counting("counts_from, answered", window, now)
        ((counts_from, is_answered),) = self._database.read_all(
            f"{sql} ORDER BY counts_from LIMIT 1 OFFSET ?", (*values, too_many)
        )
        return max(reset_wait, float(counts_from + window.seconds - now) if is_answered else POLL_INTERVAL)

    def _room(self, window: Window, now: float) -> int:
        """Return how many more permits a window surely has room for.

        Counting takes longer the more permits there are, so it is only done when they may fill the window: there are
        at most as many as there are ids.
        """
        if self._reset_wait(window, now) > 0:
            return 0
        ids = self._database.read_one("SELECT (SELECT max(id) FROM permit) - (SELECT min(id) FROM permit) + 1") or 0
        return window.requests - (ids if ids < window.requests else self._used(window, now))

    def _used(self, window: Window, now: float) -> int:
        return int(self._database.read_one(*self._counting("count(*)", window, now)))

    def _reset_wait(self, window: Window, now: float) -> float:
        """Return the seconds for which the window counts as used, because what was used is not known."""
        stored = self._database.read_one("SELECT value FROM meta WHERE name = 'reset'")
        if stored is None:
            return 0.0
        reset = float(stored)
        return max(0.0, (reset if reset <= now else 0.0) + window.seconds - now)

    def _counting(self, what: str, window: Window, now: float) -> tuple[str, tuple[object, ...]]:
        """Return a query over the permits that count in a window, and its values."""
        sql = f"SELECT {what} FROM permit WHERE account = ? AND counts_from > ? AND (? = '' OR kind = ?)"  # noqa: S608
        return sql, (self._account, now - window.seconds, window.kind, window.kind)

    def _drop_expired(self, requests: Sequence[Request], now: float) -> None:
        """Drop permits that no longer count; date those from before a restart to the restart.

        The index finds the latter: a permit's windows never begin before it was taken.
        """
        self._database.write(
            "UPDATE permit SET taken = 0, counts_from = 0, answered = 1"
            " WHERE account = ? AND counts_from > ? AND taken > ?",
            (self._account, now, now),
        )
        longest_window = max((window.seconds for request in requests for window in request.windows), default=inf)
        self._database.write(
            "DELETE FROM permit WHERE account = ? AND counts_from <= ?", (self._account, now - longest_window)
        )
