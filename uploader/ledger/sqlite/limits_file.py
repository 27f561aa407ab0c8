"""The file of the permits: made at first use, and rebuilt when it is damaged. Leads do not depend on it."""

from collections.abc import Sequence
from pathlib import Path

from uploader.core.clock import Clock, steady_time
from uploader.ledger.sqlite.database import BUSY_TIMEOUT, DamagedFileError, Database, ledger_error
from uploader.ledger.sqlite.locks import lock
from uploader.ledger.sqlite.permits import PERMITS_SCHEMA, SqlitePermits

IF_DAMAGED = "Run the command again: the file is then rebuilt, and the whole rate-limit window counts as used."

WARNING = "{path} was {problem}. It has been rebuilt, and the whole rate-limit window counts as used."


def open_permits(
    home: Path,
    account: Sequence[str],
    longest_request: float,
    *,
    was_sending: bool,
    clock: Clock = steady_time,
) -> tuple[SqlitePermits, str]:
    """Open the permits of an account.

    Args:
        home: The folder of the ledger.
        account: What identifies the account: enterprise and credentials.
        longest_request: The seconds that a request can take at most.
        was_sending: Whether leads were sent lately, so that a file that is missing has been lost.
        clock: Returns the seconds since the machine was started.

    Returns:
        The permits, and a warning for the user if the file had to be rebuilt, else an empty text.
    """
    path = home / "limits.sqlite3"
    try:
        database, problem = _open_or_make(home, path, was_sending)
    except OSError as error:
        raise ledger_error(error, path) from None
    permits = SqlitePermits(database, account, longest_request, clock)
    if problem or database.write("DELETE FROM meta WHERE name = 'upgraded'"):
        permits.treat_as_used()
    return permits, WARNING.format(path=path, problem=problem) if problem else ""


def _open_or_make(home: Path, path: Path, was_sending: bool) -> tuple[Database, str]:
    """Open the file; make it if needed while no other process does."""
    try:
        return _open(path), ""
    except (DamagedFileError, FileNotFoundError):
        with lock(home, ["creation of the limits"], str(path), patience=BUSY_TIMEOUT):
            return _open_or_rebuild(path, was_sending)


def _open_or_rebuild(path: Path, was_sending: bool) -> tuple[Database, str]:
    """Open the file or make it; return also what was wrong with it."""
    try:
        return _open(path), ""
    except FileNotFoundError:
        problem = "missing" if was_sending else ""
    except DamagedFileError:
        problem = "damaged"
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    return Database(path, PERMITS_SCHEMA, if_damaged=IF_DAMAGED), problem


def _open(path: Path) -> Database:
    """Open a file that exists and is sound. Raises FileNotFoundError or DamagedFileError."""
    if not path.stat().st_size:
        raise DamagedFileError(f"{path} is damaged: it is empty.", IF_DAMAGED)
    database = Database(path, PERMITS_SCHEMA, must_exist=True, if_damaged=IF_DAMAGED)
    try:
        ((found,), *_) = database.read_all("PRAGMA integrity_check")
        if found != "ok" or database.read_one("SELECT 1 FROM meta WHERE name = 'salt'") is None:
            raise database.damaged(str(found))
    except DamagedFileError:
        database.close()
        raise
    return database
