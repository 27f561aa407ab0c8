"""The runs."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from uploader.core.errors import UsageError
from uploader.core.fingerprint import OWN_KEY
from uploader.core.model import IdentityScheme, Outcome, PastRun, Run
from uploader.ledger.postgres.database import Database, host_name, storable
from uploader.ledger.postgres.locks import RunLocks
from uploader.ledger.records import ALL_RUNS, RecordedIdentity, RunFilter
from uploader.ledger.run_facts import NEVER_ENDED, facts_of, run_of, schemes_of

# Facts with a column of their own.
COLUMNS = ("scope", "campaign", "file", "sha256", "mapping", "mapping_path", "report_kind", "canaries_passed")
FACTS = f"id, family, facts, identities, {', '.join(COLUMNS)}"

INSERT = f"""
INSERT INTO run (host, {FACTS}) VALUES (%s, %s, %s, %s, %s::jsonb, {", ".join(["%s"] * len(COLUMNS))})
"""  # noqa: S608

# One run for each way to identify leads, if any of its leads may exist.
IDENTITIES = """
SELECT DISTINCT ON (identities, mapping, kept, joined) id, identities, mapping, kept, mapping_path, joined
FROM (SELECT *, CASE mapping WHEN '' THEN facts END AS kept FROM run) AS run  -- a purged run has facts only
WHERE scope = %s AND campaign = %s AND EXISTS (
    SELECT 1 FROM known
    WHERE known.run = run.id AND fingerprint IS NOT NULL AND known.outcome IN ('accepted', 'unknown')
) ORDER BY identities, mapping, kept, joined, id DESC
"""

# Rows per outcome that decisions made since the run's end have changed: (outcome, outcome then, rows).
CHANGED_SINCE = """
SELECT known.outcome, coalesce((SELECT decision.outcome FROM decision WHERE attempt = known.id
                                AND made <= ended ORDER BY decision.id DESC LIMIT 1), 'unknown'), count(*)
FROM known JOIN run ON run.id = known.run WHERE known.id IN
(SELECT max(id) FROM attempt WHERE attempt.run = %(run)s GROUP BY row)
AND EXISTS (SELECT 1 FROM decision WHERE attempt = known.id AND made > ended) GROUP BY 1, 2
"""

SO_FAR = """
SELECT outcome, count(*) FROM known
WHERE id IN (SELECT max(id) FROM attempt WHERE run = %(run)s GROUP BY row)
AND (outcome IN ('accepted', 'unknown') OR row NOT IN (SELECT row FROM duplicate WHERE run = %(run)s))
GROUP BY outcome UNION ALL
SELECT CASE coalesce(known.outcome, 'accepted') WHEN 'accepted' THEN 'duplicate'
       WHEN 'unknown' THEN 'unknown' ELSE 'unsent' END AS outcome, count(*)
FROM duplicate LEFT JOIN known ON known.id = duplicate.attempt WHERE duplicate.run = %(run)s
AND duplicate.row NOT IN (SELECT row FROM live WHERE run = %(run)s) GROUP BY 1
"""

# The conditions of `RunFilter`.
WANTED = {
    "run": "id = %(run)s",
    "scope": "scope = %(scope)s",
    "campaign": "campaign = %(campaign)s",
    "file": "file = %(file)s",
    "is_unfinished": "ended IS NULL",
}

# A report can have rows of other uploads, so the counts of a retry say nothing of its own attempts.
LACKING_ATTEMPTS = """
SELECT run.id FROM run LEFT JOIN (
    SELECT family, count(DISTINCT row) AS tried FROM attempt JOIN run ON run.id = attempt.run GROUP BY family
) AS sent ON sent.family = run.family
WHERE facts::json ->> 'command' = 'upload' AND coalesce((counts::json ->> 'accepted')::bigint, 0)
    + coalesce((counts::json ->> 'rejected')::bigint, 0) > coalesce(tried, 0) ORDER BY run.id
