"""One run at a time on the same leads. The lock is the operating system's: it ends when the process ends."""

import random
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

import apsw

from uploader.core.errors import UsageError
from uploader.ledger.sqlite.database import create_private_folder, ledger_error


@contextmanager
def lock(home: Path, names: Iterable[str], what: str, patience: float = 0.0) -> Iterator[None]:
    """Hold a lock for each name; see `Ledger.lock`. Wait for each up to `patience` seconds."""
    with ExitStack() as stack:
        for name in sorted(set(names)):
            stack.enter_context(_lock(home, name, what, patience))
        yield


@contextmanager
def _lock(home: Path, name: str, what: str, patience: float) -> Iterator[None]:
    """Hold an exclusive transaction in a file of its own: SQLite's locks work on every platform."""
    path = home / "locks" / f"{sha256(name.encode()).hexdigest()[:24]}.lock"
    end = time.monotonic() + patience
    while (connection := _try_lock(path)) is None:
        if time.monotonic() >= end:
            raise UsageError(f"Another uploader is working on {what} right now.", "Wait until it has finished.")
        time.sleep(random.uniform(0.01, 0.05))  # noqa: S311 - so that two processes do not meet again
    try:
        yield
    finally:
        connection.close()


def _try_lock(path: Path) -> apsw.Connection | None:
    """Return a connection that holds the lock, or None if another process has it or takes it at the same moment.

    SQLite's own waiting is of no use here: two processes that take a lock at once can both be refused.
    """
    connection = None
    try:
        create_private_folder(path.parent)
        connection = apsw.Connection(str(path))
        path.chmod(0o600)
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
    except apsw.BusyError:
        if connection:
            connection.close()
        return None
    except (OSError, apsw.Error) as error:
        raise ledger_error(error, path) from None
    return connection
