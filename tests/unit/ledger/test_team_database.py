"""Connections to a team's database: what is waited for, what ends a session, and what errors say."""

import socket
from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg
import pytest

from tests.support.postgres import query_team
from uploader.core.command_line import uploader_command
from uploader.ledger import LedgerError
from uploader.ledger.postgres import database as database_module
from uploader.ledger.postgres.attempts import LONGEST_DELAY
from uploader.ledger.postgres.database import (
    CONNECT,
    ENDS_SESSION,
    Database,
    DeadlockError,
    LostConnectionError,
    host_name,
    session_name,
    storable,
)
from uploader.ledger.postgres.watched_connection import WatchedConnection

TABLE = "CREATE TEMP TABLE list (number integer PRIMARY KEY, text text)"


def test_dead_machine_is_noticed_within_eleven_seconds_and_no_lead_leaves_so_late(url: str, monkeypatch) -> None:
    made, connect = [], WatchedConnection.connect
    monkeypatch.setattr(
        WatchedConnection, "connect", lambda *args, **named: made.append(named) or connect(*args, **named)
    )
    with closing(Database(url)) as database:
        assert database.read_one("SHOW application_name") == session_name()
        assert database.read_one("SHOW idle_in_transaction_session_timeout") == "1min"
        assert database._connection.url == url
        assert database._connection.autocommit
    assert made == [{"autocommit": True, "application_name": session_name(), **CONNECT}]
    noticed = CONNECT["keepalives_idle"] + CONNECT["keepalives_interval"] * CONNECT["keepalives_count"]
    assert (noticed, CONNECT["tcp_user_timeout"], CONNECT["connect_timeout"]) == (11, 10_000, 5)
    assert LONGEST_DELAY <= 10 - 2


def test_session_is_named_after_user_and_machine(url: str, monkeypatch) -> None:
    monkeypatch.setattr(database_module, "_user", lambda: "ann\0")
    monkeypatch.setattr(socket, "gethostname", lambda: "laptop\0" + "p" * 100)
    assert host_name() == "laptop" + "p" * 100
    assert session_name() == "ann on laptop" + "p" * 47  # PostgreSQL keeps 63 bytes
    with closing(Database(url)) as database:
        assert database.read_one("SHOW application_name") == session_name()


def test_text_is_made_storable() -> None:
    assert storable("a\0b\udcff Ω\0") == "ab? Ω"


def test_rows_are_read_and_written(url: str) -> None:
    with closing(Database(url)) as database:
        assert database.write(TABLE) == 0
        database.write_many("INSERT INTO list VALUES (%s, %s)", [(number, "a") for number in range(3)])
        assert database.write("UPDATE list SET text = %s WHERE number > %s", ("b", 0)) == 2
        assert database.read_all("SELECT number, text FROM list WHERE number > %(least)s ORDER BY 1", {"least": 0}) == [
            (1, "b"), (2, "b"),
        ]  # fmt: skip
        assert database.read_one("SELECT number, text FROM list ORDER BY 1 DESC") == 2
        assert database.read_one("SELECT number FROM list WHERE number = 9") is None


def test_transaction_is_all_or_nothing(url: str) -> None:
    def fail(database: Database, error: Callable[[], object]) -> None:
        with database.transaction():
            database.copy("list", [(2, "b")])
            error()

    with closing(Database(url)) as database:
        database.write(TABLE)
        with database.transaction():
            database.copy("list", [(0, "a"), (1, None)])
        assert database.read_all("SELECT * FROM list ORDER BY 1") == [(0, "a"), (1, None)]
        with pytest.raises(LedgerError, match="duplicate key value"):
            fail(database, lambda: database.copy("list", [(0, "c")]))
        with pytest.raises(KeyError):
            fail(database, lambda: {}["missing"])
        assert database.read_one("SELECT count(*) FROM list") == 2
        database.write("INSERT INTO list VALUES (3, '')")  # no transaction is left open
        assert query_team(
            url, "SELECT state FROM pg_stat_activity WHERE pid = ?", (database._connection.info.backend_pid,)
        ) == [("idle",)]


