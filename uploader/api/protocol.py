"""What a request contains and what a response means. Pure: no socket, no clock, no file.

The rule that money depends on: a response is classified by what it says about *this lead being accepted*. If it does
not say so clearly, the lead is UNKNOWN and is never sent again automatically.
"""

import asyncio
import re
from collections.abc import Callable, Iterable
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus

from uploader.api.response_body import (
    describe_error,
    error_message,
    field_errors,
    is_web_page,
    parse_json,
    read_lead_id,
    stated_status,
)
from uploader.core.model import Outcome
from uploader.core.redaction import MASK, MAX_REASON_LENGTH


class Response(NamedTuple):
    """A response that was read as far as the limits allow.

    Attributes:
        body: The decompressed body; empty if it cannot be read.
        retry_after: The header's text, or empty.
        date: The header's text, or empty.
        problem: Why the body cannot be read, or empty.
        sandbox_started: When the sandbox that responds was started, as it says, or empty.
    """

    status: int
    body: bytes
    retry_after: str = ""
    date: str = ""
    problem: str = ""
    sandbox_started: str = ""


class NotSent(Exception):
    """The request did not leave: no connection, unknown host, no TLS."""


class TlsError(NotSent):
    """The platform's certificate is not trusted, or TLS failed. Trying again would not help."""


class NoResponse(Exception):
    """The request began to leave, and no readable response came."""


class ConfusedResponse(NoResponse):
    """Responses came that cannot be distinguished, so none is known to belong to the request."""


class CancelledBeforeSend(asyncio.CancelledError):
    """The program is ending, and no part of the request has left."""


class ResponseMeaning(Enum):
    """What the response to a lead's POST says, and what to do next."""

    ACCEPTED = "accepted: keep the id"
    REJECTED = "not accepted, and would not be if sent again: the row is rejected"
    RATE_LIMITED = "not accepted: wait until the limit allows it, then send again"
    TOKEN_EXPIRED = "not accepted: fetch a new token, then send again"  # noqa: S105 - not a password
    CAMPAIGN_CLOSED = "not accepted, and no further lead will be: stop"
    BLOCKED = "not accepted, by something that is not the campaign: the row fails, the others continue"
    WRONG_ADDRESS = "not the API at this address: stop"
    WEB_PAGE = "a web page instead of the API: stop, and never send this lead again automatically"
    NO_LEAD_ID = "confirmed, or nearly, without a readable id: never send it again automatically"
    UNKNOWN = "possibly accepted: never send it again automatically"


# The whole classification. A status that is not listed has the meaning of its class. `classify` makes three
# distinctions that need the body: a success needs an id, a 403 closes the run only if the campaign itself says so, and
# a page in place of the API's JSON says nothing about the lead. Sources: the vendor's v2.5 page, section 4.0 (400, 401,
# 403), its rate-limit page (429), and RFC 9110 for the others.
MEANING_OF_STATUS = {
    201: ResponseMeaning.ACCEPTED,  # with an id, otherwise NO_LEAD_ID
    400: ResponseMeaning.REJECTED,  # Validation Failed
    401: ResponseMeaning.TOKEN_EXPIRED,  # a page: BLOCKED, as a new token would not help
    403: ResponseMeaning.CAMPAIGN_CLOSED,  # not started, fulfilled, inactive; otherwise BLOCKED
    307: ResponseMeaning.WRONG_ADDRESS,  # nothing was done; personal data does not follow a redirect
    308: ResponseMeaning.WRONG_ADDRESS,
    404: ResponseMeaning.WRONG_ADDRESS,  # a wrong id or path
    405: ResponseMeaning.WRONG_ADDRESS,
    407: ResponseMeaning.WRONG_ADDRESS,  # from a proxy, not from the platform
    408: ResponseMeaning.UNKNOWN,  # the server stopped waiting; it does not say how much it had read
    409: ResponseMeaning.REJECTED,  # with a page of the web server too: it has read the request and refused it
    410: ResponseMeaning.WRONG_ADDRESS,
    413: ResponseMeaning.REJECTED,
    415: ResponseMeaning.REJECTED,
    422: ResponseMeaning.REJECTED,
    425: ResponseMeaning.RATE_LIMITED,
    429: ResponseMeaning.RATE_LIMITED,
}
MEANING_OF_CLASS = {
    2: ResponseMeaning.NO_LEAD_ID,  # with a body that says 201 and has an id: ACCEPTED
    3: ResponseMeaning.WEB_PAGE,  # what was done before the redirect is unknown
    4: ResponseMeaning.REJECTED,  # the request was read and refused; a page: BLOCKED
    5: ResponseMeaning.UNKNOWN,
}

