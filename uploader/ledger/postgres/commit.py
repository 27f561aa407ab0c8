"""What the hot path writes: outcomes and attempts, in one round trip."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from uploader.core.model import RowState
from uploader.ledger.postgres.reasons import STORE, columns, digest
from uploader.ledger.records import RepeatedId

if TYPE_CHECKING:
    import psycopg

# A second outcome of an attempt can only take the first one back: its response belonged to another lead. So does an
# outcome with the id of another lead of the enterprise; its reason follows, see `PostgresAttempts`.
ANSWER = """
INSERT INTO answer (attempt, outcome, status, lead_id, reason)
SELECT attempt, CASE WHEN is_repeated THEN 'unknown' ELSE outcome END, status,
    CASE WHEN NOT is_repeated THEN new.lead_id END, CASE WHEN NOT is_repeated THEN reason.id END
FROM unnest(%s::bigint[], %s::text[], %s::integer[], %s::bigint[], %s::bytea[], %s::text[])
    AS new (attempt, outcome, status, lead_id, digest, scope)
JOIN attempt AS sent ON sent.id = new.attempt  -- unless it has been purged since
LEFT JOIN reason ON reason.digest = new.digest
CROSS JOIN LATERAL (SELECT scope IS NOT NULL AND EXISTS (
    SELECT 1 FROM known JOIN run ON run.id = known.run WHERE known.id IN (
        SELECT answer.attempt FROM answer WHERE answer.lead_id = new.lead_id UNION ALL
        SELECT decision.attempt FROM decision WHERE decision.lead_id = new.lead_id
    ) AND known.id <> new.attempt AND known.lead_id = new.lead_id AND run.scope = new.scope
) AS is_repeated) AS look
ORDER BY attempt
ON CONFLICT (attempt) DO UPDATE SET outcome = excluded.outcome, lead_id = NULL, reason = excluded.reason
WHERE excluded.outcome = 'unknown'
RETURNING attempt, outcome
"""

# A lead that was not accepted may be sent by anyone.
RELEASE = """
UPDATE attempt SET holds = false WHERE id IN (
    SELECT attempt.id FROM attempt JOIN answer ON answer.attempt = attempt.id
    WHERE attempt.id = ANY(%s::bigint[]) AND holds AND outcome NOT IN ('accepted', 'unknown') ORDER BY attempt.id
    FOR UPDATE OF attempt
)
"""

NEW = """
unnest(%(tokens)s::uuid[], %(runs)s::text[], %(rows)s::bigint[], %(fingerprints)s::bytea[], %(families)s::text[],
       %(untils)s::bigint[], %(ignored)s::bigint[]) AS new (token, run, row, fingerprint, family, until, ignored)
