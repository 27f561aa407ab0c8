"""No message on the page names a command, a flag, or a key of the mapping file."""

import re

import pytest

from uploader.api.hints import FIELD_HINTS, MEANING_HINTS, RESULT_HINTS
from uploader.core.messages import THEN_RETRY
from uploader.mapping.invalid_value import InvalidValue
from uploader.mapping.transforms import build
from uploader.mapping.validators.allowed_values import AllowedList
from uploader.pipeline.report_rows import SKIPPED_HINT
from uploader.web.page_words import page_words, sentence

_JARGON = re.compile(r"`|--\w|\{|\bmapping\b|UPLOADER_|uploader ")

# The others have commands for the report.
OF_ROWS = dict.fromkeys(hint for hint in MEANING_HINTS.values() if THEN_RETRY in hint)

HINTS = [*FIELD_HINTS.values(), *OF_ROWS, *RESULT_HINTS.values()]


@pytest.mark.parametrize("hint", HINTS)
def test_hints_of_the_platforms_messages_say_what_to_click(hint: str) -> None:
    assert not _JARGON.search(sentence("x", hint.replace("{place}", "field 'city' in the mapping")))


@pytest.mark.parametrize(
    ("step", "options", "text"),
    [
        ("phone", {}, "07700 900123"),
        ("date", {"from": ["%d/%m/%Y", "%m/%d/%Y"]}, "03/04/2026"),
        ("date", {"from": "%d/%m/%Y"}, "Friday"),
        ("date", {}, "Friday"),
        ("boolean", {}, "perhaps"),
        ("country", {}, "Atlantis"),
    ],
)
def test_hints_of_transforms_say_what_to_click(step: str, options: dict[str, object], text: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        build(step, options)(text)  # type: ignore[call-arg]
    shown = sentence(str(caught.value), caught.value.hint)
    assert not _JARGON.search(shown), shown


def test_hint_of_a_list_says_what_to_click() -> None:
    with pytest.raises(InvalidValue) as caught:
        AllowedList.from_values(["Germany"])("Grmany")
    assert not _JARGON.search(sentence(str(caught.value), caught.value.hint))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("read as cp1252; if accents look wrong, set --encoding", "save the file as CSV UTF-8"),
        ("reading sheet 'A'; B would fit too (choose with --sheet)", "choose another one under “Sheet”"),
        (SKIPPED_HINT, "To send it, correct its cell, or the condition on Columns"),
        ("columns not used: A (if that is intended, add them to `ignore` in the mapping)", "columns not used: A"),
    ],
)
def test_notes_say_what_to_click(text: str, shown: str) -> None:
    assert shown in page_words(text)
    assert not _JARGON.search(page_words(text))


def test_format_of_a_date_is_said_in_words() -> None:
    with pytest.raises(InvalidValue) as caught:
        build("date", {"from": ["%d/%m/%Y", "%d %B %Y"]})("31/02/2026")  # type: ignore[call-arg]
    shown = page_words(str(caught.value))
    assert shown == "'31/02/2026' is not a date in the form day/month/year or day month year"


def test_report_of_another_computer_names_no_flag() -> None:
    hint = (
        "To compare its rows by their leads alone, use --mapping MAP.yaml; "
        "or set UPLOADER_HOME as it was for the upload. "
        "Leads of a run that was purged with --forget-leads are not recognized."
    )
    assert page_words(hint) == "Open it on the computer that sent it, as the same user: what was sent is known there."
