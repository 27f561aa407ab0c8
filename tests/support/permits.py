"""Permits for tests that have no event loop."""

import asyncio
from collections.abc import Sequence

from uploader.core.rate_limit import PermitDecision, PermitStore, Window


def take(store: PermitStore, kind: str, windows: Sequence[Window]) -> PermitDecision:
    """Take a permit, or learn how long to wait."""
    return asyncio.run(store.take(kind, windows))
