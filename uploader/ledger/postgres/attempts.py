"""The hot path: attempts and their outcomes, committed together.

All that waits is committed in one pipeline: one round trip with two transactions, outcomes and attempts. The database
is asked in a thread, so that responses come in meanwhile. What arrives during one commit goes into the next.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import psycopg

from uploader.core.model import Outcome, RowState
from uploader.ledger.postgres.database import Database, DeadlockError, LostConnectionError
from uploader.ledger.postgres.reasons import STORE, columns, digest
from uploader.ledger.records import LedgerError

DEADLOCKS = 3  # after so many in a row, the commit has failed

# A second outcome of an attempt can only take the first one back: its response belonged to another lead.
ANSWER = """
INSERT INTO answer (attempt, outcome, status, lead_id, reason)
SELECT attempt, outcome, status, lead_id, reason.id
FROM unnest(%s::bigint[], %s::text[], %s::integer[], %s::bigint[], %s::bytea[])
    AS new (attempt, outcome, status, lead_id, digest)
JOIN attempt AS sent ON sent.id = new.attempt  -- unless it has been purged since
LEFT JOIN reason ON reason.digest = new.digest ORDER BY attempt
ON CONFLICT (attempt) DO UPDATE SET outcome = excluded.outcome, lead_id = NULL, reason = excluded.reason
WHERE excluded.outcome = 'unknown'
"""

# A lead that was not accepted may be sent by anyone.
RELEASE = """
UPDATE attempt SET holds = false WHERE id IN (
    SELECT attempt.id FROM attempt JOIN answer ON answer.attempt = attempt.id
    WHERE attempt.id = ANY(%s::bigint[]) AND holds AND outcome NOT IN ('accepted', 'unknown') ORDER BY attempt.id
    FOR UPDATE OF attempt
)
"""

NEW = """
unnest(%(tokens)s::uuid[], %(runs)s::text[], %(rows)s::bigint[], %(fingerprints)s::bytea[], %(families)s::text[],
       %(untils)s::bigint[], %(ignored)s::bigint[]) AS new (token, run, row, fingerprint, family, until, ignored)
