"""What is said on the wire, and what an answer means. Pure: no socket, no clock, no file.

The rule that money depends on: an answer is judged by what it says about *this lead being taken*, and
where it says nothing, the lead is UNKNOWN and never sent again by itself.
"""

import asyncio
import json
from collections.abc import Callable
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from uploader.core.model import MAX_ID, Outcome, field_name, parse_whole_number
from uploader.core.redaction import MAX_REASON_LENGTH


class Response(NamedTuple):
    """An answer that was read to its end. `retry_after` and `date` are headers' texts, or empty."""

    status: int
    body: bytes
    retry_after: str = ""
    date: str = ""


class NotSent(Exception):
    """The request surely did not leave: no connection, no such host, no TLS."""


class NoAnswer(Exception):
    """The request began to leave and no readable answer came."""


class CancelledBeforeSend(asyncio.CancelledError):
    """The program was told to leave, and the request had not begun to: it surely did not leave."""


class Meaning(Enum):
    """What an answer to a POST of a lead says, and so what happens next."""

    ACCEPTED = "taken: keep the id"
    REFUSED = "not taken, and would not be if sent again: the row is rejected"
    WAIT = "not taken: wait until the limit allows it, then send again"
    RENEW = "not taken: fetch a new token, then send again"
    CLOSED = "not taken, and nothing more will be: stop"
    WRONG_PLACE = "not the API at this address: stop"
    PAGE = "some page in the API's place: stop, and never send this lead again unasked"
    UNKNOWN = "it may have been taken: never send it again unasked"


# The whole classification. Of 2xx only a 201 with an id is a yes; what is not listed follows its class.
# The vendor's page names 400, 401, 403 (4.0), its rate-limit page 429; the others are RFC 9110's.
MEANING_OF_STATUS = {
    201: Meaning.ACCEPTED,  # with an integer in `data`, else UNKNOWN
    400: Meaning.REFUSED,  # Validation Failed
    401: Meaning.RENEW,  # the token has expired
    403: Meaning.CLOSED,  # not started, fulfilled, inactive
    307: Meaning.WRONG_PLACE,  # "send it there instead", so nothing was done; not followed with personal data
    308: Meaning.WRONG_PLACE,
    404: Meaning.WRONG_PLACE,  # a wrong id or path
    405: Meaning.WRONG_PLACE,
    407: Meaning.WRONG_PLACE,  # a proxy's word, not the platform's
    408: Meaning.UNKNOWN,  # the server gave up waiting; how much it had read it does not say
    410: Meaning.WRONG_PLACE,
    425: Meaning.WAIT,
    429: Meaning.WAIT,
}
MEANING_OF_CLASS = {
    2: Meaning.UNKNOWN,
    3: Meaning.PAGE,  # to a page; what was done before it is said by none. Redirects are off
    4: Meaning.REFUSED,  # 409, 413, 415, 422 and the like: the request was read and turned down
    5: Meaning.UNKNOWN,
}


# Where the webhook names a field and says nothing about it.
DEFAULT_FIELD_ERROR = "This value was not accepted."


