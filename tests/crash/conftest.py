"""What several tests here need."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.process import CONCURRENCY
from tests.support.files import MAPPING
from tests.support.postgres import KEY, Server, team_server

# The sessions of a ledger must not follow the default for commits; and what they do not wait for is soon lost.
DURABLE = "max_connections = 100\nsynchronous_commit = off\nwal_writer_delay = 10s\n"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of its own, with an empty ledger."""
    with team_server(DURABLE) as server:
        for name, value in {
            "LEDGER": server.url(),
            "TEAM_KEY": KEY.hex(),
            "CONCURRENCY": str(CONCURRENCY),
            "TIMEOUT": "2",
        }.items():
            monkeypatch.setenv(f"UPLOADER_{name}", value)
        Path("map.yaml").write_text(MAPPING)
        yield server
