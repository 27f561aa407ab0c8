"""The hot path: attempts and their outcomes, committed together."""

import asyncio
import time
from contextlib import suppress
from math import inf
from typing import NamedTuple

from uploader.core.model import RowState
from uploader.ledger.records import LedgerError, RepeatedId
from uploader.ledger.row_states import UNSENT_BY_INTERRUPTION
from uploader.ledger.sqlite.database import Database
from uploader.ledger.sqlite.rows import SqliteRows
from uploader.ledger.sqlite.schema import NEWEST_ATTEMPT, reason_id

# Turns of the event loop without anything new after which a commit is made. A response takes some turns from the
# socket to here; with one quiet turn commits held 6 to 13 rows at 16 concurrent requests, with two 16.
QUIET_TURNS = 2

# The last check whether another process has sent the lead, in the transaction that records that this one does.
INTEND = f"""
INSERT INTO attempt (id, run, row, fingerprint, sent) SELECT ({NEWEST_ATTEMPT}) + 1, ?1, ?2, ?3, ?5
WHERE ?4 IS NULL OR NOT EXISTS (SELECT 1 FROM live WHERE fingerprint = ?3 AND NOT (family = ?4 AND row = ?2)
                                  AND NOT (outcome = 'unknown' AND id <= ?6) AND id > ?7)
RETURNING row, id
"""  # noqa: S608


# A second outcome of an attempt can only take the first one back: its response belonged to another lead.
ANSWER = """
INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (attempt) DO UPDATE SET outcome = excluded.outcome, lead_id = NULL, reason = excluded.reason
WHERE excluded.outcome = 'unknown'
"""


class Intent(NamedTuple):
    """What is about to be sent, and when. `family` is None where duplicates are not looked for."""

    run: str
    row: int
    fingerprint: bytes | None
    family: str | None
    sent: float
    resend_unknown_until: int
    ignored_until: int


class Answer(NamedTuple):
    """The outcome of an attempt, and when it came."""

    attempt: int
    came: float
    state: RowState


class SqliteAttempts:
    """See `Attempts`. All that comes together shares one commit.

    A commit for each lead reached 0.30 of a bare loop's throughput, one for all that comes together 0.84.
    """

    def __init__(self, database: Database, rows: SqliteRows) -> None:
        self._database = database
        self._rows = rows
        self._intents: list[tuple[Intent, asyncio.Future[int | None]]] = []
        self._answers: list[Answer] = []
        self._is_commit_due = False

    @property
    def longest_delay(self) -> float:
        """No limit: a process that is suspended keeps the lock of its run."""
        return inf

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
        committed: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        intent = Intent(run, row, fingerprint, family, time.time(), resend_unknown_until, ignored_until)
        self._intents.append((intent, committed))
        self._commit_soon()
        try:
            return await committed
        except asyncio.CancelledError:
            if not committed.cancelled() and (attempt := committed.result()) is not None:  # it was committed just now
                self.answer(attempt, UNSENT_BY_INTERRUPTION)
            raise

    def answer(self, attempt: int, state: RowState, repeated: RepeatedId | None = None) -> RowState:
        """Record the outcome of an attempt, with the next commit; also if nothing says whether its id is repeated."""
        try:
            if repeated and state.lead_id is not None and self._rows.has_lead_id(repeated.scope, state.lead_id):
                state = repeated.state
        finally:
            self._answers.append(Answer(attempt, time.time(), state))
            self._commit_soon()
        return state

    def flush(self) -> None:
        """Commit all outcomes that still wait."""
        self._commit([])

    def close(self) -> None:
        """Commit what still waits if that is possible: a command that was canceled has not done so."""
        if self._answers:
            with suppress(LedgerError):
                self.flush()

    def newest(self) -> int:
        """Return the id of the newest attempt, also of one that was purged; 0 if there was none."""
        return int(self._database.read_one(NEWEST_ATTEMPT))

    def _commit_soon(self) -> None:
        if not self._is_commit_due:
            self._is_commit_due = True
            asyncio.get_running_loop().call_soon(self._commit_when_quiet, 0)

    def _commit_when_quiet(self, waiting_before: int, quiet_turns: int = 0) -> None:
        """Commit once nothing more has come in `QUIET_TURNS` turns."""
        waiting = len(self._intents) + len(self._answers)
        quiet_turns = quiet_turns + 1 if waiting == waiting_before else 0
        if quiet_turns < QUIET_TURNS:
            asyncio.get_running_loop().call_soon(self._commit_when_quiet, waiting, quiet_turns)
        else:
            self._is_commit_due = False
            self._commit_intents()

    def _commit_intents(self) -> None:
        """Commit, and wake the callers that wait for it; if it fails, each of them gets the error.

        A lead whose caller no longer waits is not sent, so its attempt is not recorded: that may even come after the
        run's report, in which the lead is unsent.
        """
        intents = [one for one in self._intents if not one[1].cancelled()]
        self._intents.clear()
        try:
            ids = self._commit([intent for intent, _ in intents])
        except Exception as error:  # whatever it is, no one waits forever
            for _, committed in intents:
                committed.set_exception(error)
            if not isinstance(error, LedgerError):
                raise
            return
        for intent, committed in intents:
            committed.set_result(ids.get(intent.row))

    def _commit(self, intents: list[Intent]) -> dict[int, int]:
        """Commit outcomes and intents; return the attempts' ids by row, without leads that another process has sent.

        Outcomes that could not be written wait for the next commit: the disk may have space again by then.
        """
        with self._database.transaction():
            self._database.write_many(ANSWER, map(self._values, self._answers))
            ids = dict(self._database.write_many(INTEND, intents))
        self._answers.clear()
        return ids

    def _values(self, answer: Answer) -> tuple[object, ...]:
        state = answer.state
        reason = reason_id(self._database, state.reason, state.hint) if state.reason or state.hint else None
        return answer.attempt, answer.came, state.outcome, state.status, state.lead_id, reason
