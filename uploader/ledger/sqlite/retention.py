"""Purging old runs and forgetting individual leads.

Whether a lead was sent is known from its attempt: by the fingerprint, and by the row's number within the family of
runs. So a purged run keeps its accepted and unknown attempts, with ids and the file's name, unless the leads are to be
forgotten too. A purged run is known by its mapping, which is empty.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from uploader.ledger.records import LedgerError, PurgeSummary, UnsentRun
from uploader.ledger.sqlite.database import Database, Values
from uploader.ledger.sqlite.schema import KEEP_NEWEST_ATTEMPT

# The runs of a list of ids (?1).
THESE = "(SELECT value FROM json_each(?1))"

# An attempt is deleted before its answer: without an answer it would count as unknown.
DROP_ROWS = f"DELETE FROM attempt WHERE run IN {THESE} AND id NOT IN (SELECT id FROM live WHERE run IN {THESE})"  # noqa: S608
DROP_LEADS = f"DELETE FROM attempt WHERE run IN {THESE}"  # noqa: S608
DROP_ORPHANS = """
DELETE FROM answer WHERE attempt NOT IN (SELECT id FROM attempt);
DELETE FROM decision WHERE attempt NOT IN (SELECT id FROM attempt);
UPDATE duplicate SET attempt = NULL WHERE attempt NOT IN (SELECT id FROM attempt);
DELETE FROM result WHERE (scope, lead_id) NOT IN (
    SELECT run.facts ->> 'scope', known.lead_id FROM known JOIN run ON run.id = known.run
    WHERE known.lead_id IS NOT NULL
);
DELETE FROM reason WHERE id NOT IN (
    SELECT reason FROM answer WHERE reason IS NOT NULL
    UNION SELECT reason FROM result WHERE reason IS NOT NULL
    UNION SELECT reason FROM duplicate UNION SELECT reason FROM decision
);
"""
# The rows of a report are known by their family, so a run stays as long as anything of its family does.
DROP_RUNS = f"""
DELETE FROM run WHERE id IN {THESE} AND family NOT IN (SELECT family FROM live)
AND family NOT IN (SELECT family FROM run WHERE id NOT IN {THESE})
"""  # noqa: S608


class SqliteRetention:
    """See `Retention`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unfinished_before(self, cutoff: float) -> list[str]:
        """Return the runs without an end whose last attempt was before the cutoff."""
        return self._ids(
            "SELECT id FROM run WHERE ended IS NULL "
            "AND coalesce((SELECT max(sent) FROM attempt WHERE run = run.id), started) < ?",
            (cutoff,),
        )

    def preview(self, cutoff: float, dead_runs: Sequence[str], *, forget_leads: bool) -> PurgeSummary:
        """Return what `purge` would drop."""
        return self._summary(self._purgeable(cutoff, dead_runs, forget_leads), forget_leads)

    def unsent_runs(self, cutoff: float, dead_runs: Sequence[str]) -> list[UnsentRun]:
        """Return the runs that `purge` would drop although some of their rows were never sent.

        A run does not count if a later run of its family has read the same rows.
        """
        found = self._database.read_all(
            f"SELECT id, facts ->> 'file', counts ->> 'unsent' FROM run WHERE id IN {THESE} "  # noqa: S608
            "AND (ended IS NULL OR stopped IS NOT NULL) AND coalesce(counts ->> 'unsent', 1) > 0 AND NOT EXISTS "
            "(SELECT 1 FROM run AS later WHERE later.family = run.family AND later.started > run.started) ORDER BY id",
            (json.dumps(self._purgeable(cutoff, dead_runs, forget_leads=False)),),
        )
        return [UnsentRun(run, Path(file).name, rows) for run, file, rows in found]

    def purge(self, cutoff: float, dead_runs: Sequence[str], *, forget_leads: bool) -> PurgeSummary:
        """Drop the runs that ended before the cutoff, and overwrite what was dropped."""
        self._overwrite_deleted()
        with self._database.transaction():
            runs = self._purgeable(cutoff, dead_runs, forget_leads)
            summary = self._summary(runs, forget_leads)
            self._drop(runs, forget_leads)
        return summary

    def forget(self, fingerprints: Sequence[bytes]) -> int:
        """Remove these fingerprints from all attempts; return how many attempts had one of them."""
        self._overwrite_deleted()
        return self._database.write(
            "UPDATE attempt SET fingerprint = NULL WHERE fingerprint IN (SELECT unhex(value) FROM json_each(?))",
            (json.dumps([fingerprint.hex() for fingerprint in fingerprints]),),
        )

    def compact(self) -> bool:
        """Return freed space to the disk; False if that is not possible now.

        VACUUM writes through the write-ahead log, so that is emptied before and after.
        """
        try:
            for step in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                is_busy = any(row[0] for row in self._database.read_all(step))
        except LedgerError:
            return False
        return not is_busy

    def _overwrite_deleted(self) -> None:
        self._database.read_all("PRAGMA secure_delete=ON")

    def _purgeable(self, cutoff: float, dead_runs: Sequence[str], forget_leads: bool) -> list[str]:
        """Return the runs to purge. A run that was purged before has nothing left but its leads."""
        return self._ids(
            "SELECT id FROM run WHERE (ended < ? OR ended IS NULL AND id IN (SELECT value FROM json_each(?))) "
            "AND (? OR facts ->> 'mapping' <> '')",
            (cutoff, json.dumps(list(dead_runs)), forget_leads),
        )

    def _summary(self, runs: Sequence[str], forget_leads: bool) -> PurgeSummary:
        these = (json.dumps(runs),)
        read = self._database.read_all
        leads = {"accepted": 0, "unknown": 0}
        leads |= dict(read(f"SELECT outcome, count(*) FROM live WHERE run IN {THESE} GROUP BY outcome", these))  # noqa: S608
        ((attempts,),) = read(f"SELECT count(*) FROM attempt WHERE run IN {THESE}", these)  # noqa: S608
        ((marks,),) = read(f"SELECT count(*) FROM duplicate WHERE run IN {THESE}", these)  # noqa: S608
        kept = 0 if forget_leads else sum(leads.values())
        return PurgeSummary(len(runs), attempts + marks - kept, **leads)

    def _drop(self, runs: Sequence[str], forget_leads: bool) -> None:
        these = (json.dumps(runs),)
        self._database.write(KEEP_NEWEST_ATTEMPT)
        self._database.write(f"DELETE FROM duplicate WHERE run IN {THESE}", these)  # noqa: S608
        self._database.write(DROP_LEADS if forget_leads else DROP_ROWS, these)
        self._database.write(DROP_ORPHANS)
        self._database.write(f"DELETE FROM run WHERE id IN {THESE}" if forget_leads else DROP_RUNS, these)  # noqa: S608
        kept = self._database.read_all(f"SELECT id, facts ->> 'file' FROM run WHERE id IN {THESE}", these)  # noqa: S608
        self._database.write_many(
            "UPDATE run SET ended = coalesce(ended, started), counts = NULL, stopped = NULL, facts = json_set("
            "facts, '$.file', ?, '$.mapping', '', '$.mapping_path', '', '$.sha256', '') WHERE id = ?",
            [(Path(file).name, run) for run, file in kept],
        )

    def _ids(self, sql: str, values: Values) -> list[str]:
        return [run for (run,) in self._database.read_all(sql, values)]
