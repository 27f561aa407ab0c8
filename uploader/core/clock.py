"""A clock that no one can set: for intervals that processes share, such as rate limits."""

import sys
import time
from collections.abc import Callable

# Advances while the machine sleeps. On macOS that is another clock than the one of `time.monotonic`; the one of Windows
# does so itself.
_BOOT_CLOCK: int | None = getattr(time, "CLOCK_MONOTONIC" if sys.platform == "darwin" else "CLOCK_BOOTTIME", None)

Clock = Callable[[], float]


def steady_time() -> float:
    """Return the seconds since the machine was started. It never goes back and is the same in all processes."""
    return time.monotonic() if _BOOT_CLOCK is None else time.clock_gettime(_BOOT_CLOCK)
