"""Connections to the team's database: how they are made and used, with errors in the user's words."""

import getpass
import logging
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import RLock
from typing import Any, TypeVar

import psycopg

from uploader.core.command_line import uploader_command
from uploader.ledger.postgres.watched_connection import CONNECT_TIMEOUT, WatchedConnection
from uploader.ledger.records import LedgerError

# A dead connection is noticed within 11 seconds, by either side; idle ones behind NAT otherwise die silently.
CONNECT: dict[str, Any] = {
    "connect_timeout": CONNECT_TIMEOUT,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "client_encoding": "utf8",
}
SESSION = (
    "SET synchronous_commit = on; SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; "
    "SET tcp_keepalives_count = 3; SET tcp_user_timeout = 10000; SET idle_in_transaction_session_timeout = 60000; "
    "SET default_transaction_isolation = 'read committed'; SET extra_float_digits = 1"
)

# How long a database may take to restart: seconds.
PATIENCE = 10.0

# Errors with which the server ends a session.
ENDS_SESSION = (
    psycopg.errors.AdminShutdown,
    psycopg.errors.CrashShutdown,
    psycopg.errors.CannotConnectNow,
    psycopg.errors.IdleInTransactionSessionTimeout,
)

logging.getLogger("psycopg").addHandler(logging.NullHandler())  # what it warns of is raised as well

Values = Sequence[Any] | Mapping[str, Any]
Answer = TypeVar("Answer")


class LostConnectionError(LedgerError):
    """The connection is gone. Whether the last commit was made is not known."""


