"""Reading requests and making responses."""

import json
from collections.abc import Awaitable, Callable, Mapping
from email import message_from_bytes
from email.message import Message
from hmac import compare_digest
from urllib.parse import parse_qsl

from aiohttp import web

from uploader.sandbox import payloads
from uploader.sandbox.faults import JSON

FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def parse_id(text: str) -> int:
    """Return the id in a path or query, or 0 if the text is not an id."""
    return int(text) if text.isascii() and text.isdigit() else 0


def form_pairs(body: bytes, content_type: str = FORM) -> tuple[tuple[str, str], ...]:
    """Return the (name, value) pairs of a body. A key that is not `form[…]` is an extra field.

    Args:
        body: Form-encoded, or multipart.
        content_type: The text of the header.
    """
    is_multipart = content_type.lower().startswith(MULTIPART)
    found = _parts(body, content_type) if is_multipart else _url_encoded(body)
    return tuple(
        (key[5:-1] if key.startswith("form[") and key.endswith("]") else f"({key})", value) for key, value in found
    )


def _url_encoded(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)


def _parts(body: bytes, content_type: str) -> list[tuple[str, str]]:
    """Return the (name, value) pairs of a multipart body."""
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    payload = message.get_payload()
    parts = [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []
    return [
        (
            str(part.get_param("name", "", "content-disposition")),
            bytes(part.get_payload(decode=True)).decode("utf-8", "replace"),
        )
        for part in parts
    ]


async def parameters(request: web.Request) -> dict[str, str]:
    """Return the parameters of the query and of the body: form-encoded, or a JSON object."""
    body = (await request.read()).decode("utf-8", "replace")
    if request.content_type != JSON:
        return {**request.query, **dict(parse_qsl(body))}
    try:
        given = json.loads(body)
    except ValueError:
        given = None
    texts = {name: str(value) for name, value in given.items()} if isinstance(given, dict) else {}
    return {**request.query, **texts}


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
