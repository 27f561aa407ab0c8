"""A network link to a PostgreSQL server: with delay, and one that goes dead.

`python -m tests.support.slow_link SOCKET ROUND_TRIP` prints the port of a link in a process of its own, which ends with
its standard input.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

from tests.support.threads import on_a_thread


class Link:
    """Passes bytes on after half a round trip, in order. A frozen one keeps all connections, and passes nothing.

    Attributes:
        port: Where it listens.
        round_trips: How often the server has answered: what comes after the client's last bytes is one answer.
    """

    def __init__(self, socket: Path, round_trip: float = 0.0) -> None:
        self._socket = socket
        self._delay = round_trip / 2
        self._flows = asyncio.Event()
        self._flows.set()
        self.port = 0
        self.round_trips = 0

    def freeze(self) -> None:
        """Pass nothing on any more, in either direction."""
        self._flows.clear()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        upstream_reader, upstream_writer = await asyncio.open_unix_connection(self._socket)
        with suppress(OSError, asyncio.CancelledError):  # a stream's callback would report that it was canceled
            asked = asyncio.Event()
            await asyncio.gather(
                self._pass(reader, upstream_writer, asked.set),
                self._pass(upstream_reader, writer, lambda: self._count_answer(asked)),
            )

    def _count_answer(self, asked: asyncio.Event) -> None:
        self.round_trips += asked.is_set()
        asked.clear()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, came: Callable[[], None]) -> None:
        due: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        async def deliver() -> None:
            while True:
                at, data = await due.get()
                await asyncio.sleep(at - loop.time())
                await self._flows.wait()
                if not data:
                    break
                writer.write(data)
            writer.close()

        delivery = asyncio.create_task(deliver())
        try:
            data = b"first"
            while data:
                try:
                    data = await reader.read(65_536)
                    came()
                except OSError:
                    data = b""
                due.put_nowait((loop.time() + self._delay, data))
            await delivery
        finally:
            delivery.cancel()
            writer.close()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Link"]:
        """Listen on a free port of this machine."""
        server = await asyncio.start_server(self.handle, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()


@contextmanager
def link(socket: Path, round_trip: float = 0.0) -> Iterator[Link]:
    """A link on a thread of its own."""
    with on_a_thread(Link(socket, round_trip).listening) as listening:
        yield listening


@contextmanager
def distant(socket: Path, round_trip: float) -> Iterator[int]:
    """The port of a link in a process of its own, which takes no time from this one."""
    command = [sys.executable, "-m", "tests.support.slow_link", str(socket), str(round_trip)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        yield int(process.stdout.readline())
        process.stdin.close()


async def main(socket: str, round_trip: str) -> None:
    async with Link(Path(socket), float(round_trip)).listening() as listening:
        print(listening.port, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
