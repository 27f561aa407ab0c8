"""One request goes out through aiohttp's client, one `Response` comes back, or an exception."""

import asyncio
import ssl
import time
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from uploader.api.connection import CheckedRequest, SurplusDataError, WatchedConnector
from uploader.api.content import MAX_BODY, MAYBE_CUT, decode, is_maybe_cut
from uploader.api.protocol import CancelledBeforeSend, ConfusedResponse, NoResponse, NotSent, Response, TlsError
from uploader.config.api_variants import Access
from uploader.config.settings import Settings
from uploader.core.clock import steady_time
from uploader.core.errors import UsageError
from uploader.core.redaction import MASK

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
NO_ACCESS = Access()


TOO_LATE = "it could not leave in time, as after the machine has slept"


class _Body(aiohttp.BytesPayload):
    """A request body that records whether a part of it has left, and does not leave later than `latest`.

    aiohttp calls `write_with_length` just before it writes the first byte, and holds the head back until then
    (aiohttp.http_writer, 3.13). Its tracing hook says the same at 0.93 of the throughput.
    """

    has_left = False
    is_late = False
    latest = inf

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        self.is_late = steady_time() > self.latest
        if self.is_late:
            raise TimeoutError
        self.has_left = True
        await super().write_with_length(writer, content_length)


class _ConnectionLost(Exception):
    """A connection ended before a response. aiohttp would send a GET again for some of its own exceptions."""


