"""Connections to a team's ledger that are lost, and the locks that end with them."""

import asyncio
import getpass
import os
import socket
import struct
import sys
import time
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest

from tests.support.ledger_records import machines, mark
from tests.support.permits import take
from tests.support.postgres import FAST, KEY, Server, kill_sessions, query_team
from tests.support.runs import a_run
from uploader.core.errors import UsageError
from uploader.core.model import Outcome, RowState
from uploader.core.rate_limit import Window
from uploader.ledger import LedgerError, lock_names_of
from uploader.ledger.postgres import database as database_module
from uploader.ledger.postgres.database import Database, DeadlockError, LostConnectionError, session_name
from uploader.ledger.postgres.ledger import PostgresLedger
from uploader.ledger.postgres.locks import HOLDER, RunLocks

ACCEPTED = RowState(Outcome.ACCEPTED, "", "", 55, 201)


async def test_lost_connection_sends_nothing_and_loses_no_outcome(url: str) -> None:
    with machines(url, 1) as (ledger,):
        attempt = await ledger.attempts.intend("run 0", 2, mark(2), "run 0")
        kill_sessions(url)
        ledger.attempts.answer(attempt, ACCEPTED)
        found = await asyncio.gather(
            *(ledger.attempts.intend("run 0", row, mark(row), "run 0") for row in (3, 4)), return_exceptions=True
        )
        assert {type(one).__name__ for one in found} == {"LostConnectionError"}
        ledger.attempts.flush()
        with pytest.raises(LedgerError):  # the locks of the run are gone, so it never sends again
            await ledger.attempts.intend("run 0", 5, mark(5), "run 0")
    with PostgresLedger(url, KEY) as again:
        assert {row: state.outcome for row, state in again.rows.states("run 0", range(9)).items()} == {2: "accepted"}


async def test_outcome_is_kept_although_the_attempt_beside_it_cannot_be_recorded(url: str) -> None:
    with machines(url, 1) as (ledger,):
        attempt = await ledger.attempts.intend("run 0", 2, mark(2), "run 0")
        with ledger.attempts._committing:  # both go into the next commit
            ledger.attempts.answer(attempt, ACCEPTED)
            other = asyncio.ensure_future(ledger.attempts.intend("no run", 3, mark(3), "no run"))
            await asyncio.sleep(0)
        with pytest.raises(LedgerError, match="cannot be used"):
            await other
        assert query_team(url, "SELECT row, outcome FROM known") == [(2, "accepted")]


