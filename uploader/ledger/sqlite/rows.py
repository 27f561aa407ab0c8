"""What is known of rows and leads, derived from their attempts."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from uploader.core.model import EarlierAttempt, RowState
from uploader.ledger.records import DuplicateMark
from uploader.ledger.row_states import (
    attempts_by_row,
    earlier_attempt,
    mark_sent_meanwhile,
    marked_attempts,
    marked_states,
    merged_states,
)
from uploader.ledger.sqlite.database import Database
from uploader.ledger.sqlite.integrity import IndexCheck
from uploader.ledger.sqlite.schema import reason_id

# Whether an attempt of an enterprise (?2) has a lead id (?1), looked up in the indexes of the ids.
HAS_LEAD_ID = """
SELECT 1 FROM known JOIN run ON run.id = known.run WHERE known.id IN (
    SELECT attempt FROM answer WHERE lead_id = ?1 UNION ALL SELECT attempt FROM decision WHERE lead_id = ?1
) AND known.lead_id = ?1 AND facts ->> 'scope' = ?2 LIMIT 1
"""


class SqliteRows:
    """See `RowRecords`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index_check = IndexCheck(database)

    def checked_meanwhile(self) -> AbstractContextManager[None]:
        """Return a context for questions whose answers count only if it ends without an error."""
        return self._index_check.run_meanwhile()

    def states(self, run: str, rows: Sequence[int]) -> dict[int, RowState]:
        """Return the state of rows of a run; rows without an attempt or a duplicate mark are left out."""
        self._index_check.run()
        wanted = json.dumps(list(rows))
        attempts = self._database.read(
            "SELECT row, sent, outcome, status, lead_id, text, hint FROM known LEFT JOIN reason ON reason.id = reason "
            "WHERE run = ? AND row IN (SELECT value FROM json_each(?)) ORDER BY known.id",
            (run, wanted),
        )
        return merged_states(attempts, marked_states(self._duplicate_marks(run, rows)))

    def sent(self, run: str) -> list[int]:
        """Return the rows of a run that were sent and are not sent again by it, in order of sending."""
        self._index_check.run()
        found = self._database.read(
            "SELECT row FROM known WHERE id IN (SELECT max(id) FROM attempt WHERE run = ? GROUP BY row) "
            "AND outcome NOT IN ('failed', 'unsent') ORDER BY id",
            (run,),
        )
        return [row for (row,) in found]

    def earlier_by_fingerprint(self, fingerprints: Sequence[bytes]) -> dict[bytes, EarlierAttempt]:
        """Return the accepted or unknown attempts at these leads, in any run."""
        if not fingerprints or self._database.read_one("SELECT 1 FROM attempt NOT INDEXED LIMIT 1") is None:
            return {}  # saves a first upload a twentieth of the time of a check
        self._index_check.run()
        wanted = json.dumps([fingerprint.hex() for fingerprint in fingerprints])
        found = self._database.read(
            "SELECT fingerprint, run, family, row, file, sent, outcome, lead_id, live.id FROM json_each(?) "
            "JOIN live ON fingerprint = unhex(json_each.value) ORDER BY outcome = 'accepted', live.id",
            (wanted,),
        )
        return {fingerprint: earlier_attempt(*facts) for fingerprint, *facts in found}

    def earlier_by_row(self, family: str, rows: Sequence[int]) -> dict[int, list[EarlierAttempt]]:
        """Return the accepted or unknown attempts at these rows, in any run of one upload."""
        self._index_check.run()
        found = self._database.read(
            "SELECT run, family, row, file, sent, outcome, lead_id, id, fingerprint FROM live "
            "WHERE family = ? AND row IN (SELECT value FROM json_each(?)) ORDER BY outcome = 'accepted', id",
            (family, json.dumps(list(rows))),
        )
        return attempts_by_row(found)

    def rows_by_fingerprint(self, family: str, fingerprints: Sequence[bytes]) -> dict[bytes, set[int]]:
        """Return the rows of one upload that were sent with these leads, in any of its runs, whatever the outcome."""
        found: dict[bytes, set[int]] = {}
        for fingerprint, row in self._database.read(
            "SELECT DISTINCT fingerprint, row FROM json_each(?) JOIN attempt ON fingerprint = unhex(json_each.value) "
            "JOIN run ON run.id = attempt.run WHERE run.family = ?",
            (json.dumps([fingerprint.hex() for fingerprint in fingerprints]), family),
        ):
            found.setdefault(fingerprint, set()).add(row)
        return found

    async def mark_sent_meanwhile(
        self, run: str, mark: DuplicateMark, fingerprint: bytes | None
    ) -> EarlierAttempt | None:
        """Record a row that a run leaves out because another process has sent its lead while this run was sending."""
        return mark_sent_meanwhile(self, run, mark, fingerprint)

    def mark_duplicates(self, run: str, marks: Iterable[DuplicateMark]) -> None:
        """Record the rows that a run leaves out because their lead was sent before."""
        with self._database.transaction():
            for row, text, hint, attempt in marks:
                self._database.write(
                    "INSERT OR REPLACE INTO duplicate (run, row, reason, attempt) VALUES (?, ?, ?, ?)",
                    (run, row, reason_id(self._database, text, hint), attempt),
                )

    def marked_duplicates(self, run: str, rows: Sequence[int]) -> dict[int, EarlierAttempt | None]:
        """Return the attempts for which a run left out rows as duplicates, by row."""
        self._index_check.run()
        return marked_attempts(self._duplicate_marks(run, rows))

    def unknown(self, run: str) -> dict[int, tuple[int, float]]:
        """Return the rows of a run with an unknown outcome: row -> (attempt, time of sending)."""
        found = self._database.read(
            "SELECT row, id, sent FROM known WHERE run = ? AND outcome = 'unknown' ORDER BY id", (run,)
        )
        return {row: (attempt, sent) for row, attempt, sent in found}

    def lead_ids(self, scope: str) -> set[int]:
        """Return the ids of all accepted leads of an enterprise."""
        found = self._database.read(
            "SELECT known.lead_id FROM known JOIN run ON run.id = known.run "
            "WHERE known.lead_id IS NOT NULL AND facts ->> 'scope' = ?",
            (scope,),
        )
        return {lead_id for (lead_id,) in found}

    def has_lead_id(self, scope: str, lead_id: int) -> bool:
        """Return whether a lead of an enterprise has this id."""
        self._index_check.run()
        return self._database.read_one(HAS_LEAD_ID, (lead_id, scope)) is not None

    def lead_ids_by_row(self, run: str) -> dict[int, int]:
        """Return the ids of a run's accepted leads, by row."""
        found = self._database.read(
            "SELECT row, lead_id FROM known WHERE run = ? AND outcome = 'accepted' AND lead_id IS NOT NULL", (run,)
        )
        return dict(found)

    def slowest(self, run: str, limit: int = 5) -> list[tuple[int, float]]:
        """Return the rows of a run with the slowest responses, and how long each took, in seconds."""
        found = self._database.read(
            "SELECT row, max(came - sent) AS took FROM attempt JOIN answer ON answer.attempt = attempt.id "
            "WHERE run = ? GROUP BY row ORDER BY took DESC, row LIMIT ?",
            (run, limit),
        )
        return [(row, seconds) for row, seconds in found]

    def _duplicate_marks(self, run: str, rows: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        """Return the rows that a run left out, with what has become of the earlier attempts at their leads."""
        return self._database.read(
            "SELECT duplicate.row, text, hint, known.run, family, known.row, facts ->> 'file', sent, outcome, lead_id, "
            "known.id, fingerprint FROM duplicate JOIN reason ON reason.id = duplicate.reason "
            "LEFT JOIN known ON known.id = duplicate.attempt LEFT JOIN run ON run.id = known.run "
            "WHERE duplicate.run = ? AND duplicate.row IN (SELECT value FROM json_each(?))",
            (run, json.dumps(list(rows))),
        )
