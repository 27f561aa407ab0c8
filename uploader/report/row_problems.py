"""What can be wrong with the cells that a report adds to a row, so that the row can't be sent as it is."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from uploader.core.messages import KEPT_LEAD, UNPROVEN_OUTCOME, UNREADABLE_LEAD
from uploader.core.model import Outcome, Problem
from uploader.report.lead_matcher import OtherLead
from uploader.report.reported_cells import OUTCOME_WORDS, RETRIED

OUTCOME_HINT = "Put back the word that the report had there: accepted, rejected, invalid, …"
NEW_ROWS_HINT = "send new rows with `uploader upload`"


FILLED_DOWN = Problem(
    "upload_outcome is accepted, but the ledger has no such row, and upload_lead_id is another row's",
    "Set upload_outcome to unsent to send the row; a program may have filled the columns down",
)

NOT_ACCEPTED = Problem(
    "upload_outcome is accepted without a lead id, but the ledger has no such outcome of the row",
    "Set upload_outcome to unsent to send the row; if the platform has its lead, add the id in upload_lead_id",
)


def row_problem(
    text: str, cells: Mapping[str, str], number: int, candidates: Sequence[int], again: AbstractSet[Outcome]
) -> Problem | None:
    """Return why a row cannot be sent as it is, or None.

    Args:
        text: The cell `upload_row`.
        cells: Our own cells by column name, repaired.
        number: The row's number; 0 if it is lost.
        candidates: The numbers that the cell can stand for.
        again: The outcomes whose rows are sent again.
    """
    outcome = cells["upload_outcome"]
    if not number:
        is_sent_again = outcome not in OUTCOME_WORDS or outcome in RETRIED or Outcome(outcome) in again
        is_kept = not is_sent_again and _is_complete(cells) and len(candidates) != 1
        return None if is_kept else _number_problem(text, candidates)
    if outcome not in OUTCOME_WORDS:
        return Problem(f"upload_outcome {outcome!r} is not an outcome", OUTCOME_HINT)
    return None


def unproven_problem(cells: Mapping[str, str], *, is_filled_down: bool) -> Problem | None:
    """Return why a row is not accepted that the report calls so, without an id or with that of another row's lead.

    Args:
        cells: Our own cells by column name, repaired; the ledger does not have their outcome.
        is_filled_down: The report has the id of another row's lead in the row.
    """
    if cells["upload_outcome"] != Outcome.ACCEPTED or cells["upload_lead_id"]:
        return None
    return FILLED_DOWN if is_filled_down else NOT_ACCEPTED


def row_doubt(other: OtherLead | None, *, is_proven: bool) -> str:
    """Return why the outcome that a row keeps may not be that of its lead; empty if it is.

    Args:
        other: The row's lead is not, or may not be, the one that was sent as the row.
        is_proven: The ledger has the row's outcome.
    """
    if other:
        return KEPT_LEAD if other.is_readable else UNREADABLE_LEAD
    return "" if is_proven else UNPROVEN_OUTCOME


def _is_complete(cells: Mapping[str, str]) -> bool:
    """Whether a row without a number can keep what the report says: it names a run, and its lead if it has one."""
    has_lead = cells["upload_outcome"] != Outcome.ACCEPTED or cells["upload_lead_id"]
    return bool(cells["upload_run"] and has_lead)


def _number_problem(text: str, found: Sequence[int]) -> Problem:
    """Return what is wrong with an `upload_row` that is another row's, or can't be read."""
    if len(found) == 1:
        return Problem(
            f"upload_row {text!r} is in this report twice", f"Delete the copy; {NEW_ROWS_HINT}, in a file of their own"
        )
    if not text.strip():
        hint = f"{NEW_ROWS_HINT.capitalize()}, in a file of their own"
        return Problem("upload_row is empty, as in a row that was added", hint)
    if found or set(text.strip()) == {"#"}:
        hint = "Widen the column upload_row, format it as a whole number, and save again"
        return Problem(f"upload_row {text!r} does not show the whole number", f"{hint}; or {NEW_ROWS_HINT}")
    return Problem("upload_row is not a number", f"Put back the number that the report had there, or {NEW_ROWS_HINT}")
