"""Permits for tests."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.fake_clock import FakeClock
from uploader.core.rate_limit import PermitDecision, PermitStore, Window
from uploader.ledger.sqlite.limits_file import open_permits
from uploader.ledger.sqlite.permits import SqlitePermits


def take(store: PermitStore, kind: str, windows: Sequence[Window]) -> PermitDecision:
    """Take a permit, or learn how long to wait, without an event loop."""
    return asyncio.run(store.take(kind, windows))


@contextmanager
def permits_in(home: Path, account: list[str], longest_request: float, clock: FakeClock) -> Iterator[SqlitePermits]:
    """Open the permits of an account on this machine."""
    home.mkdir(exist_ok=True)
    permits, warning = open_permits(home, account, longest_request, was_sending=False, clock=clock.now)
    assert not warning
    with permits:
        yield permits
