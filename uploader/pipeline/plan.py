"""The plan: what will happen to each row, and why. Made for all rows before sending, or part by part (--stream)."""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from uploader.core.message_groups import MessageGroups
from uploader.core.messages import earlier_state
from uploader.core.model import EarlierAttempt, Lead, Outcome, RowState
from uploader.ledger import DuplicateMark
from uploader.mapping.row_mapper import MappedRows
from uploader.pipeline.problem_groups import ProblemGroups
from uploader.spreadsheet.source import RowBatch


class RowAction(IntEnum):
    """What will happen to a row, decided before sending."""

    SEND = 0
    INVALID = 1
    DUPLICATE = 2
    SETTLED = 3
    LIMITED = 4
    DONE = 5
    UNKNOWN = 6
    SKIPPED = 7


# The actions of rows whose lead this run sends or has sent: a later row with the same lead is a duplicate.
SENT_BY_THIS_RUN = frozenset({RowAction.SEND, RowAction.DONE})


@dataclass
class Plan:
    """What will happen to the rows read so far, and what the user should know about them.

    Attributes:
        parts: Number of parts of the source that were read.
        actions: The `RowAction` of each row, in file order.
        rows: The row number of each row, in file order.
        duplicates: The earlier attempt at the lead of a row, or the earlier row of the file, by row number.
        problems: Why rows are invalid.
        skipped: Why rows are left out by `where`.
        notes: Remarks about values, with the number of rows.
        settled: Rows of an earlier report that keep their outcome, by outcome.
        declined: Rows to send with a "no", by boolean field.
        quality_warnings: What the platform may object to in rows to send.
        replaced: What was sent before under the number of a row that is a new one now, by row number.
        unsent_changes: Why rows that were changed are not sent again even so.
        doubts: What is probably not meant by `where`; known when all rows are planned.
        preview: The first leads to send, as many as were asked for.
    """

    parts: int = 0
    actions: bytearray = field(default_factory=bytearray)
    rows: "array[int]" = field(default_factory=lambda: array("I"))
    duplicates: dict[int, EarlierAttempt] = field(default_factory=dict)
    problems: ProblemGroups = field(default_factory=ProblemGroups)
    skipped: MessageGroups = field(default_factory=MessageGroups)
    notes: MessageGroups = field(default_factory=MessageGroups)
    settled: Counter[Outcome] = field(default_factory=Counter)
    declined: Counter[str] = field(default_factory=Counter)
    quality_warnings: ProblemGroups = field(default_factory=ProblemGroups)
    replaced: dict[int, EarlierAttempt] = field(default_factory=dict)
    unsent_changes: MessageGroups = field(default_factory=MessageGroups)
    doubts: tuple[str, ...] = ()
    preview: list[Lead] = field(default_factory=list)

    def count(self, action: RowAction) -> int:
        """Return the number of rows with this action."""
        return self.actions.count(action)

    def duplicate_state(self, row: int) -> RowState:
        """Return what a report shows for a row whose lead was sent before."""
        return earlier_state(self.duplicates[row])

    def duplicate_marks(self) -> Iterator[DuplicateMark]:
        """Yield the rows whose lead was sent before, for the ledger."""
        for row, earlier in self.duplicates.items():
            state = self.duplicate_state(row)
            yield DuplicateMark(row, state.reason, state.hint, earlier.attempt)

    def unknown_rows(self) -> dict[str, list[int]]:
        """Return the rows of earlier runs that are unknown and that no row of the report stands for, by run.

        They keep rows from being sent, or have been replaced in the report with new leads.
        """
        found: dict[str, list[int]] = {}
        for earlier in (*self.duplicates.values(), *self.replaced.values()):
            if earlier.outcome is Outcome.UNKNOWN:
                found.setdefault(earlier.run, []).append(earlier.row)
        return found


class PlannedRows(NamedTuple):
    """The rows of one part: as they were read, mapped, and with their fingerprints and actions."""

    part: RowBatch
    mapped: MappedRows
    fingerprints: Sequence[bytes | None]
    actions: bytes

    def leads(self) -> Iterator[Lead]:
        """Yield the leads to send."""
        for at, action in enumerate(self.actions):
            if action == RowAction.SEND and (fields := self.mapped.fields(at)) is not None:
                yield Lead(self.mapped.rows[at], fields, self.fingerprints[at])