"""


class PostgresRuns:
    """See `RunRecords`."""

    def __init__(
        self,
        database: Database,
        locks: RunLocks,
        add_checkpoint: Callable[[], None],
    ) -> None:
        """Read and write runs.

        Args:
            database: The connection.
            locks: Say which runs a machine is working on.
            add_checkpoint: Makes a restore to an earlier moment noticed.
        """
        self._database = database
        self._locks = locks
        self._add_checkpoint = add_checkpoint

    def start(self, run: Run) -> None:
        """Record a run before any of its leads is sent."""
        facts = facts_of(run)
        own = [storable(value) if isinstance(value, str) else value for value in map(facts.pop, COLUMNS)]
        identities = facts.pop("identities")
        self._database.write(INSERT, (host_name(), run.id, run.family, json.dumps(facts), json.dumps(identities), *own))
        self._add_checkpoint()

    def mark_resumed(self, run: str) -> None:
        """Mark a run as resumed, on this machine. Raises UsageError if it has been purged."""
        changed = self._database.write(
            "UPDATE run SET ended = NULL, stopped = NULL, counts = NULL, host = %s WHERE id = %s AND mapping <> ''",
            (host_name(), run),
        )
        if not changed:
            raise UsageError(f"Run {run} has just been purged.", "Nothing was sent. Upload its file again.")
        self._add_checkpoint()

    def set_report_kind(self, run: str, kind: str) -> None:
        """Record the format of the run's newest report."""
        self._database.write("UPDATE run SET report_kind = %s WHERE id = %s", (kind, run))

    def mark_canaries_passed(self, run: str) -> None:
        """Record that the canary batch was valid."""
        self._database.write("UPDATE run SET canaries_passed = true WHERE id = %s", (run,))

    def finish(self, run: str, counts: Mapping[str, int], stopped: str | None) -> None:
        """Record the end of a run, unless another machine has resumed it since the connection was lost."""
        found = self.find(run)
        if found and self._locks.may_be_taken_over(found):
            return
        self._database.write(
            "UPDATE run SET ended = seconds_now(), counts = %s, stopped = %s WHERE id = %s",
            (json.dumps(counts), stopped and storable(stopped), run),
        )
        self._add_checkpoint()

    def find(self, run: str) -> Run | None:
        """Return the facts of a run, or None if this ledger does not know it."""
        for facts in self._database.read_all(f"SELECT {FACTS} FROM run WHERE id = %s", (storable(run),)):  # noqa: S608
            return _run(*facts)
        return None

    def newest(self, runs: Iterable[str]) -> str | None:
        """Return the run that started last among these ids."""
        found: str | None = self._database.read_one(
            "SELECT id FROM run WHERE id = ANY(%s) ORDER BY started DESC LIMIT 1", ([*map(storable, runs)],)
        )
        return found

    def newest_unfinished(self, scope: str) -> str | None:
        """Return the newest run of an enterprise that did not reach its end."""
        found: str | None = self._database.read_one(
            "SELECT id FROM run WHERE (ended IS NULL OR stopped IS NOT NULL) AND scope = %s AND mapping <> '' "
            "ORDER BY host = %s DESC, started DESC LIMIT 1",  # this machine's first: it has the file
            (scope, host_name()),
        )
        return found

    def newest_of_file(self, scope: str, sha256: str) -> str | None:
        """Return the newest run of a file, or of the reports of its runs."""
        found: str | None = self._database.read_one(
            "SELECT id FROM run WHERE family IN (SELECT family FROM run WHERE scope = %s AND sha256 = %s) "
            "ORDER BY started DESC LIMIT 1",
            (scope, sha256),
        )
        return found

    def stop_reason(self, run: str) -> str | None:
        """Return why a run did not reach its end."""
        found: str | None = self._database.read_one(
            "SELECT CASE WHEN ended IS NULL THEN %s ELSE stopped END FROM run WHERE id = %s", (NEVER_ENDED, run)
        )
        return found

    def history(self, limit: int | None, wanted: RunFilter = ALL_RUNS) -> list[PastRun]:
        """Return up to `limit` of the runs that are wanted, newest first, without purged ones."""
        texts = {name: storable(value) for name, value in wanted._asdict().items() if isinstance(value, str)}
        found = self._database.read_all(
            f"SELECT started, ended, stopped, counts, host, {FACTS} FROM run "  # noqa: S608
            f"WHERE mapping <> ''{wanted.conditions(WANTED)} ORDER BY started DESC, id DESC LIMIT %(limit)s",
            {**wanted._asdict(), **texts, "limit": limit},
        )
        runs = [_run(*facts) for _, _, _, _, _, *facts in found]
        unfinished = [run for run, (_, ended, *_) in zip(runs, found, strict=True) if ended is None]
        running = {run.id for run, holds in zip(unfinished, self._locks.are_running(unfinished), strict=True) if holds}
        own, counted = host_name(), self._counts({run.id: row[3] for run, row in zip(runs, found, strict=True)})
        return [
            PastRun(run, started, ended, stopped, counts, host, run.id in running, host != own)
            for run, counts, (started, ended, stopped, _, host, *_) in zip(runs, counted, found, strict=True)
        ]

    def identities(self, scope: str, campaign: int) -> list[RecordedIdentity]:
        """Return how the runs of a campaign identified leads that are accepted or unknown."""
        found = sorted(self._database.read_all(IDENTITIES, (scope, campaign)), key=lambda row: row[0], reverse=True)
        return [
            RecordedIdentity(run, schemes_of(schemes), mapping or _kept_mapping(kept), path, key)
            for run, schemes, mapping, kept, path, joined in found
            for key in ([joined, OWN_KEY] if joined else [OWN_KEY])  # it may have been resumed since it was moved in
        ]

    def add_identity(self, run: str, scheme: IdentityScheme) -> None:
        """Record another way in which a run identifies leads."""
        self._database.write(
            "UPDATE run SET identities = identities || %s::jsonb WHERE id = %s", (json.dumps([asdict(scheme)]), run)
        )

    def without_identity(self) -> list[Run]:
        """Return no run: every version that writes to a shared ledger records how its runs identify leads."""
        return []

    def unfinished(self, scope: str, campaign: int) -> list[Run]:
        """Return the runs of a campaign without an end."""
        found = self._database.read_all(
            f"SELECT {FACTS} FROM run WHERE ended IS NULL AND scope = %s AND campaign = %s "  # noqa: S608
            "ORDER BY started DESC",
            (scope, campaign),
        )
        return [_run(*facts) for facts in found]

    def running(self, campaigns: Collection[tuple[str, int]]) -> list[tuple[Run, str]]:
        """Return the runs of campaigns, by (enterprise, campaign), that a machine is working on, and its name."""
        found = self._database.read_all(
            f"SELECT host, {FACTS} FROM run WHERE ended IS NULL ORDER BY started"  # noqa: S608
        )
        runs = [(_run(*facts), host) for host, *facts in found]
        wanted = [(run, host) for run, host in runs if (run.scope, run.campaign) in campaigns]
        holds = self._locks.are_running([run for run, _ in wanted])
        return [one for one, is_running in zip(wanted, holds, strict=True) if is_running]

    def lacking_attempts(self) -> list[str]:
        """Return the uploads that had more rows accepted or rejected than they have attempts."""
        return [run for (run,) in self._database.read_all(LACKING_ATTEMPTS)]

    def campaigns(self) -> set[tuple[str, int]]:
        """Return (enterprise, campaign) of all runs, purged ones included."""
        found = self._database.read_all("SELECT DISTINCT scope, campaign FROM run")
        return {(scope, campaign) for scope, campaign in found}

    def _counts(self, runs: Mapping[str, str | None]) -> list[Counter[Outcome]]:
        """Return the rows per outcome of each run, in one round trip for all of them.

        Args:
            runs: What was recorded at the end of each run; None for a run without an end, of which the rows that were
                tried or marked as duplicates are counted.
        """
        if not runs:
            return []
        found = self._database.in_pipeline(
            lambda connection: [
                connection.execute(SO_FAR if recorded is None else CHANGED_SINCE, {"run": run})
                for run, recorded in runs.items()
            ]
        )
        return [
            _sum(rows) if recorded is None else _adjusted(recorded, rows)
            for recorded, rows in zip(runs.values(), found, strict=True)
        ]


def _sum(rows: Iterable[Sequence[Any]]) -> Counter[Outcome]:
    counts: Counter[Outcome] = Counter()
    for outcome, count in rows:
        counts[Outcome(outcome)] += count
    return counts


def _adjusted(recorded: str, changes: Iterable[Sequence[Any]]) -> Counter[Outcome]:
    """Return the rows per outcome as recorded at a run's end, adjusted by the decisions made since."""
    counts = Counter({Outcome(outcome): count for outcome, count in json.loads(recorded).items()})
    for outcome, outcome_then, rows in changes:
        counts[Outcome(outcome_then)] -= rows
        counts[Outcome(outcome)] += rows
    return counts


def _run(run: str, family: str, facts: str, identities: Any, *columns: Any) -> Run:
    own = dict(zip(COLUMNS, columns, strict=True))
    return run_of(run, family, {**json.loads(facts), "identities": identities, **own})


def _kept_mapping(facts: str) -> str:
    """Return what a purged run has kept of its mapping."""
    return str(json.loads(facts).get("identity_mapping", ""))
