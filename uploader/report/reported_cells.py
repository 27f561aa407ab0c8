"""The cells that a report adds to a row, with what the ledger knows in place of what a program did to them."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from uploader.core.messages import repeated_row
from uploader.core.model import MAX_ID, Decision, Outcome, RowState
from uploader.report.columns import HEAD, TAIL
from uploader.report.lead_matcher import SentRow
from uploader.report.number_cells import NumberStyle, parse_number
from uploader.report.writer import utc

OUTCOME_WORDS = {outcome.value for outcome in Outcome}
RETRIED = {outcome.value for outcome in Outcome if outcome.is_retried}
NUMBER_COLUMNS = ("upload_lead_id", "upload_http_status", "upload_attempts")

# The cells about the lead that was sent as a row, as they are once another lead stands in its place.
NEW_ROW = {name: "" for name in (*HEAD, *TAIL) if name not in {"upload_row", "upload_run"}}
NEW_ROW["upload_outcome"] = Outcome.UNSENT.value

# An outcome that a user can have decided about: unknown, or what a decision made of it.
DECIDABLE = {Outcome.UNKNOWN, Outcome.ACCEPTED, Outcome.FAILED, Outcome.UNSENT}


class EarlierRows(Protocol):
    """What the ledger knows about the rows of a report."""

    @property
    def family(self) -> str:
        """The upload that the report goes back to; empty if it is not known."""

    def is_known(self, run: str) -> bool:
        """Whether the ledger knows this run."""

    def is_foreign(self, run: str) -> bool:
        """Whether a run belongs to another upload, or was sent with another ledger."""

    def states(self, run: str, rows: Sequence[int]) -> Mapping[int, RowState]:
        """Return the state of rows of a run; rows that were never sent are left out."""

    def row_of_lead(self, run: str, lead_ids: Sequence[int]) -> int | None:
        """Return the row of a run whose accepted lead has one of these ids; None if there are none or several."""

    def possibly_accepted(self, rows: Sequence[int]) -> AbstractSet[int]:
        """Return the rows that a run of the upload has sent and that may be accepted."""


class NoEarlierRows:
    """Knows nothing, for a report that is read without a ledger."""

    family = ""

    def is_known(self, run: str) -> bool:
        """Return False."""
        return False

    def is_foreign(self, run: str) -> bool:
        """Return False."""
        return False

    def states(self, run: str, rows: Sequence[int]) -> Mapping[int, RowState]:
        """Return nothing."""
        return {}

    def row_of_lead(self, run: str, lead_ids: Sequence[int]) -> int | None:
        """Return None."""
        return None

    def possibly_accepted(self, rows: Sequence[int]) -> AbstractSet[int]:
        """Return all rows: without a ledger none can be excluded."""
        return set(rows)


def repair_cells(
    cells: Mapping[str, str], number: int, state: RowState | None, decided: Decision | None, *, is_known_run: bool
) -> dict[str, str]:
    """Return a row's cells as the report had them.

    Args:
        cells: Our cells by column name, as they are now.
        number: The row's number; 0 if it is lost.
        state: What the ledger knows of the row in the run that the cells name, if it was sent.
        decided: What the user decided about the row, if its outcome was unknown.
        is_known_run: Whether the ledger knows the run that the cells name.
    """
    repaired = dict(cells)
    word = cells["upload_outcome"].strip().casefold()
    if decided and _says_more(decided, word):
        repaired |= _outcome_cells(decided.state)
        repaired["upload_lead_id"] = "" if decided.state.lead_id is None else str(decided.state.lead_id)
    elif state and _is_spoiled(word, state):
        repaired |= _outcome_cells(state)
        if state.outcome is Outcome.REJECTED:
            repaired["upload_lead_id"] = ""
    elif word not in OUTCOME_WORDS and number and is_known_run:  # the ledger has every row that was sent
        repaired["upload_outcome"] = Outcome.UNSENT.value
    else:
        repaired["upload_outcome"] = word
    if number:
        repaired["upload_row"] = str(number)
    if state and repaired["upload_outcome"] == state.outcome:
        repaired |= _attempt_cells(state, repaired)
        repaired["upload_reason"] = repaired["upload_reason"] or state.reason
        repaired["upload_hint"] = repaired["upload_hint"] or state.hint
    return repaired


def sent_row(cells: Mapping[str, str], number: int, state: RowState | None) -> SentRow | None:
    """Return the row that may have been sent with another lead than this row has now; None if there is none.

    That is the row itself. A duplicate was never sent: it is new if its lead is no longer that of the row which it
    repeated, or the one that was sent before.

    Args:
        cells: Our cells by column name.
        number: The row's number in its own upload; 0 if it is lost.
        state: What the ledger knows of the row.
    """
    word = cells["upload_outcome"].casefold()
    if not number or word == Outcome.SKIPPED or (word == Outcome.DUPLICATE and state is None):
        return None
    if word == Outcome.DUPLICATE and state and (repeated := repeated_row(state.reason)):
        return SentRow(cells["upload_run"], repeated)
    return SentRow(cells["upload_run"], number, is_settled=word not in RETRIED)


def settled_place(cells: Mapping[str, str], number: int) -> SentRow | None:
    """Return where a row that is not sent again stands in its upload; None for other rows, or if that is lost."""
    word = cells["upload_outcome"]
    is_settled = word in OUTCOME_WORDS and word not in RETRIED
    return SentRow(cells["upload_run"], number, is_settled=True) if number and is_settled else None


def has_proof(cells: Mapping[str, str], state: RowState | None) -> bool:
    """Whether the ledger can have led to a row's outcome; it has every lead that was sent, and every duplicate.

    That a row is accepted which is unknown in the ledger is the word of a user who looked for it.

    Args:
        cells: Our cells by column name, repaired.
        state: What the ledger knows of the row in the run that the cells name.
    """
    word = cells["upload_outcome"]
    if word == Outcome.ACCEPTED:
        return state is not None and state.outcome in {Outcome.ACCEPTED, Outcome.UNKNOWN, Outcome.DUPLICATE}
    return word != Outcome.DUPLICATE or (state is not None and state.outcome is Outcome.DUPLICATE)


def may_lack_run(cells: Mapping[str, str], number: int, possibly_accepted: AbstractSet[int]) -> bool:
    """Whether a row may have its outcome although the ledger does not know its run.

    The run may be another machine's. If it was emptied, any run of the upload counts.

    Args:
        cells: Our cells by column name, repaired.
        number: The row's number; 0 if it is lost.
        possibly_accepted: The numbers that any run of the upload may have had accepted.
    """
    is_called_accepted = cells["upload_outcome"] == Outcome.ACCEPTED and not cells["upload_run"]
    return not (is_called_accepted and number) or number in possibly_accepted


def without_id(cells: Mapping[str, str], state: RowState | None) -> dict[str, str]:
    """Return cells without the id of another row's lead, nor the outcome that came with it if the ledger knows it."""
    return {**cells, "upload_lead_id": "", "upload_outcome": "" if state else cells["upload_outcome"]}


