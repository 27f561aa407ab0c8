"""The least that an upload needs of the API, on raw sockets: the sandbox itself would be the bottleneck.

`python -m tests.benchmarks.server` prints its address and serves until its standard input ends. It reads each request
to its end, takes every lead for the platform's answer, and knows the forms' and links' shapes of the vendor's pages.
"""

import asyncio
import itertools
import json
import sys

from tests.benchmarks.spreadsheet import FIELDS

FORM = {
    "formId": 75,
    "formName": "Benchmark",
    "fields": [{"key": f"form[{name}]", "hidden": False, "required": name == "email"} for name in FIELDS],
}
LINK = {"id": 135, "name": "Benchmark", "type": "Email"}
TOKEN = {"access_token": "0123456789abcdef" * 4, "expires_in": 3600, "token_type": "bearer"}


def _answer(status: str, content: object) -> bytes:
    body = json.dumps(content).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


ANSWERS = {
    b"/oauth/": _answer("200 OK", TOKEN),
    b"/fields/": _answer("200 OK", [FORM]),
    b"/publisher/links/": _answer("200 OK", [LINK]),
}


class Connection(asyncio.Protocol):
    """One client. Requests may arrive in any pieces; each is answered when its body is whole."""

    leads = itertools.count(1)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._waiting = b""

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while (request := self._next()) is not None:
            self._transport.write(self._answer(request))
            if b"connection: close" in request.lower():
                self._transport.close()

    def _next(self) -> bytes | None:
        """The next whole request, cut off what waits; None where more has to come."""
        end = self._waiting.find(b"\r\n\r\n") + 4
        if end < 4:
            return None
        at = self._waiting.lower().find(b"content-length:", 0, end)
        length = int(self._waiting[at + 15 : self._waiting.index(b"\r", at)]) if at >= 0 else 0
        if len(self._waiting) < end + length:
            return None
        request, self._waiting = self._waiting[: end + length], self._waiting[end + length :]
        return request

    def _answer(self, request: bytes) -> bytes:
        target = request[: request.index(b"\r\n")]
        if target.startswith(b"POST") and b"/leads" in target:
            lead = next(self.leads)
            if lead == 1:
                print("a lead", flush=True)
            return _answer("201 Created", {"data": lead})
        return next(answer for path, answer in ANSWERS.items() if path in target)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
