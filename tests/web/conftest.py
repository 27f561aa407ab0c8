"""What several tests here need."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.web import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """A browser for the tests of one module."""
    with chromium() as running:
        yield running
