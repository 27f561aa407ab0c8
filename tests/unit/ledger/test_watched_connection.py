"""A statement may take as long as it needs, but a server that does not respond ends the wait."""

from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from uploader.ledger.postgres import watched_connection
from uploader.ledger.postgres.watched_connection import WatchedConnection


@pytest.fixture
def clock(monkeypatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=100.0)
    clock.monotonic = lambda: clock.now
    monkeypatch.setattr(watched_connection, "time", clock)
    return clock


def asked_for(clock: SimpleNamespace, steps: list[tuple[float, int]]) -> list[float]:
    """Return when the server is asked whether it is there.

    Args:
        clock: The time.
        steps: Of each wait for the server: how long it takes, and whether something comes.
    """
    asked: list[float] = []
    connection = SimpleNamespace(_require_response=lambda: asked.append(clock.now))

    def statement() -> Generator[int, int, str]:
        for _, ready in steps:
            assert (yield 7) == ready
        return "result"

    watched = WatchedConnection._watched(connection, statement())
    assert next(watched) == 7
    for seconds, ready in steps[:-1]:
        clock.now += seconds
        assert watched.send(ready) == 7
    clock.now += steps[-1][0]
    with pytest.raises(StopIteration) as ended:
        watched.send(steps[-1][1])
    assert ended.value.value == "result"
    return asked


def test_server_is_asked_after_five_seconds_without_a_byte(clock: SimpleNamespace) -> None:
    assert asked_for(clock, [(2.0, 0), (3.0, 0), (1.0, 0)]) == [106.0]
    assert asked_for(clock, [(5.0, 0), (1.0, 1), (5.0, 0)]) == []
    assert asked_for(clock, [(6.0, 1), (5.0, 0)]) == []
    clock.now = 0.0
    assert asked_for(clock, [(6.0, 0), (5.0, 0), (1.0, 0), (4.0, 0)]) == [6.0, 12.0]


def test_long_statement_is_waited_for_while_the_server_responds(url: str, monkeypatch) -> None:
    """psycopg looks every tenth of a second."""
    monkeypatch.setattr(watched_connection, "SILENCE", 0.0)
    asked = []
    with closing(WatchedConnection.connect(url, autocommit=True)) as connection:
        connection.url = url
        monkeypatch.setattr(
            connection, "_require_response", lambda: asked.append(WatchedConnection._require_response(connection))
        )
        assert connection.execute("SELECT 7, pg_sleep(0.3)").fetchone()[0] == 7
        assert asked
        assert not connection.closed


def test_connection_to_a_server_that_does_not_respond_is_closed(url: str, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(watched_connection, "SILENCE", 0.0)
    with closing(WatchedConnection.connect(url, autocommit=True)) as connection:
        connection.url = f"postgresql:///leads?host={tmp_path}"
        with pytest.raises(psycopg.OperationalError, match="the server does not respond any more"):
            connection.execute("SELECT pg_sleep(30)")
        assert connection.closed


def test_second_connection_is_not_waited_for_longer_than_five_seconds(monkeypatch) -> None:
    made = []
    monkeypatch.setattr(psycopg, "connect", lambda *args, **named: made.append((args, named)) or closed)
    closed = SimpleNamespace(close=lambda: made.append("closed"))
    WatchedConnection._require_response(SimpleNamespace(url="postgresql://host"))
    assert made == [(("postgresql://host",), {"connect_timeout": 5}), "closed"]
