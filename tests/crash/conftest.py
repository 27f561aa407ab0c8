"""What several tests here need."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.crash.process import CONCURRENCY
from tests.support.files import MAPPING
from tests.support.postgres import KEY, Server
from uploader.ledger.postgres.database import Database
from uploader.ledger.postgres.team import create_team

# The sessions of a ledger must not follow the default for commits; and what they do not wait for is soon lost.
DURABLE = "max_connections = 100\nsynchronous_commit = off\nwal_writer_delay = 10s\n"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of its own, with an empty ledger."""
    server = Server(DURABLE)
    try:
        with closing(Database(server.url())) as database:
            create_team(database, KEY)
        for name, value in {
            "LEDGER": server.url(),
            "TEAM_KEY": KEY.hex(),
            "CONCURRENCY": str(CONCURRENCY),
            "TIMEOUT": "2",
        }.items():
            monkeypatch.setenv(f"UPLOADER_{name}", value)
        Path("map.yaml").write_text(MAPPING)
        yield server
    finally:
        server.remove()