"""

# An attempt at the row itself, one whose unknown outcome the user accepts, or one that is ignored makes room.
MAKE_ROOM = f"""
UPDATE attempt SET holds = false WHERE id IN (
    SELECT attempt.id FROM attempt JOIN run ON run.id = attempt.run JOIN known ON known.id = attempt.id
    JOIN {NEW} ON new.fingerprint = attempt.fingerprint
    WHERE attempt.holds AND new.family IS NOT NULL AND (run.family = new.family AND attempt.row = new.row
        OR known.outcome = 'unknown' AND attempt.id <= new.until OR attempt.id <= new.ignored)
    ORDER BY attempt.fingerprint FOR UPDATE OF attempt
)
"""  # noqa: S608

# The last check whether another process has sent the lead. The predicate of the conflict must be the index's own.
# Sorted, so that two transactions do not wait for each other.
INTEND = f"""
INSERT INTO attempt (token, run, row, fingerprint, holds)
SELECT token, new.run, new.row, new.fingerprint, true FROM {NEW}
WHERE new.family IS NULL OR NOT EXISTS (
    SELECT 1 FROM live WHERE live.fingerprint = new.fingerprint
    AND NOT (live.family = new.family AND live.row = new.row)
    AND NOT (live.outcome = 'unknown' AND live.id <= new.until) AND live.id > new.ignored
) ORDER BY new.fingerprint
ON CONFLICT (fingerprint) WHERE holds AND fingerprint IS NOT NULL DO NOTHING
RETURNING token, id
"""  # noqa: S608

# Where duplicates are allowed, or not looked for, another attempt at the lead does not matter.
INTEND_ANYWAY = f"""
INSERT INTO attempt (token, run, row, fingerprint, holds)
SELECT token, new.run, new.row, new.fingerprint, false FROM {NEW}
WHERE new.family IS NULL AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.token = new.token)
RETURNING token, id
"""  # noqa: S608

FIND = "SELECT id FROM attempt WHERE token = ANY(%s::uuid[])"

# The outcome of an attempt whose commit was not confirmed: nothing was sent.
NOT_SENT = RowState(Outcome.UNSENT, "The team's ledger did not confirm the attempt, so it was not sent.")


# Opens another session that ends with the context.
Reconnect = Callable[[], AbstractContextManager[Database]]


class Intent(NamedTuple):
    """What is about to be sent. `family` is None where duplicates are not looked for."""

    token: UUID
    run: str
    row: int
    fingerprint: bytes | None
    family: str | None
    resend_unknown_until: int
    ignored_until: int


class PostgresAttempts:
    """See `Attempts`.

    A lost connection ends the sending: the locks of the run are lost with it. Outcomes that could not be written are
    written by `flush`, over a new connection.
    """

    def __init__(self, database: Database, reconnect: Reconnect) -> None:
        self._database = database
        self._reconnect = reconnect
        self._intents: list[tuple[Intent, Future[int | None]]] = []
        self._answers: list[tuple[int, RowState]] = []
        self._unconfirmed: list[UUID] = []
        self._lock = threading.Lock()  # of the lists
        self._committing = threading.Lock()  # one commit at a time
        self._is_commit_due = False
        self._thread = ThreadPoolExecutor(1, "ledger")

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
        with self._lock:
            self._intents.append((intent, committed))
        self._commit_soon()
        return await asyncio.wrap_future(committed)

    def answer(self, attempt: int, state: RowState) -> None:
        """Record the outcome of an attempt, with the next commit."""
        with self._lock:
            self._answers.append((attempt, state))
        self._commit_soon()

    def flush(self) -> None:
        """Commit all outcomes that still wait; over a new connection if the old one is lost."""
        with suppress(LostConnectionError):  # what could not be written waits
            self._commit_waiting()
        if self._answers or self._unconfirmed:
            with self._reconnect() as database:
                self._settle(database)

    def newest(self) -> int:
        """Return the id of the newest attempt; 0 if there is none."""
        return int(self._database.read_one("SELECT coalesce(max(id), 0) FROM attempt"))

    def close(self) -> None:
        """Wait for the commit that is under way."""
        self._thread.shutdown()

    def _commit_soon(self) -> None:
        with self._lock:
            is_due, self._is_commit_due = self._is_commit_due, True
        if not is_due:
            self._thread.submit(self._commit_in_thread)

    def _commit_in_thread(self) -> None:
        with suppress(LedgerError):  # whoever waits for an attempt has got it; outcomes wait for the next commit
            self._commit_waiting()

    def _commit_waiting(self) -> None:
        """Commit what waits, and wake the callers; if it fails, each of them gets the error."""
        with self._committing:
            with self._lock:
                self._is_commit_due = False
                intents, self._intents = self._intents, []
                answers = list(self._answers)
            if not intents and not answers:
                return
            try:
                ids = self._commit(answers, [intent for intent, _ in intents])
            except BaseException as error:  # whatever it is, no one waits forever; it is raised again
                self._fail(intents, error)
                raise
            with self._lock:
                del self._answers[: len(answers)]
            for intent, committed in intents:
                committed.set_result(ids.get(intent.token))

    def _fail(self, intents: list[tuple[Intent, "Future[int | None]"]], error: BaseException) -> None:
        self._unconfirmed += [intent.token for intent, _ in intents]
        for _, committed in intents:
            committed.set_exception(error)

    def _commit(self, answers: Sequence[tuple[int, RowState]], intents: Sequence[Intent]) -> dict[UUID, int]:
        """Commit outcomes and intents; return the attempts' ids, without leads that another process has sent."""
        for _ in range(DEADLOCKS):
            try:
                return self._database.in_pipeline(lambda opened, pipeline: _write(opened, pipeline, answers, intents))
            except DeadlockError:
                continue  # nothing of the intents was committed; outcomes may be written twice
        raise LedgerError("The team's ledger is busy: machines wait for each other.", "Try again later.")

    def _settle(self, database: Database) -> None:
        """Write the outcomes that wait, and those of attempts whose commit was not confirmed: nothing was sent."""
        found = database.read_all(FIND, (self._unconfirmed,))
        with self._lock:
            answers = list(self._answers)
        not_sent = [(attempt, NOT_SENT) for (attempt,) in found]
        database.in_pipeline(lambda opened, pipeline: _write(opened, pipeline, [*answers, *not_sent], []))
        self._unconfirmed.clear()
        with self._lock:
            del self._answers[: len(answers)]


def _write(
    connection: "psycopg.Connection[Any]",
    pipeline: "psycopg.Pipeline",
    answers: Sequence[tuple[int, RowState]],
    intents: Sequence[Intent],
) -> dict[UUID, int]:
    """Write outcomes in one transaction, intents in the next."""
    if answers:
        connection.execute(STORE, columns((state.reason, state.hint) for _, state in answers))
        for batch in _without_repeats(answers):
            connection.execute(ANSWER, _answer_columns(batch))
        connection.execute(RELEASE, ([attempt for attempt, _ in answers],))
        pipeline.sync()
    if not intents:
        return {}
    values = _intent_columns(intents)
    connection.execute(MAKE_ROOM, values)
    written = [connection.execute(INTEND, values), connection.execute(INTEND_ANYWAY, values)]
    pipeline.sync()
    return {token: attempt for cursor in written for token, attempt in cursor.fetchall()}


def _without_repeats(answers: Sequence[tuple[int, RowState]]) -> list[list[tuple[int, RowState]]]:
    """Return the outcomes in batches, in order, in which no attempt is twice: one statement cannot write it twice."""
    batches: list[dict[int, RowState]] = [{}]
    for attempt, state in answers:
        if attempt in batches[-1]:
            batches.append({})
        batches[-1][attempt] = state
    return [sorted(batch.items(), key=lambda answer: answer[0]) for batch in batches]


def _answer_columns(answers: Sequence[tuple[int, RowState]]) -> tuple[list[Any], ...]:
    states = [state for _, state in answers]
    return (
        [attempt for attempt, _ in answers],
        [str(state.outcome) for state in states],
        [state.status for state in states],
        [state.lead_id for state in states],
        [digest(state.reason, state.hint) if state.reason or state.hint else None for state in states],
    )


def _intent_columns(intents: Sequence[Intent]) -> dict[str, list[Any]]:
    names = ("tokens", "runs", "rows", "fingerprints", "families", "untils", "ignored")
    return {name: list(values) for name, values in zip(names, zip(*intents, strict=True), strict=True)}
