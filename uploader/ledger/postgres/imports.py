"""Copying a local ledger into the team's, in one transaction: all of it arrives at one moment, or nothing does."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from uploader.core.errors import UsageError
from uploader.core.model import Run
from uploader.ledger.postgres.database import Database, host_name, storable
from uploader.ledger.postgres.joined import KEY_SIZE, JoinedLedgers
from uploader.ledger.postgres.reasons import digest
from uploader.ledger.postgres.runs import COLUMNS
from uploader.ledger.records import LedgerError, Moved
from uploader.ledger.run_facts import facts_of

# No run of the team starts or is resumed meanwhile: it would not recognize these leads.
LOCK = "LOCK TABLE run IN SHARE ROW EXCLUSIVE MODE"

INSERT_RUN = f"""
INSERT INTO run (joined, host, started, ended, stopped, counts, id, family, facts, identities, {", ".join(COLUMNS)})
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, {", ".join(["%s"] * len(COLUMNS))}) ON CONFLICT (id) DO NOTHING
"""  # noqa: S608

# What the local ledger has, with its own numbers of attempts and reasons.
STAGED = {
    "reason": "old bigint, digest bytea, text text, hint text",
    "attempt": 'old bigint, token uuid, run text COLLATE "C", row bigint, fingerprint bytea, sent double precision, '
    "holds boolean",
    "answer": "attempt bigint, came double precision, outcome text, status integer, lead_id bigint, reason bigint",
    "decision": "old bigint, attempt bigint, made double precision, who text, outcome text, lead_id bigint, "
    "reason bigint",
    "duplicate": 'run text COLLATE "C", row bigint, reason bigint, attempt bigint',
    "result": "scope text, lead_id bigint, asked double precision, finding text, reason bigint",
}

# From there to the tables: each attempt and reason is found by what it has in both ledgers. What is there stays.
NEW_ATTEMPT = "JOIN moved_attempt ON moved_attempt.old = moved.attempt JOIN attempt USING (token)"
NEW_REASON = "LEFT JOIN moved_reason ON moved_reason.old = moved.reason LEFT JOIN reason USING (digest)"
COPY = f"""
INSERT INTO reason (digest, text, hint)
SELECT DISTINCT ON (digest) digest, text, hint FROM moved_reason ORDER BY digest ON CONFLICT (digest) DO NOTHING;

INSERT INTO attempt (token, run, row, fingerprint, sent, holds)
SELECT token, run, row, fingerprint, sent, holds AND NOT EXISTS (
    SELECT 1 FROM attempt AS held WHERE held.fingerprint = moved.fingerprint AND held.holds
) FROM moved_attempt AS moved ORDER BY old ON CONFLICT (token) DO NOTHING;

INSERT INTO answer (attempt, came, outcome, status, lead_id, reason)
SELECT attempt.id, came, outcome, status, lead_id, reason.id FROM moved_answer AS moved {NEW_ATTEMPT} {NEW_REASON}
ON CONFLICT (attempt) DO NOTHING;

INSERT INTO decision (attempt, made, who, outcome, lead_id, reason)
SELECT attempt.id, made, who, outcome, lead_id, reason.id FROM moved_decision AS moved {NEW_ATTEMPT} {NEW_REASON}
WHERE NOT EXISTS (
    SELECT 1 FROM decision AS found
    WHERE found.attempt = attempt.id AND found.made = moved.made AND found.outcome = moved.outcome
) ORDER BY moved.old;

INSERT INTO duplicate (run, row, reason, attempt)
SELECT moved.run, moved.row, reason.id, attempt.id FROM moved_duplicate AS moved
LEFT JOIN moved_attempt ON moved_attempt.old = moved.attempt LEFT JOIN attempt USING (token) {NEW_REASON}
ON CONFLICT (run, row) DO NOTHING;

