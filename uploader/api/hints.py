"""What a user can do about a row: our hints for the platform's messages. Pure functions."""

from collections.abc import Mapping

from uploader.api.protocol import Classification, ResponseMeaning
from uploader.core.messages import THEN_RETRY, UNKNOWN_OUTCOME_HINT, UNSENT_HINT

# Hints for the platform's own messages (Symfony's constraint messages).
FIELD_HINTS = {
    "This form should not contain extra fields.": "The mapping sends a field that the form does not have. "
    "Compare it with `uploader forms`",
    "This value should not be blank.": "Fill in {place}",
    "This value is already used.": "The platform already has this lead. Leave the row as it is",
}

# A row gets at most this many hints.
MAX_HINTS = 20

MEANING_HINTS = {
    ResponseMeaning.RATE_LIMITED: UNSENT_HINT,
    ResponseMeaning.TOKEN_EXPIRED: f"Check the credentials, {THEN_RETRY}",
    ResponseMeaning.CAMPAIGN_CLOSED: f"Ask your campaign manager when the campaign accepts leads, {THEN_RETRY}",
    ResponseMeaning.BLOCKED: f"Check the row for text that a firewall may refuse, {THEN_RETRY}",
    ResponseMeaning.WRONG_ADDRESS: f"Check the ids in the mapping and UPLOADER_ENDPOINTS__LEAD, {THEN_RETRY}",
    ResponseMeaning.NO_LEAD_ID: UNKNOWN_OUTCOME_HINT,
    ResponseMeaning.UNKNOWN: UNKNOWN_OUTCOME_HINT,
    ResponseMeaning.WEB_PAGE: UNKNOWN_OUTCOME_HINT,
}

# Hints for validation results, by a part of the platform's message.
RESULT_HINTS = {
    "no values found": "the value is not in the campaign's list: name the list under `allowed` in the mapping",
    "duplicate": "this lead was sent before, by you or by another publisher",
    "word test": "set `quality: platform` in the mapping to keep such rows back",
    "vowel": "set `quality: platform` in the mapping to keep such rows back",
    "repeated": "set `quality: platform` in the mapping to keep such rows back",
    "name are the same": "set `quality: platform` in the mapping to keep such rows back",
    "empty field": "fill in more of the columns, or map more of them",
    "suppress": "this person does not want to be contacted: name your list under `suppressed` in the mapping",
    "email": "check the e-mail address",
    "telephone": "check the telephone number",
}


def hint_for(classification: Classification, columns: Mapping[str, str]) -> str:
    """Return what the user can do about a lead that was not accepted.

    Args:
        classification: The meaning of the last response.
        columns: The spreadsheet's column by bare field name.
    """
    if classification.meaning is not ResponseMeaning.REJECTED:
        return MEANING_HINTS.get(classification.meaning, "")
    hints = [_field_hint(field, message, columns) for field, message in classification.field_errors]
    if not hints:
        return f"Check the row and the mapping, {THEN_RETRY}"
    return f"{'. '.join([*dict.fromkeys(hints)][:MAX_HINTS])}, {THEN_RETRY}"


def result_hint(reason: str) -> str:
    """Return what the user can do about a lead that the platform found invalid, or an empty string."""
    message = reason.casefold()
    return "; ".join(dict.fromkeys(hint for part, hint in RESULT_HINTS.items() if part in message))


def _field_hint(field: str, message: str, columns: Mapping[str, str]) -> str:
    column = columns.get(field.split(".", maxsplit=1)[0], "")
    place = f"column {column!r}" if column else f"field {field!r} in the mapping" if field else "the row"
    return FIELD_HINTS.get(message, "Fix {place}").format(place=place)
