"""Validation results of accepted leads."""

from collections.abc import Sequence

from uploader.core.validation_result import LeadResult, Validity
from uploader.ledger.postgres.database import Database
from uploader.ledger.postgres.reasons import ID, STORE, columns, digest

RECORD = f"""
INSERT INTO result (scope, lead_id, finding, reason) VALUES (%s, %s, %s, {ID})
ON CONFLICT (scope, lead_id) DO UPDATE SET asked = excluded.asked, finding = excluded.finding, reason = excluded.reason
WHERE result.finding = 'pending' OR %s
"""  # noqa: S608


class PostgresResults:
    """See `Results`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, scope: str, lead_id: int, result: LeadResult, *, replaces: bool = False) -> None:
        """Record a validation result. A settled one is kept as it is, unless this one `replaces` it."""
        reason = digest(result.reason, result.hint)
        with self._database.transaction():
            self._database.write(STORE, columns([(result.reason, result.hint)]))
            self._database.write(RECORD, (scope, lead_id, result.validity, reason, replaces))

    def find(self, scope: str, lead_ids: Sequence[int]) -> dict[int, LeadResult]:
        """Return the recorded results of these leads."""
        found = self._database.read_all(
            "SELECT lead_id, finding, text, hint FROM result LEFT JOIN reason ON reason.id = result.reason "
            "WHERE scope = %s AND lead_id = ANY(%s::bigint[])",
            (scope, list(lead_ids)),
        )
        return {
            lead_id: LeadResult(Validity(finding), text or "", hint or "") for lead_id, finding, text, hint in found
        }
