"""The hot path: attempts and their outcomes, committed together.

All that waits is committed in one pipeline: one round trip with two transactions, outcomes and attempts. The database
is asked in a thread, so that responses come in meanwhile. What arrives during one commit goes into the next.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from uploader.core.model import Outcome, RowState
from uploader.ledger.postgres.background import SHARE, Background
from uploader.ledger.postgres.commit import Answer, Intent, write_answers, write_intents
from uploader.ledger.postgres.database import Database, DeadlockError, LostConnectionError
from uploader.ledger.records import LedgerError, RepeatedId
from uploader.ledger.row_states import UNSENT_BY_INTERRUPTION

if TYPE_CHECKING:
    import psycopg

# A lead leaves within so many seconds after its attempt was asked for, or not at all: the database ends the session of
# a machine that sleeps, and with it the lock of its run, after ten seconds at the earliest (see `CONNECT`).
LONGEST_DELAY = 8.0

DEADLOCKS = 3  # after so many in a row, the commit has failed

FIND = "SELECT id FROM attempt WHERE token = ANY(%s::uuid[])"

# After a failover that lost attempts, or a restore, another machine's attempt can have the number of a lost one.
OWN = "SELECT id FROM attempt WHERE id = ANY(%s::bigint[]) AND run = ANY(%s)"

# The outcome of an attempt whose commit was not confirmed: nothing was sent.
NOT_SENT = RowState(Outcome.UNSENT, "The team's ledger did not confirm the attempt, so it was not sent.")


# Opens another session that ends with the context.
Reconnect = Callable[[], AbstractContextManager[Database]]


class PostgresAttempts:
    """See `Attempts`.

    A lost connection ends the sending: the locks of the run are lost with it. Outcomes that could not be written are
    written by `flush`, over a new connection.
    """

    def __init__(self, database: Database, reconnect: Reconnect) -> None:
        self._database = database
        self._reconnect = reconnect
        self._intents: list[tuple[Intent, Future[int | None]]] = []
        self._answers: list[Answer] = []
        self._in_flight: set[int] = set()  # attempts without an outcome
        self._unconfirmed: list[UUID] = []
        self._runs: set[str] = set()
        self._changed = threading.Condition()  # of the lists
        self._committing = threading.Lock()  # one commit at a time
        self._commit_time = 0.0  # of the last commit: seconds
        self._background = Background(self._commit_in_background, "ledger")

    @property
    def longest_delay(self) -> float:
        """The seconds within which a lead must begin to leave; see the protocol."""
        return LONGEST_DELAY

    async def intend(
        self,
        run: str,
        row: int,
        fingerprint: bytes | None,
        family: str | None = None,
        resend_unknown_until: int = 0,
        ignored_until: int = 0,
    ) -> int | None:
        """Commit that a row is about to be sent; see the protocol."""
        committed: Future[int | None] = Future()
        committed.set_running_or_notify_cancel()  # it is committed even if the caller no longer waits
        intent = Intent(uuid4(), run, row, fingerprint, family, resend_unknown_until, ignored_until)
        with self._changed:
            self._runs.add(run)
            self._intents.append((intent, committed))
            self._changed.notify()
        self._background.soon()
        try:
            return await asyncio.wrap_future(committed)
        except asyncio.CancelledError:
            committed.add_done_callback(self._record_interruption)
            raise

    def answer(self, attempt: int, state: RowState, repeated: RepeatedId | None = None) -> RowState:
        """Record the outcome of an attempt, with the next commit; the database then looks for a repeated id."""
        with self._changed:
            self._answers.append(Answer(attempt, state, repeated))
            self._in_flight.discard(attempt)
            self._changed.notify()
        self._background.soon()
        return state

    def flush(self) -> None:
        """Commit all outcomes that still wait; over a new connection if the old one is lost."""
        with self._committing:  # what is under way may leave outcomes behind
            pass
        with suppress(LostConnectionError):  # what could not be written waits
            while self._answers or self._intents:  # a repeated id makes a second outcome
                self._commit_waiting()
        if self._answers or self._unconfirmed:
            with self._reconnect() as database:
                self._settle(database)

    def newest(self) -> int:
        """Return the id of the newest attempt; 0 if there is none."""
        return int(self._database.read_one("SELECT coalesce(max(id), 0) FROM attempt"))

    def close(self) -> None:
        """Wait for the commit that is under way."""
        self._background.close()

    def _record_interruption(self, committed: "Future[int | None]") -> None:
        """Record that a lead was not sent whose attempt was committed after its caller had stopped waiting."""
        if committed.exception() is None and (attempt := committed.result()) is not None:
            self.answer(attempt, UNSENT_BY_INTERRUPTION)

    def _commit_in_background(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._in_flight, self._commit_time * SHARE)
        with suppress(LedgerError):  # whoever waits for an attempt has got it; outcomes wait for the next commit
            self._commit_waiting()

    def _commit_waiting(self) -> None:
        """Commit what waits, and wake the callers; if it fails, each of them gets the error."""
        with self._committing:
            with self._changed:
                intents, self._intents = self._intents, []
                answers = list(self._answers)
            if not intents and not answers:
                return
            try:
                ids, doubts = self._commit(answers, [intent for intent, _ in intents])
                with self._changed:
                    self._answers[: len(answers)] = doubts
                    self._in_flight.update(ids.values())
            except BaseException as error:  # whatever it is, no one waits forever; it is raised again
                self._fail(intents, error)
                raise
            for intent, committed in intents:
                committed.set_result(ids.get(intent.token))
        if doubts:
            self._background.soon()

    def _fail(self, intents: list[tuple[Intent, "Future[int | None]"]], error: BaseException) -> None:
        self._unconfirmed += [intent.token for intent, _ in intents]
        for _, committed in intents:
            committed.set_exception(error)

    def _commit(self, answers: Sequence[Answer], intents: Sequence[Intent]) -> tuple[dict[UUID, int], list[Answer]]:
        """Commit outcomes and intents.

        Returns:
            The attempts' ids, without leads that another process has sent; and for each outcome with the id of another
            lead, the second outcome that says so.
        """
        for _ in range(DEADLOCKS):
            begin = time.monotonic()
            try:
                found = _write(self._database, answers, intents)
            except DeadlockError:
                continue  # nothing of the intents was committed; outcomes may be written twice
            self._commit_time = time.monotonic() - begin
            return found
        raise LedgerError("The team's ledger is busy: machines wait for each other.", "Try again later.")

    def _settle(self, database: Database) -> None:
        """Write the outcomes that wait, and those of attempts whose commit was not confirmed: nothing was sent."""
        found = database.read_all(FIND, (self._unconfirmed,))
        with self._changed:
            answers = list(self._answers)
        not_sent = [Answer(attempt, NOT_SENT) for (attempt,) in found]
        ids = [answer.attempt for answer in answers]
        own = {attempt for (attempt,) in database.read_all(OWN, (ids, list(self._runs)))}
        _, doubts = _write(database, [*(answer for answer in answers if answer.attempt in own), *not_sent], [])
        if doubts:
            _write(database, doubts, [])
        self._unconfirmed.clear()
        with self._changed:
            del self._answers[: len(answers)]


def _write(
    database: Database, answers: Sequence[Answer], intents: Sequence[Intent]
) -> tuple[dict[UUID, int], list[Answer]]:
    """Write outcomes in one transaction, intents in the next; return what `_commit` does."""
    answered: list[psycopg.Cursor[Any]] = []

    def write(connection: "psycopg.Connection[Any]") -> list["psycopg.Cursor[Any]"]:
        answered[:] = write_answers(connection, answers, waits=not intents) if answers else []
        return [*answered, *write_intents(connection, intents, after_answers=bool(answers))] if intents else answered

    found = database.in_pipeline(write)
    outcomes = {attempt: outcome for rows in found[: len(answered)] for attempt, outcome in rows}
    ids = {token: attempt for rows in found[len(answered) :] for token, attempt in rows}
    doubts = [
        Answer(answer.attempt, answer.repeated.state)
        for answer in answers
        if answer.repeated and answer.state.outcome != outcomes.get(answer.attempt, answer.state.outcome)
    ]
    return ids, doubts
