"""The ledger in a PostgreSQL database: composed of one component for each kind of record."""

import hmac
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Self

from uploader.core.fingerprint import OWN_KEY, FingerprintMaker, Fingerprints
from uploader.ledger.postgres.attempts import PostgresAttempts
from uploader.ledger.postgres.checkpoints import Checkpoints
from uploader.ledger.postgres.database import Database
from uploader.ledger.postgres.decisions import PostgresDecisions
from uploader.ledger.postgres.imports import Exported, LedgerImport
from uploader.ledger.postgres.joined import JoinedLedgers
from uploader.ledger.postgres.locks import RunLocks
from uploader.ledger.postgres.permits import PostgresPermits
from uploader.ledger.postgres.results import PostgresResults
from uploader.ledger.postgres.retention import PostgresRetention
from uploader.ledger.postgres.rows import PostgresRows
from uploader.ledger.postgres.runs import PostgresRuns
from uploader.ledger.postgres.team import require_own_sessions, require_team
from uploader.ledger.records import Moved
from uploader.ledger.seen import SeenLedger


class PostgresLedger:
    """See `Ledger`. One session commits attempts and holds the locks of runs, the other is for everything else."""

    def __init__(self, url: str, key: bytes, seen: SeenLedger | None = None) -> None:
        """Open the team's ledger.

        Args:
            url: The address of the database.
            key: The team's key.
            seen: What this machine has seen of it; None to compare nothing.

        Raises:
            LedgerError: The database cannot be used, has another version, or another key, or is older than it was.
        """
        self._url = url
        self._key = key
        self._database = Database(url)
        try:
            require_team(self._database, key)
            checkpoints = Checkpoints(self._database, seen)
            checkpoints.require_last()
            self._commits = Database(url, must_last=True)
            try:
                require_own_sessions(self._database, self._commits)
            except BaseException:  # also if the user interrupts it; it is raised again
                self._commits.close()
                raise
        except BaseException:  # as above
            self._database.close()
            raise
        self._locks = RunLocks(self._commits, key, self._database)
        self._joined = JoinedLedgers(self._database, key)
        self.runs = PostgresRuns(self._database, self._locks, checkpoints.add)
        self._checkpoints = checkpoints
        self.attempts = PostgresAttempts(self._commits, self._reconnect)
        self.rows = PostgresRows(self._database)
        self.decisions = PostgresDecisions(self._commits)
        self.results = PostgresResults(self._database)
        self.retention = PostgresRetention(self._commits)

    @property
    def is_empty(self) -> bool:
        """Whether no run is recorded."""
        return self._database.read_one("SELECT 1 FROM run LIMIT 1") is None

    @property
    def keys(self) -> Sequence[int]:
        """The numbers of the team's key, and of the keys of the ledgers that were moved in."""
        return (OWN_KEY, *self._joined.numbers())

    def fingerprints(self, scope: str, campaign: int, key: int = OWN_KEY) -> Fingerprints:
        """Return the function that makes the fingerprints of leads of a campaign, with one of `keys`."""
        secret = self._key if key == OWN_KEY else self._joined.key(key)
        return FingerprintMaker(secret, "\x1f".join((scope, str(campaign), "")))

    def has_joined(self, key: bytes) -> bool:
        """Whether the local ledger with this key was moved into this one."""
        return self._joined.find(key) is not None

    def move_in(self, local: Exported, who: str) -> Moved:
        """Copy a local ledger into this one; see `LedgerImport.run`."""
        moved = LedgerImport(self._database, self._joined, self.runs.running).run(local, who)
        self._checkpoints.add()
        return moved

    def lock(self, names: Iterable[str], what: str) -> AbstractContextManager[None]:
        """Hold a lock for each name until the context ends, or the session does."""
        return self._locks.hold(names, what)

    def permits(self, account: Sequence[str], longest_request: float) -> PostgresPermits:
        """Open the permits of an account."""
        hashed = hmac.digest(self._key, "\x1f".join(["account", *account]).encode(), "sha256")[:16]
        return PostgresPermits(self._database, lambda: Database(self._url), hashed, longest_request)

    def take_warnings(self) -> list[str]:
        """Return nothing: there are no files."""
        return []

    def damage(self) -> list[str]:
        """Return nothing: PostgreSQL checks its pages itself when it reads them, if it has checksums."""
        return []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close both sessions."""
        self.attempts.close()
        self._commits.close()
        self._database.close()

    @contextmanager
    def _reconnect(self) -> Iterator[Database]:
        with closing(Database(self._url, waits=True)) as database:
            yield database
