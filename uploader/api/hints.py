"""What a user should do about a row: our words beside the platform's. Pure."""

from collections.abc import Mapping

from uploader.api.protocol import Classification, Meaning
from uploader.core.messages import THEN_RETRY, UNKNOWN_OUTCOME_HINT

# What the platform's own messages mean for someone with a spreadsheet (Symfony's constraint messages).
REMEDIES = {
    "This form should not contain extra fields.": "The mapping sends a field that the form does not have: "
    "compare it with `uploader forms`",
    "This value should not be blank.": "Fill in {place}",
    "This value is already used.": "The platform has this lead already: leave the row as it is",
}


HINTS = {
    Meaning.WAIT: "It was not taken: `uploader retry` this report sends it again",
    Meaning.RENEW: "Look at the credentials, " + THEN_RETRY,
    Meaning.CLOSED: "Ask your campaign manager when the campaign takes leads, " + THEN_RETRY,
    Meaning.WRONG_PLACE: "Look at the ids in the mapping and at UPLOADER_ENDPOINTS__LEAD, " + THEN_RETRY,
    Meaning.UNKNOWN: UNKNOWN_OUTCOME_HINT,
    Meaning.PAGE: UNKNOWN_OUTCOME_HINT,
}


def hint_for(verdict: Classification, columns: Mapping[str, str]) -> str:
    """The remedy for a verdict; `columns` gives the spreadsheet's column for a form field."""
    if verdict.meaning is not Meaning.REFUSED:
        return HINTS.get(verdict.meaning, "")
    remedies = [_remedy(field, message, columns) for field, message in verdict.faults]
    if not remedies:
        return "Look at the row and the mapping, " + THEN_RETRY
    return f"{'; '.join(dict.fromkeys(remedies))}, {THEN_RETRY}"


def _remedy(field: str, message: str, columns: Mapping[str, str]) -> str:
    column = columns.get(field.split(".", maxsplit=1)[0], "")
    place = f"column {column!r}" if column else f"field {field!r} in the mapping" if field else "the row"
    return REMEDIES.get(message, "Mend {place}").format(place=place)


# What the platform's later findings mean for someone with a spreadsheet: a part of its words, and the remedy.
RESULT_HINTS = {
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


def result_hint(reason: str) -> str:
    """The remedy for a reason that the platform gave for an invalid lead, or an empty string."""
    words = reason.casefold()
    return "; ".join(dict.fromkeys(hint for part, hint in RESULT_HINTS.items() if part in words))
