"""Faults: responses and broken connections on demand. The server stays healthy after each."""

import asyncio
import gzip
from collections.abc import Mapping

from aiohttp import web

from uploader.sandbox import fixtures, payloads
from uploader.sandbox.validation import EXTRA

JSON = "application/json"
Answers = Mapping[str, tuple[int, str, str]]

# Kinds of faults that are a complete response: status, body, content type.
ANSWERS: Answers = {
    "html": (200, payloads.PAGE.format(title="Log in"), "text/html"),
    "redirect": (302, "", "text/html"),
    "400": (400, payloads.rejected([EXTRA], {}), JSON),
    "401": (401, payloads.EXPIRED, JSON),
    "401denied": (401, payloads.DENIED, JSON),
    "403started": (403, payloads.message(403, fixtures.NOT_STARTED), JSON),
    "403fulfilled": (403, payloads.message(403, fixtures.FULFILLED), JSON),
    "403inactive": (403, payloads.message(403, fixtures.INACTIVE), JSON),
    "404": (404, payloads.message(404, "Publisher not found"), JSON),
    "404html": (404, payloads.PAGE.format(title="Not Found"), "text/html"),
    "405": (405, payloads.message(405, "Method Not Allowed"), JSON),
    "408": (408, payloads.message(408, "Request Timeout"), JSON),
    "409": (409, payloads.message(409, "Conflict"), JSON),
    "413": (413, payloads.PAGE.format(title="413 Request Entity Too Large"), "text/html"),
    "415": (415, payloads.message(415, "Unsupported Media Type"), JSON),
    "422": (422, payloads.message(422, "Unprocessable Entity"), JSON),
    "425": (425, payloads.message(425, "Too Early"), JSON),
    "429": (429, payloads.message(429, "Too Many Requests"), JSON),
    "429after": (429, payloads.message(429, "Too Many Requests"), JSON),
    "500": (500, payloads.SERVER_ERROR, JSON),
    "502": (502, payloads.PAGE.format(title="502 Bad Gateway"), "text/html"),
    "503": (503, payloads.PAGE.format(title="503 Service Unavailable"), "text/html"),
    "403page": (403, payloads.PAGE.format(title="403 Forbidden"), "text/html"),
    "403denied": (403, payloads.message(403, "Access denied."), JSON),
    "429zero": (429, payloads.message(429, "Too Many Requests"), JSON),
    "429past": (429, payloads.message(429, "Too Many Requests"), JSON),
    "429absurd": (429, payloads.message(429, "Too Many Requests"), JSON),
    "503after": (503, payloads.PAGE.format(title="503 Service Unavailable"), "text/html"),
    "201noid": (201, '{"code": 201, "message": "Lead was created successfully"}', JSON),
}
# The kinds that the webhook words differently.
WEBHOOK_ANSWERS: Answers = {
    **ANSWERS,
    "400": (400, payloads.rejected_by_webhook([EXTRA], {}), JSON),
    "401": (401, payloads.DENIED, JSON),
    "403inactive": (403, payloads.closed_by_webhook(403, fixtures.INACTIVE), JSON),
}
HEADERS = {
    "redirect": {"Location": "/login"},
    "429after": {"Retry-After": "1"},
    "429zero": {"Retry-After": "0"},
    "429past": {"Retry-After": "Sat, 01 Jan 2000 00:00:00 GMT"},
    "429absurd": {"Retry-After": "99999999999"},
    "503after": {"Retry-After": "1"},
}

# The kinds that store a lead and confirm it in another shape: body and status, with the lead's id.
SHAPES: Mapping[str, tuple[str, int]] = {
    "201string": ('{{"code": 201, "data": "{}"}}', 201),
    "201object": ('{{"data": {{"id": {}}}}}', 201),
    "201id": ('{{"id": {}}}', 201),
    "201bare": ("{}", 201),
    "200created": ('{{"code": 201, "data": {}}}', 200),
}

# The kinds that store the lead before they respond.
STORING = frozenset({"store-close", "half", "garbage", "stall", "201noid", "surplus", "gzip-bomb", *SHAPES})


async def respond_with_fault(
    kind: str, request: web.Request, answers: Answers, lead_id: int | None = None
) -> web.StreamResponse:
    """Respond with a fault, in the wording of the API variant, or break the connection.

    Args:
        kind: The kind of the fault.
        request: The request to respond to.
        answers: The variant's faults that are a complete response.
        lead_id: The id of the lead that the fault has stored.
    """
    if kind in answers:
        status, text, content_type = answers[kind]
        return web.Response(status=status, text=text, content_type=content_type, headers=HEADERS.get(kind))
    if kind in SHAPES:
        body, status = SHAPES[kind]
        return web.Response(status=status, text=body.format(lead_id or 0), content_type=JSON)
    if kind == "gzip-bomb":
        body_of_zeros = gzip.compress(b'{"data": ' + b" " * 20_000_000 + b"1}")
        return web.Response(status=201, body=body_of_zeros, headers={"Content-Encoding": "gzip"}, content_type=JSON)
    transport = request.transport
    assert transport is not None
    if kind == "stall":
        await asyncio.Event().wait()  # until the client leaves, which cancels this (handler_cancellation)
    elif kind == "surplus":  # two responses to one request
        created = payloads.created(lead_id or 0, other_wording=False).encode()
        head = f"HTTP/1.1 201 Created\r\nContent-Type: {JSON}\r\nContent-Length: {len(created)}\r\n\r\n".encode()
        transport.write(2 * (head + created))
    elif kind == "half":
        transport.write(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{")
    elif kind == "garbage":
        transport.write(b"\x16\x03\x01 this is not HTTP\r\n\r\n")
    transport.close()
    return web.Response(status=500)  # not sent: the connection is closed
