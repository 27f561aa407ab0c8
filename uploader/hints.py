"""What a user should do about a row: our words beside the platform's. Pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import quote, quote_plus

from uploader.model import Earlier, Outcome
from uploader.wire import LONGEST, Meaning, Verdict

# So many digits at the end of a telephone number tell whose it is; and what may stand between digits.
TELLING, GAPS = 7, r"[\s().\-/]{0,3}"

AGAIN = "then `uploader retry` this report"

UNSENT_HINT = "`uploader retry` this report sends it"
NOT_AGAIN = "Nothing to do; `--allow-duplicates` would send it all the same"
NO_ANSWER_NOTED = "it was sent, and no answer to it was noted"
MEANWHILE = "another upload has sent the same lead since this one began"

# What the platform's own messages mean for someone with a spreadsheet (Symfony's constraint messages).
REMEDIES = {
    "This form should not contain extra fields.": "The mapping sends a field that the form does not have: "
    "compare it with `uploader forms`",
    "This value should not be blank.": "Fill in {place}",
    "This value is already used.": "The platform has this lead already: leave the row as it is",
}

IN_DOUBT = (
    "It may have been taken, so it is not sent again by itself: look for it on the platform, then `uploader resolve` it"
)

HINTS = {
    Meaning.WAIT: "It was not taken: `uploader retry` this report sends it again",
    Meaning.RENEW: "Look at the credentials, " + AGAIN,
    Meaning.CLOSED: "Ask your campaign manager when the campaign takes leads, " + AGAIN,
    Meaning.WRONG_PLACE: "Look at the ids in the mapping and at UPLOADER_ENDPOINTS__LEAD, " + AGAIN,
    Meaning.UNKNOWN: IN_DOUBT,
    Meaning.PAGE: IN_DOUBT,
}


def hint_for(verdict: Verdict, columns: Mapping[str, str]) -> str:
    """The remedy for a verdict; `columns` gives the spreadsheet's column for a form field."""
    if verdict.meaning is not Meaning.REFUSED:
        return HINTS.get(verdict.meaning, "")
    remedies = [_remedy(field, message, columns) for field, message in verdict.faults]
    if not remedies:
        return "Look at the row and the mapping, " + AGAIN
    return f"{'; '.join(dict.fromkeys(remedies))}, {AGAIN}"


def _remedy(field: str, message: str, columns: Mapping[str, str]) -> str:
    column = columns.get(field.split(".", maxsplit=1)[0], "")
    place = f"column {column!r}" if column else f"field {field!r} in the mapping" if field else "the row"
    return REMEDIES.get(message, "Mend {place}").format(place=place)


def duplicate_reason(earlier: Earlier) -> str:
    """When, from which file and as which lead it was sent before."""
    if earlier.outcome is Outcome.UNSENT:
        return f"the same lead as row {earlier.row} of this file"
    when = datetime.fromtimestamp(earlier.sent, UTC).strftime("%Y-%m-%d %H:%M UTC")
    where = f"{Path(earlier.file).name}, row {earlier.row}"
    if earlier.outcome is Outcome.ACCEPTED:
        return f"already accepted on {when} ({where}; lead {earlier.lead_id})"
    return f"already sent on {when} ({where}), and whether it was taken is unknown"


def duplicate_kind(earlier: Earlier) -> str:
    """The same for all of a kind."""
    if earlier.outcome is Outcome.UNSENT:
        return "the same lead as an earlier row of this file"
    return "already accepted" if earlier.outcome is Outcome.ACCEPTED else "already sent, with an answer still unknown"


# What the platform's later findings mean for someone with a spreadsheet: a part of its words, and the remedy.
FINDINGS = {
    "no values found": "the value is not in the campaign's list: name the list under `allowed` in the mapping",
    "duplicate": "somebody sent this lead before",
    "word test": "`quality: platform` in the mapping keeps such rows back",
    "vowel": "`quality: platform` in the mapping keeps such rows back",
    "repeated": "`quality: platform` in the mapping keeps such rows back",
    "name are the same": "`quality: platform` in the mapping keeps such rows back",
    "empty field": "fill in more of the columns, or map more of them",
    "suppress": "this person asked to be left alone: name your list under `suppressed` in the mapping",
    "email": "look at the address",
    "telephone": "look at the number",
}


def finding_hint(reason: str) -> str:
    """The remedy for a reason that the platform gave for an invalid lead, or an empty string."""
    words = reason.casefold()
    return "; ".join(dict.fromkeys(hint for part, hint in FINDINGS.items() if part in words))


def masked(text: str, values: Iterable[str]) -> str:
    """The platform's words, on one line, without a lead's own: a message may quote the value it dislikes, and reasons
    are kept. Cut after that to what a cell shows, so that no piece of a value is left at the cut.

    A value is found as it stands, as in an address, a form or HTML, in capitals or not, and a telephone number in every
    grouping. What else the platform made of a value, and values of two characters, are not found.
    """
    text = " ".join(unescape(text).split())
    if not text:
        return ""
    spellings = {spelling for value in values for spelling in _spellings(" ".join(value.split()))}
    found = "|".join(sorted(spellings, key=len, reverse=True))
    return (re.sub(found, "•••", text, flags=re.IGNORECASE) if found else text)[:LONGEST]


def _spellings(value: str) -> set[str]:
    """Patterns of a value; of a telephone number its last digits, however they are grouped, and what is before them."""
    if len(value) < 3:
        return set()
    digits = re.sub(r"\D", "", value)
    # What stands before them is bounded: a message may be long, and nothing else moves meanwhile.
    number = {rf"[+(]{{0,2}}(?:\d{GAPS}){{1,15}}{GAPS.join(digits[-TELLING:])}"} if len(digits) > TELLING else set()
    return {re.escape(spelling) for spelling in (value, quote(value, safe=""), quote_plus(value))} | number