class Classification(NamedTuple):
    """An answer, judged. `faults` are (field, message) pairs; field is empty for the form as a whole. The messages are
    the platform's, to the letter, and for comparing alone: they may quote the lead."""

    meaning: Meaning
    reason: str
    status: int | None = None
    lead_id: int | None = None
    faults: tuple[tuple[str, str], ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The row's outcome if this is the last word on it."""
        return OUTCOME_OF_MEANING[self.meaning]


OUTCOME_OF_MEANING = {
    Meaning.ACCEPTED: Outcome.ACCEPTED,
    Meaning.REFUSED: Outcome.REJECTED,
    Meaning.WAIT: Outcome.FAILED,
    Meaning.RENEW: Outcome.FAILED,
    Meaning.CLOSED: Outcome.UNSENT,
    Meaning.WRONG_PLACE: Outcome.FAILED,
    Meaning.PAGE: Outcome.UNKNOWN,  # what stands between us and the API may have let the lead through
    Meaning.UNKNOWN: Outcome.UNKNOWN,
}


def fill(template: str, **ids: object) -> str:
    """Fills an endpoint's template. Raises KeyError for a name in braces that is not among `ids`."""
    return template.format_map({name: quote(str(value), safe="") for name, value in ids.items()})


_OF_ASCII = {number: quote_plus(chr(number)) for number in range(128)}


@lru_cache(maxsize=16_384)  # most cells of a spreadsheet stand in many rows
def _quoted(text: str) -> str:
    """As `quote_plus`, which takes three times as long for ASCII with an `@` in it: a tenth of a lead's time."""
    return text.translate(_OF_ASCII) if text.isascii() else quote_plus(text)


def quoted_names(keys: dict[str, str]) -> dict[str, str]:
    """`firstName` -> `form%5BfirstName%5D`, of a form's keys by bare field name: the same for every lead."""
    return {name: quote_plus(key) for name, key in keys.items()}


def encode_lead(fields: tuple[tuple[str, str], ...], names: dict[str, str]) -> bytes:
    """Form-encoded UTF-8, `form%5BfirstName%5D=Joe&…`; `names` are those of `quoted_names`."""
    return "&".join([f"{names[name]}={_quoted(value)}" for name, value in fields]).encode("ascii")


def without(response: Response, secret: str) -> Response:
    """The answer with a token or key that it quotes back masked: what it says is kept and shown.

    A 201 stays as it is, to the byte: the lead's id stands in it, and nothing else of it is kept.
    """
    if response.status == 201 or len(secret) < 3:
        return response
    body = response.body
    ways = {secret, quote(secret, safe=""), secret.replace("/", "\\/")}  # plain, in an address, by PHP's JSON
    for written in sorted(ways, key=len, reverse=True):
        body = body.replace(written.encode(), "•••".encode())
    return response._replace(body=body)


def classify(response: Response, hide: Callable[[str], str] = str) -> Classification:
    """What the answer to a POST of a lead means. Every answer gets a verdict; nothing is raised.

    `hide` masks what the platform quotes of the lead, in its words for the reason and in names of fields: not in ours.
    """
    status = response.status
    meaning = MEANING_OF_STATUS.get(status) or MEANING_OF_CLASS.get(status // 100, Meaning.UNKNOWN)
    said = parse_json(response.body)
    if meaning is Meaning.ACCEPTED:
        return _created(said)
    if meaning is Meaning.UNKNOWN and status < 300 and response.body.lstrip().startswith(b"<"):
        return Classification(Meaning.PAGE, "a page came back, not the API's answer", status)
    faults = tuple((hide(field), text) for field, text in _faults(said)) if meaning is Meaning.REFUSED else ()
    reason = "; ".join(f"{field}: {hide(text)}" if field else hide(text) for field, text in faults)
    return Classification(meaning, (reason or told(said, status, hide))[:MAX_REASON_LENGTH], status, None, faults)


def parse_json(body: bytes) -> Any:
    """The decoded JSON, or None when it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def message_of(said: Any) -> str:
    """The message in an error body of any documented shape, on one line, or an empty string."""
    if not isinstance(said, dict):
        return ""
    text = said.get("message") or said.get("error_description") or said.get("error") or ""
    return plain(str(text))


def told(said: Any, status: int, hide: Callable[[str], str] = str) -> str:
    """`Campaign is fulfilled (HTTP 403)`, or the status alone; `hide` masks what is quoted in the message."""
    message = hide(message_of(said))
    return f"{message} (HTTP {status})" if message else f"HTTP {status}"


def leads_page(body: bytes) -> tuple[list[tuple[str, str, str]], int] | None:
    """A page of GET Leads v4, a Hydra collection: (id, e-mail, created) of each lead, and how many there are in all.

    None when it is something else.
    """
    said = parse_json(body)
    if not isinstance(said, dict) or not isinstance(said.get("hydra:member"), list):
        return None
    leads = [lead for lead in said["hydra:member"] if isinstance(lead, dict)]
    total = said.get("hydra:totalItems")
    members = [tuple(str(lead.get(name) or "") for name in ("id", "email", "createdTs")) for lead in leads]
    return [(one, two, three) for one, two, three in members], total if isinstance(total, int) else len(leads)


def _created(said: Any) -> Classification:
    lead_id = said.get("data") if isinstance(said, dict) else None
    if isinstance(lead_id, str):
        lead_id = parse_whole_number(lead_id, MAX_ID)
    if isinstance(lead_id, int) and not isinstance(lead_id, bool) and 0 < lead_id < MAX_ID:
        return Classification(Meaning.ACCEPTED, "", 201, lead_id)
    return Classification(Meaning.UNKNOWN, "the platform answered 201 but gave no lead id", 201)


def _faults(said: Any) -> tuple[tuple[str, str], ...]:
    """The (field, message) pairs of a 400: Symfony's form errors, or the webhook's `data` list."""
    if not isinstance(said, dict):
        return ()
    if isinstance(said.get("data"), list):
        found = [
            (field_name(str(name)), str(fault.get("message") or (DEFAULT_FIELD_ERROR if name else "")))
            for fault in said["data"]
            if isinstance(fault, dict)
            for name in [fault.get("fieldName") or ""]
        ]
    else:
        found = list(_symfony(said.get("errors"), ""))
    return tuple((plain(field), plain(text)) for field, text in found if text)


def plain(text: str) -> str:
    """On one line, and without the half characters that JSON's escapes can bring and no file takes."""
    return " ".join(text.encode("utf-8", "replace").decode().split())


def _symfony(node: Any, field: str) -> list[tuple[str, str]]:
    """Errors of a form or a child of it, depth first; a child that is fine is an empty list."""
    if isinstance(node, list):
        return [(field, str(text)) for text in node]
    if not isinstance(node, dict):
        return []
    own = node.get("errors")
    found = [(field, str(text)) for text in own] if isinstance(own, list) else []
    children = node.get("children")
    for name, child in children.items() if isinstance(children, dict) else ():
        found += _symfony(child, f"{field}.{name}" if field else name)
    return found
