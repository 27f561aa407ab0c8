"""A damaged index is noticed before it makes accepted leads look new."""

import os
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from tests.support.files import MAPPING, people, write_csv
from tests.support.runs import a_run
from uploader.ledger import Ledger, LedgerError, open_ledger
from uploader.ledger.sqlite import integrity
from uploader.ledger.sqlite.database import Database

ROWS = 400
INDEXES = ["attempt_fingerprint", "attempt_row", "answer_lead_id"]


def mark(row: int) -> bytes:
    return row.to_bytes(16, "big")


def fill(home: Path) -> None:
    """Record attempts, all in the main file."""
    open_ledger(home).__exit__()
    with closing(apsw.Connection(str(home / "ledger.sqlite3"))) as connection:
        with connection:
            connection.execute("INSERT INTO run (id, family, started, facts) VALUES ('one', 'one', 1, '{}')")
            connection.executemany(
                "INSERT INTO attempt (run, row, fingerprint, sent) VALUES ('one', ?, ?, 1)",
                [(row, mark(row)) for row in range(ROWS)],
            )
            connection.execute("INSERT INTO answer SELECT id, 1, 'accepted', 201, 50000 + id, NULL FROM attempt")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def pages_of(home: Path, index: str) -> tuple[int, list[int]]:
    """The page size and the pages of an index, its root first."""
    with closing(apsw.Connection(str(home / "ledger.sqlite3"))) as connection:
        size = connection.pragma("page_size")
        ((root,),) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (index,)).fetchall()
        return size, [root]


def patch(home: Path, index: str, content: bytes) -> None:
    size, (root,) = pages_of(home, index)
    with (home / "ledger.sqlite3").open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(content[:size])


def empty_leaf(home: Path, index: str) -> None:
    """A valid page without entries: SQLite finds nothing there, and no fault."""
    patch(home, index, b"\x0a\x00\x00\x00\x00\x10\x00\x00")


def zeros(home: Path, index: str) -> None:
    patch(home, index, bytes(4096))


def garbage(home: Path, index: str) -> None:
    patch(home, index, os.urandom(4096))


def stale(home: Path, index: str) -> None:
    """Attempts that the index has never seen."""
    with closing(apsw.Connection(str(home / "ledger.sqlite3"))) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        (schema,) = connection.execute("SELECT * FROM sqlite_schema WHERE name = ?", (index,)).fetchall()
        connection.execute("DELETE FROM sqlite_schema WHERE name = ?", (index,))
    with closing(apsw.Connection(str(home / "ledger.sqlite3"))) as connection:
        connection.execute(
            "INSERT INTO attempt (run, row, fingerprint, sent) VALUES ('one', ?, ?, 1)", (ROWS, mark(ROWS))
        )
        connection.execute("INSERT INTO answer SELECT max(id), 1, 'accepted', 201, 50000 + max(id), NULL FROM attempt")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", schema)


def dropped(home: Path, index: str) -> None:
    with closing(apsw.Connection(str(home / "ledger.sqlite3"))) as connection:
        connection.execute(f"DROP INDEX {index}")


@pytest.mark.parametrize("full_check", [10**9, 0])  # as in a small ledger, and as in a large one
@pytest.mark.parametrize("index", INDEXES)
@pytest.mark.parametrize("damage", [empty_leaf, zeros, garbage, stale, dropped])
def test_damaged_index_is_refused(tmp_path: Path, monkeypatch, damage, index: str, full_check: int) -> None:
    monkeypatch.setattr(integrity, "FULL_CHECK", full_check)
    monkeypatch.setattr(integrity, "SAMPLE", 100)
    home = tmp_path / "home"
    fill(home)
    damage(home, index)
    with open_ledger(home) as ledger:
        asked = [
            lambda: ledger.rows.earlier_by_fingerprint([mark(3)]),
            lambda: ledger.rows.earlier_by_row("one", [3]),
            lambda: ledger.rows.marked_duplicates("one", [3]),
            lambda: ledger.rows.states("one", [3]),
            lambda: ledger.rows.sent("one"),
            lambda: ledger.rows.has_lead_id("acme", 50003),
        ]
        for ask in asked:
            with pytest.raises(LedgerError, match="is damaged") as refused:
                ask()
            assert "fingerprint.key" in refused.value.hint


@pytest.fixture
def large(tmp_path: Path, monkeypatch) -> Path:
    """The home of a ledger that counts as a large one, which is checked while questions are answered."""
    monkeypatch.setattr(integrity, "FULL_CHECK", 0)
    monkeypatch.setattr(integrity, "SAMPLE", 100)
    fill(tmp_path / "home")
    return tmp_path / "home"


def ask_in_block(ledger: Ledger, error: type[Exception] | None) -> None:
    with ledger.rows.checked_meanwhile():
        ledger.rows.earlier_by_fingerprint([mark(3)])
        if error:
            raise error  # what the file has wrong, say: it matters less


