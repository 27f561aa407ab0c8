"""A thread that asks the database, so that responses come in meanwhile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

# The share of the time of one round trip for which the next one may wait for more to take along.
SHARE = 0.25


class Background:
    """Does one thing in a thread, once for all that asked for it before it began."""

    def __init__(self, act: Callable[[], None], name: str) -> None:
        """Start no thread yet.

        Args:
            act: What to do. It raises nothing.
            name: The thread's name.
        """
        self._act = act
        self._is_due = False
        self._is_closed = False
        self._lock = Lock()
        self._thread = ThreadPoolExecutor(1, name)

    def soon(self) -> None:
        """Do it soon. What has been prepared before this call is seen by it."""
        with self._lock:
            is_due, self._is_due = self._is_due, True
        if not is_due and not self._is_closed:
            self._thread.submit(self._begin)

    def finish(self) -> None:
        """Wait until all is done that was asked for before this call."""
        if not self._is_closed:
            self._thread.submit(lambda: None).result()

    def close(self) -> None:
        """Do what is due, then nothing any more."""
        self._is_closed = True
        self._thread.shutdown()

    def _begin(self) -> None:
        with self._lock:
            self._is_due = False
        self._act()