INSERT INTO result (scope, lead_id, asked, finding, reason)
SELECT scope, lead_id, asked, finding, reason.id FROM moved_result AS moved {NEW_REASON}
ON CONFLICT (scope, lead_id) DO UPDATE SET asked = excluded.asked, finding = excluded.finding, reason = excluded.reason
WHERE result.finding = 'pending';
"""  # noqa: S608

LIVE = "SELECT count(*) FROM live JOIN attempt USING (id) JOIN moved_attempt USING (token)"


# Returns the runs of campaigns that a machine is working on, and that machine.
AreRunning = Callable[[set[tuple[str, int]]], list[tuple[Run, str]]]

NOT_MOVED = "Nothing was moved. Ask for help before the next upload."


class Exported(Protocol):
    """A local ledger, row by row; see `SqliteExport`."""

    key: bytes

    def runs(self) -> list[tuple[Run, float, float | None, str | None, str | None]]: ...
    def attempts(self) -> Iterable[Sequence[Any]]: ...
    def answers(self) -> Iterable[Sequence[Any]]: ...
    def decisions(self) -> Iterable[Sequence[Any]]: ...
    def duplicates(self) -> Iterable[Sequence[Any]]: ...
    def results(self) -> Iterable[Sequence[Any]]: ...
    def reasons(self) -> Iterable[Sequence[Any]]: ...
    def live_attempts(self) -> int: ...


class LedgerImport:
    """Copies one local ledger into the team's. It can be done again: what is there already stays as it is."""

    def __init__(self, database: Database, joined: JoinedLedgers, are_running: AreRunning) -> None:
        self._database = database
        self._joined = joined
        self._are_running = are_running

    def run(self, local: Exported, who: str) -> Moved:
        """Copy everything.

        Args:
            local: The local ledger, which does not change meanwhile.
            who: The user.

        Raises:
            LedgerError: The key is not one that uploader made, a run has the id of another one, or leads are missing
                afterwards; nothing was copied.
            UsageError: A machine is sending leads of the same campaigns; nothing was copied.
        """
        if len(local.key) != KEY_SIZE:
            raise LedgerError(f"The local ledger's key has {len(local.key)} bytes in place of {KEY_SIZE}.", NOT_MOVED)
        with self._database.transaction():
            self._database.write(LOCK)
            runs = local.runs()
            self._refuse_running({(run.scope, run.campaign) for run, *_ in runs})
            number = self._joined.find(local.key) or self._joined.add(local.key, host_name(), storable(who))
            self._insert_runs(runs, number)
            self._stage(local)
            self._database.write(COPY)
            return Moved(len(runs), self._checked(local))

    def _refuse_running(self, campaigns: set[tuple[str, int]]) -> None:
        for run, host in self._are_running(campaigns):
            raise UsageError(
                f"{host} is sending leads of campaign {run.campaign} right now (run {run.id}), and would not recognize "
                "those of this ledger.",
                "Nothing was moved. Wait until it has finished, then run the same command again.",
            )

    def _insert_runs(self, runs: Sequence[tuple[Run, Any, Any, Any, Any]], number: int) -> None:
        for (known,) in self._database.read_all(
            "SELECT id FROM run WHERE id = ANY(%s) AND joined IS DISTINCT FROM %s",
            ([storable(run.id) for run, *_ in runs], number),
        ):
            raise LedgerError(f"The team's ledger has another run with the id {known}.", NOT_MOVED)
        self._database.write_many(INSERT_RUN, [_run_values(number, *run) for run in runs])

    def _stage(self, local: Exported) -> None:
        self._database.write(
            "".join(f"CREATE TEMP TABLE moved_{name} ({columns}) ON COMMIT DROP;" for name, columns in STAGED.items())
        )
        reasons = ((old, digest(text, hint), storable(text), storable(hint)) for old, text, hint in local.reasons())
        for name, rows in (
            ("reason", reasons),
            ("attempt", local.attempts()),
            ("answer", local.answers()),
            ("decision", map(_decision_values, local.decisions())),
            ("duplicate", local.duplicates()),
            ("result", local.results()),
        ):
            self._database.copy(f"moved_{name}", rows)
        self._database.write("".join(f"ANALYZE moved_{name};" for name in STAGED))

    def _checked(self, local: Exported) -> int:
        """Return how many leads were copied that may exist. Raises LedgerError if any is missing."""
        wanted, found = local.live_attempts(), int(self._database.read_one(LIVE))
        if found < wanted:
            raise LedgerError(f"Only {found:,} of {wanted:,} leads arrived in the team's ledger.", NOT_MOVED)
        return found


def _run_values(number: int, run: Run, started: float, *end: Any) -> tuple[Any, ...]:
    facts = facts_of(run)
    own = [storable(value) if isinstance(value, str) else value for value in map(facts.pop, COLUMNS)]
    identities = json.dumps(facts.pop("identities"))
    ended, stopped, counts = end
    texts = (ended, stopped and storable(stopped), counts, run.id, run.family, json.dumps(facts), identities)
    return (number, host_name(), started, *texts, *own)


def _decision_values(decision: Sequence[Any]) -> tuple[Any, ...]:
    old, attempt, made, who, *rest = decision
    return (old, attempt, made, storable(who), *rest)
