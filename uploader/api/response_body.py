"""The shapes of the platform's response bodies: messages, lead ids, field errors, pages of leads. Pure functions.

Sources of the shapes: `api.md` of the project, Symfony's form errors, API Platform's `violations`, and what public
clients of the API read.
"""

import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from uploader.core.model import MAX_ID, field_name, parse_whole_number

# The message for a field that the webhook names without a message.
DEFAULT_FIELD_ERROR = "This value was not accepted."

# At most this many field errors are read of a response, and this deep: the API's own are fewer and flatter.
MAX_FIELD_ERRORS = 200
MAX_DEPTH = 16

# A body with more objects and lists than this is not parsed, and of its errors no more than this many parts are looked
# at, so that reading a response never holds up the event loop.
MAX_PARTS = 20_000
MAX_ERROR_PARTS = 5_000

# The longest text that is read of a message, in characters.
MAX_TEXT = 32_000

# Keys that hold errors, a message, or the name of a field.
_ERROR_KEYS = ("errors", "violations", "children", "form", "data", "details", "fields", "error")
_MESSAGE_KEYS = ("message", "msg", "error_description", "error", "detail", "description", "title", "reason")
_FIELD_KEYS = ("fieldName", "field", "propertyPath", "property_path", "property", "path", "name", "key")
_ID_KEYS = ("data", "id", "leadId", "lead_id", "lead")


def parse_json(body: bytes) -> Any:
    """Return the decoded JSON, with or without a byte-order mark; None if it is not JSON or has too many parts."""
    if len(body) > MAX_PARTS and body.count(b"[") + body.count(b"{") > MAX_PARTS:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def is_web_page(body: bytes) -> bool:
    """Return whether a body is a page or other markup: from a firewall, a proxy or a web server, not from the API."""
    return body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def one_line(text: str) -> str:
    """Return the text on one line, at most `MAX_TEXT` characters.

    Unpaired surrogates, which JSON escapes can contain, are replaced: no file can store them.
    """
    return " ".join(text[:MAX_TEXT].encode("utf-8", "replace").decode().split())


def read_lead_id(body: Any) -> int | None:
    """Return the lead's id, or None: a number or a string in `data`, `data.id` or `id`, or as the bare body.

    Args:
        body: The decoded JSON.
    """
    for _ in range(3):
        if isinstance(body, list) and len(body) == 1:
            body = body[0]
        if not isinstance(body, dict):
            break
        body = next((body[key] for key in _ID_KEYS if body.get(key) is not None), None)
    if isinstance(body, str):
        return parse_whole_number(body, MAX_ID) or None
    if isinstance(body, float) and body.is_integer() and body < 2**53:
        body = int(body)
    return body if isinstance(body, int) and not isinstance(body, bool) and 0 < body < MAX_ID else None


def stated_status(body: Any) -> int | None:
    """Return the HTTP status that a body states (`code` or `status`), which need not be the response's."""
    stated = [body.get(key) for key in ("code", "status", "statusCode")] if isinstance(body, dict) else []
    return next((number for value in stated if (number := parse_whole_number(str(value), 1000))), None)


def error_message(body: Any) -> str:
    """Return the message of an error body of any known shape, on one line, or an empty string."""
    if not isinstance(body, dict):
        return ""
    return one_line(next((text for key in _MESSAGE_KEYS if (text := _text(body.get(key)))), ""))


def plain_message(raw: bytes, body: Any) -> str:
    """Return what a body says that is no error object: a JSON string, a list of strings, or plain text.

    Args:
        raw: The body.
        body: The same, decoded; None if it is not JSON.
    """
    if isinstance(body, str | list):
        return one_line(_text(body))
    if body is not None or is_web_page(raw):
        return ""
    try:
        return one_line(raw[: 4 * MAX_TEXT].decode())
    except UnicodeDecodeError:  # nothing that anyone could read
        return ""


