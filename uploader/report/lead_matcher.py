"""What a report asks about its rows that it cannot know itself: whose leads they are, and what was changed in them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from uploader.core.messages import LEFT_OUT_ON_PAGE, UNPROVEN_SKIP
from uploader.core.model import EarlierAttempt, Outcome, Problem
from uploader.spreadsheet import Chunk


class SentRow(NamedTuple):
    """The place of a row of a report in what was sent before.

    Attributes:
        run: The run that the row names.
        number: The row's number in that run's file; for a duplicate, that of the row which it repeated.
        is_settled: The report says that the row is not sent again, so another lead in it may be an oversight.
    """

    run: str
    number: int
    is_settled: bool = False


class OtherLead(NamedTuple):
    """A row whose lead is not, or may not be, the one that was sent under its number.

    Attributes:
        earlier: What was sent.
        is_certain: No program can have made the difference by showing a value in another form.
        is_readable: The row has valid identifying values. Without, it may be the same lead even so.
    """

    earlier: EarlierAttempt
    is_certain: bool
    is_readable: bool = True


class ReportedRow(NamedTuple):
    """A row of a report.

    Attributes:
        number: The row's number in the file that it came from; 0 if that is lost.
        cells: Our own cells by column name, repaired as far as possible.
        problem: Why the row cannot be sent as it is, or None.
        is_foreign: Whether the row belongs to another upload than the report goes back to.
        place: Where a row that is not sent again stands in what was uploaded, if that is known.
        replaced: What was sent as this row, if another lead stands in its place now.
        doubt: Why the outcome that a row keeps may not be that of its lead; empty if it is.
    """

    number: int
    cells: dict[str, str]
    problem: Problem | None
    is_foreign: bool = False
    place: SentRow | None = None
    replaced: EarlierAttempt | None = None
    doubt: str = ""


class LeadMatcher(Protocol):
    """Compares the leads of rows with those that were sent."""

    def find_rows(self, inputs: Chunk, places: Sequence[int]) -> Mapping[int, int]:
        """Return the row numbers of rows that have lost them, by position, as far as their leads show it."""

    def other_leads(self, inputs: Chunk, rows: Mapping[int, SentRow]) -> Mapping[int, OtherLead]:
        """Return the rows under whose number another lead was sent, by position."""

    def left_out(self, inputs: Chunk, places: Sequence[int]) -> set[int]:
        """Return which of these rows `where` in the mapping leaves out, by position."""


def skip_doubts(inputs: Chunk, rows: Sequence[ReportedRow], matcher: LeadMatcher | None) -> dict[int, str]:
    """Return why rows that only the report calls skipped may be meant to be sent, by position.

    The ledger has no mark of a skipped row. The page says of a row that was left out there why it is; such a row was
    never tried.
    """
    skipped = [at for at, row in enumerate(rows) if row.cells["upload_outcome"] == Outcome.SKIPPED]
    asked = [
        at for at in skipped if rows[at].cells["upload_reason"] != LEFT_OUT_ON_PAGE or rows[at].cells["upload_attempts"]
    ]
    left_out = matcher.left_out(inputs, asked) if matcher else asked
    return dict.fromkeys(set(asked).difference(left_out), UNPROVEN_SKIP)


class RowCheck(Protocol):
    """Compares the rows of a report with the file that was uploaded."""

    def __call__(self, chunk: Chunk, places: Sequence[int], reasons: Mapping[int, str]) -> Mapping[int, Problem]:
        """Return the rows that must not be sent as they are: a program changed values, or cells are shifted.

        Args:
            chunk: The input's cells, numbered as in the file that was uploaded.
            places: The positions of the rows that are sent again and belong to the upload.
            reasons: Reasons that name cells beyond the header, by position.
        """

    def changed_rows(self, chunk: Chunk, rows: Mapping[int, SentRow]) -> set[int]:
        """Return the positions of rows that someone changed since they were uploaded, as far as that can be known."""
