"""The runs."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from uploader.core.errors import UsageError
from uploader.core.model import IdentityScheme, Outcome, PastRun, Run
from uploader.ledger.records import ALL_RUNS, RecordedIdentity, RunFilter
from uploader.ledger.run_facts import NEVER_ENDED, facts_of, run_of, schemes_of
from uploader.ledger.sqlite.database import Database

# One run for each way to identify leads, if any of its leads may exist.
IDENTITIES = """
SELECT max(id), coalesce(facts ->> 'identities', '[]') AS schemes,
       coalesce(nullif(facts ->> 'mapping', ''), facts ->> 'identity_mapping', '') AS mapping,
       facts ->> 'mapping_path'
FROM run WHERE facts ->> 'scope' = ? AND facts ->> 'campaign' = ? AND EXISTS (
    SELECT 1 FROM known
    WHERE known.run = run.id AND fingerprint IS NOT NULL AND known.outcome IN ('accepted', 'unknown')
) GROUP BY schemes, mapping ORDER BY 1 DESC
"""

# The conditions of `RunFilter`. A file's name may have bytes that are not text, so it is compared as JSON.
WANTED = {
    "run": "id = :run",
    "scope": "facts ->> 'scope' = :scope",
    "campaign": "facts ->> 'campaign' = :campaign",
    "file": "facts -> 'file' = :file",
    "is_unfinished": "ended IS NULL",
}

# A report can have rows of other uploads, so the counts of a retry say nothing of its own attempts.
LACKING_ATTEMPTS = """
SELECT run.id FROM run LEFT JOIN (
    SELECT family, count(DISTINCT row) AS tried FROM attempt JOIN run ON run.id = attempt.run GROUP BY family
) AS sent ON sent.family = run.family
WHERE facts ->> 'command' = 'upload'
AND coalesce(counts ->> 'accepted', 0) + coalesce(counts ->> 'rejected', 0) > coalesce(tried, 0) ORDER BY run.id
"""


class SqliteRuns:
    """See `RunRecords`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, run: Run) -> None:
        """Record a run before any of its leads is sent."""
        self._database.write(
            "INSERT INTO run (id, family, started, facts) VALUES (?, ?, ?, ?)",
            (run.id, run.family, time.time(), json.dumps(facts_of(run))),
        )

    def mark_resumed(self, run: str) -> None:
        """Mark a run as resumed. Raises UsageError if it has been purged."""
        changed = self._database.write(
            "UPDATE run SET ended = NULL, stopped = NULL, counts = NULL WHERE id = ? AND facts ->> 'mapping' <> ''",
            (run,),
        )
        if not changed:
            raise UsageError(f"Run {run} has just been purged.", "Nothing was sent. Upload its file again.")

    def set_report_kind(self, run: str, kind: str) -> None:
        """Record the format of the run's newest report."""
        self._database.write("UPDATE run SET facts = json_set(facts, '$.report_kind', ?) WHERE id = ?", (kind, run))

    def mark_canaries_passed(self, run: str) -> None:
        """Record that the canary batch was valid."""
        self._database.write(
            "UPDATE run SET facts = json_set(facts, '$.canaries_passed', json('true')) WHERE id = ?", (run,)
        )

    def finish(self, run: str, counts: Mapping[str, int], stopped: str | None) -> None:
        """Record the end of a run."""
        self._database.write(
            "UPDATE run SET ended = ?, counts = ?, stopped = ? WHERE id = ?",
            (time.time(), json.dumps(counts), stopped, run),
        )

    def find(self, run: str) -> Run | None:
        """Return the facts of a run, or None if this ledger does not know it."""
        for family, facts in self._database.read_all("SELECT family, facts FROM run WHERE id = ?", (run,)):
            return run_of(run, family, json.loads(facts))
        return None

    def newest(self, runs: Iterable[str]) -> str | None:
        """Return the run that started last among these ids."""
        found: str | None = self._database.read_one(
            "SELECT id FROM run WHERE id IN (SELECT value FROM json_each(?)) ORDER BY started DESC LIMIT 1",
            (json.dumps(list(runs)),),
        )
        return found

    def newest_unfinished(self, scope: str) -> str | None:
        """Return the newest run of an enterprise that did not reach its end."""
        found: str | None = self._database.read_one(
            "SELECT id FROM run WHERE (ended IS NULL OR stopped IS NOT NULL) AND facts ->> 'scope' = ? "
            "AND facts ->> 'mapping' <> '' ORDER BY started DESC LIMIT 1",
            (scope,),
        )
        return found

    def newest_of_file(self, scope: str, sha256: str) -> str | None:
        """Return the newest run of a file, or of the reports of its runs."""
        found: str | None = self._database.read_one(
            "SELECT id FROM run WHERE family IN "
            "(SELECT family FROM run WHERE facts ->> 'scope' = ? AND facts ->> 'sha256' = ?) "
            "ORDER BY started DESC LIMIT 1",
            (scope, sha256),
        )
        return found

    def stop_reason(self, run: str) -> str | None:
        """Return why a run did not reach its end."""
        found: str | None = self._database.read_one(
            "SELECT iif(ended IS NULL, ?, stopped) FROM run WHERE id = ?", (NEVER_ENDED, run)
        )
        return found

    def history(self, limit: int | None, wanted: RunFilter = ALL_RUNS) -> list[PastRun]:
        """Return up to `limit` of the runs that are wanted, newest first, without purged ones."""
        found = self._database.read_all(
            "SELECT id, family, facts, started, ended, stopped, counts FROM run "  # noqa: S608
            f"WHERE facts ->> 'mapping' <> ''{wanted.conditions(WANTED)} "
            "ORDER BY started DESC, id DESC LIMIT coalesce(:limit, -1)",
            {**wanted._asdict(), "file": json.dumps(wanted.file), "limit": limit},
        )
        return [
            PastRun(run_of(run, family, json.loads(facts)), started, ended, stopped, self._counts(run, counts))
            for run, family, facts, started, ended, stopped, counts in found
        ]

    def identities(self, scope: str, campaign: int) -> list[RecordedIdentity]:
        """Return how the runs of a campaign identified leads that are accepted or unknown."""
        found = self._database.read_all(IDENTITIES, (scope, campaign))
        return [RecordedIdentity(run, schemes_of(json.loads(schemes)), *mapping) for run, schemes, *mapping in found]

    def add_identity(self, run: str, scheme: IdentityScheme) -> None:
        """Record another way in which a run identifies leads."""
        self._database.write(
            "UPDATE run SET facts = json_set(facts, '$.identities', "
            "json_insert(coalesce(facts -> 'identities', '[]'), '$[#]', json(?))) WHERE id = ?",
            (json.dumps(asdict(scheme)), run),
        )

    def without_identity(self) -> list[Run]:
        """Return the runs of older versions, which did not record how they identify leads."""
        found = self._database.read_all(
            "SELECT id, family, facts FROM run WHERE facts -> 'identities' IS NULL AND facts ->> 'mapping' <> ''"
        )
        return [run_of(run, family, json.loads(facts)) for run, family, facts in found]

    def unfinished(self, scope: str, campaign: int) -> list[Run]:
        """Return the runs of a campaign without an end."""
        found = self._database.read_all(
            "SELECT id, family, facts FROM run WHERE ended IS NULL AND facts ->> 'scope' = ? "
            "AND facts ->> 'campaign' = ? ORDER BY started DESC",
            (scope, campaign),
        )
        return [run_of(run, family, json.loads(facts)) for run, family, facts in found]

    def lacking_attempts(self) -> list[str]:
        """Return the uploads that had more rows accepted or rejected than they have attempts."""
        return [run for (run,) in self._database.read_all(LACKING_ATTEMPTS)]

    def campaigns(self) -> set[tuple[str, int]]:
        """Return (enterprise, campaign) of all runs, purged ones included."""
        found = self._database.read_all("SELECT DISTINCT facts ->> 'scope', facts ->> 'campaign' FROM run")
        return {(scope, campaign) for scope, campaign in found}

    def _counts(self, run: str, recorded: str | None) -> Counter[Outcome]:
        """Return the rows per outcome: as recorded at the run's end, adjusted by the decisions made since."""
        if recorded is None:
            return self._counts_so_far(run)
        counts = Counter({Outcome(outcome): count for outcome, count in json.loads(recorded).items()})
        for outcome, outcome_then, rows in self._database.read(
            "SELECT known.outcome, coalesce((SELECT decision.outcome FROM decision WHERE attempt = known.id "
            "AND made <= ended ORDER BY id DESC LIMIT 1), 'unknown'), count(*) "
            "FROM known JOIN run ON run.id = known.run WHERE known.id IN "
            "(SELECT max(id) FROM attempt WHERE attempt.run = ? GROUP BY row) "
            "AND EXISTS (SELECT 1 FROM decision WHERE attempt = known.id AND made > ended) GROUP BY 1, 2",
            (run,),
        ):
            counts[Outcome(outcome_then)] -= rows
            counts[Outcome(outcome)] += rows
        return counts

    def _counts_so_far(self, run: str) -> Counter[Outcome]:
        """Return the outcomes of rows that were tried or marked as duplicates; rows never reached are not counted."""
        found = self._database.read(
            "SELECT outcome, count(*) FROM known WHERE id IN (SELECT max(id) FROM attempt WHERE run = ?1 GROUP BY row) "
            "AND (outcome IN ('accepted', 'unknown') OR row NOT IN (SELECT row FROM duplicate WHERE run = ?1)) "
            "GROUP BY outcome UNION ALL "
            "SELECT CASE coalesce(known.outcome, 'accepted') WHEN 'accepted' THEN 'duplicate' "
            "WHEN 'unknown' THEN 'unknown' ELSE 'unsent' END, count(*) "
            "FROM duplicate LEFT JOIN known ON known.id = duplicate.attempt WHERE duplicate.run = ?1 "
            "AND duplicate.row NOT IN (SELECT row FROM live WHERE run = ?1) GROUP BY 1",
            (run,),
        )
        counts: Counter[Outcome] = Counter()
        for outcome, rows in found:
            counts[Outcome(outcome)] += rows
        return counts
