"""The permits of an account, shared by all machines. The database's clock is the only one.

Requests for permits, and the ends of those that were used, go to the database in one round trip for all workers of
this machine that wait; what arrives meanwhile goes into the next.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Condition
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from uploader.core.rate_limit import PermitDecision, Window
from uploader.ledger.postgres.background import SHARE, Background
from uploader.ledger.postgres.commit import WITHOUT_WAITING_FOR_THE_DISK
from uploader.ledger.postgres.database import Database
from uploader.ledger.postgres.slots import (
    ADD,
    NEVER,
    PAUSE,
    PAUSED,
    USED,
    FreedSlot,
    Rows,
    Slot,
    Taking,
    free,
    window_values,
)
from uploader.ledger.records import LedgerError

if TYPE_CHECKING:
    import psycopg

# How often to check again while every permit of a window is in flight, perhaps on other machines: seconds.
POLL_INTERVAL = 0.05


class Request(NamedTuple):
    """Someone who waits for a permit that counts in these windows."""

    kind: str
    windows: tuple[Window, ...]
    decision: "Future[PermitDecision]"


class PostgresPermits:
    """See `Permits`. The session for them is opened when the first one is taken."""

    def __init__(
        self, database: Database, connect: Callable[[], Database], account: bytes, longest_request: float
    ) -> None:
        """Use the permits of an account.

        Args:
            database: The session for questions that the caller waits for.
            connect: Opens another session, which takes and frees permits.
            account: A keyed hash of what identifies the account.
            longest_request: The seconds that a request can take at most.
        """
        self._database = database
        self._connect = connect
        self._account = account
        self._longest_request = longest_request
        self._session: Database | None = None
        self._slots: dict[int, list[Slot]] = {}
        self._complete: set[tuple[str, int]] = set()  # windows whose slots exist
        self._requests: list[Request] = []
        self._freed: list[FreedSlot] = []
        self._pauses: list[float] = []
        self._changed = Condition()  # of the lists and of `_slots`
        self._exchange_time = 0.0  # of the last one: seconds
        self._background = Background(self._exchange, "permits")

    async def take(self, kind: str, windows: Sequence[Window]) -> PermitDecision:
        """Grant a permit, or say how long to wait; see the protocol."""
        counting = sorted((window for window in windows if window.counts(kind)), key=lambda window: window.kind)
        request = Request(kind, tuple(counting), Future())
        request.decision.set_running_or_notify_cancel()
        with self._changed:
            self._requests.append(request)
            self._changed.notify()
        self._background.soon()
        try:
            return await asyncio.wrap_future(request.decision)
        except asyncio.CancelledError:
            request.decision.add_done_callback(self._give_back_unused)
            raise

    def answered(self, permit: int) -> None:
        """Start the windows of a permit, with the next round trip."""
        self._free(permit, None)

    def give_back(self, permit: int) -> None:
        """Free the slots of a permit that was not used, with the next round trip."""
        self._free(permit, NEVER)

    def pause(self, seconds: float) -> None:
        """Grant no permit for this long, on any machine."""
        with self._changed:
            self._pauses.append(seconds)
        self._background.soon()

    def paused(self) -> float:
        """Return the seconds until any permit is granted again."""
        self._background.finish()
        return max(0.0, self._database.read_one(PAUSED, (self._account,)) or 0.0)

    def used(self, window: Window) -> int:
        """Return how many permits count in a window now."""
        self._background.finish()
        return int(self._database.read_one(USED, window_values(self._account, window)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._background.close()
        if self._freed or self._pauses:  # by the last exchange: no one waited any longer
            self._exchange()
        if self._session:
            self._session.close()

    def _free(self, permit: int, counts_from: float | None) -> None:
        with self._changed:
            slots = self._slots.pop(permit, ())
            self._freed += [FreedSlot(counts_from, *slot, permit) for slot in slots]
        if slots:
            self._background.soon()

    def _give_back_unused(self, decision: "Future[PermitDecision]") -> None:
        """Give the permit back that came after no one waited for it any longer."""
        if decision.exception() is None and (permit := decision.result().permit) is not None:
            self.give_back(permit)

    def _exchange(self) -> None:
        """Do all that waits in one round trip, and wake the callers; if it fails, each of them gets the error."""
        with self._changed:
            if self._freed:  # whoever has used a permit is about to ask for the next one
                self._changed.wait_for(lambda: self._requests or self._pauses, self._exchange_time * SHARE)
            requests, self._requests = self._requests, []
            freed, self._freed = self._freed, []
            pauses, self._pauses = self._pauses, []
        try:
            self._session = self._session or self._connect()
            begin = time.monotonic()
            decisions = self._decide(requests, freed, pauses)
            self._exchange_time = time.monotonic() - begin
        except BaseException as error:  # a permit that could not be freed counts until its request's longest time
            with self._changed:
                self._pauses += pauses  # but no permit is granted before a pause is recorded
            for request in requests:  # whatever it is, no one waits forever
                request.decision.set_exception(error)
            if not isinstance(error, LedgerError):
                raise
        else:
            for request, decision in zip(requests, decisions, strict=True):
                request.decision.set_result(decision)

    def _decide(
        self, requests: Sequence[Request], freed: Sequence[FreedSlot], pauses: Sequence[float]
    ) -> list[PermitDecision]:
        assert self._session
        groups: dict[tuple[Window, ...], list[int]] = {}
        holders = [secrets.randbits(62) for _ in requests]
        for holder, request in zip(holders, requests, strict=True):
            groups.setdefault(request.windows, []).append(holder)
        takings = [
            Taking(self._account, windows, self._longest_request, group) for windows, group in groups.items() if windows
        ]

        def exchange(connection: "psycopg.Connection[Any]") -> list["psycopg.Cursor[Any]"]:
            # If the end of a permit is lost, it only counts for longer. A lead's permit is written to the disk by the
            # commit of its attempt, which writes everything before it; without that commit, nothing is sent.
            if not pauses and all(request.kind == "lead" for request in requests):
                connection.execute(WITHOUT_WAITING_FOR_THE_DISK)
            free(connection, self._account, freed)
            for seconds in pauses:
                connection.execute(PAUSE, (self._account, seconds))
            self._add_slots(connection, groups)
            cursors = [cursor for taking in takings for cursor in taking.statements(connection)]
            return [connection.execute(PAUSED, (self._account,)), *cursors]

        paused, *rows = self._session.in_pipeline(exchange)
        self._complete |= {(window.kind, window.requests) for windows in groups for window in windows}
        pause = max(0.0, *(seconds for (seconds,) in paused), 0.0)
        decided = {holder: PermitDecision(wait=pause) for holder in groups.get((), ())}
        for windows, taking in zip(filter(None, groups), takings, strict=True):
            own, rows = rows[: 2 * len(windows)], rows[2 * len(windows) :]
            decided |= self._decisions(taking, groups[windows], own, max(pause, POLL_INTERVAL))
        return [decided[holder] for holder in holders]

    def _decisions(
        self, taking: Taking, holders: Sequence[int], rows: Sequence[Rows], at_least: float
    ) -> dict[int, PermitDecision]:
        granted = taking.slots(rows)
        with self._changed:
            self._slots |= granted
        waits = iter(taking.waits(rows, at_least))
        return {
            holder: PermitDecision(holder) if holder in granted else PermitDecision(wait=next(waits))
            for holder in holders
        }

    def _add_slots(self, connection: "psycopg.Connection[Any]", groups: dict[tuple[Window, ...], list[int]]) -> None:
        wanted = {(window.kind, window.requests) for windows in groups for window in windows}
        for kind, requests in sorted(wanted - self._complete):
            connection.execute(ADD, (self._account, kind, requests))
