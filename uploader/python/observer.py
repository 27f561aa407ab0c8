"""Observers that show nothing: they collect what the caller of a function may want to know."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from uploader.config.ledger_place import LedgerPlace
from uploader.core.message_groups import MessageGroup
from uploader.core.model import RowState
from uploader.core.validation_result import LeadResult
from uploader.pipeline.events import Summary
from uploader.pipeline.plan import Plan
from uploader.pipeline.prepare import PreparedRun
from uploader.python.progress import Progress, ProgressCounter


class ProgramObserver:
    """Collects notes and problems of a run, and tells the caller about its progress.

    Args:
        on_progress: The caller's function, or None.

    Attributes:
        notes: What the user should know.
        problems: Why rows are invalid, similar ones as one, the most frequent first.
    """

    trace: Callable[[str], None] | None = None

    def __init__(self, on_progress: Callable[[Progress], object] | None = None) -> None:
        self.notes: list[str] = []
        self.problems: tuple[MessageGroup, ...] = ()
        self._progress = ProgressCounter(on_progress, self.notes.append)

    def new_ledger(self, place: LedgerPlace) -> None:
        """Note that no lead is recognized."""
        self.notes.append(f"The ledger in {place} is new: leads that were sent before are not recognized.")

    def warn(self, message: str) -> None:
        """Note a warning."""
        self.notes.append(message)

    def waiting(self, seconds: float) -> None:
        """Do nothing: a program waits without a word."""

    def waiting_for_upload(self, leads: int, seconds: float) -> None:
        """Do nothing: a program waits without a word."""

    def prepared(self, ready: PreparedRun) -> None:
        """Note what is remarkable about the file and the mapping."""
        self.notes += ready.notes

    def confirm(self, summary: Summary) -> str:
        """Return how the caller confirmed; without `consent=True` no run gets here."""
        self.planned(summary.plan)
        return "consent=True"

    def planned(self, plan: Plan) -> None:
        """Keep why rows are invalid."""
        self.problems = tuple(plan.problems)

    def canaries_sent(self, canaries: int) -> Callable[[int, LeadResult], None]:
        """Return a function that ignores the results of the canary batch: the gate judges them."""
        return lambda lead_id, result: None

    @contextmanager
    def sending(self, summary: Summary) -> Iterator[Callable[[int, RowState], None]]:
        """Count outcomes."""
        self._progress.start(summary.to_send)
        yield lambda row, state: self._progress.count(state.outcome.value)
        self._progress.end()

    @contextmanager
    def polling(self, leads: int, held: Callable[[], float]) -> Iterator[Callable[[int, LeadResult], None]]:
        """Count validation results."""

        def count(lead_id: int, result: LeadResult) -> None:
            if result.is_settled:
                self._progress.count(result.validity.value)

        self._progress.start(leads)
        yield count
        self._progress.end()