def test_transaction_with_which_the_connection_ends_raises_what_went_wrong(url: str) -> None:
    def lose(database: Database) -> None:
        with database.transaction():
            database._connection.close()
            raise KeyError("what went wrong")

    with closing(Database(url)) as database:
        with pytest.raises(KeyError, match="what went wrong"):
            lose(database)
        assert database.read_one("SELECT 7") == 7  # over a new connection


@pytest.mark.parametrize("kind", [LostConnectionError, LedgerError, KeyError])
def test_change_that_a_lost_connection_undoes_can_be_asked_for_again(url: str, kind: type[Exception]) -> None:
    def change(database: Database) -> None:
        with database.change():
            database.write("INSERT INTO list VALUES (1, '')")
            raise kind("it is gone")

    with closing(Database(url)) as database:
        database.write(TABLE)
        with pytest.raises(kind, match="it is gone") as refused:
            change(database)
        is_explained = "run the same command again" in getattr(refused.value, "hint", "")
        assert is_explained is (kind is LostConnectionError)
        assert database.read_one("SELECT count(*) FROM list") == 0
        with database.change():
            database.write("INSERT INTO list VALUES (1, '')")
        assert database.read_one("SELECT count(*) FROM list") == 1


def test_pipeline_that_fails_leaves_no_transaction_open(url: str) -> None:
    def work(connection: psycopg.Connection[Any]) -> list[psycopg.Cursor[Any]]:
        connection.execute("BEGIN")
        connection.execute("INSERT INTO list VALUES (1, '')")
        return [connection.execute("SELECT 1 / 0"), connection.execute("COMMIT")]

    with closing(Database(url)) as database:
        database.write(TABLE)
        with pytest.raises(LedgerError, match="division by zero"):
            database.in_pipeline(work)
        assert database.read_one("SELECT count(*) FROM list") == 0
        found = database.in_pipeline(
            lambda one: [one.execute("SELECT 1"), one.execute("SELECT 2, 3 UNION SELECT 4, 5")]
        )
        assert found == [[(1,)], [(2, 3), (4, 5)]]


def raise_in(database: Database, error: Exception) -> None:
    def work(connection: psycopg.Connection[Any]) -> None:
        raise error

    database._run(work)


class Said(psycopg.Error):
    """An error with a message of the database, which has details beside it."""

    diag = type("Diagnostic", (), {"message_primary": "short. \n"})()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Said("short\nDETAIL: parakeet@example.com"), "cannot be used: short."),
        (psycopg.Error("  no route:\nDETAIL: parakeet"), "cannot be used: no route."),
        (psycopg.Error(""), "cannot be used: Error."),
        (OverflowError("too large"), "cannot be used: too large."),
        (UnicodeError("no text"), "cannot be used: no text."),
        (psycopg.errors.UndefinedTable("no table"), "cannot be used: no table."),
    ],
)
def test_error_says_in_one_line_what_the_database_says_and_what_to_do(url: str, error: Exception, words: str) -> None:
    with closing(Database(url)) as database:
        with pytest.raises(LedgerError) as refused:
            raise_in(database, error)
        assert str(refused.value) == f"The team's ledger {words}"
        assert type(refused.value) is LedgerError  # so it was not tried again
        assert refused.value.hint.startswith("Nothing is sent without it. Check UPLOADER_LEDGER")
        assert refused.value.hint.endswith(f"`{uploader_command('resume')}`.")


def test_right_that_a_role_lacks_is_not_a_lost_connection(url: str) -> None:
    with closing(Database(url)) as database, pytest.raises(LedgerError) as refused:
        raise_in(database, psycopg.errors.InsufficientPrivilege("permission denied for table attempt"))
    assert (
        str(refused.value) == "Your role in the team's database may not do this: permission denied for table attempt."
    )
    assert "`uploaders`" in refused.value.hint


def test_deadlock_is_told_apart(url: str) -> None:
    with closing(Database(url)) as database, pytest.raises(DeadlockError, match="two machines waited") as refused:
        raise_in(database, psycopg.errors.DeadlockDetected("deadlock detected"))
    assert "Check UPLOADER_LEDGER" in refused.value.hint


@pytest.mark.parametrize("kind", ENDS_SESSION)
def test_error_that_ends_the_session_is_a_lost_connection(url: str, kind: type[psycopg.Error]) -> None:
    with closing(Database(url, must_last=True)) as database, pytest.raises(LostConnectionError):
        raise_in(database, kind("goodbye"))
