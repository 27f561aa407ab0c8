"""What only a shared ledger has: a key, versions, races between machines, connections that are lost."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from types import SimpleNamespace

import psycopg
import pytest

from tests.support.ledger_records import mark
from tests.support.permits import take
from tests.support.postgres import KEY, query_team, shared_server, team_database
from tests.support.runs import a_run
from uploader.core.errors import UsageError
from uploader.core.model import Outcome, RowState
from uploader.core.rate_limit import Window
from uploader.ledger import LedgerError
from uploader.ledger.postgres import database as database_module
from uploader.ledger.postgres import team
from uploader.ledger.postgres.database import Database, LostConnectionError
from uploader.ledger.postgres.ledger import PostgresLedger

ACCEPTED = RowState(Outcome.ACCEPTED, "", "", 55, 201)


@pytest.fixture
def url() -> Iterator[str]:
    with team_database() as url:
        yield url


@contextmanager
def machines(url: str, number: int) -> Iterator[list[PostgresLedger]]:
    with ExitStack() as stack:
        opened = [stack.enter_context(PostgresLedger(url, KEY)) for _ in range(number)]
        for at, ledger in enumerate(opened):
            ledger.runs.start(a_run(f"run {at}"))
        yield opened


def kill_sessions(url: str) -> None:
    """End all other sessions of this database, as a restart of the server does."""
    query_team(url, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() "
               "AND pid <> pg_backend_pid() AND application_name <> ''")  # fmt: skip


def test_another_key_is_refused_before_anything_is_read(url: str) -> None:
    with pytest.raises(LedgerError, match="key is not the one") as refused:
        PostgresLedger(url, b"x" * 32)
    assert "UPLOADER_TEAM_KEY" in refused.value.hint


@pytest.mark.parametrize(("version", "words"), [(0, "has version 0"), (99, "newer than this uploader")])
def test_another_version_is_refused(url: str, version: int, words: str) -> None:
    query_team(url, "UPDATE team SET version = ?", (version,))
    try:
        with pytest.raises(LedgerError, match=words if version else "no team's ledger") as refused:
            PostgresLedger(url, KEY)
    finally:
        query_team(url, "UPDATE team SET version = ?", (team.latest_version(),))
    assert "Nothing was sent" in refused.value.hint


def test_older_version_names_the_command(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = team.latest_version()
    monkeypatch.setattr(team, "_migrations", lambda: {now: "", now + 1: "CREATE TABLE second (id integer)"})
    with pytest.raises(LedgerError, match=f"has version {now}") as refused:
        PostgresLedger(url, KEY)
    assert "uploader team upgrade" in refused.value.hint
    with closing(Database(url)) as database:
        try:
            assert team.upgrade_team(database, KEY) == (now, now + 1)
            assert team.upgrade_team(database, KEY) == (now + 1, now + 1)
            database.read_all("SELECT id FROM second")
        finally:
            database.write(f"UPDATE team SET version = {now}; DROP TABLE second")


@pytest.mark.parametrize("key", [KEY, b"x" * 32])
@pytest.mark.parametrize(("version", "words"), [(0, "no team's ledger"), (99, "newer than this uploader")])
def test_only_an_older_ledger_with_this_key_is_upgraded(url: str, version: int, words: str, key: bytes) -> None:
    words = "key is not the one" if version and key != KEY else words
    query_team(url, "UPDATE team SET version = ?", (version,))
    try:
        with closing(Database(url)) as database, pytest.raises(LedgerError, match=words):
            team.upgrade_team(database, key)
        assert query_team(url, "SELECT version FROM team") == [(version,)]
    finally:
        query_team(url, "UPDATE team SET version = ?", (team.latest_version(),))


def test_migrations_are_applied_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "_migrations", lambda: {3: "c", 1: "a", 4: "d", 2: "b"})
    assert team.latest_version() == 4
    for above, expected in [(0, "abcd"), (1, "bcd"), (3, "d"), (4, "")]:
        applied: list[str] = []
        team._apply(SimpleNamespace(write=applied.append), above=above)
        assert "".join(applied) == expected


@pytest.mark.parametrize(
    ("asked", "answer", "words"),
    [
        ("server_version_num", "130022", "is PostgreSQL 13, and the team's ledger needs 14 or newer"),
        ("server_version_num", "139999", "is PostgreSQL 13"),
        ("server_version_num", "140000", ""),
        ("pg_is_in_recovery", True, "leads to a standby server"),
    ],
)
def test_server_that_cannot_be_used_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch, asked: str, answer: object, words: str
) -> None:
    read_one = Database.read_one
    monkeypatch.setattr(
        Database, "read_one", lambda self, sql, values=None: answer if asked in sql else read_one(self, sql, values)
    )
    with closing(Database(url)) as database:
        for use in (team.create_team, team.require_team):
            if words:
                with pytest.raises(LedgerError, match=words):
                    use(database, KEY)
            else:
                use(database, KEY)


def test_new_keys_are_long_and_differ() -> None:
    keys = {team.new_key() for _ in range(3)}
    assert {len(key) for key in keys} == {32}
    assert len(keys) == 3


def test_database_without_tables_is_refused() -> None:
    with pytest.raises(LedgerError, match="no team's ledger yet") as refused:
        PostgresLedger(shared_server().url("nowhere"), KEY)
    assert "uploader team init" in refused.value.hint


def test_team_is_made_once(url: str) -> None:
    with closing(Database(url)) as database:
        assert team.create_team(database, KEY) is False
        with pytest.raises(LedgerError, match="key is not the one"):
            team.create_team(database, b"x" * 32)


def test_database_that_cannot_be_reached_says_so_without_the_password() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        with pytest.raises(LedgerError, match="cannot be used") as refused:
            PostgresLedger(f"postgresql://ann:hunter2@127.0.0.1:{port}/leads", KEY)
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"
    assert "Nothing is sent" in refused.value.hint


def test_pooler_in_transaction_mode_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives the first connection another server session while the second is in a transaction."""
    read_one, process_ids = Database.read_one, iter([1, 2])
    monkeypatch.setattr(
        Database,
        "read_one",
        lambda self, sql, values=None: next(process_ids) if "backend_pid" in sql else read_one(self, sql, values),
    )
    with pytest.raises(LedgerError, match="pooler in transaction mode"):
        PostgresLedger(url, KEY)