# What a web page in place of the platform's response can mean.
MEANINGS_OF_A_PAGE = {ResponseMeaning.WEB_PAGE, ResponseMeaning.BLOCKED, ResponseMeaning.WRONG_ADDRESS}

OUTCOME_OF_MEANING = {
    ResponseMeaning.ACCEPTED: Outcome.ACCEPTED,
    ResponseMeaning.REJECTED: Outcome.REJECTED,
    ResponseMeaning.RATE_LIMITED: Outcome.FAILED,
    ResponseMeaning.TOKEN_EXPIRED: Outcome.FAILED,
    ResponseMeaning.CAMPAIGN_CLOSED: Outcome.UNSENT,
    ResponseMeaning.BLOCKED: Outcome.FAILED,
    ResponseMeaning.WRONG_ADDRESS: Outcome.FAILED,
    ResponseMeaning.WEB_PAGE: Outcome.UNKNOWN,  # whatever sent the page may have passed the lead on
    ResponseMeaning.NO_LEAD_ID: Outcome.UNKNOWN,
    ResponseMeaning.UNKNOWN: Outcome.UNKNOWN,
}

# What a campaign says when it accepts no leads: "Campaign has not started yet", "Campaign is fulfilled", "Campaign is
# inactive" (v2.5, section 4.0) and the like. It has to speak of the campaign. Two patterns, as one with `.*` in it
# would take time with the square of the message's length.
CAMPAIGN = re.compile(r"\bcampaign", re.IGNORECASE)
CLOSED = re.compile(
    r"\b(?:not (?:yet )?(?:started|active|open|live|running)|fulfilled|inactive|deactivated|"
    r"disabled|closed|paused|ended|finished|over|expired|completed?|full|archived|cancell?ed|stopped|suspended|"
    r"no longer|no more|(?:cap|limit|quota|budget|target) (?:is |has been |was )?(?:reached|exceeded|exhausted))\b",
    re.IGNORECASE,
)

# The longest message for a report, in characters: a cell holds 32,767.
MAX_MESSAGE_LENGTH = 16_000


class Classification(NamedTuple):
    """What a response means for its lead.

    Attributes:
        reason: The reason for the ledger, with the lead's values masked.
        message: The platform's own words, unchanged, for the report alone. They may quote the lead.
        field_errors: (field, message) pairs; the field is empty for the form as a whole. The messages are the
            platform's, unchanged: they may quote the lead, so they are for comparison only.
    """

    meaning: ResponseMeaning
    reason: str
    status: int | None = None
    lead_id: int | None = None
    field_errors: tuple[tuple[str, str], ...] = ()
    message: str = ""

    @property
    def outcome(self) -> Outcome:
        """The row's outcome if no further attempt follows."""
        return OUTCOME_OF_MEANING[self.meaning]


def classify(response: Response, mask: Callable[[str], str] = str) -> Classification:
    """Return what the response to a lead's POST means. Every response has a meaning; nothing is raised.

    Args:
        response: The response, as far as it was read.
        mask: Removes the lead's values from the platform's messages and field names. Our own words are not masked.
    """
    status, body = response.status, parse_json(response.body)
    meaning = _meaning(response, body)
    if meaning is ResponseMeaning.ACCEPTED:
        return Classification(meaning, "", status, read_lead_id(body))
    if meaning in MEANINGS_OF_A_PAGE and is_web_page(response.body):
        return Classification(meaning, f"the response is a web page, not the platform's (HTTP {status})", status)
    if meaning is ResponseMeaning.NO_LEAD_ID:
        problem = f": {response.problem}" if response.problem else ""
        return Classification(meaning, f"the platform answered {status} without a readable lead id{problem}", status)
    found = field_errors(body) if meaning is ResponseMeaning.REJECTED else ()
    errors = tuple((mask(field), text) for field, text in found)
    masked = (f"{field}: {mask(text)}" if field else mask(text) for field, text in errors)
    reason = _join(masked, MAX_REASON_LENGTH)
    message = _join((f"{field}: {text}" if field else text for field, text in found), MAX_MESSAGE_LENGTH)
    problem = f"; {response.problem}" if response.problem else ""
    reason = (reason or describe_error(body, status, mask, response.body) + problem)[:MAX_REASON_LENGTH]
    message = (message or describe_error(body, status, raw=response.body) + problem)[:MAX_MESSAGE_LENGTH]
    return Classification(meaning, reason, status, None, errors, message)


