"""Validation results of accepted leads."""

import json
import time
from collections.abc import Sequence

from uploader.core.validation_result import LeadResult, Validity
from uploader.ledger.sqlite.database import Database
from uploader.ledger.sqlite.schema import reason_id


class SqliteResults:
    """See `Results`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, scope: str, lead_id: int, result: LeadResult, *, replaces: bool = False) -> None:
        """Record a validation result. A settled one is kept as it is, unless this one `replaces` it."""
        with self._database.transaction():
            reason = reason_id(self._database, result.reason, result.hint)
            self._database.write(
                "INSERT INTO result VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET asked = excluded.asked, "
                "finding = excluded.finding, reason = excluded.reason WHERE finding = 'pending' OR ?",
                (scope, lead_id, time.time(), result.validity, reason, replaces),
            )

    def find(self, scope: str, lead_ids: Sequence[int]) -> dict[int, LeadResult]:
        """Return the recorded results of these leads."""
        found = self._database.read(
            "SELECT lead_id, finding, text, hint FROM result LEFT JOIN reason ON reason.id = reason "
            "WHERE scope = ? AND lead_id IN (SELECT value FROM json_each(?))",
            (scope, json.dumps(list(lead_ids))),
        )
        return {
            lead_id: LeadResult(Validity(finding), text or "", hint or "") for lead_id, finding, text, hint in found
        }