async def test_lead_is_granted_to_one_machine(url: str) -> None:
    """Four machines take the same 50 leads at the same moment, in different orders."""
    with machines(url, 4) as ledgers:
        orders = [range(50), range(49, -1, -1), [*range(25, 50), *range(25)], range(50)]
        granted = await asyncio.gather(
            *(
                ledger.attempts.intend(f"run {at}", row, mark(row), f"run {at}")
                for at, (ledger, order) in enumerate(zip(ledgers, orders, strict=True))
                for row in order
            )
        )
        assert sum(attempt is not None for attempt in granted) == 50
        assert query_team(url, "SELECT count(*), count(DISTINCT fingerprint) FROM attempt") == [(50, 50)]


async def test_lead_that_was_not_accepted_is_free_for_everyone(url: str) -> None:
    with machines(url, 2) as (one, two):
        for outcome, is_free in [(Outcome.REJECTED, True), (Outcome.UNKNOWN, False), (Outcome.ACCEPTED, False)]:
            lead = outcome.ljust(16).encode()
            attempt = await one.attempts.intend("run 0", 2, lead, "run 0")
            assert await two.attempts.intend("run 1", 2, lead, "run 1") is None
            one.attempts.answer(attempt, RowState(outcome))
            one.attempts.flush()
            assert (await two.attempts.intend("run 1", 3, lead, "run 1") is not None) is is_free


async def test_lead_that_was_resolved_as_not_sent_is_free_for_everyone(url: str) -> None:
    with machines(url, 2) as (one, two):
        attempt = await one.attempts.intend("run 0", 2, mark(2), "run 0")
        two.decisions.record("ann", [(attempt, RowState(Outcome.UNSENT, "looked"))])
        assert await two.attempts.intend("run 1", 2, mark(2), "run 1") is not None
        assert await one.attempts.intend("run 0", 3, mark(2), "run 0") is None


async def test_unknown_lead_that_two_machines_send_again_is_sent_once(url: str) -> None:
    with machines(url, 3) as (dead, one, two):
        first = await dead.attempts.intend("run 0", 2, mark(2), "run 0")
        found = await asyncio.gather(
            one.attempts.intend("run 1", 2, mark(2), "run 1", first),
            two.attempts.intend("run 2", 2, mark(2), "run 2", first),
        )
        assert sum(attempt is not None for attempt in found) == 1


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


def _unreachable(*_: object, **__: object) -> None:
    raise LostConnectionError("The team's ledger cannot be used: no route to host.")


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


