"""How the state of rows follows from attempts and duplicate marks, whatever database keeps them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from uploader.core.messages import (
    INTERRUPTED_BEFORE_SENT,
    NO_RESPONSE_RECORDED,
    UNKNOWN_OUTCOME_HINT,
    UNSENT_HINT,
    earlier_state,
)
from uploader.core.model import EarlierAttempt, Outcome, RowState
from uploader.ledger.records import DuplicateMark

# Reason and hint of attempts for which none was recorded, by outcome.
NO_REASON = {Outcome.UNKNOWN: (NO_RESPONSE_RECORDED, UNKNOWN_OUTCOME_HINT)}

# The outcome of an attempt whose caller was interrupted before anything was sent.
UNSENT_BY_INTERRUPTION = RowState(Outcome.UNSENT, INTERRUPTED_BEFORE_SENT, UNSENT_HINT)


def merged_states(attempts: Iterable[tuple[Any, ...]], marks: Mapping[int, RowState]) -> dict[int, RowState]:
    """Return the states of rows.

    Args:
        attempts: (row, sent, outcome, status, lead id, reason, hint) of all attempts at them, in order.
        marks: The rows that were left out as duplicates. A mark counts where the row would be sent again otherwise.
    """
    found: dict[int, RowState] = {}
    for row, sent, outcome, status, lead_id, *reason in attempts:
        number = found[row].attempts + 1 if row in found else 1
        text, hint = reason if reason[0] else NO_REASON.get(outcome, ("", ""))
        found[row] = RowState(Outcome(outcome), text, hint, lead_id, status, number, sent)
    for row, mark in marks.items():
        if row not in found:
            found[row] = mark
        elif found[row].outcome.is_retried and not mark.outcome.is_retried:
            found[row] = mark._replace(attempts=found[row].attempts)
    return found


def marked_states(marks: Iterable[tuple[Any, ...]]) -> dict[int, RowState]:
    """Return the rows that a run left out, with what has become of the earlier attempts at their leads.

    Args:
        marks: (row, reason, hint, then the facts of the earlier attempt as `earlier_attempt` takes them, or Nones).
    """
    return {
        row: RowState(Outcome.DUPLICATE, text, hint) if earlier[0] is None else earlier_state(earlier_attempt(*earlier))
        for row, text, hint, *earlier in marks
    }


def marked_attempts(marks: Iterable[tuple[Any, ...]]) -> dict[int, EarlierAttempt | None]:
    """Return the attempts for which rows were left out, by row; None if there is none, or not one that may exist.

    Args:
        marks: As for `marked_states`.
    """
    found = {row: earlier_attempt(*earlier) if earlier[0] is not None else None for row, _, _, *earlier in marks}
    may_exist = {Outcome.ACCEPTED, Outcome.UNKNOWN}
    return {row: earlier if earlier and earlier.outcome in may_exist else None for row, earlier in found.items()}


def earlier_attempt(
    run: str,
    family: str,
    row: int,
    file: str,
    sent: float,
    outcome: str,
    *more: Any,
) -> EarlierAttempt:
    """Return an attempt; `more` are lead id, attempt, and perhaps fingerprint."""
    return EarlierAttempt(run, family, row, file, sent, Outcome(outcome), *more)


class _Rows(Protocol):
    def earlier_by_fingerprint(self, fingerprints: Sequence[bytes]) -> dict[bytes, EarlierAttempt]: ...

    def mark_duplicates(self, run: str, marks: Iterable[DuplicateMark]) -> None: ...


def mark_sent_meanwhile(rows: _Rows, run: str, mark: DuplicateMark, fingerprint: bytes | None) -> EarlierAttempt | None:
    """Mark a row with the attempt of another process at its lead, if that may have created it; return the attempt.

    A mark without an attempt would make the row a duplicate for good, of a lead that no one has accepted.
    """
    earlier = rows.earlier_by_fingerprint([fingerprint]).get(fingerprint) if fingerprint else None
    if earlier:
        rows.mark_duplicates(run, [mark._replace(attempt=earlier.attempt)])
    return earlier


def attempts_by_row(attempts: Iterable[tuple[Any, ...]]) -> dict[int, list[EarlierAttempt]]:
    """Return attempts by row, in their order; each is given as `earlier_attempt` takes it."""
    found: dict[int, list[EarlierAttempt]] = {}
    for facts in attempts:
        attempt = earlier_attempt(*facts)
        found.setdefault(attempt.row, []).append(attempt)
    return found
