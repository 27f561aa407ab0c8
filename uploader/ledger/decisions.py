"""Attempts in doubt, and what people have said of them: questions only."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from uploader.core.model import Decision, Outcome, RowState
from uploader.ledger.database import told as told_of

# The last attempts at the rows of a family that somebody has decided about.
DECIDED = """
SELECT known.run, row, known.outcome, text, hint, known.lead_id, status, sent,
       EXISTS (SELECT 1 FROM decision WHERE attempt = known.id AND outcome = 'accepted') FROM known
JOIN run ON run.id = known.run JOIN reason ON reason.id = known.reason
WHERE family = ? AND EXISTS (SELECT 1 FROM decision WHERE attempt = known.id)
AND known.id = (SELECT max(id) FROM attempt WHERE attempt.run = known.run AND attempt.row = known.row)
"""

# What was decided last counts, so it can be decided anew: where the platform itself has not answered, neither to the
# lead nor to a question about it, and the row was not sent again since. What was sent upon a decision can't be made
# unsent by another.
REVISABLE = """
SELECT known.run, known.row, known.id, known.lead_id FROM known
JOIN run ON run.id = known.run
JOIN decision ON decision.id = (SELECT max(id) FROM decision WHERE attempt = known.id)
LEFT JOIN answer ON answer.attempt = known.id
WHERE family = ?1 AND coalesce(answer.outcome, 'unknown') = 'unknown' AND NOT EXISTS (
    SELECT 1 FROM result WHERE scope = facts ->> 'scope' AND result.lead_id = known.lead_id AND finding <> 'pending'
) AND NOT EXISTS (
    SELECT 1 FROM attempt AS later
    WHERE later.run IN (SELECT id FROM run WHERE family = ?1) AND later.row = known.row AND later.sent > decision.made
)
"""


class Said(NamedTuple):
    """An attempt that somebody has decided about, and may decide about anew."""

    run: str
    row: int
    attempt: int
    lead_id: int | None


class Doubts:
    """The questions about doubt that can be put to an open ledger. All raise LedgerError when it can't be read."""

    _db: apsw.Connection
    _home: Path

    def unknown(self, run: str) -> dict[int, tuple[int, float]]:
        """The rows of a run that are in doubt: row -> (attempt, when it was sent)."""
        found = self._read("SELECT row, id, sent FROM known WHERE run = ? AND outcome = 'unknown' ORDER BY id", (run,))
        return {row: (attempt, sent) for row, attempt, sent in found}

    def unknown_in_family(self, family: str, rows: Sequence[int]) -> list[int]:
        """The attempts in doubt at these rows, in any run that goes back to one upload."""
        found = self._read(
            "SELECT id FROM live WHERE family = ? AND row IN (SELECT value FROM json_each(?)) AND outcome = 'unknown'",
            (family, json.dumps(list(rows))),
        )
        return [attempt for (attempt,) in found]

    def revisable(self, family: str) -> list[Said]:
        """The decisions that can still be made anew, in any run that goes back to one upload."""
        return [Said(*found) for found in self._read(REVISABLE, (family,))]

    def decided(self, family: str) -> dict[tuple[str, int], Decision]:
        """What was decided about rows of any run that goes back to one upload, by (run, row)."""
        return {
            (run, row): Decision(RowState(Outcome(outcome), text, hint, lead_id, status, 1, sent), bool(was_accepted))
            for run, row, outcome, text, hint, lead_id, status, sent, was_accepted in self._read(DECIDED, (family,))
        }

    def _read(self, sql: str, values: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._db.execute(sql, values)
        except apsw.Error as error:
            raise told_of(error, self._home) from None
