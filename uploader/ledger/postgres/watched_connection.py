"""A connection that does not wait forever for a server that has stopped, or that a dead network hides."""

import time
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

if TYPE_CHECKING:
    from psycopg.abc import PQGen

T = TypeVar("T")

# After so long without a byte from the server, a second connection asks whether it is there at all: seconds.
SILENCE = 5.0

# How long the second connection, and any other, may take to be made: seconds.
CONNECT_TIMEOUT = 5


class WatchedConnection(psycopg.Connection[Any]):
    """A connection that is closed once the server no longer responds. A long statement may take as long as it needs.

    TCP notices a cable that was pulled, but not a server that is stopped: its system confirms what it receives.

    Attributes:
        url: The address, for the second connection.
    """

    url = ""

    def wait(self, gen: "PQGen[T]", interval: float = 0.1, timeout: float | None = None) -> T:
        """Wait as psycopg does, but not for a server that does not respond. Raises OperationalError."""
        return super().wait(self._watched(gen), interval, timeout)

    def _watched(self, gen: "PQGen[T]") -> "PQGen[T]":
        """Step through psycopg's own generator, and look at the time where nothing has come."""
        heard = time.monotonic()
        try:
            state = next(gen)
            while True:
                ready = yield state
                if ready:
                    heard = time.monotonic()
                elif time.monotonic() - heard > SILENCE:
                    self._require_response()
                    heard = time.monotonic()
                state = gen.send(ready)
        except StopIteration as end:
            found: T = end.value
            return found

    def _require_response(self) -> None:
        try:
            psycopg.connect(self.url, connect_timeout=CONNECT_TIMEOUT).close()
        except psycopg.Error:
            self.close()
            raise psycopg.OperationalError("the server does not respond any more") from None
