"""Requests read, answers made."""

from collections.abc import Awaitable, Callable, Mapping
from hmac import compare_digest
from urllib.parse import parse_qsl

from aiohttp import web

from uploader.sandbox import payloads
from uploader.sandbox.faults import JSON

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def number(text: str) -> int:
    """An id as it stands in an address; 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() else 0


def pairs(body: bytes) -> tuple[tuple[str, str], ...]:
    """The (name, value) pairs of a form-encoded body; what is not `form[…]` keeps its name and is an extra field."""
    found = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
    return tuple(
        (key[5:-1] if key.startswith("form[") and key.endswith("]") else f"({key})", value) for key, value in found
    )


async def parameters(request: web.Request) -> dict[str, str]:
    """Those of the query and of a form-encoded body together."""
    return {**request.query, **dict(parse_qsl((await request.read()).decode("utf-8", "replace")))}


def same(given: Mapping[str, str], name: str, wanted: str) -> bool:
    """Whether a secret was given as it should be."""
    return compare_digest(given.get(name, "").encode(), wanted.encode())


def answer(status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    """An answer in JSON."""
    return web.Response(status=status, text=text, content_type=JSON, headers=headers)


def page(status: int, title: str, headers: dict[str, str] | None = None) -> web.Response:
    """An answer of the web server in front of the API."""
    text = payloads.PAGE.format(title=title)
    return web.Response(status=status, text=text, content_type="text/html", headers=headers)