def clean_number(text: str) -> str:
    """Return an id or a count as digits if the cell is clear; else without the blanks around it."""
    if text.isascii() and text.isdigit():
        return text
    found = parse_number(text, NumberStyle(), below=MAX_ID) if text.strip() else ()
    return str(found[0]) if len(found) == 1 else text.strip()


def _is_spoiled(word: str, state: RowState) -> bool:
    """Whether the ledger's outcome replaces the cell's.

    A cell that calls an unknown row accepted was edited by a user who knows better. One that calls a rejected row or a
    duplicate accepted was filled down: the platform has refused that lead, or has it from another row. A row that was
    not sent because of another run follows that run.
    """
    if word not in OUTCOME_WORDS or (word == Outcome.UNKNOWN and not state.attempts):
        return True
    if word == Outcome.ACCEPTED:
        return state.outcome in {Outcome.REJECTED, Outcome.DUPLICATE}
    return state.outcome in {Outcome.ACCEPTED, Outcome.UNKNOWN} and word != state.outcome


def _outcome_cells(state: RowState) -> dict[str, str]:
    return {"upload_outcome": state.outcome.value, "upload_reason": state.reason, "upload_hint": state.hint}


def _attempt_cells(state: RowState, cells: Mapping[str, str]) -> dict[str, str]:
    """Return the cells about sending; a number that only the report has, added by hand perhaps, stays."""
    known = {
        "upload_lead_id": state.lead_id,
        "upload_http_status": state.status,
        "upload_attempts": state.attempts or None,
        "upload_sent_at": None if state.sent is None else utc(state.sent),
    }
    kept = {name: cells[name] if cells[name].isdigit() else "" for name in NUMBER_COLUMNS}
    return kept | {name: str(value) for name, value in known.items() if value is not None}


def _says_more(decided: Decision, outcome: str) -> bool:
    """Whether a decision replaces what the report says; ids that were added to the report by hand stay there.

    A report that says `accepted` where no one ever decided so was edited by hand, which is a decision as well.
    """
    if outcome == decided.state.outcome:
        return decided.state.lead_id is not None
    return outcome in DECIDABLE and (outcome != Outcome.ACCEPTED or decided.was_accepted)
