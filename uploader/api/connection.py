"""One connection for each request, watched for bytes that do not belong to its response.

Everything that depends on the inner workings of aiohttp's connections is here; requests are made in `client`.

Only its place on the connection shows which request a response answers. On a connection that
is used again, one surplus response gives every later lead its neighbor's id (aiohttp issue 13656). So no connection is
used twice, nothing may arrive before the request leaves, and nothing may follow the response.
"""

import asyncio

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection
from aiohttp.http_exceptions import HttpProcessingError

# How long to watch a connection after its response, in seconds: twice as long as a response usually takes, within
# these bounds. A server that follows `Connection: close` ends it at once.
SHORTEST_WATCH, LONGEST_WATCH = 0.02, 0.5


class SurplusDataError(Exception):
    """More came back on a connection than one response to one request, so nothing on it can be trusted."""


class CheckedRequest(aiohttp.ClientRequest):
    """A request that does not leave on a connection on which something has already arrived."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Send the request, and keep its connection for `WatchedConnector.settle`.

        Raises SurplusDataError if unexpected data has arrived; nothing has left then.
        """
        protocol = conn.protocol
        assert protocol is not None
        if protocol.should_close:
            raise SurplusDataError
        response = await super().send(conn)
        response.protocol = protocol  # type: ignore[attr-defined]
        return response


class WatchedConnector(aiohttp.TCPConnector):
    """A connector that uses no connection twice, and leaves each open until it has been watched."""

    def __init__(self, **options: object) -> None:
        super().__init__(force_close=True, limit=0, **options)  # type: ignore[arg-type]
        self._open: dict[ResponseHandler, ConnectionKey] = {}
        self._usual_seconds = 0.05  # until it is known

    async def settle(self, response: aiohttp.ClientResponse, seconds: float) -> None:
        """Watch the connection of a complete response until it ends or long enough, then close it.

        Args:
            response: The response, read completely.
            seconds: How long it took.

        Raises:
            SurplusDataError: Something followed the response.
        """
        protocol: ResponseHandler = response.protocol  # type: ignore[attr-defined]
        self._usual_seconds += (seconds - self._usual_seconds) / 8
        watch = min(max(2 * self._usual_seconds, SHORTEST_WATCH), LONGEST_WATCH)
        try:
            async with asyncio.timeout(watch):
                await protocol.read()
        except (TimeoutError, aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, aiohttp.EofStream):
            return
        except (aiohttp.ClientError, HttpProcessingError):
            raise SurplusDataError from None
        finally:
            self.drop(response)
        raise SurplusDataError

    def drop(self, response: aiohttp.ClientResponse) -> None:
        """Close the connection of a response, if it is still open."""
        protocol: ResponseHandler = response.protocol  # type: ignore[attr-defined]
        if key := self._open.pop(protocol, None):
            super()._release(key, protocol, should_close=True)

    def _release(self, key: ConnectionKey, protocol: ResponseHandler, *, should_close: bool = False) -> None:
        """Keep a connection whose response is complete; aiohttp would close it before it can be watched."""
        if should_close or protocol.transport is None:
            super()._release(key, protocol, should_close=True)
        else:
            self._open[protocol] = key
