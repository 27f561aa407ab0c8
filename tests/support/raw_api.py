"""A bare Publisher API on a raw socket, whose test decides which bytes go out and when."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

FORM = [{"formName": "Form", "formId": 75, "fields": [{"key": "form[email]", "required": True}, "form[firstName]"]}]
LINKS = [{"id": 135, "name": "Link"}]


def http(status: int, body: object = b"", headers: str = "") -> bytes:
    """A complete response; anything but bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(data)}\r\n{headers}\r\n".encode() + data


@dataclass
class RawApi:
    """What arrived, and what goes out.

    `lead` gets the connection and the fields of a lead, and returns the response, or None if it has sent what it
    wants. `other` may answer any other request in the same way; without it, they get what an upload needs.
    """

    lead: Callable[[socket.socket, dict[str, str]], bytes | None]
    other: Callable[[str], bytes | None] = lambda target: None
    greeting: Callable[[], bytes] = lambda: b""
    stored: dict[str, int] = field(default_factory=dict)
    targets: list[str] = field(default_factory=list)
    last_id: int = 1000
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def store(self, fields: dict[str, str]) -> int:
        """Store a lead and return its id."""
        with self._lock:
            self.last_id += 1
            self.stored[fields["form[email]"]] = self.last_id
            return self.last_id

    def serve(self, connection: socket.socket) -> None:
        """Answer requests on a connection, for as long as it lasts."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(OSError, ValueError, IndexError), connection, connection.makefile("rb") as reader:
            if early := self.greeting():
                connection.sendall(early)
            while line := reader.readline():
                target = line.decode("latin-1").split(" ")[1]
                length = 0
                while (header := reader.readline()) not in {b"\r\n", b""}:
                    if header.lower().startswith(b"content-length:"):
                        length = int(header.split(b":")[1])
                body = reader.read(length)
                self.targets.append(target)
                answer = self._answer(connection, line, target, body)
                if answer:
                    connection.sendall(answer)

    def _answer(self, connection: socket.socket, line: bytes, target: str, body: bytes) -> bytes | None:
        if line.startswith(b"POST") and "/leads" in target:
            return self.lead(connection, dict(parse_qsl(body.decode())))
        if (answer := self.other(target)) is not None:
            return answer
        if "/oauth/" in target:
            return http(200, {"access_token": "token-abcdef", "expires_in": 3600})
        return http(200, FORM if "/fields/" in target else LINKS if "/links/" in target else [])


@contextmanager
def raw_api(api: RawApi) -> Iterator[str]:
    """Serve on threads; the base URL."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        is_over = threading.Event()

        def accept() -> None:
            while not is_over.is_set():
                with suppress(OSError):
                    connection, _ = server.accept()
                    threading.Thread(target=api.serve, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            is_over.set()
            with suppress(OSError):
                socket.create_connection(server.getsockname(), timeout=1).close()
            time.sleep(0)
