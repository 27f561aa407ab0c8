"""The validation result of an accepted lead. The platform checks a lead some minutes after it accepted it.

Pure functions. The response shapes are those seen from v2.1 to v2.5.
"""

import json
from collections.abc import Iterator
from typing import Any

from uploader.api.protocol import Response
from uploader.api.response_body import describe_error, error_message, one_line, parse_json
from uploader.core.messages import NO_RESULT_CONTAINED, NO_RESULT_RETURNED
from uploader.core.validation_result import CAUTION, LeadResult, Validity

# The keys of a JSON body that contain reasons.
REASON_KEYS = ("failedJobs", "qaReasons")

# The keys of a JSON body that may say "Caution".
STATUS_KEYS = ("status", "result", "state", "validity", "qaStatus")

# At most this many reasons of a kind are read.
MAX_REASONS = 200

CAUTION_REASON = "Caution: a person on the platform has to decide about this lead"

# The text of a 202. Some intermediaries change the status to 200.
PROCESSING = "The lead has not been processed yet"

# Texts that give no reason for an invalid lead. Without a reason a lead stays pending, as an invalid one is final.
NO_REASON = {"", "ok", "valid", "true", "success"}


def read_result(response: Response) -> LeadResult:
    """Return what a response of the result endpoint says about the lead.

    Every response has a result. A response without a clear result leaves the lead pending, with a reason.
    """
    if response.problem:
        return LeadResult(Validity.PENDING, f"{NO_RESULT_CONTAINED}: {response.problem}")
    if response.status != 200:
        return _without_result(response)
    text = response.body.decode("utf-8-sig", "replace").strip()
    if text in {"", '""'}:
        return LeadResult(Validity.VALID)
    body = parse_json(text.encode())
    body = {REASON_KEYS[0]: body} if isinstance(body, list) else body
    if _is_caution(body if body is not None else text):
        return LeadResult(Validity.PENDING, CAUTION_REASON)
    if isinstance(body, dict) and (reasons := "; ".join(_reasons(body))):
        return LeadResult(Validity.INVALID, reasons)
    return _from_text(body, text)


def _from_text(body: Any, text: str) -> LeadResult:
    """Return the result of a response without a list of reasons; `body` is its JSON, if it is any."""
    reason = one_line(body if isinstance(body, str) else text)
    is_text = isinstance(body, str) or not text.startswith(("<", "{", "["))  # a page or damaged JSON gives no reason
    if not is_text or not isinstance(body, str | None) or reason.casefold() in NO_REASON or text == "null":
        return LeadResult(Validity.PENDING, _no_result_reason(body))
    if reason.rstrip(".") == PROCESSING:
        return LeadResult(Validity.PENDING)
    return LeadResult(Validity.INVALID, reason)


def _without_result(response: Response) -> LeadResult:
    """Return the pending result of a response that is not a 200."""
    error = describe_error(parse_json(response.body), response.status)
    return LeadResult(Validity.PENDING, "" if response.status == 202 else f"{NO_RESULT_RETURNED}: {error}")


def _is_caution(body: Any) -> bool:
    """Whether a body says "Caution", alone, as a status or as the only reason."""
    if isinstance(body, dict):
        statuses = [body[key] for key in STATUS_KEYS if isinstance(body.get(key), str)]
        reasons = list(_reasons(body))
        texts = statuses if any(map(_is_caution, statuses)) else reasons
        return bool(texts) and all(map(_is_caution, texts))
    return isinstance(body, str) and body.strip(" .!:\"'").casefold() == CAUTION


def _no_result_reason(body: Any) -> str:
    """Return why no result is known, with the message of an error that came as a 200, if there is one."""
    message = error_message(body)
    return NO_RESULT_CONTAINED + (f": {message}" if message else "")


def _reasons(body: dict[str, Any]) -> Iterator[str]:
    """Yield the failed jobs and the other reasons. Often one text repeats several others; it is left out then."""
    found = ""
    for key in REASON_KEYS:
        value = body.get(key)
        for reason in value[:MAX_REASONS] if isinstance(value, list) else [value]:
            text = reason if isinstance(reason, str) else json.dumps(reason, ensure_ascii=False) if reason else ""
            text = one_line(text)
            if text and text not in found:
                yield text
                found = f"{found}; {text}" if found else text
        if isinstance(value, list) and len(value) > MAX_REASONS:
            yield f"and {len(value) - MAX_REASONS:,} more reasons"
