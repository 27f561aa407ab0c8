"""What is known of rows and leads, derived from their attempts."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext

from uploader.core.model import MAX_ID, EarlierAttempt, RowState
from uploader.ledger.postgres.database import Database
from uploader.ledger.postgres.reasons import ID, STORE, columns, digest
from uploader.ledger.records import DuplicateMark
from uploader.ledger.row_states import (
    attempts_by_row,
    earlier_attempt,
    mark_sent_meanwhile,
    marked_attempts,
    marked_states,
    merged_states,
)

# Whether an attempt of an enterprise has a lead id, looked up in the indexes of the ids.
HAS_LEAD_ID = """
SELECT 1 FROM known JOIN run ON run.id = known.run WHERE known.id IN (
    SELECT attempt FROM answer WHERE lead_id = %(id)s UNION ALL SELECT attempt FROM decision WHERE lead_id = %(id)s
) AND known.lead_id = %(id)s AND scope = %(scope)s LIMIT 1
"""

MARKS = """
SELECT duplicate.row, text, hint, known.run, family, known.row, file, sent, outcome, lead_id, known.id, fingerprint
FROM duplicate JOIN reason ON reason.id = duplicate.reason
LEFT JOIN known ON known.id = duplicate.attempt LEFT JOIN run ON run.id = known.run
WHERE duplicate.run = %s AND duplicate.row = ANY(%s::bigint[])
"""

MARK = f"""
INSERT INTO duplicate (run, row, reason, attempt) VALUES (%s, %s, {ID}, (SELECT id FROM attempt WHERE id = %s))
ON CONFLICT (run, row) DO UPDATE SET reason = excluded.reason, attempt = excluded.attempt
"""  # noqa: S608


class PostgresRows:
    """See `RowRecords`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def checked_meanwhile(self) -> AbstractContextManager[None]:
        """Return a context that checks nothing: the server takes care of its indexes."""
        return nullcontext()

    def states(self, run: str, rows: Sequence[int]) -> dict[int, RowState]:
        """Return the state of rows of a run; rows without an attempt or a duplicate mark are left out."""
        wanted = (run, list(rows))
        attempts = self._database.read_all(
            "SELECT row, sent, outcome, status, lead_id, text, hint FROM known "
            "LEFT JOIN reason ON reason.id = known.reason "
            "WHERE run = %s AND row = ANY(%s::bigint[]) ORDER BY known.id",
            wanted,
        )
        return merged_states(attempts, marked_states(self._database.read_all(MARKS, wanted)))

    def sent(self, run: str) -> list[int]:
        """Return the rows of a run that were sent and are not sent again by it, in order of sending."""
        found = self._database.read_all(
            "SELECT row FROM known WHERE id IN (SELECT max(id) FROM attempt WHERE run = %s GROUP BY row) "
            "AND outcome NOT IN ('failed', 'unsent') ORDER BY id",
            (run,),
        )
        return [row for (row,) in found]

    def earlier_by_fingerprint(self, fingerprints: Sequence[bytes]) -> dict[bytes, EarlierAttempt]:
        """Return the accepted or unknown attempts at these leads, in any run."""
        if not fingerprints:
            return {}
        found = self._database.read_all(
            "SELECT fingerprint, run, family, row, file, sent, outcome, lead_id, id FROM live "
            "WHERE fingerprint = ANY(%s::bytea[]) ORDER BY outcome = 'accepted', id",
            (list(fingerprints),),
        )
        return {fingerprint: earlier_attempt(*facts) for fingerprint, *facts in found}

    def earlier_by_row(self, family: str, rows: Sequence[int]) -> dict[int, list[EarlierAttempt]]:
        """Return the accepted or unknown attempts at these rows, in any run of one upload."""
        found = self._database.read_all(
            "SELECT run, family, row, file, sent, outcome, lead_id, id, fingerprint FROM live "
            "WHERE family = %s AND row = ANY(%s::bigint[]) ORDER BY outcome = 'accepted', id",
            (family, list(rows)),
        )
        return attempts_by_row(found)

    def rows_by_fingerprint(self, family: str, fingerprints: Sequence[bytes]) -> dict[bytes, set[int]]:
        """Return the rows of one upload that were sent with these leads, in any of its runs, whatever the outcome."""
        found: dict[bytes, set[int]] = {}
        for fingerprint, row in self._database.read_all(
            "SELECT DISTINCT fingerprint, row FROM attempt JOIN run ON run.id = attempt.run "
            "WHERE fingerprint = ANY(%s::bytea[]) AND run.family = %s",
            (list(fingerprints), family),
        ):
            found.setdefault(fingerprint, set()).add(row)
        return found

    async def mark_sent_meanwhile(
        self, run: str, mark: DuplicateMark, fingerprint: bytes | None
    ) -> EarlierAttempt | None:
        """Record a row that a run leaves out because another process has sent its lead while this run was sending."""
        return await asyncio.to_thread(mark_sent_meanwhile, self, run, mark, fingerprint)

    def mark_duplicates(self, run: str, marks: Iterable[DuplicateMark]) -> None:
        """Record the rows that a run leaves out because their lead was sent before."""
        marks = sorted(marks)
        with self._database.transaction():
            self._database.write(STORE, columns((mark.reason, mark.hint) for mark in marks))
            self._database.write_many(
                MARK, [(run, mark.row, digest(mark.reason, mark.hint), mark.attempt) for mark in marks]
            )

    def marked_duplicates(self, run: str, rows: Sequence[int]) -> dict[int, EarlierAttempt | None]:
        """Return the attempts for which a run left out rows as duplicates, by row."""
        return marked_attempts(self._database.read_all(MARKS, (run, list(rows))))

    def unknown(self, run: str) -> dict[int, tuple[int, float]]:
        """Return the rows of a run with an unknown outcome: row -> (attempt, time of sending)."""
        found = self._database.read_all(
            "SELECT row, id, sent FROM known WHERE run = %s AND outcome = 'unknown' ORDER BY id", (run,)
        )
        return {row: (attempt, sent) for row, attempt, sent in found}

    def lead_ids(self, scope: str) -> set[int]:
        """Return the ids of all accepted leads of an enterprise."""
        found = self._database.read_all(
            "SELECT known.lead_id FROM known JOIN run ON run.id = known.run "
            "WHERE known.lead_id IS NOT NULL AND scope = %s",
            (scope,),
        )
        return {lead_id for (lead_id,) in found}

    def has_lead_id(self, scope: str, lead_id: int) -> bool:
        """Return whether a lead of an enterprise has this id."""
        if not 0 <= lead_id < MAX_ID:
            return False
        return self._database.read_one(HAS_LEAD_ID, {"id": lead_id, "scope": scope}) is not None

    def lead_ids_by_row(self, run: str) -> dict[int, int]:
        """Return the ids of a run's accepted leads, by row."""
        found = self._database.read_all(
            "SELECT row, lead_id FROM known WHERE run = %s AND outcome = 'accepted' AND lead_id IS NOT NULL", (run,)
        )
        return dict(found)

    def slowest(self, run: str, limit: int = 5) -> list[tuple[int, float]]:
        """Return the rows of a run with the slowest responses, and how long each took, in seconds."""
        found = self._database.read_all(
            "SELECT row, max(came - sent) AS took FROM attempt JOIN answer ON answer.attempt = attempt.id "
            "WHERE run = %s GROUP BY row ORDER BY took DESC, row LIMIT %s",
            (run, limit),
        )
        return [(row, seconds) for row, seconds in found]
