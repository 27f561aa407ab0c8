"""One run at a time on the same leads, on all machines. The lock is the session's: it ends when the session ends."""

import hmac
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from uploader.core.errors import UsageError
from uploader.core.model import Run
from uploader.ledger.postgres.database import Database, LostConnectionError
from uploader.ledger.records import lock_names_of

# Who has a lock, as the name of their session says.
HOLDER = """
SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND database = (
    SELECT oid FROM pg_database WHERE datname = current_database()
) AND (classid::bigint << 32) | objid::bigint = %s
"""


# Every lock that is held in this database.
HELD = """
SELECT (classid::bigint << 32) | objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted
AND objsubid = 1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class RunLocks:
    """The locks of a session.

    What a lock protects is written by the same session: attempts, decisions, and what is purged. So nothing is sent or
    changed without the lock, and what is not committed when the session ends is undone by then.

    A session is given a lock that it already has, so the names are remembered.
    """

    def __init__(self, session: Database, key: bytes, reader: Database) -> None:
        """Hold locks.

        Args:
            session: The session of the locks, which is never replaced.
            key: The team's key.
            reader: Another connection, which says what is locked also once the session has ended.
        """
        self._session = session
        self._key = key
        self._reader = reader
        self._held: set[int] = set()

    @contextmanager
    def hold(self, names: Iterable[str], what: str) -> Iterator[None]:
        """Hold a lock for each name; see `Ledger.lock`."""
        with ExitStack() as stack:
            for name in sorted(set(names)):
                stack.enter_context(self._hold(self.number(name), what))
            yield

    def number(self, name: str) -> int:
        """Return the number of a lock: a keyed hash, so that the database has no name of a file."""
        return int.from_bytes(hmac.digest(self._key, f"lock {name}".encode(), "sha256")[:8], "big", signed=True)

    def are_running(self, runs: Sequence[Run]) -> list[bool]:
        """Return for each run whether a machine holds one of its locks."""
        if not runs:
            return []
        held = {number for (number,) in self._reader.read_all(HELD)}
        return [any(self.number(name) in held for name in lock_names_of(run)) for run in runs]

    def may_be_taken_over(self, run: Run) -> bool:
        """Return whether another machine may be working on a run: the session has ended, and the run is locked."""
        try:
            self._session.read_one("SELECT 1")
        except LostConnectionError:
            return any(self.are_running([run]))
        return False

    @contextmanager
    def _hold(self, number: int, what: str) -> Iterator[None]:
        is_own = number in self._held
        if is_own or not self._session.read_one("SELECT pg_try_advisory_lock(%s)", (number,)):
            found = self._session.read_one(HOLDER, (number,))
            raise UsageError(
                f"{'Another uploader' if is_own or not found else found} is working on {what} right now.",
                "Wait until it has finished.",
            )
        self._held.add(number)
        try:
            yield
        finally:
            self._held.discard(number)
            with suppress(LostConnectionError):  # the lock has ended with the session
                self._session.read_one("SELECT pg_advisory_unlock(%s)", (number,))