def describe_error(body: Any, status: int, mask: Callable[[str], str] = str, raw: bytes = b"") -> str:
    """Return `Campaign is fulfilled (HTTP 403)`, or the status alone if there is no message.

    Args:
        body: The decoded JSON body.
        status: The HTTP status.
        mask: Removes what must not be shown from the platform's message.
        raw: The body itself, where it may be a text instead of an object.
    """
    message = mask(error_message(body) or plain_message(raw, body))
    return f"{message} (HTTP {status})" if message else f"HTTP {status}"


def field_errors(body: Any) -> tuple[tuple[str, str], ...]:
    """Return the (field, message) pairs of a 400 of any known shape, up to `MAX_FIELD_ERRORS`.

    The field is a bare name, `parent.child` for a nested one, and empty for an error of the form as a whole.
    """
    if isinstance(body, dict):
        nodes = [body[key] for key in _ERROR_KEYS if isinstance(body.get(key), dict | list)]
        if isinstance(body.get("children"), dict):
            nodes = [{"children": body["children"]}, *(node for node in nodes if node is not body["children"])]
    else:
        nodes = [body] if isinstance(body, list) else []
    parts = iter(range(MAX_ERROR_PARTS))
    found = (error for node in nodes for error in _errors(node, "", 0, parts))
    unique = dict.fromkeys((one_line(field), one_line(text)) for field, text in islice(found, MAX_FIELD_ERRORS) if text)
    return tuple(unique)


def _text(value: Any) -> str:
    """Return a message, also one that is a list of texts or stands in an object of its own."""
    if isinstance(value, dict):
        return next((text for key in _MESSAGE_KEYS if isinstance(text := value.get(key), str) and text), "")
    if isinstance(value, list):
        return "; ".join(text for text in value[:MAX_FIELD_ERRORS] if isinstance(text, str))
    return str(value) if value and not isinstance(value, bool) else ""


def _errors(node: Any, field: str, depth: int, parts: Iterator[int]) -> Iterator[tuple[str, str]]:
    """Yield the errors of a node, depth first, as long as `parts` yields. A valid child of a Symfony form is `[]`."""
    if next(parts, None) is None or depth > MAX_DEPTH or node is None or isinstance(node, bool):
        return
    if isinstance(node, list):
        for item in node[:MAX_ERROR_PARTS]:
            yield from _errors(item, field, depth + 1, parts)
    elif isinstance(node, dict):
        yield from _errors_of_object(node, field, depth, parts)
    else:
        yield field, str(node)


def _errors_of_object(node: dict[str, Any], field: str, depth: int, parts: Iterator[int]) -> Iterator[tuple[str, str]]:
    """Yield the errors of an object: a Symfony form, one error with the name of its field, or errors by field."""
    name_key = next((key for key in _FIELD_KEYS if isinstance(node.get(key), str)), None)
    text_key = next((key for key in _MESSAGE_KEYS if isinstance(node.get(key), str)), None)
    if name_key or (text_key and not set(node) - {*_MESSAGE_KEYS, "code", "type", "value", "parameters"}):
        name = _join(field, _bare_name(node[name_key])) if name_key else field
        yield name, node[text_key] if text_key and node[text_key] else DEFAULT_FIELD_ERROR if name_key else ""
    elif "errors" in node or "children" in node or "form" in node:
        for key in ("errors", "form"):
            yield from _errors(node.get(key), field, depth + 1, parts)
        children = node.get("children")
        yield from _errors_of_children(children if isinstance(children, dict) else {}, field, depth, parts)
    else:
        yield from _errors_of_children(node, field, depth, parts)


def _errors_of_children(
    children: dict[str, Any], field: str, depth: int, parts: Iterator[int]
) -> Iterator[tuple[str, str]]:
    """Yield the errors of the fields of an object."""
    for name, child in islice(children.items(), MAX_ERROR_PARTS):
        yield from _errors(child, _join(field, _bare_name(name)), depth + 1, parts)


def _bare_name(name: str) -> str:
    """Return `email` for `form[email]`, `children[email].data`, `data.email` and `email`."""
    path = re.fullmatch(r"(?:data\.)?(?:children\[([^\]]+)\](?:\.data)?|([^\[\]]+))", name.strip())
    return field_name(name) if path is None else path[1] or path[2]


def _join(parent: str, name: str) -> str:
    return f"{parent}.{name}" if parent and name else parent or name
