"""What users decided about rows whose outcome was unknown."""

import time
from collections.abc import Iterable

from uploader.core.model import Decision, Outcome, RowState
from uploader.ledger.records import RevisableDecision
from uploader.ledger.sqlite.database import Database
from uploader.ledger.sqlite.schema import reason_id

# The last attempts at the rows of a family about which a user has decided.
LATEST = """
SELECT known.run, row, known.outcome, text, hint, known.lead_id, status, sent,
       EXISTS (SELECT 1 FROM decision WHERE attempt = known.id AND outcome = 'accepted') FROM known
JOIN run ON run.id = known.run JOIN reason ON reason.id = known.reason
WHERE family = ? AND EXISTS (SELECT 1 FROM decision WHERE attempt = known.id)
AND known.id = (SELECT max(id) FROM attempt WHERE attempt.run = known.run AND attempt.row = known.row)
"""

# The latest decision counts, so a decision can be changed: as long as the platform itself has not given the outcome,
# neither in its response nor in a validation result, and the row was not sent again since. A lead that was sent because
# of one decision cannot be unsent by another.
REVISABLE = """
SELECT known.run, known.row, known.id, known.lead_id, known.fingerprint FROM known
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


class SqliteDecisions:
    """See `Decisions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, user: str, decisions: Iterable[tuple[int, RowState]]) -> None:
        """Record decisions about attempts, with the user's name and the time."""
        with self._database.transaction():
            for attempt, state in decisions:
                reason = reason_id(self._database, state.reason, state.hint)
                self._database.write(
                    "INSERT INTO decision (attempt, made, who, outcome, lead_id, reason) VALUES (?, ?, ?, ?, ?, ?)",
                    (attempt, time.time(), user, state.outcome, state.lead_id, reason),
                )

    def revisable(self, family: str) -> list[RevisableDecision]:
        """Return the decisions that can still be changed, in any run of one upload."""
        return [RevisableDecision(*found) for found in self._database.read(REVISABLE, (family,))]

    def latest(self, family: str) -> dict[tuple[str, int], Decision]:
        """Return the latest decisions about rows of any run of one upload, by (run, row)."""
        found = self._database.read(LATEST, (family,))
        return {
            (run, row): Decision(RowState(Outcome(outcome), text, hint, lead_id, status, 1, sent), bool(was_accepted))
            for run, row, outcome, text, hint, lead_id, status, sent, was_accepted in found
        }
