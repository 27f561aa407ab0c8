"""What users decided about rows whose outcome was unknown."""

from collections.abc import Iterable

from uploader.core.model import Decision, Outcome, RowState
from uploader.ledger.postgres.database import Database, storable
from uploader.ledger.postgres.reasons import ID, STORE, columns, digest
from uploader.ledger.records import RevisableDecision

# The last attempts at the rows of a family about which a user has decided.
LATEST = """
SELECT known.run, row, known.outcome, text, hint, known.lead_id, status, sent,
       EXISTS (SELECT 1 FROM decision WHERE attempt = known.id AND outcome = 'accepted') FROM known
JOIN run ON run.id = known.run JOIN reason ON reason.id = known.reason
WHERE family = %s AND EXISTS (SELECT 1 FROM decision WHERE attempt = known.id)
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
WHERE family = %(family)s AND coalesce(answer.outcome, 'unknown') = 'unknown' AND NOT EXISTS (
    SELECT 1 FROM result WHERE result.scope = run.scope AND result.lead_id = known.lead_id AND finding <> 'pending'
) AND NOT EXISTS (
    SELECT 1 FROM attempt AS later WHERE later.run IN (SELECT id FROM run WHERE family = %(family)s)
    AND later.row = known.row AND later.sent > decision.made
)
"""

RECORD = f"INSERT INTO decision (attempt, who, outcome, lead_id, reason) VALUES (%s, %s, %s, %s, {ID})"  # noqa: S608

# A lead that a user declared not sent may be sent by anyone.
RELEASE = """
UPDATE attempt SET holds = false WHERE holds AND id IN (
    SELECT id FROM known WHERE id = ANY(%s::bigint[]) AND outcome NOT IN ('accepted', 'unknown')
)
"""


class PostgresDecisions:
    """See `Decisions`."""

    def __init__(self, database: Database) -> None:
        """Use the session of the locks; see `RunLocks`."""
        self._database = database

    def record(self, user: str, decisions: Iterable[tuple[int, RowState]]) -> None:
        """Record decisions about attempts, with the user's name and the time."""
        made = sorted(decisions, key=lambda decision: decision[0])
        with self._database.change():
            self._database.write(STORE, columns((state.reason, state.hint) for _, state in made))
            self._database.write_many(
                RECORD,
                [
                    (attempt, storable(user), state.outcome, state.lead_id, digest(state.reason, state.hint))
                    for attempt, state in made
                ],
            )
            self._database.write(RELEASE, ([attempt for attempt, _ in made],))

    def revisable(self, family: str) -> list[RevisableDecision]:
        """Return the decisions that can still be changed, in any run of one upload."""
        return [RevisableDecision(*found) for found in self._database.read_all(REVISABLE, {"family": family})]

    def latest(self, family: str) -> dict[tuple[str, int], Decision]:
        """Return the latest decisions about rows of any run of one upload, by (run, row)."""
        found = self._database.read_all(LATEST, (family,))
        return {
            (run, row): Decision(RowState(Outcome(outcome), text, hint, lead_id, status, 1, sent), was_accepted)
            for run, row, outcome, text, hint, lead_id, status, sent, was_accepted in found
        }
