"""The only room that knows aiohttp's client: a request goes out, a `Response`, `NotSent` or `NoAnswer` comes back."""

import asyncio
import ssl
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from yarl import URL

from uploader.api.protocol import CancelledBeforeSend, NoAnswer, NotSent, Response
from uploader.config.api_variants import Access
from uploader.config.settings import Settings
from uploader.core.errors import UsageError

FORM = "application/x-www-form-urlencoded"
NOBODY = Access()

# An idle connection that the platform closes just as we write to it makes a lead unknown, so none is
# kept for longer than this. Seconds; servers commonly keep theirs for 5 to 75.
KEEP_ALIVE = 2.0


class _Body(aiohttp.BytesPayload):
    """Says whether it has begun to leave. aiohttp calls this just before the first byte is written, and holds the head
    back until then (aiohttp.http_writer, 3.13); its tracing tells the same at 0.93 of the throughput."""

    left = False

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        self.left = True
        await super().write_with_length(writer, content_length)


class Client:
    """One pool of connections to one base URL. Use as `async with Client(settings) as client`."""

    def __init__(self, settings: Settings, trace: Callable[[str], None] | None = None) -> None:
        self._trace = trace
        self._base = settings.url
        self._timeout = settings.timeout
        self._limits = aiohttp.ClientTimeout(total=settings.timeout, sock_connect=settings.connect_timeout)
        self._tls = _tls(settings.ca_bundle)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE, ssl=self._tls),
            timeout=self._limits,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # no netrc: it would put another login on our requests
            headers={"User-Agent": "uploader", "Accept": "application/json"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def request(self, method: str, path: str, access: Access = NOBODY, body: bytes | None = None) -> Response:
        """Sends one request, once, without following redirects, and reads the answer to its end.

        `path` begins with a slash and may hold a query of its own; `body` is form-encoded.
        Raises NotSent when nothing of the body left; NoAnswer when something may have, or there was none. Neither
        shows the URL.
        """
        target = f"{self._base}{path}"
        url = f"{target}{'&' if '?' in path else '?'}{access.query}" if access.query else target
        data = None if body is None else _Body(body, content_type=FORM)
        began = time.monotonic()
        try:
            async with self._session.request(
                method,
                _parsed(url),
                data=data,
                headers=access.headers,
                allow_redirects=False,
            ) as answer:
                response = Response(
                    answer.status,
                    await answer.read(),
                    answer.headers.get("Retry-After", ""),
                    answer.headers.get("Date", ""),
                )
                self._tell(method, path, body, f"HTTP {response.status}", began)
                return response
        except asyncio.CancelledError:
            if data is None or data.left:
                raise
            raise CancelledBeforeSend from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # OSError holds TimeoutError; ValueError is what odd bytes in an answer's head can raise.
            reason = _reason(error, self._timeout)
            self._tell(method, path, body, reason, began)
            raise (NoAnswer if data is None or data.left else NotSent)(reason) from None

    def _tell(self, method: str, path: str, body: bytes | None, what: str, began: float) -> None:
        """A line about a request for who wants to see them: no query, and of the body the names alone."""
        if self._trace:
            names = ", ".join(name for name, _ in parse_qsl((body or b"").decode("ascii"), keep_blank_values=True))
            took = (time.monotonic() - began) * 1000
            sent = f" ({names}: •••)" if names else ""
            self._trace(f"{method} {path.split('?', maxsplit=1)[0]}{sent} → {what} in {took:.0f} ms")


def _reason(error: Exception, timeout: float) -> str:
    """The exception in a user's words, without the URL: a token stands in it."""
    words = next((text for kinds, text in _WORDS if isinstance(error, kinds)), "the connection broke")
    cause = getattr(error, "os_error", error)
    detail = getattr(cause, "strerror", None) if isinstance(cause, OSError) else None
    return words.format(timeout=timeout) + (f" ({detail})" if detail else "")


# From the special to the general: aiohttp's exceptions inherit from each other and from OSError.
_WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "the platform's host was not found"),
    (
        (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError),
        "the platform's TLS certificate was not accepted",
    ),
    (aiohttp.ConnectionTimeoutError, "no connection in time"),
    (aiohttp.ClientConnectorError, "no connection"),
    (TimeoutError, "no answer within {timeout:g} s"),
    (
        (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError),
        "the connection was closed before the answer was complete",
    ),
    (aiohttp.ClientResponseError, "what came back was not HTTP"),
)


@lru_cache(maxsize=16)
def _parsed(url: str) -> URL:
    """All leads of a run go to one address, as long as the token is good."""
    return URL(url, encoded=True)


def _tls(bundle: Path | None) -> ssl.SSLContext | bool:
    """How servers are verified; True is aiohttp's own way, which trusts what the system trusts and is made already."""
    if bundle is None:
        return True
    try:
        return ssl.create_default_context(cafile=bundle)
    except (OSError, ssl.SSLError):
        raise UsageError(f"{bundle} can't be read as certificates (PEM).", "Mend --ca-bundle.") from None
