"""Messages in the words of the page: what to click instead of a command, a flag, or a key of the mapping file."""

import re

from uploader.core.messages import THEN_RETRY

# The meaning of the codes in the format of a date.
DATE_PARTS = {"d": "day", "m": "month", "b": "month", "B": "month", "y": "year", "Y": "year"}

_FORMATS = re.compile(r"does not match (%[^;(]*?)(?=;|$)")
_DATES = "choose how its dates are written on Columns"
_WORDS = (
    (r"`where` in the mapping", "The condition on Columns"),
    (r"^where: ", "The condition on Columns: "),
    (r"correct the spreadsheet or `where`, then upload it again", "correct its cell, or the condition on Columns"),
    (r"set --encoding", "save the file as CSV UTF-8 in Excel and drop it again"),
    (r"choose with --sheet", "choose another one under “Sheet”"),
    (r",? or map (?:it|the word) under `values`", ", or replace it in all its rows at once"),
    (r",? or (?:name its format in the mapping: \{date: .*?\}\}|add its format under `from`)", f", or {_DATES}"),
    (r"Keep only the right format under `from`", _DATES.capitalize().replace("columns", "Columns")),
    (r"name the country in the mapping: \{phone: \{region: GB\}\}", "choose the country of such numbers on Columns"),
    (r",? or the pattern in the mapping", ""),
    (r",? or leave out such rows with `where: .*` in the mapping", ", or leave such rows out"),
    (r" ?\(if that is intended, add them to `ignore` in the mapping\)", ""),
    (
        r"set `quality: platform` in the mapping to keep such rows back",
        "next time, tick “Leave out rows that the platform will probably find invalid” on Columns",
    ),
    (r"name the list under `allowed` in the mapping", "ask your campaign manager for the list"),
    (r"name your list under `suppressed` in the mapping", "leave the row out next time"),
    (r"or map more of them", "or choose columns for more fields on Columns"),
    (r": map more fields,", ": choose columns for more fields on Columns,"),
    (
        r"The mapping sends a field that the form does not have\.(?: Compare it with `uploader forms`)?",
        "The form no longer has one of the fields: drop the file again, and look at Columns",
    ),
    (r"Check the ids in the mapping and UPLOADER_ENDPOINTS__LEAD", "Check form and link on Columns"),
    (r"Check the row and the mapping", "Check the row, and the fields on Columns"),
    (r"(field '[^']*') in the mapping", r"\1"),
    (r"the mapping's list", "the campaign's list"),
    (
        r"To compare its rows by their leads alone, use --mapping MAP\.yaml; "
        r"or set UPLOADER_HOME as it was for the upload\."
        r"(?: Leads of a run that was purged with --forget-leads are not recognized\.)?",
        "Open it on the computer that sent it, as the same user: what was sent is known there.",
    ),
    (r"\bthe ledger in (.*) does not know run", r"this uploader, with its ledger in \1, did not send run"),
    (r"`", ""),
)
_PATTERNS = tuple((re.compile(pattern), words) for pattern, words in _WORDS)


def page_words(text: str) -> str:
    """Return a message in the words of the page."""
    text = _FORMATS.sub(lambda found: f"is not a date in the form {_in_words(found[1])}", text)
    for pattern, words in _PATTERNS:
        text = pattern.sub(words, text)
    return text


def _in_words(formats: str) -> str:
    """`day/month/year` for `%d/%m/%Y`."""
    return re.sub(r"%(\w)", lambda found: DATE_PARTS.get(found[1], "time"), formats)


def sentence(message: str, hint: str) -> str:
    """Return a message and what to do about it, without a command to run."""
    message, hint = page_words(message), page_words(hint.removesuffix(f", {THEN_RETRY}"))
    if not hint:
        return message
    return f"{message}{'' if message.endswith(('?', '.')) else '.'} {hint}{'' if hint.endswith('.') else '.'}"
