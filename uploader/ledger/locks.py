"""One run at a time on the same leads. The lock is the operating system's: it ends when the process ends."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

import apsw

from uploader.core.errors import UsageError
from uploader.core.model import Run
from uploader.ledger.database import private_folder, told


def locks_of(run: Run) -> list[str]:
    """What a run holds while it sends: its rows that are under way are not in doubt yet."""
    return [f"{run.scope} {run.sha256}", f"family {run.family}"]


@contextmanager
def only_run(home: Path, names: Iterable[str], what: str) -> Iterator[None]:
    """Holds a lock for each name. Raises UsageError when another process has one of them."""
    with ExitStack() as held:
        for name in sorted(set(names)):
            held.enter_context(_lock(home, name, what))
        yield


@contextmanager
def _lock(home: Path, name: str, what: str) -> Iterator[None]:
    """An exclusive transaction in a file of its own: SQLite's locks work on every platform."""
    path = home / "locks" / f"{sha256(name.encode()).hexdigest()[:24]}.lock"
    try:
        private_folder(path.parent)
        database = apsw.Connection(str(path))
        path.chmod(0o600)
        database.execute("PRAGMA locking_mode=EXCLUSIVE")
        database.execute("BEGIN EXCLUSIVE")
    except apsw.BusyError:
        raise UsageError(f"Another uploader is at work on {what} right now.", "Wait for it to end.") from None
    except (OSError, apsw.Error) as error:
        raise told(error, home) from None
    try:
        yield
    finally:
        database.close()
