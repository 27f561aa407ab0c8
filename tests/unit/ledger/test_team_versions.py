"""Which database is a team's ledger: its server, its version and its key."""

import socket
from contextlib import closing
from types import SimpleNamespace

import psycopg
import pytest

from tests.support.postgres import KEY, query_team, shared_server
from uploader.ledger import LedgerError
from uploader.ledger.postgres import team
from uploader.ledger.postgres.database import Database
from uploader.ledger.postgres.ledger import PostgresLedger


def test_another_key_is_refused_before_anything_is_read(url: str) -> None:
    with pytest.raises(LedgerError, match="key is not the one") as refused:
        PostgresLedger(url, b"x" * 32)
    assert "UPLOADER_TEAM_KEY" in refused.value.hint


@pytest.mark.parametrize(("version", "words"), [(0, "no team's ledger"), (99, "newer than this uploader")])
def test_another_version_is_refused(url: str, version: int, words: str) -> None:
    query_team(url, "UPDATE team SET version = ?", (version,))
    try:
        with pytest.raises(LedgerError, match=words) as refused:
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
        ("server_encoding", "LATIN1", "encoding of the database is LATIN1"),
        ("server_encoding", "SQL_ASCII", "encoding of the database is SQL_ASCII"),
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


def test_tables_are_made_and_upgraded_by_one_machine_at_a_time(url: str) -> None:
    """The number of the lock is the same in all versions."""
    with psycopg.connect(url, autocommit=True) as other, closing(Database(url)) as database:
        other.execute("SELECT pg_advisory_lock(%s)", (int.from_bytes(b"lead"),))
        database.write("SET lock_timeout = '10ms'")
        for use in (team.create_team, team.upgrade_team):
            with pytest.raises(LedgerError, match="lock timeout"):
                use(database, KEY)
        other.execute("SELECT pg_advisory_unlock_all()")
        assert team.create_team(database, KEY) is False
        assert team.upgrade_team(database, KEY) == (team.latest_version(), team.latest_version())


def test_older_tables_are_left_to_the_upgrade(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "grant_rights", lambda database: pytest.fail("gives rights"))
    query_team(url, "UPDATE team SET version = 1")
    try:
        with closing(Database(url)) as database:
            assert team.create_team(database, KEY) is False
            assert team.found_version(database) == 1
    finally:
        query_team(url, "UPDATE team SET version = ?", (team.latest_version(),))


def test_each_migration_has_a_number_of_its_own() -> None:
    found = team._migrations()
    assert sorted(found) == [*range(1, team.latest_version() + 1)]
    assert "CREATE TABLE run (" in found[1]
