"""The shapes of the platform's response bodies: messages, field errors, pages of leads. Pure functions."""

import json
from collections.abc import Callable
from typing import Any

from uploader.core.model import field_name

# The message for a field that the webhook names without a message.
DEFAULT_FIELD_ERROR = "This value was not accepted."


def parse_json(body: bytes) -> Any:
    """Return the decoded JSON, or None if the body is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def one_line(text: str) -> str:
    """Return the text on one line.

    Unpaired surrogates, which JSON escapes can contain, are replaced: no file can store them.
    """
    return " ".join(text.encode("utf-8", "replace").decode().split())


def error_message(body: Any) -> str:
    """Return the message of an error body of any documented shape, on one line, or an empty string."""
    if not isinstance(body, dict):
        return ""
    text = body.get("message") or body.get("error_description") or body.get("error") or ""
    return one_line(str(text))


def describe_error(body: Any, status: int, mask: Callable[[str], str] = str) -> str:
    """Return `Campaign is fulfilled (HTTP 403)`, or the status alone if there is no message.

    Args:
        body: The decoded JSON body.
        status: The HTTP status.
        mask: Removes what must not be shown from the platform's message.
    """
    message = mask(error_message(body))
    return f"{message} (HTTP {status})" if message else f"HTTP {status}"


def field_errors(body: Any) -> tuple[tuple[str, str], ...]:
    """Return the (field, message) pairs of a 400: Symfony's form errors, or the webhook's `data` list.

    The field is empty for an error of the form as a whole.
    """
    if not isinstance(body, dict):
        return ()
    if isinstance(body.get("data"), list):
        found = [
            (field_name(str(name)), str(error.get("message") or (DEFAULT_FIELD_ERROR if name else "")))
            for error in body["data"]
            if isinstance(error, dict)
            for name in [error.get("fieldName") or ""]
        ]
    else:
        found = list(_symfony_errors(body.get("errors"), ""))
    return tuple((one_line(field), one_line(text)) for field, text in found if text)


def leads_page(body: bytes) -> tuple[list[tuple[str, str, str]], int] | None:
    """Parse a page of GET Leads v4, a Hydra collection.

    Returns:
        (id, e-mail, creation time) of each lead on the page, and the number of leads on all pages; None if the body
        is something else.
    """
    collection = parse_json(body)
    if not isinstance(collection, dict) or not isinstance(collection.get("hydra:member"), list):
        return None
    leads = [lead for lead in collection["hydra:member"] if isinstance(lead, dict)]
    total = collection.get("hydra:totalItems")
    members = [tuple(str(lead.get(name) or "") for name in ("id", "email", "createdTs")) for lead in leads]
    return [(one, two, three) for one, two, three in members], total if isinstance(total, int) else len(leads)


def _symfony_errors(node: Any, field: str) -> list[tuple[str, str]]:
    """Return the errors of a form or one of its children, depth first. A valid child is an empty list."""
    if isinstance(node, list):
        return [(field, str(text)) for text in node]
    if not isinstance(node, dict):
        return []
    own = node.get("errors")
    found = [(field, str(text)) for text in own] if isinstance(own, list) else []
    children = node.get("children")
    for name, child in children.items() if isinstance(children, dict) else ():
        found += _symfony_errors(child, f"{field}.{name}" if field else name)
    return found
