"""The slots of rate-limit windows: SQL that takes and frees many of them in one round trip.

A window of N requests has N slots, and each slot is used once in any window: it is free again one window after the
response. Machines take different slots at the same moment, without waiting for each other (SKIP LOCKED).
"""

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from uploader.core.rate_limit import Window

if TYPE_CHECKING:
    import psycopg

ADD = """
INSERT INTO permit (account, kind, slot) SELECT %s, %s, generate_series(1, %s)
ON CONFLICT (account, kind, slot) DO NOTHING
"""

# The time is that of the statement's begin: a slot that becomes free while it runs is for the next one.
TAKE = """
WITH clock AS MATERIALIZED (SELECT seconds_now() AS now),
free AS (
    SELECT slot FROM permit WHERE account = %(account)s AND kind = %(kind)s AND slot <= %(requests)s
    AND counts_from <= (SELECT now FROM clock) - %(seconds)s
    AND NOT EXISTS (SELECT 1 FROM pause WHERE account = %(account)s AND until > (SELECT now FROM clock))
    ORDER BY counts_from LIMIT cardinality(%(holders)s::bigint[]) FOR UPDATE SKIP LOCKED
),
given AS (
    SELECT slot, holder FROM (SELECT slot, row_number() OVER () AS number FROM free) AS numbered
    JOIN unnest(%(holders)s::bigint[]) WITH ORDINALITY AS new (holder, number) USING (number)
)
UPDATE permit SET counts_from = (SELECT now FROM clock) + %(longest)s, is_answered = false, holder = given.holder
FROM given WHERE account = %(account)s AND kind = %(kind)s AND permit.slot = given.slot
RETURNING permit.holder, permit.slot
"""

# A permit that got a slot in some of its windows only is none.
TRIM = """
UPDATE permit SET counts_from = '-infinity', is_answered = true
WHERE account = %(account)s AND holder = ANY(%(holders)s::bigint[]) AND NOT is_answered AND (
    SELECT count(*) FROM permit AS same WHERE same.account = permit.account AND same.holder = permit.holder
    AND NOT same.is_answered
) < %(windows)s
"""

FREE = """
UPDATE permit SET counts_from = coalesce(counts, seconds_now()), is_answered = true
FROM unnest(%s::double precision[], %s::text[], %s::integer[], %s::bigint[]) AS used (counts, kind, slot, holder)
WHERE account = %s AND permit.kind = used.kind AND permit.slot = used.slot AND permit.holder = used.holder
"""

WAITS = """
SELECT counts_from + %(seconds)s - seconds_now(), is_answered FROM permit
WHERE account = %(account)s AND kind = %(kind)s AND slot <= %(requests)s
ORDER BY counts_from LIMIT cardinality(%(holders)s::bigint[])
"""

PAUSE = """
INSERT INTO pause (account, until) VALUES (%s, seconds_now() + %s)
ON CONFLICT (account) DO UPDATE SET until = greatest(pause.until, excluded.until)
"""

PAUSED = "SELECT until - seconds_now() FROM pause WHERE account = %s"

USED = """
SELECT count(*) FROM permit WHERE account = %(account)s AND kind = %(kind)s AND slot <= %(requests)s
AND counts_from > seconds_now() - %(seconds)s
"""

# When a slot begins to count that was not used.
NEVER = -inf

Rows = list[tuple[Any, ...]]


class Slot(NamedTuple):
    """The slot of a window that a permit has."""

    kind: str
    number: int


class FreedSlot(NamedTuple):
    """A slot to free: one window after now, or at once if it counts from `NEVER`."""

    counts_from: float | None
    kind: str
    number: int
    holder: int


def window_values(account: bytes, window: Window) -> dict[str, Any]:
    """Return the values of a window for a statement."""
    return {"account": account, "kind": window.kind, "requests": window.requests, "seconds": window.seconds}


def free(connection: "psycopg.Connection[Any]", account: bytes, slots: Sequence[FreedSlot]) -> None:
    """Free slots, within a pipeline."""
    if slots:
        connection.execute(FREE, (*(list(values) for values in zip(*slots, strict=True)), account))


class Taking:
    """Permits of one kind to take within a pipeline, each with a slot in every one of its windows."""

    def __init__(self, account: bytes, windows: Sequence[Window], longest_request: float, holders: list[int]) -> None:
        self._windows = windows
        self._account = account
        self._holders = holders
        self._values = {"account": account, "longest": longest_request, "holders": holders, "windows": len(windows)}

    def statements(self, connection: "psycopg.Connection[Any]") -> list["psycopg.Cursor[Any]"]:
        """Queue the statements; return the cursors whose rows `slots` and `waits` read."""
        values = [{**self._values, **window_values(self._account, window)} for window in self._windows]
        taken = [connection.execute(TAKE, each) for each in values]
        if len(self._windows) > 1:
            connection.execute(TRIM, self._values)
        return [*taken, *(connection.execute(WAITS, each) for each in values)]

    def slots(self, rows: Sequence[Rows]) -> dict[int, list[Slot]]:
        """Return the slots of the permits that were granted, by permit."""
        found: dict[int, list[Slot]] = {}
        for window, taken in zip(self._windows, rows, strict=False):
            for holder, number in taken:
                found.setdefault(holder, []).append(Slot(window.kind, number))
        return {holder: slots for holder, slots in found.items() if len(slots) == len(self._windows)}

    def waits(self, rows: Sequence[Rows], at_least: float) -> list[float]:
        """Return the seconds after which those who got none should ask again, for the first of them, the second, ….

        Args:
            rows: The rows of the cursors.
            at_least: The shortest wait, also where every permit of a window is in flight.
        """
        waits = [at_least] * len(self._holders)
        for found in rows[len(self._windows) :]:
            own = [seconds if is_answered else at_least for seconds, is_answered in found] or [at_least]
            waits = [max(wait, own[min(place, len(own) - 1)]) for place, wait in enumerate(waits)]
        return waits
