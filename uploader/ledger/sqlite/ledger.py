"""The ledger in SQLite files of one folder: composed of one component for each kind of record."""

import time
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from uploader.core.fingerprint import OWN_KEY, FingerprintMaker, Fingerprints
from uploader.ledger.sqlite.attempts import SqliteAttempts
from uploader.ledger.sqlite.decisions import SqliteDecisions
from uploader.ledger.sqlite.export import SANDBOX, SqliteExport
from uploader.ledger.sqlite.files import LedgerFiles
from uploader.ledger.sqlite.limits_file import open_permits
from uploader.ledger.sqlite.locks import lock
from uploader.ledger.sqlite.permits import SqlitePermits
from uploader.ledger.sqlite.results import SqliteResults
from uploader.ledger.sqlite.retention import SqliteRetention
from uploader.ledger.sqlite.rows import SqliteRows
from uploader.ledger.sqlite.runs import SqliteRuns

# Leads that were sent within this time may still count in a rate-limit window: seconds.
LATELY = 3600.0


class SqliteLedger:
    """See `Ledger`. The folder holds `ledger.sqlite3`, `fingerprint.key`, `limits.sqlite3` and `locks/`."""

    def __init__(self, home: Path, *, must_exist: bool = False) -> None:
        """Open the ledger in a folder; create it at first use, unless it must exist. Raises LedgerError."""
        self._home = home
        self._warnings: list[str] = []
        self._database, self._key = LedgerFiles(home).open(must_exist=must_exist)
        self.runs = SqliteRuns(self._database)
        self.rows = SqliteRows(self._database)
        self.attempts = SqliteAttempts(self._database, self.rows)
        self.decisions = SqliteDecisions(self._database)
        self.results = SqliteResults(self._database)
        self.retention = SqliteRetention(self._database)

    @property
    def is_empty(self) -> bool:
        """Whether no run is recorded."""
        return self._database.read_one("SELECT 1 FROM run LIMIT 1") is None

    @property
    def moved_to(self) -> str | None:
        """The shared ledger that this one was moved into, or None."""
        return self.export().moved_to

    def export(self) -> SqliteExport:
        """Return what reads everything, to move it into a shared ledger."""
        return SqliteExport(self._database, self._key)

    @property
    def has_sent_leads(self) -> bool:
        """Whether a lead was sent to a platform other than a sandbox, and may exist."""
        sql = "SELECT 1 FROM live JOIN run ON run.id = live.run WHERE facts ->> 'scope' <> ? LIMIT 1"
        return self._database.read_one(sql, (SANDBOX,)) is not None

    @property
    def keys(self) -> Sequence[int]:
        """The only key: nothing is moved into a local ledger."""
        return (OWN_KEY,)

    def fingerprints(self, scope: str, campaign: int, key: int = OWN_KEY) -> Fingerprints:
        """Return the function that makes the fingerprints of leads of a campaign."""
        return FingerprintMaker(self._key, "\x1f".join((scope, str(campaign), "")))

    def lock(self, names: Iterable[str], what: str) -> AbstractContextManager[None]:
        """Hold a lock for each name until the context ends, or the process does."""
        return lock(self._home, names, what)

    def permits(self, account: Sequence[str], longest_request: float) -> SqlitePermits:
        """Open the permits of an account."""
        last = self._database.read_one("SELECT sent FROM attempt ORDER BY id DESC LIMIT 1")
        was_sending = last is not None and last > time.time() - LATELY
        permits, warning = open_permits(self._home, account, longest_request, was_sending=was_sending)
        if warning:
            self._warnings.append(warning)
        return permits

    def take_warnings(self) -> list[str]:
        """Return what the user should know about the files, once."""
        warnings, self._warnings = self._warnings, []
        return warnings

    def damage(self) -> list[str]:
        """Return the problems that SQLite's quick check finds."""
        return [text for (text,) in self._database.read_all("PRAGMA quick_check") if text != "ok"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.attempts.close()
        self._database.close()