async def test_commit_without_a_response_is_not_sent(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database commits, and the connection is lost before it says so."""
    with machines(url, 1) as (ledger,):
        commit = Database.in_pipeline

        def lost(self: Database, work) -> object:
            commit(self, work)
            monkeypatch.undo()
            kill_sessions(url)
            self.read_one("SELECT 1")
            raise AssertionError

        monkeypatch.setattr(Database, "in_pipeline", lost)
        with pytest.raises(LedgerError):
            await ledger.attempts.intend("run 0", 2, mark(2), "run 0")
        assert query_team(url, "SELECT outcome FROM known") == [("unknown",)]
        ledger.attempts.flush()
        assert query_team(url, "SELECT outcome, holds FROM known JOIN attempt USING (id)") == [("unsent", False)]
    with machines(url, 0), PostgresLedger(url, KEY) as other:
        other.runs.start(a_run("other"))
        assert await other.attempts.intend("other", 2, mark(2), "other") is not None


async def test_outcome_that_cannot_be_written_now_is_written_at_the_end(url: str, monkeypatch) -> None:
    with PostgresLedger(url, KEY) as ledger:
        ledger.runs.start(a_run("one"))
        attempt = await ledger.attempts.intend("one", 2, mark(2), "one")
        kill_sessions(url)
        ledger.attempts.answer(attempt, ACCEPTED)
        with monkeypatch.context() as patch:
            patch.setattr(Database, "__init__", _unreachable)
            with pytest.raises(LedgerError, match="cannot be used"):
                ledger.attempts.flush()
        ledger.attempts.flush()
    assert query_team(url, "SELECT outcome, lead_id FROM known") == [("accepted", 55)]


async def test_outcome_that_waits_is_not_written_to_an_attempt_of_another_machine(url: str) -> None:
    """A failover lost the attempt, and another machine's has its number since."""
    with machines(url, 2) as (one, other):
        lost = await one.attempts.intend("run 0", 2, mark(2), "run 0")
        kill_sessions(url)
        one.attempts.answer(lost, RowState(Outcome.REJECTED, "no", "", None, 400))
        query_team(url, "UPDATE attempt SET run = 'run 1', fingerprint = ?, token = gen_random_uuid()", (mark(9),))
        one.attempts.flush()
        assert query_team(url, "SELECT outcome, holds FROM known JOIN attempt USING (id)") == [("unknown", True)]
        assert other.rows.unknown("run 1").keys() == {2}


def test_no_permit_is_granted_before_a_pause_is_recorded(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database refuses what would record it, as after a deadlock, and no request is lost with it."""
    with PostgresLedger(url, KEY) as ledger, ledger.permits(["acme"], 60) as permits:
        with monkeypatch.context() as patch:
            patch.setattr(Database, "in_pipeline", _refuse)
            permits.pause(100)
            permits._background.finish()
        decision = take(permits, "lead", [Window("", 9, 300)])
        assert (decision.permit, decision.wait > 90) == (None, True)
        with monkeypatch.context() as patch:
            patch.setattr(Database, "in_pipeline", _refuse)
            permits.pause(1000)
            permits._background.finish()
    with PostgresLedger(url, KEY) as ledger, ledger.permits(["acme"], 60) as permits:
        assert permits.paused() > 900


def _refuse(*_: object) -> None:
    raise DeadlockError("two machines waited for each other")


async def test_text_is_utf8_whatever_the_servers_default_is(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER ROLE postgres SET client_encoding = 'LATIN1'")
        try:
            with closing(Database(url)) as database:
                assert database.read_one("SELECT %s::text", ("Ωμέγα",)) == "Ωμέγα"
        finally:
            connection.execute("ALTER ROLE postgres RESET client_encoding")


def _unreachable(*_: object, **__: object) -> None:
    raise LostConnectionError("The team's ledger cannot be used: no route to host.")


def lose_transaction(database: Database, url: str) -> None:
    with database.transaction():
        kill_sessions(url)
        database.read_one("SELECT 7")


def test_lost_connection_is_replaced_unless_locks_or_a_transaction_end_with_it(url: str) -> None:
    with closing(Database(url)) as database, closing(Database(url, must_last=True)) as lasting:
        kill_sessions(url)
        assert database.read_one("SELECT 7") == 7
        for _ in range(2):
            with pytest.raises(LostConnectionError, match="cannot be used"):
                lasting.read_one("SELECT 7")
        with pytest.raises(LostConnectionError):
            lose_transaction(database, url)
        with database.transaction():
            assert database.read_one("SELECT 7") == 7


@pytest.mark.parametrize("tries", [1, 3])
def test_database_that_may_be_restarting_is_waited_for(url: str, monkeypatch: pytest.MonkeyPatch, tries: int) -> None:
    refused, slept, connect = iter(range(tries)), [], database_module._connect

    def connect_later(url: str) -> psycopg.Connection:
        if next(refused, None) is not None:
            raise LostConnectionError("it is starting up")
        return connect(url)

    monkeypatch.setattr(database_module, "_connect", connect_later)
    monkeypatch.setattr(time, "sleep", slept.append)
    with pytest.raises(LostConnectionError):
        Database(url)
    with closing(Database(url, waits=True)) as database:
        assert database.read_one("SELECT 7") == 7
    assert slept == [0.1] * (tries - 1)


def test_database_that_does_not_come_back_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(0, 1000, 4))
    monkeypatch.setattr(database_module, "_connect", _unreachable)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    with pytest.raises(LostConnectionError, match="no route to host"):
        Database("postgresql://nowhere", waits=True)
    assert next(now) == 16  # 10 seconds, looked at every 4


def test_second_run_of_a_file_is_refused_and_names_the_colleague(url: str) -> None:
    with machines(url, 2) as (one, two):
        with one.lock(["acme 00", "family a"], "leads.csv"), two.lock(["acme 11"], "other.csv"):
            for ledger, words in [(two, rf" on {socket.gethostname()[:20]}"), (one, "Another uploader")]:
                with pytest.raises(UsageError, match=words) as refused, ledger.lock(["family a"], "leads.csv"):
                    pass
                assert "is working on leads.csv right now" in str(refused.value)
        with two.lock(["acme 00", "family a"], "leads.csv"):
            pass


@pytest.mark.parametrize(
    ("database", "lock"),
    [("template1", "pg_advisory_lock(%(number)s)"), ("postgres", "pg_advisory_lock(%(high)s, %(low)s)")],
)
def test_lock_of_something_else_with_the_same_number_does_not_count(url: str, database: str, lock: str) -> None:
    run, other = a_run("one"), replace(a_run("other"), sha256="11")
    with closing(Database(url)) as here, psycopg.connect(url.replace("/postgres?", f"/{database}?")) as elsewhere:
        locks = RunLocks(here, KEY, here)
        number = locks.number(lock_names_of(run)[0])
        high, low = struct.unpack(">ii", struct.pack(">q", number))
        elsewhere.execute(f"SELECT {lock}", {"number": number, "high": high, "low": low})
        assert locks.are_running([run]) == [False]
        assert here.read_all(HOLDER, (number,)) == []
        with locks.hold(lock_names_of(run), "leads.csv"):
            assert locks.are_running([run, other, run]) == [True, False, True]
            assert here.read_all(HOLDER, (number,)) == [(session_name(),)]
    assert locks.are_running([]) == []


@pytest.mark.parametrize("kind", [OSError, KeyError, ImportError])
def test_user_without_a_name_is_someone(monkeypatch: pytest.MonkeyPatch, kind: type[Exception]) -> None:
    def refuse() -> str:
        raise kind("no name")

    monkeypatch.setattr(getpass, "getuser", refuse)
    assert session_name() == f"someone on {socket.gethostname()}"[:60]


def test_lock_of_a_dead_machine_is_free(url: str) -> None:
    with machines(url, 1) as (dead,):
        lock = dead.lock(["acme 00"], "leads.csv")
        lock.__enter__()
        with PostgresLedger(url, KEY) as other, pytest.raises(UsageError), other.lock(["acme 00"], "leads.csv"):
            pass
        kill_sessions(url)
        with PostgresLedger(url, KEY) as other, other.lock(["acme 00"], "leads.csv"):
            pass
        lock.__exit__(None, None, None)


def test_commits_are_durable_whatever_the_servers_default_is(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER ROLE postgres SET synchronous_commit = off")
        try:
            with closing(Database(url)) as database:
                assert database.read_one("SHOW synchronous_commit") == "on"
        finally:
            connection.execute("ALTER ROLE postgres RESET synchronous_commit")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems name these options of a socket otherwise")
def test_dead_connection_is_noticed_by_either_side() -> None:
    """Only TCP has these settings, so the server listens on a port here."""
    with socket.socket() as holder:  # keeps the port from others until the server has it
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        server = Server(f"{FAST}listen_addresses = '127.0.0.1'\nport = {port}\nsynchronous_commit = off\n")
    try:
        with closing(Database(server.url(port=port))) as database:
            names = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
            assert [database.read_one(f"SHOW {name}") for name in names] == ["5", "2", "3", "10000"]
            assert database.read_one("SHOW idle_in_transaction_session_timeout") == "1min"
            assert database.read_one("SHOW synchronous_commit") == "on"
            with socket.socket(fileno=os.dup(database._connection.fileno())) as own:
                options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
                assert [own.getsockopt(socket.IPPROTO_TCP, option) for option in options] == [5, 2, 3, 10_000]
    finally:
        server.remove()
