"""One run at a time on the same leads. The lock is the operating system's: it ends when the process ends."""

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
    try:
        create_private_folder(path.parent)
        connection = apsw.Connection(str(path))
        path.chmod(0o600)
        connection.set_busy_timeout(int(1000 * patience))
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
    except apsw.BusyError:
        raise UsageError(f"Another uploader is working on {what} right now.", "Wait until it has finished.") from None
    except (OSError, apsw.Error) as error:
        raise ledger_error(error, path) from None
    try:
        yield
    finally:
        connection.close()
