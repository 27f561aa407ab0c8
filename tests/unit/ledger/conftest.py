"""The tests of the protocol run over both databases: they take `opened` or `ledger`, and look inside with `query`."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.ledger_file import query_ledger
from tests.support.ledger_records import LedgerClock, ledger_with_clock, team_ledger_with_clock
from tests.support.postgres import DatabaseClock, query_team, team_database
from uploader.ledger import Ledger
from uploader.ledger.postgres.watched_connection import WatchedConnection

DATABASES = ["sqlite", "postgresql"]


class Opened(NamedTuple):
    """A ledger with the runs "one" and "two" (a retry of it), and "other"; its clock, and a way to look inside."""

    ledger: Ledger
    clock: LedgerClock | DatabaseClock
    query: Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Which database keeps the ledger."""
    return request.param


@pytest.fixture
def everything(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    if database == "sqlite":
        with ledger_with_clock(tmp_path / "home", monkeypatch) as (ledger, clock):
            yield Opened(ledger, clock, lambda sql, values=(): query_ledger(tmp_path / "home", sql, values))
    else:
        with team_ledger_with_clock() as (ledger, clock, url):
            yield Opened(ledger, clock, lambda sql, values=(): query_team(url, sql, values))


@pytest.fixture
def sqlite_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """The same in SQLite, for tests of what only its files have."""
    with ledger_with_clock(tmp_path / "home", monkeypatch) as (ledger, _):
        yield ledger


@pytest.fixture
def opened(everything: Opened) -> tuple[Ledger, LedgerClock | DatabaseClock]:
    return everything.ledger, everything.clock


@pytest.fixture
def ledger(everything: Opened) -> Ledger:
    return everything.ledger


@pytest.fixture
def query(everything: Opened) -> Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]:
    """Run one statement on the database behind the ledger's back, with SQLite's placeholders."""
    return everything.query


@pytest.fixture
def url() -> Iterator[str]:
    """The address of an empty ledger of a team."""
    with team_database() as url:
        yield url


@pytest.fixture
def purge(database: str, query: Callable[..., Any]) -> Callable[[str], None]:
    """Mark a run as purged."""
    sql = {
        "sqlite": "UPDATE run SET facts = json_set(facts, '$.mapping', '') WHERE id = ?",
        "postgresql": "UPDATE run SET mapping = '' WHERE id = ?",
    }[database]
    return lambda run: query(sql, (run,)) and None


@pytest.fixture
def statements(monkeypatch) -> list[str]:
    """What is executed on a team's database, in order."""
    found: list[str] = []
    execute = WatchedConnection.execute
    monkeypatch.setattr(
        WatchedConnection, "execute", lambda self, sql, *values: found.append(sql) or execute(self, sql, *values)
    )
    return found


@pytest.fixture
def connections(monkeypatch) -> list[WatchedConnection]:
    """All connections to a team's database, closed or not."""
    made: list[WatchedConnection] = []
    connect = WatchedConnection.connect

    def connected(*args: Any, **options: Any) -> WatchedConnection:
        made.append(connect(*args, **options))
        return made[-1]

    monkeypatch.setattr(WatchedConnection, "connect", connected)
    return made
