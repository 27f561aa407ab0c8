"""Purging old runs and forgetting individual leads; see the package for SQLite for what a purged run keeps."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from uploader.ledger.postgres.database import Database, LostConnectionError, Values, session_name
from uploader.ledger.records import LedgerError, PurgeSummary, Removal, UnsentRun

DROP_ROWS = "DELETE FROM attempt WHERE run = ANY(%s) AND id NOT IN (SELECT id FROM live WHERE run = ANY(%s))"
DROP_RESULTS = """
DELETE FROM result WHERE NOT EXISTS (
    SELECT 1 FROM known JOIN run ON run.id = known.run
    WHERE run.scope = result.scope AND known.lead_id = result.lead_id
)
"""
DROP_REASONS = """
DELETE FROM reason WHERE NOT EXISTS (SELECT 1 FROM answer WHERE answer.reason = reason.id)
AND NOT EXISTS (SELECT 1 FROM result WHERE result.reason = reason.id)
AND NOT EXISTS (SELECT 1 FROM duplicate WHERE duplicate.reason = reason.id)
AND NOT EXISTS (SELECT 1 FROM decision WHERE decision.reason = reason.id)
"""
# The rows of a report are known by their family, so a run stays as long as anything of its family does.
DROP_RUNS = """
DELETE FROM run WHERE id = ANY(%(runs)s) AND family NOT IN (SELECT family FROM live)
AND family NOT IN (SELECT family FROM run WHERE NOT id = ANY(%(runs)s))
"""
UNSENT = """
SELECT id, file, (counts::json ->> 'unsent')::bigint FROM run WHERE id = ANY(%s)
AND (ended IS NULL OR stopped IS NOT NULL) AND coalesce((counts::json ->> 'unsent')::bigint, 1) > 0 AND NOT EXISTS
(SELECT 1 FROM run AS later WHERE later.family = run.family AND later.started > run.started) ORDER BY id
"""
# What other transactions insert must not refer to what is being dropped: they wait until the purge has ended.
LOCK = "LOCK TABLE run, attempt, answer, decision, result, duplicate, reason IN SHARE ROW EXCLUSIVE MODE"


class PostgresRetention:
    """See `Retention`."""

    def __init__(self, database: Database) -> None:
        """Use the session of the locks; see `RunLocks`."""
        self._database = database

    def unfinished_before(self, cutoff: float) -> list[str]:
        """Return the runs without an end whose last attempt was before the cutoff."""
        return self._ids(
            "SELECT id FROM run WHERE ended IS NULL "
            "AND coalesce((SELECT max(sent) FROM attempt WHERE attempt.run = run.id), started) < %s ORDER BY id",
            (cutoff,),
        )

    def preview(self, cutoff: float, dead_runs: Sequence[str], *, forget_leads: bool) -> PurgeSummary:
        """Return what `purge` would drop."""
        return self._summary(self._purgeable(cutoff, dead_runs, forget_leads), forget_leads)

    def unsent_runs(self, cutoff: float, dead_runs: Sequence[str]) -> list[UnsentRun]:
        """Return the runs that `purge` would drop although some of their rows were never sent."""
        found = self._database.read_all(UNSENT, (self._purgeable(cutoff, dead_runs, forget_leads=False),))
        return [UnsentRun(run, Path(file).name, rows) for run, file, rows in found]

    def purge(self, cutoff: float, dead_runs: Sequence[str], *, forget_leads: bool) -> PurgeSummary:
        """Drop the runs that ended before the cutoff."""
        with self._database.change():
            self._database.write(LOCK)
            runs = self._purgeable(cutoff, dead_runs, forget_leads)
            summary = self._summary(runs, forget_leads)
            self._drop(runs, forget_leads)
            if summary.runs:
                self._record("purge with leads" if forget_leads else "purge", summary.runs, summary.rows)
        return summary

    def forget(self, fingerprints: Sequence[bytes]) -> int:
        """Remove these fingerprints from all attempts; return how many attempts had one of them."""
        with self._database.change():
            rows = self._database.write(
                "UPDATE attempt SET fingerprint = NULL WHERE fingerprint = ANY(%s::bytea[])", (list(fingerprints),)
            )
            if rows:
                self._record("forget", 0, rows)
        return rows

    def compact(self) -> bool:
        """Overwrite what was dropped and return freed space; False if that is not possible now."""
        try:
            self._database.write("SET lock_timeout = '5s'")
            self._database.write("VACUUM (FULL) attempt, answer, decision, result, duplicate, reason, run")
        except LedgerError:
            return False
        finally:
            with suppress(LostConnectionError):
                self._database.write("RESET lock_timeout")
        return True

    def removals(self, limit: int) -> list[Removal]:
        """Return up to `limit` removals, newest first."""
        found = self._database.read_all(
            "SELECT made, who, what, runs, rows FROM removal ORDER BY id DESC LIMIT %s", (limit,)
        )
        return [Removal(*one) for one in found]

    def _record(self, what: str, runs: int, rows: int) -> None:
        """Record who removed something."""
        self._database.write(
            "INSERT INTO removal (who, what, runs, rows) VALUES (%s, %s, %s, %s)", (session_name(), what, runs, rows)
        )

    def _purgeable(self, cutoff: float, dead_runs: Sequence[str], forget_leads: bool) -> list[str]:
        """Return the runs to purge. A run that was purged before has nothing left but its leads."""
        return self._ids(
            "SELECT id FROM run WHERE (ended < %s OR ended IS NULL AND id = ANY(%s)) AND (%s OR mapping <> '')",
            (cutoff, list(dead_runs), forget_leads),
        )

    def _summary(self, runs: Sequence[str], forget_leads: bool) -> PurgeSummary:
        read, these = self._database.read_all, (list(runs),)
        leads = {"accepted": 0, "unknown": 0}
        leads |= dict(read("SELECT outcome, count(*) FROM live WHERE run = ANY(%s) GROUP BY outcome", these))
        ((attempts,),) = read("SELECT count(*) FROM attempt WHERE run = ANY(%s)", these)
        ((marks,),) = read("SELECT count(*) FROM duplicate WHERE run = ANY(%s)", these)
        kept = 0 if forget_leads else sum(leads.values())
        return PurgeSummary(len(runs), attempts + marks - kept, **leads)

    def _drop(self, runs: Sequence[str], forget_leads: bool) -> None:
        write, these = self._database.write, list(runs)
        write("DELETE FROM duplicate WHERE run = ANY(%s)", (these,))
        if forget_leads:
            write("DELETE FROM attempt WHERE run = ANY(%s)", (these,))
        else:
            write(DROP_ROWS, (these, these))
        write(DROP_RESULTS)
        write(DROP_REASONS)
        if forget_leads:
            write("DELETE FROM run WHERE id = ANY(%s)", (these,))
        else:
            write(DROP_RUNS, {"runs": these})
        kept = self._database.read_all("SELECT id, file FROM run WHERE id = ANY(%s)", (these,))
        self._database.write_many(
            "UPDATE run SET ended = coalesce(ended, started), counts = NULL, stopped = NULL, file = %s, mapping = '', "
            "mapping_path = '', sha256 = '' WHERE id = %s",
            [(Path(file).name, run) for run, file in kept],
        )

    def _ids(self, sql: str, values: Values) -> list[str]:
        return [run for (run,) in self._database.read_all(sql, values)]