def test_new_ledger_of_a_team_is_empty_and_sound(url: str) -> None:
    with PostgresLedger(url, KEY) as ledger:
        assert (ledger.is_empty, ledger.take_warnings(), ledger.damage()) == (True, [], [])
    with machines(url, 1) as (ledger,):
        assert not ledger.is_empty


def test_second_run_of_a_file_is_refused_and_names_the_colleague(url: str) -> None:
    with machines(url, 2) as (one, two):
        with one.lock(["acme 00", "family a"], "leads.csv"), two.lock(["acme 11"], "other.csv"):
            for ledger, words in [(two, rf" on {socket.gethostname()[:20]}"), (one, "Another uploader")]:
                with pytest.raises(UsageError, match=words) as refused, ledger.lock(["family a"], "leads.csv"):
                    pass
                assert "is working on leads.csv right now" in str(refused.value)
        with two.lock(["acme 00", "family a"], "leads.csv"):
            pass


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


def test_permit_of_another_is_not_freed(url: str) -> None:
    window = Window("", 1, 1000.0)
    with machines(url, 2) as (one, two), one.permits(["acme"], 60) as mine, two.permits(["acme"], 60) as theirs:
        permit = take(mine, "lead", [window]).permit
        mine.give_back(permit)
        assert mine.used(window) == 0
        assert take(theirs, "lead", [window]).is_granted
        mine.give_back(permit)
        mine.answered(permit)
        assert mine.used(window) == 1


async def test_answer_to_an_attempt_that_was_purged_stops_nothing(url: str) -> None:
    with machines(url, 2) as (one, two):
        attempt = await one.attempts.intend("run 0", 2, mark(2), "run 0")
        two.retention.purge(2e9, ["run 0"], forget_leads=True)
        one.attempts.answer(attempt, ACCEPTED)
        one.attempts.flush()
        assert two.rows.states("run 0", [2]) == {}


async def test_text_that_postgresql_cannot_store_is_stored_without_it(url: str) -> None:
    with machines(url, 1) as (ledger,):
        attempt = await ledger.attempts.intend("run 0", 2, None)
        ledger.attempts.answer(attempt, RowState(Outcome.REJECTED, "a\0b \udcff", "hint"))
        ledger.attempts.flush()
        assert ledger.rows.states("run 0", [2])[2].reason == "ab ?"


async def test_no_table_holds_the_key_or_an_account(url: str) -> None:
    with machines(url, 1) as (ledger,):
        (print_,) = ledger.fingerprints("acme", 1)([["parakeet@example.com"]])
        attempt = await ledger.attempts.intend("run 0", 2, print_, "run 0")
        ledger.attempts.answer(attempt, ACCEPTED)
        ledger.attempts.flush()
        with ledger.permits(["https://acme.cvtr.io", "parakeet-secret"], 60) as permits:
            await permits.take("lead", [Window("", 2, 10.0)])
        with ledger.lock(["acme parakeet-file"], "parakeet.csv"):
            found = []
            for (table,) in query_team(
                url, "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() "
                "UNION ALL SELECT 'pg_stat_activity' UNION ALL SELECT 'pg_locks'"
            ):  # fmt: skip
                found += query_team(url, f"SELECT row_to_json(t)::text FROM {table} AS t")
        text = " ".join(row for (row,) in found)
        assert "parakeet" not in text
        assert KEY.hex() not in text


def test_commits_are_durable_whatever_the_servers_default_is(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER ROLE postgres SET synchronous_commit = off")
        try:
            with closing(Database(url)) as database:
                assert database.read_one("SHOW synchronous_commit") == "on"
        finally:
            connection.execute("ALTER ROLE postgres RESET synchronous_commit")


def test_resume_prefers_a_run_of_this_machine(url: str) -> None:
    with machines(url, 2) as (one, _):
        assert one.runs.newest_unfinished("acme") == "run 1"
        query_team(url, "UPDATE run SET host = 'elsewhere' WHERE id = 'run 1'")
        assert one.runs.newest_unfinished("acme") == "run 0"
        one.runs.finish("run 0", {}, None)
        assert one.runs.newest_unfinished("acme") == "run 1"


def test_psycopg_is_imported_only_for_a_shared_ledger() -> None:
    modules = "uploader.cli.app, uploader.commands.upload, uploader.commands.team"
    script = f"import sys, {modules}; print('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "False\n"
