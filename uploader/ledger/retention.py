"""What the ledger lets go of: runs of long ago, and leads that somebody asks to be forgotten.

Whether a lead was sent hangs on its attempt: on the fingerprint, and on the row's number within the family of runs.
So of a purged run the attempts that were accepted or are in doubt stay, with ids and the file's name, unless the
leads are to be forgotten too. A purged run is known by its mapping's text, which is empty.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import apsw

from uploader.ledger.database import immediate, told

# The runs of a list of ids (?1).
THESE = "(SELECT value FROM json_each(?1))"

# An attempt goes before its answer: without that it would count as in doubt.
DROP_ROWS = f"DELETE FROM attempt WHERE run IN {THESE} AND id NOT IN (SELECT id FROM live WHERE run IN {THESE})"  # noqa: S608
DROP_LEADS = f"DELETE FROM attempt WHERE run IN {THESE}"  # noqa: S608
DROP_ORPHANS = """
DELETE FROM answer WHERE attempt NOT IN (SELECT id FROM attempt);
DELETE FROM decision WHERE attempt NOT IN (SELECT id FROM attempt);
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
# A report's rows are known by their family, so a run stays as long as anything of its family does.
DROP_RUNS = f"""
DELETE FROM run WHERE id IN {THESE} AND family NOT IN (SELECT family FROM live)
AND family NOT IN (SELECT family FROM run WHERE id NOT IN {THESE})
"""  # noqa: S608


class Purged(NamedTuple):
    """What a purge drops, or would: runs, attempts and marks of rows; and the leads that are accepted or in doubt."""

    runs: int
    rows: int
    accepted: int
    unknown: int


class Unsent(NamedTuple):
    """A run that did not come to its end, its file, and how many rows had no turn: None where that was not noted."""

    run: str
    file: str
    rows: int | None


class Retention:
    """Dropping what is no longer wanted. All raise LedgerError when it can't be done."""

    _db: apsw.Connection
    _home: Path

    def unfinished_before(self, before: float) -> list[str]:
        """Runs without an end, of which nothing was heard since that time: killed, or perhaps under way."""
        return self._ids(
            "SELECT id FROM run WHERE ended IS NULL "
            "AND coalesce((SELECT max(sent) FROM attempt WHERE run = run.id), started) < ?",
            (before,),
        )

    def old(self, before: float, held: Sequence[str], *, forget_leads: bool) -> Purged:
        """What `purge` would drop."""
        return self._weigh(self._old(before, held, forget_leads), forget_leads)

    def left_unsent(self, before: float, held: Sequence[str]) -> list[Unsent]:
        """What `purge` would drop though it has rows that no run has sent, nor a later one of its family looked at."""
        found = self._all(
            f"SELECT id, facts ->> 'file', counts ->> 'unsent' FROM run WHERE id IN {THESE} "  # noqa: S608
            "AND (ended IS NULL OR stopped IS NOT NULL) AND coalesce(counts ->> 'unsent', 1) > 0 AND NOT EXISTS "
            "(SELECT 1 FROM run AS later WHERE later.family = run.family AND later.started > run.started) ORDER BY id",
            (json.dumps(self._old(before, held, forget_leads=False)),),
        )
        return [Unsent(run, Path(file).name, rows) for run, file, rows in found]

    def purge(self, before: float, held: Sequence[str], *, forget_leads: bool) -> Purged:
        """Drops the runs that ended before that time, and those of `held`, which the caller knows to be dead.

        What was dropped is overwritten in the file. What keeps a lead from being sent again stays, unless
        `forget_leads` says that it goes too.
        """
        try:
            self._db.execute("PRAGMA secure_delete=ON").fetchall()
            with immediate(self._db):
                runs = self._old(before, held, forget_leads)
                dropped = self._weigh(runs, forget_leads)
                self._drop(runs, forget_leads)
        except apsw.Error as error:
            raise told(error, self._home) from None
        return dropped

    def forget(self, fingerprints: Sequence[bytes]) -> int:
        """Takes these fingerprints from all attempts; how many attempts had one of them."""
        wanted = json.dumps([fingerprint.hex() for fingerprint in fingerprints])
        try:
            self._db.execute("PRAGMA secure_delete=ON").fetchall()
            with immediate(self._db):
                self._db.execute(
                    "UPDATE attempt SET fingerprint = NULL "
                    "WHERE fingerprint IN (SELECT unhex(value) FROM json_each(?))",
                    (wanted,),
                )
                return self._db.changes()
        except apsw.Error as error:
            raise told(error, self._home) from None

    def compact(self) -> bool:
        """Gives what was freed back to the disk, the write-ahead log included; False when that can't be done now.

        VACUUM writes through the log, so that is emptied before and after.
        """
        try:
            for step in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                busy = any(row[0] for row in self._db.execute(step).fetchall())
        except apsw.Error:
            return False
        return not busy

    def _old(self, before: float, held: Sequence[str], forget_leads: bool) -> list[str]:
        """A run that was purged before has nothing left but its leads."""
        return self._ids(
            "SELECT id FROM run WHERE (ended < ? OR ended IS NULL AND id IN (SELECT value FROM json_each(?))) "
            "AND (? OR facts ->> 'mapping' <> '')",
            (before, json.dumps(list(held)), forget_leads),
        )

    def _weigh(self, runs: Sequence[str], forget_leads: bool) -> Purged:
        these = (json.dumps(runs),)
        leads = {"accepted": 0, "unknown": 0}
        leads |= dict(self._all(f"SELECT outcome, count(*) FROM live WHERE run IN {THESE} GROUP BY outcome", these))  # noqa: S608
        ((attempts,),) = self._all(f"SELECT count(*) FROM attempt WHERE run IN {THESE}", these)  # noqa: S608
        ((marks,),) = self._all(f"SELECT count(*) FROM duplicate WHERE run IN {THESE}", these)  # noqa: S608
        kept = 0 if forget_leads else sum(leads.values())
        return Purged(len(runs), attempts + marks - kept, **leads)

    def _drop(self, runs: Sequence[str], forget_leads: bool) -> None:
        these = (json.dumps(runs),)
        self._db.execute(f"DELETE FROM duplicate WHERE run IN {THESE}", these)  # noqa: S608
        self._db.execute(DROP_LEADS if forget_leads else DROP_ROWS, these)
        self._db.execute(DROP_ORPHANS)
        self._db.execute(f"DELETE FROM run WHERE id IN {THESE}" if forget_leads else DROP_RUNS, these)  # noqa: S608
        named = self._all(f"SELECT id, facts ->> 'file' FROM run WHERE id IN {THESE}", these)  # noqa: S608
        self._db.executemany(
            "UPDATE run SET ended = coalesce(ended, started), counts = NULL, stopped = NULL, facts = json_set("
            "facts, '$.file', ?, '$.mapping', '', '$.mapping_path', '', '$.sha256', '') WHERE id = ?",
            [(Path(file).name, run) for run, file in named],
        )

    def _ids(self, sql: str, values: tuple[Any, ...]) -> list[str]:
        return [run for (run,) in self._all(sql, values)]

    def _all(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        try:
            return self._db.execute(sql, values).fetchall()
        except apsw.Error as error:
            raise told(error, self._home) from None
