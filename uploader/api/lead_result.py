"""What became of an accepted lead: the platform checks it some minutes after it took it, and only a valid one is paid.

Pure: from an answer of the result endpoint to a verdict. The shapes are those seen of v2.1 to v2.5.
"""

import json
from collections.abc import Iterator
from typing import Any

from uploader.api.protocol import Response, message_of, parse_json, plain, told
from uploader.core.model import LeadResult, Validity

# What an answer that is JSON calls its reasons.
REASONS = ("failedJobs", "qaReasons")

# What a 202 says, and whoever loses its status on the way.
PROCESSING = "The lead has not been processed yet"

# Texts that give no reason why a lead should be invalid. Only a reason is the last word: an invalid lead is asked for
# no more.
NO_REASON = {"", "ok", "valid", "true", "success"}


def read_result(response: Response) -> LeadResult:
    """What an answer says about the lead. Every answer gets a result; one that says nothing leaves it pending."""
    if response.status != 200:
        words = told(parse_json(response.body), response.status)
        note = "" if response.status == 202 else f"the platform tells no result: {words}"
        return LeadResult(Validity.PENDING, note)
    text = response.body.decode("utf-8-sig", "replace").strip()
    if text in {"", '""'}:
        return LeadResult(Validity.VALID)
    said = parse_json(text.encode())
    said = {REASONS[0]: said} if isinstance(said, list) else said
    if isinstance(said, dict) and (reasons := "; ".join(_reasons(said))):
        return LeadResult(Validity.INVALID, reasons)
    words = plain(said if isinstance(said, str) else text)
    if text.startswith("<") or not isinstance(said, str | None) or words.casefold() in NO_REASON or text == "null":
        return LeadResult(Validity.PENDING, _untold(said))
    if words.rstrip(".") == PROCESSING:
        return LeadResult(Validity.PENDING)
    return LeadResult(Validity.INVALID, words)


def _untold(said: Any) -> str:
    """Why nothing is known: the words of an error that came as a 200, if there are any."""
    words = message_of(said)
    return "the platform's answer says nothing about the lead" + (f": {words}" if words else "")


def _reasons(said: dict[str, Any]) -> Iterator[str]:
    """The failed jobs, and what else is said beside them: often the same once more, joined."""
    told = ""
    for name in REASONS:
        found = said.get(name)
        for reason in found if isinstance(found, list) else [found]:
            text = (
                plain(reason if isinstance(reason, str) else json.dumps(reason, ensure_ascii=False)) if reason else ""
            )
            if text and text not in told:
                yield text
                told = f"{told}; {text}" if told else text