"""

# An attempt at the row itself, one whose unknown outcome the user accepts, or one that is ignored makes room.
MAKE_ROOM = f"""
UPDATE attempt SET holds = false WHERE id IN (
    SELECT attempt.id FROM attempt JOIN run ON run.id = attempt.run JOIN known ON known.id = attempt.id
    JOIN {NEW} ON new.fingerprint = attempt.fingerprint
    WHERE attempt.holds AND new.family IS NOT NULL AND (run.family = new.family AND attempt.row = new.row
        OR known.outcome = 'unknown' AND attempt.id <= new.until OR attempt.id <= new.ignored)
    ORDER BY attempt.fingerprint FOR UPDATE OF attempt
)
"""  # noqa: S608

# The last check whether another process has sent the lead. The predicate of the conflict must be the index's own.
# Sorted, so that two transactions do not wait for each other.
INTEND = f"""
INSERT INTO attempt (token, run, row, fingerprint, holds)
SELECT token, new.run, new.row, new.fingerprint, true FROM {NEW}
WHERE new.family IS NULL OR NOT EXISTS (
    SELECT 1 FROM live WHERE live.fingerprint = new.fingerprint
    AND NOT (live.family = new.family AND live.row = new.row)
    AND NOT (live.outcome = 'unknown' AND live.id <= new.until) AND live.id > new.ignored
) ORDER BY new.fingerprint
ON CONFLICT (fingerprint) WHERE holds AND fingerprint IS NOT NULL DO NOTHING
RETURNING token, id
"""  # noqa: S608

# Where duplicates are allowed, or not looked for, another attempt at the lead does not matter.
INTEND_ANYWAY = f"""
INSERT INTO attempt (token, run, row, fingerprint, holds)
SELECT token, new.run, new.row, new.fingerprint, false FROM {NEW}
WHERE new.family IS NULL AND NOT EXISTS (SELECT 1 FROM attempt WHERE attempt.token = new.token)
RETURNING token, id
"""  # noqa: S608

# If attempts follow, their commit waits for the disk, and writes everything before it as well.
WITHOUT_WAITING_FOR_THE_DISK = "SELECT set_config('synchronous_commit', 'off', true)"

# But if all of these are refused, there is nothing to commit, which waits for nothing: so there is always this.
SOMETHING_TO_COMMIT = "SELECT pg_logical_emit_message(true, 'uploader', '')"


class Intent(NamedTuple):
    """What is about to be sent. `family` is None where duplicates are not looked for."""

    token: UUID
    run: str
    row: int
    fingerprint: bytes | None
    family: str | None
    resend_unknown_until: int
    ignored_until: int


class Answer(NamedTuple):
    """The outcome of an attempt, and what it is if another lead has its id."""

    attempt: int
    state: RowState
    repeated: RepeatedId | None = None


def write_answers(
    connection: "psycopg.Connection[Any]", answers: Sequence[Answer], *, waits: bool
) -> list["psycopg.Cursor[Any]"]:
    """Queue the outcomes as a transaction; return the cursors with (attempt, outcome).

    Args:
        connection: In a pipeline.
        answers: The outcomes.
        waits: Whether their commit waits for the disk.
    """
    connection.execute("BEGIN")
    if not waits:
        connection.execute(WITHOUT_WAITING_FOR_THE_DISK)
    connection.execute(STORE, columns((answer.state.reason, answer.state.hint) for answer in answers))
    written = [connection.execute(ANSWER, _answer_columns(batch)) for batch in _without_repeats(answers)]
    connection.execute(RELEASE, ([answer.attempt for answer in answers],))
    connection.execute("COMMIT")
    return written


def write_intents(
    connection: "psycopg.Connection[Any]", intents: Sequence[Intent], *, after_answers: bool
) -> list["psycopg.Cursor[Any]"]:
    """Queue the attempts; return the cursors with (token, id) of those that no one else has sent.

    Args:
        connection: In a pipeline.
        intents: The attempts.
        after_answers: Whether outcomes come before them whose commit does not wait for the disk.
    """
    if after_answers:
        connection.execute(SOMETHING_TO_COMMIT)
    names = ("tokens", "runs", "rows", "fingerprints", "families", "untils", "ignored")
    values = {name: list(column) for name, column in zip(names, zip(*intents, strict=True), strict=True)}
    connection.execute(MAKE_ROOM, values)
    return [connection.execute(INTEND, values), connection.execute(INTEND_ANYWAY, values)]


def _without_repeats(answers: Sequence[Answer]) -> list[list[Answer]]:
    """Return the outcomes in batches, in order, in which no attempt is twice: one statement cannot write it twice."""
    batches: list[dict[int, Answer]] = [{}]
    for answer in answers:
        if answer.attempt in batches[-1]:
            batches.append({})
        batches[-1][answer.attempt] = answer
    return [sorted(batch.values(), key=lambda answer: answer.attempt) for batch in batches]


def _answer_columns(answers: Sequence[Answer]) -> tuple[list[Any], ...]:
    states = [answer.state for answer in answers]
    return (
        [answer.attempt for answer in answers],
        [str(state.outcome) for state in states],
        [state.status for state in states],
        [state.lead_id for state in states],
        [digest(state.reason, state.hint) if state.reason or state.hint else None for state in states],
        [answer.repeated and answer.repeated.scope for answer in answers],
    )
