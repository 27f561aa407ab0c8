"""How a file is opened while other processes use it, and what an error says."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from uploader.ledger import LedgerError
from uploader.ledger.sqlite import database as database_module
from uploader.ledger.sqlite.database import DamagedFileError, Database, Schema, sqlite_version

TABLES = "CREATE TABLE IF NOT EXISTS lead (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL) STRICT;"
SCHEMA = Schema(2, TABLES, "FULL")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path / "file", SCHEMA, if_damaged="Restore it.")) as database:
        yield database


def test_opening_waits_for_a_process_that_makes_the_same_file(tmp_path: Path, monkeypatch) -> None:
    refused, slept = [apsw.BusyError("locked")] * 3, []
    prepare = database_module._prepare

    def prepare_later(*args: object) -> apsw.Connection:
        if refused:
            raise refused.pop()
        return prepare(*args)

    monkeypatch.setattr(database_module, "_prepare", prepare_later)
    monkeypatch.setattr(time, "sleep", slept.append)
    Database(tmp_path / "file", SCHEMA).close()
    assert slept == [0.01] * 3


def test_opening_gives_up_in_the_end(tmp_path: Path, monkeypatch) -> None:
    now = iter(range(0, 1000, 4))

    def prepare(*args: object) -> apsw.Connection:
        raise apsw.BusyError("locked")

    monkeypatch.setattr(database_module, "_prepare", prepare)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    monkeypatch.setattr(time, "monotonic", lambda: next(now))
    with pytest.raises(LedgerError, match="locked"):
        Database(tmp_path / "file", SCHEMA)
    assert next(now) == 16  # 10 seconds, looked at every 4


def test_writer_waits_in_short_steps_for_as_long_as_it_is_patient(monkeypatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    waited = next(calls for calls in range(10**6) if not database_module._wait_for_writer(calls))
    assert sum(slept) == pytest.approx(10.0, abs=0.1)
    assert set(slept) == {0.002}
    assert waited == 5000


def test_writer_waits_for_another_process(database: Database, tmp_path: Path, monkeypatch) -> None:
    with closing(apsw.Connection(str(tmp_path / "file"))) as other:

        def let_go(calls: int) -> bool:
            other.execute("COMMIT")
            return True

        monkeypatch.setattr(database_module, "_wait_for_writer", let_go)
        with closing(Database(tmp_path / "file", SCHEMA)) as waiting:
            other.execute("BEGIN IMMEDIATE")
            waiting.write("INSERT INTO lead (name) VALUES ('b')")
    assert database.read_all("SELECT name FROM lead") == [("b",)]


def write_in_one_transaction(database: Database, *statements: str | None) -> None:
    with database.transaction():
        for sql in statements:
            database.write(sql)


def test_transaction_commits_all_or_nothing(database: Database) -> None:
    with database.transaction():
        assert database.write_many("INSERT INTO lead (name) VALUES (?) RETURNING id", [("a",), ("b",)]) == [(1,), (2,)]
    for last in ("INSERT INTO lead (name) VALUES ('a')", "nonsense"):
        with pytest.raises(LedgerError, match="cannot be used"):
            write_in_one_transaction(database, "INSERT INTO lead (name) VALUES ('c')", last)
    with pytest.raises(TypeError):
        write_in_one_transaction(database, "DELETE FROM lead", None)
    assert database.read_all("SELECT name FROM lead ORDER BY id") == [("a",), ("b",)]
    assert list(database.read("SELECT id FROM lead ORDER BY id DESC")) == [(2,), (1,)]
    assert database.write("UPDATE lead SET name = name || 'x'") == 2
    assert database.last_insert_id()
    assert database.read_one("SELECT name FROM lead WHERE id = 8") is None


def test_transaction_keeps_others_from_writing_from_its_start(database: Database, tmp_path: Path) -> None:
    """What it reads first is still true when it comes to write."""
    with closing(apsw.Connection(str(tmp_path / "file"))) as other:
        with database.transaction(), pytest.raises(apsw.BusyError):
            other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")


def test_transaction_that_cannot_begin_is_reported(database: Database, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT", 0.01)
    with closing(apsw.Connection(str(tmp_path / "file"))) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="The ledger cannot be used"):
            write_in_one_transaction(database, "DELETE FROM lead")
    write_in_one_transaction(database, "DELETE FROM lead")


def test_lost_transaction_is_not_rolled_back_twice(database: Database) -> None:
    with pytest.raises(TypeError):
        write_in_one_transaction(database, "ROLLBACK", None)  # as SQLite does by itself on a full disk


@pytest.mark.parametrize(("sql", "values"), [("INSERT INTO lead VALUES (?, 'x')", (2**70,)), ("SELECT", ())])
def test_errors_name_the_file(database: Database, tmp_path: Path, sql: str, values) -> None:
    for ask in (database.read_all, database.write, lambda sql, values: list(database.read(sql, values))):
        with pytest.raises(LedgerError, match=r"The ledger cannot be used: .*file: ") as refused:
            ask(sql, values)
        assert "uploader resume" in refused.value.hint
    with pytest.raises(LedgerError, match="cannot be used"):
        database.write_many(sql, [values])


def test_missing_table_is_damage(database: Database) -> None:
    database.write("DROP TABLE lead")
    with pytest.raises(DamagedFileError, match=r"file is damaged: no such table: lead\.") as refused:
        database.read_all("SELECT * FROM lead")
    assert refused.value.hint == "Restore it."
    assert database.damaged("a page").hint == "Restore it."
    assert str(database.damaged("a page")).endswith("file is damaged: a page.")


def test_older_file_is_upgraded_once_and_a_newer_one_refused(tmp_path: Path) -> None:
    older = Schema(1, TABLES, "FULL")
    for schema, rows in [(older, 1), (older, 1), (SCHEMA, 2), (SCHEMA, 2)]:
        setup = f"INSERT INTO lead (name) VALUES ('made by {schema.version}');"
        with closing(Database(tmp_path / "file", schema, setup=setup)) as file:
            assert file.read_one("SELECT count(*) FROM lead") == rows
            assert file.read_one("PRAGMA user_version") == schema.version
    with pytest.raises(LedgerError, match="a newer version of uploader made it"):
        Database(tmp_path / "file", older)


@pytest.mark.parametrize(("found", "applied"), [(0, ""), (1, "bcd"), (2, "cd"), (3, "d"), (4, "")])
def test_upgrades_are_those_that_the_file_lacks(tmp_path: Path, found: int, applied: str) -> None:
    upgrades = {version: f"INSERT INTO done VALUES ('{name}');" for version, name in [(4, "d"), (2, "b"), (3, "c")]}
    with closing(apsw.Connection(str(tmp_path / "file"))) as older:
        older.execute(f"CREATE TABLE done (name); PRAGMA user_version = {found}")
    with closing(Database(tmp_path / "file", Schema(4, "", "FULL", upgrades))) as file:
        assert "".join(name for (name,) in file.read_all("SELECT name FROM done")) == applied
        assert file.read_one("PRAGMA user_version") == 4


def test_version_of_sqlite_is_that_of_the_connection(database: Database) -> None:
    assert sqlite_version() == database.read_one("SELECT sqlite_version()")


def test_file_that_must_exist_has_to_have_tables(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="unable to open"):
        Database(tmp_path / "file", SCHEMA, must_exist=True)
    (tmp_path / "file").touch()
    with pytest.raises(DamagedFileError, match="it is empty"):
        Database(tmp_path / "file", SCHEMA, must_exist=True)
    with closing(Database(None, SCHEMA)) as memory:
        assert memory.read_all("SELECT * FROM lead") == []


def test_commits_are_durable(database: Database) -> None:
    pragmas = {name: database.read_one(f"PRAGMA {name}") for name in ("journal_mode", "synchronous", "fullfsync")}
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "fullfsync": 1}


@pytest.mark.skipif(os.name == "nt", reason="modes are POSIX's")
@pytest.mark.parametrize(
    ("before", "after"), [(0o644, 0o600), (0o640, 0o600), (0o601, 0o600), (0o700, 0o700), (0o400, 0o400)]
)
def test_rights_of_others_are_taken_away_and_nothing_else_is_changed(tmp_path: Path, before: int, after: int) -> None:
    """What is private already may belong to someone else, who alone can change its mode."""
    database_module._make_private(tmp_path / "file-wal")  # there is none
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(before)
    database_module._make_private(tmp_path / "file")
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == after


def test_statement_is_planned_once_for_all_its_values(database: Database) -> None:
    assert database._connection.config(apsw.SQLITE_DBCONFIG_ENABLE_QPSG, -1) == 1
