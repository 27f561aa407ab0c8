"""One SQLite file: how it is opened, read and written, with errors in the user's words.

SQLite comes with apsw: the system's may be one that loses commits when several connections reset the write-ahead log
(fixed in 3.51.3, 3.50.7 and 3.44.6).
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

from uploader.core.command_line import uploader_command
from uploader.ledger.records import LedgerError

# How long another process may hold the file before it counts as unusable, in seconds. A commit takes milliseconds.
BUSY_TIMEOUT = 10.0
BUSY_POLL = 0.002

Values = Sequence[Any] | Mapping[str, Any]


@dataclass(frozen=True)
class Schema:
    """The tables of a file.

    Attributes:
        version: The current version; a file of an older one is upgraded when it is opened.
        create: SQL that creates what is missing.
        synchronous: SQLite's setting: "FULL" if a commit must survive a power cut, else "OFF".
        upgrades: SQL to run before `create` on a file of an older version, by the first version that does not need it.
    """

    version: int
    create: str
    synchronous: str
    upgrades: Mapping[int, str] = field(default_factory=dict)


class DamagedFileError(LedgerError):
    """A file that is not what SQLite wrote: zeroed, cut short, overwritten, or emptied."""


class Database:
    """A connection to one SQLite file. All methods raise LedgerError when the file cannot be read or written."""

    def __init__(
        self, path: Path | None, schema: Schema, *, must_exist: bool = False, setup: str = "", if_damaged: str = ""
    ) -> None:
        """Open the file in WAL mode, for this user alone; create or upgrade it if needed.

        Args:
            path: The file, or None for a database in memory.
            schema: Its tables.
            must_exist: Whether a file that is missing or has no tables is an error.
            setup: SQL to run in the transaction that creates or upgrades the tables.
            if_damaged: What the user can do if the file is damaged.
        """
        self.path = path or Path()
        self._schema = schema
        self._if_damaged = if_damaged
        with self._errors():
            self._connection = _connect(path, schema, must_exist, setup)

    def reopened(self) -> "Database":
        """Return a second connection to the same file, for another thread."""
        return Database(self.path, self._schema, must_exist=True, if_damaged=self._if_damaged)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def read(self, sql: str, values: Values = ()) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query."""
        with self._errors():
            yield from self._connection.execute(sql, values)

    def read_all(self, sql: str, values: Values = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with self._errors():
            return self._connection.execute(sql, values).fetchall()

    def read_one(self, sql: str, values: Values = ()) -> Any:
        """Return the first column of the first row, or None if there is no row."""
        return next((row[0] for row in self.read_all(sql, values)), None)

    def write(self, sql: str, values: Values = ()) -> int:
        """Run one statement, and commit it unless a transaction is open; return how many rows it changed."""
        with self._errors():
            self._connection.execute(sql, values)
            return self._connection.changes()

    def write_many(self, sql: str, many: Iterable[Values]) -> list[tuple[Any, ...]]:
        """Run a statement for each set of values; return the rows that it returns."""
        many = list(many)  # outside, so that an error in making them is not taken for the ledger's
        with self._errors():
            return list(self._connection.executemany(sql, many))

    def damaged(self, problem: str) -> DamagedFileError:
        """Return the error that the file is damaged, with what the user can do."""
        return DamagedFileError(f"{self.path} is damaged: {problem}.", self._if_damaged)

    def last_insert_id(self) -> int:
        """Return the id of the row inserted last."""
        return self._connection.last_insert_rowid()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all that is done within the context, or nothing of it."""
        try:
            with _immediate(self._connection):
                yield
        except apsw.Error as error:
            raise ledger_error(error, self.path, self._if_damaged) from None

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn errors of SQLite, of the system, and of values that SQLite cannot store into LedgerError.

        Nothing but a call of SQLite may be within the context.
        """
        try:
            yield
        except (apsw.Error, OSError, ValueError, OverflowError) as error:
            raise ledger_error(error, self.path, self._if_damaged) from None


def ledger_error(error: Exception, path: Path, if_damaged: str = "") -> LedgerError:
    """Return an error of SQLite or the system in the user's words."""
    is_table_missing = isinstance(error, apsw.SQLError) and str(error).startswith("no such ")
    if isinstance(error, apsw.CorruptError | apsw.NotADBError) or is_table_missing:
        return DamagedFileError(f"{path} is damaged: {error}.", if_damaged)
    return LedgerError(
        f"The ledger cannot be used: {path}: {error}.",
        "Nothing is sent without it. Check the disk and the folder's permissions, then run "
        f"`{uploader_command('resume')}`.",
    )


def sqlite_version() -> str:
    """Return the version of the SQLite that the ledger uses, which is apsw's own."""
    return str(apsw.sqlite_lib_version())


def create_private_folder(folder: Path) -> None:
    """Create a folder that only this user can read. The mode of a folder that exists is left alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _connect(path: Path | None, schema: Schema, must_exist: bool, setup: str) -> apsw.Connection:
    """Connect, and wait for a process that creates the same file at the same time.

    SQLite's own waiting does not cover the change to WAL ("SQLITE_BUSY sometimes returned in WAL mode").
    """
    deadline = time.monotonic() + BUSY_TIMEOUT
    flags = apsw.SQLITE_OPEN_READWRITE | (0 if must_exist else apsw.SQLITE_OPEN_CREATE)
    while True:
        connection = apsw.Connection(str(path or ":memory:"), flags=flags)
        try:
            return _prepare(connection, path, schema, must_exist, setup)
        except apsw.BusyError:
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(5 * BUSY_POLL)
        except BaseException:  # also if the user interrupts it; it is raised again
            connection.close()
            raise


def _prepare(
    connection: apsw.Connection, path: Path | None, schema: Schema, must_exist: bool, setup: str
) -> apsw.Connection:
    """Set up a new connection and, if needed, the tables.

    A commit is durable when it returns: on macOS that takes `fullfsync`, because an fsync there leaves the disk's own
    cache alone (SQLite's "PRAGMA fullfsync").
    """
    connection.set_busy_handler(_wait_for_writer)
    # Otherwise SQLite plans a statement again for every new value (it is built with STAT4): a duplicate query that
    # takes 1 microsecond took 40 ("SQLITE_DBCONFIG_ENABLE_QPSG").
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, 1)
    for pragma in ("journal_mode=WAL", f"synchronous={schema.synchronous}", "fullfsync=1"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    if _version(connection, schema, must_exist) < schema.version:
        with _immediate(connection):
            found = _version(connection, schema, must_exist)  # another process may have upgraded it meanwhile
            if found < schema.version:
                needed = [sql for version, sql in sorted(schema.upgrades.items()) if 0 < found < version]
                connection.execute("".join([*needed, schema.create, setup]))
                connection.pragma("user_version", schema.version)
    for suffix in ("", "-wal", "-shm") if path else ():
        _make_private(Path(f"{path}{suffix}"))
    return connection


def _version(connection: apsw.Connection, schema: Schema, must_exist: bool) -> int:
    """Return the version of the tables. Raises apsw.Error if they are missing or too new."""
    found = int(connection.pragma("user_version"))
    if found > schema.version:
        raise apsw.CantOpenError("a newer version of uploader made it; install that version")
    if must_exist and not found:
        raise apsw.CorruptError("it is empty")
    return found


def _make_private(file: Path) -> None:
    """Let only this user read a file."""
    if file.exists() and file.stat().st_mode & 0o077:
        file.chmod(0o600)


@contextmanager
def _immediate(connection: apsw.Connection) -> Iterator[None]:
    """Open a transaction that writes from its start: one that reads first may be refused when it comes to write."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:  # whatever ends the block, it is raised again
        if connection.in_transaction:  # SQLite has rolled back itself, for instance if the disk is full
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _wait_for_writer(calls: int) -> bool:
    """Wait a little while another process writes. SQLite's own steps grow to 100 ms."""
    time.sleep(BUSY_POLL)
    return calls < BUSY_TIMEOUT / BUSY_POLL