class Database:
    """A connection. All methods raise LedgerError. Calls from several threads wait for each other.

    One with a lasting session is never replaced: the locks of a run end with it. Then all methods raise
    LostConnectionError. Others connect again, and repeat what was not part of a transaction.
    """

    def __init__(self, url: str, *, must_last: bool = False, waits: bool = False) -> None:
        """Connect. Raises LedgerError if the database cannot be reached within seconds.

        Args:
            url: The address of the database.
            must_last: Whether the session is never replaced.
            waits: Whether to wait for a database that may be restarting.
        """
        self._url = url
        self._must_last = must_last
        self._busy = RLock()
        self._is_in_transaction = False
        self._connection = _connect_patiently(url) if waits else _connect(url)

    def close(self) -> None:
        """Close the connection, after what is under way in another thread."""
        with self._busy:
            self._connection.close()

    def read_all(self, sql: str, values: Values | None = None) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self._run(lambda connection: connection.execute(sql, values).fetchall())

    def read_one(self, sql: str, values: Values | None = None) -> Any:
        """Return the first column of the first row, or None if there is no row."""
        return next((row[0] for row in self.read_all(sql, values)), None)

    def write(self, sql: str, values: Values | None = None) -> int:
        """Run statements, and commit them unless a transaction is open; return how many rows the last one changed."""
        return self._run(lambda connection: max(0, connection.execute(sql, values).rowcount))

    def write_many(self, sql: str, many: Sequence[Values]) -> None:
        """Run a statement for each set of values, in few round trips."""

        def write(connection: "psycopg.Connection[Any]") -> None:
            with connection.cursor() as cursor:
                cursor.executemany(sql, many)

        self._run(write)

    def copy(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Write many rows into a table. Call it within a transaction: it cannot be repeated."""

        def copy(connection: "psycopg.Connection[Any]") -> None:
            with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as stream:
                for row in rows:
                    stream.write_row(row)

        self._run(copy)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all that is done within the context, or nothing of it."""
        with self._busy:
            self.write("BEGIN")
            self._is_in_transaction = True
            try:
                yield
                self.write("COMMIT")
            except BaseException:  # whatever ends the block, it is raised again
                with suppress(LostConnectionError):
                    self.write("ROLLBACK")
                raise
            finally:
                self._is_in_transaction = False

    @contextmanager
    def change(self) -> Iterator[None]:
        """Open a transaction for what a user has asked to change, and explain a lost connection."""
        try:
            with self.transaction():
                yield
        except LostConnectionError as error:
            raise LostConnectionError(
                error.message,
                "The connection was lost in the middle, so nothing more was changed. Check the network and the "
                "database, then run the same command again: nothing is changed twice.",
            ) from None

    def in_pipeline(
        self, work: Callable[["psycopg.Connection[Any]"], Sequence["psycopg.Cursor[Any]"]]
    ) -> list[list[tuple[Any, ...]]]:
        """Do work in one pipeline: one round trip, and one transaction apart from those that it begins and commits.

        Args:
            work: Queues statements and returns cursors. To read rows, or to call `sync`, would be another round trip.

        Returns:
            The rows of each cursor, once the database has confirmed the last commit.
        """

        def pipe(connection: "psycopg.Connection[Any]") -> list[list[tuple[Any, ...]]]:
            try:
                with connection.pipeline():
                    cursors = work(connection)
            except psycopg.Error:
                if connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
                    connection.rollback()  # a transaction that the work began
                raise
            return [cursor.fetchall() for cursor in cursors]

        return self._run(pipe)

    def _run(self, work: "Callable[[psycopg.Connection[Any]], Answer]") -> Answer:
        with self._busy:
            try:
                with _errors(self._connection):
                    return work(self._connection)
            except LostConnectionError:
                if self._must_last or self._is_in_transaction:
                    raise
            self._connection = _connect_patiently(self._url)
            with _errors(self._connection):
                return work(self._connection)


def _connect(url: str) -> "psycopg.Connection[Any]":
    with _errors(None):
        connection = WatchedConnection.connect(url, autocommit=True, application_name=session_name(), **CONNECT)
        connection.url = url
    with _errors(connection):
        connection.execute(SESSION)
    return connection


def _connect_patiently(url: str) -> "psycopg.Connection[Any]":
    """Connect to a database that was there before, and may be restarting."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return _connect(url)
        except LostConnectionError:
            if time.monotonic() > end:
                raise
            time.sleep(PATIENCE / 100)


class DeadlockError(LedgerError):
    """The database ended the transaction because two waited for each other; nothing of it was committed."""


def session_name() -> str:
    """Return who has a session, as `ann on laptop`: colleagues see it when it keeps them waiting."""
    return storable(f"{_user()} on {host_name()}")[:60]


def host_name() -> str:
    """Return the name of this machine."""
    return storable(socket.gethostname())


def storable(text: str) -> str:
    """Return text as PostgreSQL can store it: without NUL, and with `?` for bytes that the system could not decode."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "someone"


@contextmanager
def _errors(connection: "psycopg.Connection[Any] | None") -> Iterator[None]:
    """Turn errors of the database into LedgerError, without the values that a statement had."""
    try:
        yield
    except psycopg.errors.DeadlockDetected:
        raise DeadlockError("The team's ledger is busy: two machines waited for each other.", _hint()) from None
    except (psycopg.Error, UnicodeError, OverflowError) as error:
        if isinstance(error, psycopg.errors.InsufficientPrivilege):
            raise _not_allowed(error) from None
        is_lost = connection is None or connection.closed or isinstance(error, ENDS_SESSION)
        kind = LostConnectionError if is_lost else LedgerError
        raise kind(f"The team's ledger cannot be used: {_reason(error)}.", _hint()) from None


def _not_allowed(error: Exception) -> LedgerError:
    """Return the error that this user's role in the database lacks a right."""
    return LedgerError(
        f"Your role in the team's database may not do this: {_reason(error)}.",
        "Only the owner of the tables may purge, forget and upgrade: ask a colleague who has that role. To send leads, "
        "become a member of the role `uploaders`; see docs/team.md.",
    )


def _reason(error: Exception) -> str:
    """Return what the database says, in one line. Details are left out: they hold values."""
    said = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    lines = (said or str(error)).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".:")


def _hint() -> str:
    return (
        "Nothing is sent without it. Check UPLOADER_LEDGER, the network and the database, then run "
        f"`{uploader_command('resume')}`."
    )
