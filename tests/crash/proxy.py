"""A TCP proxy between the uploader and the API that breaks what passes, in every way a network can."""

import asyncio
import random
import re
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from tests.support.threads import on_a_thread

FAULTS = (
    "reset before",  # nothing of the request reaches the API
    "close before",
    "reset mid-body",  # half of it does
    "reset after",  # all of it does, and nothing comes back
    "close after",
    "half an answer",
    "garbage",
    "stall before",
    "stall after",
    "slow drip",  # the answer comes whole, byte by byte
)
HARMLESS = {"slow drip"}

Pipe = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Proxy:
    """Breaks a share of the POSTs of leads; everything else passes. `broken` counts what it did."""

    def __init__(self, target: str, share: float, seed: int) -> None:
        self._host, port = target.removeprefix("http://").split(":")
        self._port = int(port)
        self._share = share
        self._chance = random.Random(seed)
        self.broken: Counter[str] = Counter()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of the uploader's, request by request."""
        upstream = await asyncio.open_connection(self._host, self._port)
        try:
            while request := await _message(reader):
                fault = self._fault(request)
                if fault:
                    self.broken[fault] += 1
                if not await _pass(request, fault, (reader, writer), upstream):
                    return
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            upstream[1].close()
            writer.close()

    def _fault(self, request: bytes) -> str:
        is_lead = request.startswith(b"POST") and b"/leads" in request.split(b"\r\n", maxsplit=1)[0]
        return self._chance.choice(FAULTS) if is_lead and self._chance.random() < self._share else ""


async def _pass(request: bytes, fault: str, client: Pipe, upstream: Pipe) -> bool:
    """Pass a request and its response on, or break them; return whether the connection stays open."""
    if fault.endswith("before"):
        return await _break(fault, client)
    sent = request[: len(request) - 20] if fault == "reset mid-body" else request
    upstream[1].write(sent)
    await upstream[1].drain()
    if fault == "reset mid-body":
        return await _break(fault, client)
    answer = await _message(upstream[0])
    if fault == "half an answer":
        client[1].write(answer[: len(answer) // 2])
    elif fault == "garbage":
        client[1].write(bytes(range(256)) + b"\r\n\r\n")
    elif fault == "slow drip":
        for place in range(len(answer)):
            client[1].write(answer[place : place + 1])
            await client[1].drain()
        return True
    elif not fault:
        client[1].write(answer)
        await client[1].drain()
        return True
    return await _break(fault, client)


async def _break(fault: str, client: Pipe) -> bool:
    """Ends the connection in the way of the fault."""
    reader, writer = client
    if fault.startswith("stall"):
        await reader.read()  # until the uploader gives up
    elif fault.startswith("reset"):
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
    return False


async def _message(reader: asyncio.StreamReader) -> bytes:
    """Read one HTTP message with its body; empty at the end of the connection."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""
    length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
    return head + (await reader.readexactly(int(length[1])) if length else b"")


@contextmanager
def proxied(target: str, share: float, seed: int) -> Iterator[tuple[Proxy, str]]:
    """The proxy on a thread of its own, and its URL."""
    proxy = Proxy(target, share, seed)

    @asynccontextmanager
    async def listening() -> AsyncIterator[str]:
        async with await asyncio.start_server(proxy.handle, "127.0.0.1", 0) as server:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    with on_a_thread(listening) as url:
        yield proxy, url