@pytest.mark.parametrize("index", INDEXES)
@pytest.mark.parametrize("damage", [empty_leaf, zeros, garbage, stale, dropped])
@pytest.mark.parametrize("error", [None, ValueError])
def test_answers_of_a_damaged_index_do_not_count(large: Path, damage, index: str, error) -> None:
    damage(large, index)
    with open_ledger(large) as ledger:
        for _ in range(2):
            with pytest.raises(LedgerError, match="is damaged") as refused:
                ask_in_block(ledger, error)
            assert "fingerprint.key" in refused.value.hint
        with pytest.raises(LedgerError, match="is damaged"):
            ledger.rows.earlier_by_fingerprint([mark(3)])


def test_large_ledger_is_checked_once(large: Path, monkeypatch) -> None:
    checks = []
    find_problem = integrity._find_problem
    monkeypatch.setattr(integrity, "_find_problem", lambda database: checks.append(1) or find_problem(database))
    with open_ledger(large) as ledger:
        with pytest.raises(KeyboardInterrupt), ledger.rows.checked_meanwhile():
            raise KeyboardInterrupt
        for _ in range(2):
            with ledger.rows.checked_meanwhile():
                assert len(ledger.rows.earlier_by_fingerprint([mark(3), mark(4)])) == 2
        ledger.rows.states("one", [3])
    assert checks == [1, 1]  # the block that was interrupted says nothing


@pytest.mark.parametrize("table", ["attempt", "answer"])
def test_one_problem_is_enough(tmp_path: Path, monkeypatch, table: str) -> None:
    fill(tmp_path)
    read_all = Database.read_all

    def check(database: Database, sql: str, *values: object) -> object:
        return (
            [("row 7 is missing",)] if sql == f"PRAGMA integrity_check({table})" else read_all(database, sql, *values)
        )

    monkeypatch.setattr(Database, "read_all", check)
    with open_ledger(tmp_path) as ledger, pytest.raises(LedgerError, match=r"is damaged: row 7 is missing\."):
        ledger.rows.states("one", [3])


@pytest.mark.parametrize("full_check", [10**9, 0])
def test_sound_index_is_trusted(tmp_path: Path, monkeypatch, full_check: int) -> None:
    monkeypatch.setattr(integrity, "FULL_CHECK", full_check)
    monkeypatch.setattr(integrity, "SAMPLE", 100)
    fill(tmp_path)
    with open_ledger(tmp_path) as ledger:
        assert len(ledger.rows.earlier_by_fingerprint([mark(3), mark(4)])) == 2


@pytest.mark.parametrize(("full_check", "is_full"), [(ROWS + 1, True), (ROWS, True), (ROWS - 1, False)])
def test_small_ledger_is_checked_whole(tmp_path: Path, monkeypatch, full_check: int, is_full: bool) -> None:
    monkeypatch.setattr(integrity, "FULL_CHECK", full_check)
    monkeypatch.setattr(integrity, "SAMPLE", ROWS)
    fill(tmp_path)
    asked: list[str] = []
    read_all = Database.read_all

    def noting(database: Database, sql: str, *values: object) -> object:
        asked.append(sql)
        return read_all(database, sql, *values)

    monkeypatch.setattr(Database, "read_all", noting)
    with open_ledger(tmp_path) as ledger:
        ledger.rows.states("one", [3])
    assert ("PRAGMA integrity_check(attempt)" in asked) is is_full
    assert (integrity.NOT_FOUND in asked) is not is_full


@pytest.mark.parametrize(
    ("damage", "full_check"), [(empty_leaf, 10**9), (zeros, 10**9), (garbage, 10**9), (empty_leaf, 0), (zeros, 0)]
)
def test_nothing_is_sent_with_a_damaged_fingerprint_index(
    tmp_path, command, platform, monkeypatch, damage, full_check: int
) -> None:
    sandbox = platform()
    Path("map.yaml").write_text(MAPPING)
    leads = write_csv(Path("leads.csv"), people(12))
    assert command("upload", leads, "-m", "map.yaml", "--yes").code == 0
    with closing(apsw.Connection(str(tmp_path / "home/ledger.sqlite3"))) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    monkeypatch.setattr(integrity, "FULL_CHECK", full_check)
    monkeypatch.setattr(integrity, "SAMPLE", 12)
    damage(tmp_path / "home", "attempt_fingerprint")
    ran = command("upload", leads, "-m", "map.yaml", "--yes")
    assert ran.code == 5, ran
    assert "is damaged" in ran.err
    assert len(sandbox.received) == 12


async def test_check_is_made_once(tmp_path: Path) -> None:
    with open_ledger(tmp_path / "home") as ledger:
        ledger.runs.start(a_run("one"))
        await ledger.attempts.intend("one", 2, mark(2))
        assert ledger.rows.states("one", [2])
        dropped(tmp_path / "home", "attempt_fingerprint")
        assert ledger.rows.states("one", [2])
