"""A network in between: it forwards connections to a server, and can lose all of them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

from tests.support.threads import on_a_thread


class Forwarder:
    """Forwards connections to a port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Accept connections, and yield the address."""
        self._loop = asyncio.get_running_loop()
        server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        server.close()
        self._close()

    def cut(self) -> None:
        """Lose all connections; called from another thread. New ones are accepted."""
        self._loop.call_soon_threadsafe(self._close)

    def _close(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        ends = {writer, back}
        self._open |= ends
        with suppress(OSError):
            await asyncio.gather(_copy(reader, back), _copy(there, writer))
        self._open -= ends
        for end in ends:
            end.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while block := await reader.read(65_536):
        writer.write(block)
        await writer.drain()
    writer.close()


@contextmanager
def forwarding(port: int) -> Iterator[tuple[Forwarder, str]]:
    """Run a forwarder on a thread; yield it and its address. A browser uses it as its proxy."""
    forwarder = Forwarder(port)
    with on_a_thread(forwarder.serve) as address:
        yield forwarder, address