def _meaning(response: Response, body: Any) -> ResponseMeaning:
    """Return the meaning by the table, and by the body where the table says so."""
    status = response.status
    meaning = MEANING_OF_STATUS.get(status) or MEANING_OF_CLASS.get(status // 100, ResponseMeaning.UNKNOWN)
    is_page = is_web_page(response.body)
    if status // 100 == 2:
        if is_page:
            return ResponseMeaning.WEB_PAGE
        is_created = status == 201 or stated_status(body) == 201
        has_id = is_created and read_lead_id(body) is not None
        return ResponseMeaning.ACCEPTED if has_id else ResponseMeaning.NO_LEAD_ID
    if meaning is ResponseMeaning.CAMPAIGN_CLOSED and not _says_closed(error_message(body)):
        return ResponseMeaning.BLOCKED
    if is_page and status // 100 == 4 and (status not in MEANING_OF_STATUS or status == 401):
        return ResponseMeaning.BLOCKED
    return meaning


def _says_closed(message: str) -> bool:
    """Return whether a message says that the campaign accepts no leads."""
    return bool(CAMPAIGN.search(message) and CLOSED.search(message))


def _join(parts: Iterable[str], longest: int) -> str:
    """Return the parts, joined, as far as they fit; those behind are not made."""
    found, length = [], 0
    for part in parts:
        found.append(part)
        length += len(part) + 2
        if length > longest:
            break
    return "; ".join(found)[:longest]


def mask_secret(response: Response, secret: str) -> Response:
    """Return the response with the token or key masked where the platform quotes it: messages are stored and shown.

    A 201 is returned unchanged, as it contains the lead's id, and nothing else of it is stored.
    """
    if response.status == 201 or len(secret) < 3:
        return response
    body = response.body
    spellings = {secret, quote(secret, safe=""), secret.replace("/", "\\/")}  # plain, in a URL, in PHP's JSON
    for spelling in sorted(spellings, key=len, reverse=True):
        body = body.replace(spelling.encode(), MASK.encode())
    return response._replace(body=body)


def fill_template(template: str, **ids: object) -> str:
    """Return an endpoint's path with its ids. Raises KeyError for a name in braces that is not among `ids`."""
    return template.format_map({name: quote(str(value), safe="") for name, value in ids.items()})


def fill_lead_path(template: str, **ids: int | None) -> str:
    """Return the path for leads. A query parameter whose id is None is left out; in the path an id is needed."""
    path, _, query = template.partition("?")
    missing = [f"{{{name}}}" for name, value in ids.items() if value is None]
    kept = [part for part in query.split("&") if part and not any(name in part for name in missing)]
    return fill_template("?".join([path, "&".join(kept)] if kept else [path]), **ids)


def encode_field_names(keys: dict[str, str]) -> dict[str, str]:
    """Return the form-encoded key by bare field name, `form%5BfirstName%5D` for `firstName`: equal for all leads."""
    return {name: quote_plus(key) for name, key in keys.items()}


def encode_lead(fields: tuple[tuple[str, str], ...], names: dict[str, str]) -> bytes:
    """Return the form-encoded UTF-8 body, `form%5BfirstName%5D=Joe&…`.

    Args:
        fields: (bare field name, value) pairs.
        names: The result of `encode_field_names`.
    """
    return "&".join([f"{names[name]}={_encode_value(value)}" for name, value in fields]).encode("ascii")


_ASCII_ENCODED = {number: quote_plus(chr(number)) for number in range(128)}


@lru_cache(maxsize=16_384)  # most cells of a spreadsheet occur in many rows
def _encode_value(text: str) -> str:
    """Form-encode a value. `quote_plus` takes three times as long for ASCII with an `@`: a tenth of a lead's time."""
    return text.translate(_ASCII_ENCODED) if text.isascii() else quote_plus(text)