async def _without_hidden_retry(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from sending a request a second time: the limiter would not count it."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _ConnectionLost(error) from error


class Client:
    """Requests to one base URL, each on its own connection. Use it as `async with Client(settings) as client`.

    Args:
        settings: The base URL, the time limits in seconds and the CA bundle.
        trace: Receives one line for each request, without secrets and without a lead's values.
    """

    def __init__(self, settings: Settings, trace: Callable[[str], None] | None = None) -> None:
        self._trace = trace
        self._base = settings.url
        self._timeout = settings.timeout
        self._limits = aiohttp.ClientTimeout(total=settings.timeout, sock_connect=settings.connect_timeout)
        self._tls = _tls_context(settings.ca_bundle)
        self._proxy, self._proxy_headers = _split_proxy(settings.proxy_url)

    async def __aenter__(self) -> Self:
        self._connector = WatchedConnector(ssl=self._tls)
        self._session = aiohttp.ClientSession(
            connector=self._connector,
            request_class=CheckedRequest,
            auto_decompress=False,  # see `content`: within a limit
            timeout=self._limits,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # no netrc, which would add other credentials to our requests; see `_split_proxy`
            middlewares=[_without_hidden_retry],
            headers={"User-Agent": "uploader", "Accept": "application/json", "Accept-Encoding": "identity"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def request(
        self,
        method: str,
        path: str,
        access: Access = NO_ACCESS,
        body: bytes | None = None,
        content_type: str = FORM,
        *,
        latest: float = inf,
    ) -> Response:
        """Send one request, once, without following redirects, and read the response completely.

        Args:
            method: GET or POST.
            path: Begins with a slash, and may contain a query.
            access: The credentials to add to the query or the headers.
            body: What to send, or None.
            content_type: How the body is encoded.
            latest: When the body must have begun to leave, as `steady_time` tells it; else it is not sent.

        Raises:
            NotSent: No byte of the body left.
            NoResponse: Some of it may have left, or there is no body. Neither message contains the URL.
            ConfusedResponse: The response may belong to another request.
            CancelledBeforeSend: The task was canceled before any byte of the body left.
        """
        target = f"{self._base}{path}"
        url = f"{target}{'&' if '?' in path else '?'}{access.query}" if access.query else target
        data = None if body is None else _Body(body, content_type=content_type)
        if data:
            data.latest = latest
        started = time.monotonic()
        try:
            response = await self._exchange(method, _parse_url(url), access, data)
            self._trace_request(method, path, body, f"HTTP {response.status}", started)
            return response
        except asyncio.CancelledError:
            if data is None or data.has_left:
                raise
            raise CancelledBeforeSend from None
        except SurplusDataError:
            reason = "unexpected data arrived on the connection"
            self._trace_request(method, path, body, reason, started)
            raise (ConfusedResponse if data is None or data.has_left else NotSent)(reason) from None
        except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError, _ConnectionLost) as error:
            # OSError includes TimeoutError. Malformed bytes in the head of a response can raise ValueError, and in its
            # body HttpProcessingError, where aiohttp's parser is the one in Python.
            reason = _describe(error.args[0] if isinstance(error, _ConnectionLost) else error, self._timeout)
            reason = TOO_LATE if data and data.is_late else reason
            self._trace_request(method, path, body, reason, started)
            if _is_tls_failure(error):
                raise TlsError(reason) from None
            raise (NoResponse if data is None or data.has_left else NotSent)(reason) from None

    async def _exchange(self, method: str, url: URL, access: Access, data: _Body | None) -> Response:
        """Send the request and read the response, up to the limit. Raises what aiohttp raises, and SurplusDataError."""
        started = time.monotonic()
        answer = await self._session.request(
            method,
            url,
            data=data,
            headers=access.headers,
            allow_redirects=False,
            proxy=self._proxy,
            proxy_headers=self._proxy_headers,
        )
        try:
            raw = await _read_bounded(answer)
            if len(raw) <= MAX_BODY:
                await self._connector.settle(answer, time.monotonic() - started)
        finally:
            answer.close()
            self._connector.drop(answer)
        headers = answer.headers
        body, problem = decode(raw, ",".join(headers.getall("Content-Encoding", ())))
        if answer.status // 100 == 2 and answer.status != 204 and not problem and is_maybe_cut(body, headers):
            body, problem = b"", MAYBE_CUT
        retry_after, date = headers.get("Retry-After", ""), headers.get("Date", "")
        return Response(answer.status, body, retry_after, date, problem, headers.get("X-Sandbox-Started", ""))

    def _trace_request(self, method: str, path: str, body: bytes | None, result: str, started: float) -> None:
        """Report a request: without its query, and with the names of its fields only."""
        if self._trace:
            names = ", ".join(name for name, _ in parse_qsl((body or b"").decode("ascii"), keep_blank_values=True))
            took = (time.monotonic() - started) * 1000
            sent = f" ({names}: {MASK})" if names else ""
            with suppress(OSError, ValueError):  # a line that can't be shown says nothing about the request
                self._trace(f"{method} {path.split('?', maxsplit=1)[0]}{sent} → {result} in {took:.0f} ms")


async def _read_bounded(answer: aiohttp.ClientResponse) -> bytes:
    """Return the body as it came, or a little more than the limit of it."""
    chunks, length = [], 0
    while length <= MAX_BODY and (chunk := await answer.content.read(MAX_BODY + 1 - length)):
        chunks.append(chunk)
        length += len(chunk)
    return b"".join(chunks)


# From special to general: aiohttp's exceptions inherit from each other and from OSError.
_DESCRIPTIONS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (aiohttp.ClientConnectorDNSError, "the host was not found"),
    (aiohttp.ClientConnectorCertificateError, "the TLS certificate is not trusted"),
    (aiohttp.ClientConnectorSSLError, "TLS failed"),
    (aiohttp.ClientHttpProxyError, "the proxy refuses to connect"),
    (aiohttp.ClientProxyConnectionError, "no connection to the proxy"),
    (aiohttp.ConnectionTimeoutError, "the connection timed out"),
    (aiohttp.ClientConnectorError, "no connection"),
    (TimeoutError, "no response within {timeout:g} s"),
    (
        (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError),
        "the connection was closed before the response was complete",
    ),
    ((aiohttp.ClientResponseError, HttpProcessingError), "the response is not HTTP"),
)


def _is_tls_failure(error: Exception) -> bool:
    """Return whether TLS itself failed, and not the connection below it."""
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return not isinstance(error.os_error, ssl.SSLEOFError | ssl.SSLZeroReturnError)
    return isinstance(error, aiohttp.ClientConnectorCertificateError)


def _describe(error: Exception, timeout: float) -> str:
    """Return what went wrong, without the URL, as it contains a token."""
    text = next((text for kinds, text in _DESCRIPTIONS if isinstance(error, kinds)), "the connection broke")
    cause = getattr(error, "certificate_error", None) or getattr(error, "os_error", error)
    detail = getattr(cause, "verify_message", None) or (cause.strerror if isinstance(cause, OSError) else None)
    return text.format(timeout=timeout) + (f" ({detail})" if detail else "")


@lru_cache(maxsize=16)
def _parse_url(url: str) -> URL:
    """Return the parsed URL. All leads of a run go to one URL, as long as the token is valid."""
    return URL(url, encoded=True)


def _split_proxy(text: str | None) -> tuple[URL | None, dict[str, str] | None]:
    """Return a proxy's address without its login, and the header with the login.

    Raises UsageError if it is not an HTTP proxy.
    """
    if not text:
        return None, None
    try:
        url = URL(text if "://" in text else f"http://{text}")
        address = url.origin()
    except ValueError:
        address = URL()
    if address.scheme not in {"http", "https"}:
        raise UsageError(
            "The system's proxy is not an HTTP proxy.",
            "Set UPLOADER_PROXY to http://HOST:PORT, or to 'off' to use no proxy.",
        )
    login = b64encode(f"{url.user}:{url.password or ''}".encode()).decode("ascii")
    return address, {"Proxy-Authorization": f"Basic {login}"} if url.user else None


def _tls_context(bundle: Path | None) -> ssl.SSLContext | bool:
    """Return how servers are verified. True is aiohttp's default context, which trusts what the system trusts."""
    if bundle is None:
        return True
    try:
        return ssl.create_default_context(cafile=bundle)
    except (OSError, ssl.SSLError):
        raise UsageError(f"{bundle} is not a file of PEM certificates.", "Fix --ca-bundle.") from None
