"""Reading requests and making responses."""

from collections.abc import Awaitable, Callable, Mapping
from hmac import compare_digest
from urllib.parse import parse_qsl

from aiohttp import web

from uploader.sandbox import payloads
from uploader.sandbox.faults import JSON

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def parse_id(text: str) -> int:
    """Return the id in a path or query, or 0 if the text is not an id."""
    return int(text) if text.isascii() and text.isdigit() else 0


def form_pairs(body: bytes) -> tuple[tuple[str, str], ...]:
    """Return the (name, value) pairs of a form-encoded body. A key that is not `form[…]` is an extra field."""
    found = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return tuple(
        (key[5:-1] if key.startswith("form[") and key.endswith("]") else f"({key})", value) for key, value in found
    )


async def parameters(request: web.Request) -> dict[str, str]:
    """Return the parameters of the query and of a form-encoded body."""
    return {**request.query, **dict(parse_qsl((await request.read()).decode("utf-8", "replace")))}


def has_secret(given: Mapping[str, str], name: str, wanted: str) -> bool:
    """Return whether a parameter has the right secret."""
    return compare_digest(given.get(name, "").encode(), wanted.encode())


def json_response(status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    """Return a JSON response."""
    return web.Response(status=status, text=text, content_type=JSON, headers=headers)


def html_response(status: int, title: str, headers: dict[str, str] | None = None) -> web.Response:
    """Return an HTML page, as the web server in front of the API does."""
    text = payloads.PAGE.format(title=title)
    return web.Response(status=status, text=text, content_type="text/html", headers=headers)
