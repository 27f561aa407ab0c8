"""Marks the costly variants of a test, so that the default suite runs a few of them and CI runs all."""

from collections.abc import Iterable

import pytest


def few_quick(values: Iterable[object], quick: int = 1) -> list[object]:
    """Return the values of a parametrized test, all but the first `quick` marked as slow."""
    return [value if at < quick else pytest.param(value, marks=pytest.mark.slow) for at, value in enumerate(values)]
