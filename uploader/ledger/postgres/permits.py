"""The permits of an account, shared by all machines. The database's clock is the only one.

A window of N requests has N slots, and each slot is used once in any window: it is free again one window after the
response. Machines take different slots at the same moment, without waiting for each other (SKIP LOCKED).
"""

import secrets
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from math import inf
from typing import Self

from uploader.core.rate_limit import PermitDecision, Window
from uploader.ledger.postgres.database import Database

# How often to check again while every permit of a window is in flight, perhaps on other machines: seconds.
POLL_INTERVAL = 0.05

ADD_SLOTS = """
INSERT INTO permit (account, kind, slot) SELECT %s, %s, generate_series(1, %s)
ON CONFLICT (account, kind, slot) DO NOTHING
"""

TAKE = """
UPDATE permit SET counts_from = seconds_now() + %(longest)s, is_answered = false, holder = %(holder)s
WHERE (account, kind, slot) = (
    SELECT account, kind, slot FROM permit WHERE account = %(account)s AND kind = %(kind)s AND slot <= %(requests)s
    AND counts_from <= seconds_now() - %(seconds)s
    AND NOT EXISTS (SELECT 1 FROM pause WHERE account = %(account)s AND until > seconds_now())
    ORDER BY counts_from LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING slot
"""

# Not worth a wait for the disk: if it is lost, the permit only counts for longer.
CHANGE = """
WITH fast AS (SELECT set_config('synchronous_commit', 'off', true))
UPDATE permit SET counts_from = coalesce(%s, seconds_now()), is_answered = true FROM fast
WHERE account = %s AND kind = %s AND slot = %s AND holder = %s
"""

WAIT = """
SELECT counts_from + %(seconds)s - seconds_now(), is_answered FROM permit
WHERE account = %(account)s AND kind = %(kind)s AND slot <= %(requests)s ORDER BY counts_from LIMIT 1
"""

PAUSE = """
INSERT INTO pause (account, until) VALUES (%s, seconds_now() + %s)
ON CONFLICT (account) DO UPDATE SET until = greatest(pause.until, excluded.until)
"""


@dataclass(frozen=True)
class Slot:
    """The slot of a window that a permit has."""

    kind: str
    number: int


class PostgresPermits:
    """See `Permits`."""

    def __init__(self, database: Database, account: bytes, longest_request: float) -> None:
        """Use the permits of an account.

        Args:
            database: The session.
            account: A keyed hash of what identifies the account.
            longest_request: The seconds that a request can take at most.
        """
        self._database = database
        self._account = account
        self._longest_request = longest_request
        self._slots: dict[int, list[Slot]] = {}
        self._complete: set[tuple[str, int]] = set()  # windows whose slots exist

    def take(self, kind: str, windows: Sequence[Window]) -> PermitDecision:
        """Grant a permit, or say how long to wait; see the protocol."""
        counting = sorted((window for window in windows if window.counts(kind)), key=lambda window: window.kind)
        if not counting:
            return PermitDecision(wait=self.paused())
        for window in counting:
            self._add_slots(window)
        holder = secrets.randbits(62)
        try:
            with nullcontext() if len(counting) == 1 else self._database.transaction():
                self._slots[holder] = [self._take_slot(window, holder) for window in counting]
        except _NoSlotError:
            return PermitDecision(wait=self._wait(counting))
        return PermitDecision(holder)

    def answered(self, permit: int) -> None:
        """Start the windows of a permit."""
        self._change(permit, None)

    def give_back(self, permit: int) -> None:
        """Free the slots of a permit that was not used."""
        self._change(permit, -inf)

    def pause(self, seconds: float) -> None:
        """Grant no permit for this long, on any machine."""
        self._database.write(PAUSE, (self._account, seconds))

    def paused(self) -> float:
        """Return the seconds until any permit is granted again."""
        found = self._database.read_one("SELECT until - seconds_now() FROM pause WHERE account = %s", (self._account,))
        return max(0.0, found or 0.0)

    def used(self, window: Window) -> int:
        """Return how many permits count in a window now."""
        return int(
            self._database.read_one(
                "SELECT count(*) FROM permit WHERE account = %(account)s AND kind = %(kind)s AND slot <= %(requests)s "
                "AND counts_from > seconds_now() - %(seconds)s",
                self._values(window),
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def _add_slots(self, window: Window) -> None:
        key = (window.kind, window.requests)
        if key not in self._complete:
            self._database.write(ADD_SLOTS, (self._account, *key))
            self._complete.add(key)

    def _take_slot(self, window: Window, holder: int) -> Slot:
        values = {**self._values(window), "longest": self._longest_request, "holder": holder}
        for (slot,) in self._database.read_all(TAKE, values):
            return Slot(window.kind, slot)
        raise _NoSlotError

    def _wait(self, windows: Sequence[Window]) -> float:
        """Return the seconds until a permit may be free."""
        waits = [self.paused(), POLL_INTERVAL]
        for window in windows:
            ((seconds, is_answered),) = self._database.read_all(WAIT, self._values(window))
            waits.append(seconds if is_answered else POLL_INTERVAL)
        return max(waits)

    def _change(self, permit: int, counts_from: float | None) -> None:
        for slot in self._slots.pop(permit, ()):
            self._database.write(CHANGE, (counts_from, self._account, slot.kind, slot.number, permit))

    def _values(self, window: Window) -> dict[str, object]:
        return {
            "account": self._account,
            "kind": window.kind,
            "requests": window.requests,
            "seconds": window.seconds,
        }


class _NoSlotError(Exception):
    """A window has no free slot now."""
