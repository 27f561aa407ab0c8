"""The sandbox on a thread of its own."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.support.threads import on_a_thread
from uploader.sandbox import APIS, Sandbox, SandboxOptions

every_api_variant = pytest.mark.parametrize("variant", APIS)


@contextmanager
def serving(
    options: SandboxOptions | None = None, clock: Callable[[], float] | None = None
) -> Iterator[tuple[Sandbox, str]]:
    """A sandbox on a thread of its own, so that the command under test has its event loop to itself."""
    sandbox = Sandbox(options or SandboxOptions(), clock or time.monotonic)
    with on_a_thread(lambda: sandbox.serve(port=0)) as url:
        yield sandbox, url
