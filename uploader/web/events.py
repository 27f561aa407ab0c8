"""The state of a job: a small JSON file, written again when something changes. The page follows it."""

import asyncio
import json
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from uploader.config.ledger_place import LedgerPlace
from uploader.core.model import Outcome, RowState
from uploader.core.private_file import write_private
from uploader.core.validation_result import LeadResult
from uploader.pipeline.events import Summary
from uploader.pipeline.plan import Plan
from uploader.pipeline.prepare import PreparedRun

WRITE_INTERVAL = 0.2  # the shortest time between two writes, in seconds
MAX_REJECTIONS = 7  # rows that were not accepted, the latest ones, which are shown while a run sends

CONSENT = "confirmed on the web page"


class QuietObserver:
    """Collects the warnings of a check."""

    trace: Callable[[str], None] | None = None

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def new_ledger(self, place: LedgerPlace) -> None:
        """Nothing to show: the user knows that this is the first upload."""

    def warn(self, message: str) -> None:
        """Collect a warning."""
        self.warnings.append(message)

    def waiting(self, seconds: float) -> None:
        """Nothing to show."""

    def waiting_for_upload(self, leads: int, seconds: float) -> None:
        """Nothing to show."""

    def prepared(self, ready: PreparedRun) -> None:
        """Nothing to show."""

    def confirm(self, summary: Summary) -> str | None:
        """Send nothing."""
        return None

    def planned(self, plan: Plan) -> None:
        """Nothing to show."""

    def canaries_sent(self, canaries: int) -> Callable[[int, LeadResult], None]:
        """Ignore results."""
        return lambda lead_id, result: None

    @contextmanager
    def sending(self, summary: Summary) -> Iterator[Callable[[int, RowState], None]]:
        """Ignore outcomes."""
        yield lambda row, state: None


class StateFile:
    """The state of a job, written to a file at intervals. Every write has a higher number."""

    def __init__(self, path: Path, **facts: Any) -> None:
        self._path = path
        self._facts: dict[str, Any] = {"number": 0, "pid": os.getpid(), "phase": "preparing", **facts}
        self._is_changed = True
        self.write()

    def set(self, **facts: Any) -> None:
        """Change facts; they are written soon."""
        if any(self._facts.get(name) != value for name, value in facts.items()):
            self._facts.update(facts)
            self._is_changed = True

    def write(self) -> None:
        """Write what has changed. A full disk must not stop the sending."""
        if self._is_changed:
            self._facts["number"] += 1
            self._is_changed = False
            with suppress(OSError):
                write_private(self._path, json.dumps(self._facts))

    async def write_at_intervals(self, refresh: Callable[[], None]) -> None:
        """Write the file at intervals until this is canceled."""
        while True:
            refresh()
            self.write()
            await asyncio.sleep(WRITE_INTERVAL)


class JobObserver(QuietObserver):
    """Shows a run in a state file. The user has confirmed on the page that the leads may be sent."""

    def __init__(self, state: StateFile) -> None:
        super().__init__()
        self._state = state
        self._counts: Counter[str] = Counter()
        self._rejections: deque[list[object]] = deque(maxlen=MAX_REJECTIONS)
        self._started = 0.0
        self._least_seconds = 0.0
        self._held: Callable[[], float] = float
        self._total: int | None = None

    def warn(self, message: str) -> None:
        """Show a warning."""
        super().warn(message)
        self._state.set(warnings=list(self.warnings))

    def confirm(self, summary: Summary) -> str | None:
        """Record what is about to be sent."""
        self._total, self._held, self._least_seconds = summary.to_send, summary.held, summary.seconds
        self._state.set(total=summary.to_send, left=summary.left, phase="sending")
        return CONSENT

    def canaries_sent(self, canaries: int) -> Callable[[int, LeadResult], None]:
        """Show that the run waits for the results of the canary batch, and the results."""
        counts: Counter[str] = Counter()
        self._state.set(phase="canaries", results={})

        def show(lead_id: int, result: LeadResult) -> None:
            if result.is_settled:
                counts[result.validity.value] += 1
                self._state.set(results=dict(counts))

        return show

    @contextmanager
    def sending(self, summary: Summary) -> Iterator[Callable[[int, RowState], None]]:
        """Count outcomes as they come, and show the latest rows that were not accepted."""
        self._started = time.monotonic()

        def count(row: int, state: RowState) -> None:
            self._counts[state.outcome.value] += 1
            self._state.set(phase="sending")
            if state.outcome not in {Outcome.ACCEPTED, Outcome.UNSENT}:
                self._rejections.appendleft([row, state.outcome.value, state.reason])
                self._state.set(rejections=list(self._rejections))

        yield count
        self.refresh()
        self._state.set(phase="writing", wait=0)

    @contextmanager
    def polling(self, leads: int, held: Callable[[], float]) -> Iterator[Callable[[int, LeadResult], None]]:
        """Count validation results as they come."""
        self._total, self._held, self._started = leads, held, time.monotonic()
        self._state.set(phase="results", total=leads)

        def count(lead_id: int, result: LeadResult) -> None:
            if result.is_settled:
                self._counts[result.validity.value] += 1

        yield count
        self.refresh()

    def refresh(self) -> None:
        """Add the counts, the rate and the expected end to the state."""
        done = self._counts.total()
        if not self._started:
            return
        passed = max(0.001, time.monotonic() - self._started)
        facts: dict[str, Any] = {"counts": dict(self._counts), "done": done, "wait": round(self._held())}
        if done and self._total:
            left = max(passed / done * self._total, self._least_seconds) - passed
            facts |= {"rate": round(done / passed, 1), "seconds": max(0, round(left))}
        self._state.set(**facts)
