"""The runs that the page shows: those in the ledger of this machine, and those in the ledger that a team shares."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from uploader.commands import retention
from uploader.commands.retention import KnownRun, has_file
from uploader.config.ledger_place import LedgerPlace
from uploader.config.settings import SANDBOX
from uploader.core.errors import UploaderError
from uploader.core.model import Outcome, PastRun, Run
from uploader.ledger import ALL_RUNS, LedgerError, RunFilter, open_ledger
from uploader.ledger.shared import has_local_ledger

# The longest time that a page waits for the database, in seconds.
TIME_LIMIT = 10.0

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class FoundRun:
    """A run in one of the ledgers.

    Attributes:
        run: The run.
        is_shared: Whether it is in the shared ledger.
        has_file: Whether its file is on this machine.
    """

    run: Run
    is_shared: bool
    has_file: bool


class PastRuns:
    """The runs in the ledgers.

    With a shared ledger, that of this machine has runs in the sandbox only. The shared one may be far away, or not be
    there: it is read in threads that nothing waits for longer than `TIME_LIMIT`.
    """

    def __init__(self, home: Path, shared: LedgerPlace | None) -> None:
        """Read runs.

        Args:
            home: The folder of this machine's ledger.
            shared: The shared ledger; None if there is none, or it is not used.
        """
        self._home = home
        self._shared = shared

    @property
    def is_shared(self) -> bool:
        """Whether there is a shared ledger."""
        return self._shared is not None

    async def newest(
        self, limit: int | None, wanted: RunFilter = ALL_RUNS
    ) -> tuple[list[PastRun], UploaderError | None]:
        """Return up to `limit` runs, newest first, and why those of the shared ledger are missing, if they are.

        Args:
            limit: How many runs at most; None for all of them.
            wanted: Which runs.

        Raises:
            LedgerError: The ledger of this machine cannot be used.
        """
        found = await asyncio.to_thread(self._local, limit, wanted)
        if self._shared is None:
            return found, None
        shared = self._shared
        try:
            found += await bounded(lambda: retention.runs(shared, limit, wanted))
        except UploaderError as error:
            return found, error
        return sorted(found, key=lambda past: past.started, reverse=True)[:limit], None

    async def find(self, name: str) -> FoundRun | None:
        """Return a run, or None if no ledger knows it. Raises LedgerError."""
        if self._shared is None:
            run = await asyncio.to_thread(retention.find_run, self._home, name)
            return FoundRun(run, is_shared=False, has_file=has_file(run)) if run else None
        shared, local = self._shared, await asyncio.to_thread(self._find_local, name)
        run = local or await bounded(lambda: retention.find_run(shared, name))
        return FoundRun(run, is_shared=local is None, has_file=has_file(run)) if run else None

    async def of_file(self, path: Path, *, is_sandbox: bool) -> str | None:
        """Return the newest run that has sent the file at a path, or None. Raises LedgerError."""
        shared = self._shared
        if shared is None or is_sandbox:
            return await asyncio.to_thread(retention.run_of_file, self._home, path)
        return await bounded(lambda: retention.run_of_file(shared, path))

    async def require_shared(self) -> None:
        """Raise LedgerError if there is a shared ledger, and it cannot be used."""
        if self._shared:
            shared = self._shared
            await bounded(lambda: _open_and_close(shared))

    async def known(self, name: str) -> KnownRun | None:
        """Return what the shared ledger knows of a run, or None if it does not know it. Raises LedgerError."""
        if self._shared is None:
            return None
        shared = self._shared
        return await bounded(lambda: retention.known_run(shared, name))

    def _local(self, limit: int | None, wanted: RunFilter) -> list[PastRun]:
        if self._shared is None:
            return retention.runs(self._home, limit, wanted)
        if not has_local_ledger(LedgerPlace(self._home)):  # it is made by the first run in the sandbox
            return []
        # Those that were moved are in the shared ledger.
        runs = retention.runs(self._home, None, wanted._replace(scope=SANDBOX))
        return [past for past in runs if past.run.in_sandbox][:limit]

    def _find_local(self, name: str) -> Run | None:
        if not has_local_ledger(LedgerPlace(self._home)):
            return None
        run = retention.find_run(self._home, name)
        return run if run and run.in_sandbox else None


def shown_run(past: PastRun) -> dict[str, Any]:
    """Return a run as lists and its own screen show it."""
    run = past.run
    is_free = not past.is_running and (not past.host or has_file(run))
    return {
        "id": run.id,
        "name": Path(run.file).name,
        "when": time.strftime("%Y-%m-%d %H:%M", time.localtime(past.started)),
        "platform": run.scope,
        "campaign": run.campaign,
        "state": past.state,
        "state_shown": past.state_shown,
        "host": past.host,
        "is_elsewhere": past.is_elsewhere,
        "can_write": is_free,
        "can_continue": is_free and past.state != "finished",
        "stopped": past.stopped or "",
        "counts": " · ".join(f"{past.counts[word]:,} {word}" for word in Outcome if past.counts.get(word)),
        "url": f"/r/{run.id}",
    }


def _open_and_close(place: LedgerPlace) -> None:
    with open_ledger(place):
        pass


async def bounded(work: Callable[[], Answer]) -> Answer:
    """Return what work returns that may wait for a database. Raises LedgerError after `TIME_LIMIT`.

    The thread is not waited for when the server ends.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Answer] = loop.create_future()

    def finish(set_answer: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the server has ended meanwhile
            loop.call_soon_threadsafe(lambda: None if done.done() else set_answer())

    def run() -> None:
        try:
            found = work()
        except Exception as error:  # noqa: BLE001 - the caller raises it
            failure = error
            finish(lambda: done.set_exception(failure))
        else:
            finish(lambda: done.set_result(found))

    threading.Thread(target=run, daemon=True).start()
    try:
        if (await asyncio.wait({done}, timeout=TIME_LIMIT))[0]:
            return done.result()
    finally:
        done.cancel()
    raise LedgerError(
        f"The team's ledger cannot be used: the database did not answer within {TIME_LIMIT:.0f} seconds.",
        "Nothing is sent without it. Check the network and the database, then load this page again.",
    )
