"""Waiting for what another process or thread does, with an end."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE = 20.0  # seconds


def until(condition: Callable[[], T], what: str = "it", *, patience: float = PATIENCE, interval: float = 0.05) -> T:
    """Wait until a condition holds.

    Args:
        condition: Returns something true once it holds.
        what: What is waited for, for the error.
        patience: The seconds to wait at most.
        interval: The seconds between two looks.

    Returns:
        What the condition returned.
    """
    end = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} did not happen within {patience:g} seconds"
        time.sleep(interval)
    return found
