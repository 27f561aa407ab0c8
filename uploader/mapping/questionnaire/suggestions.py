"""The questions on a page: it shows all suggestions at once, and someone who sees them can change them."""

from dataclasses import replace

from uploader.mapping.questionnaire.field_state import FieldState
from uploader.mapping.questionnaire.question import Answer, Question
from uploader.mapping.questionnaire.questionnaire import Questionnaire
from uploader.mapping.questionnaire.row_questions import consent_key
from uploader.mapping.questionnaire.source_question import source_choice


def with_suggestions(known: Questionnaire) -> Questionnaire:
    """Return a questionnaire in which suggestions are answers, where the user has not answered.

    What stays open is what a look at a list of suggestions must not decide: fixed values of earlier uploads, consent,
    which rows are sent, and ids of which there are several.
    """
    found = dict(known.answers)
    for state in known.fields:
        if state.source.key not in found and (answer := _suggested_source(state, known)) is not _NONE:
            found[state.source.key] = answer
    sourced = replace(known, answers=found)
    for state in sourced.fields:
        if state.detail and state.detail.key not in found:
            suggestion = state.detail.question(state.detailed).suggestion
            found = {**found, **({state.detail.key: suggestion.answer} if suggestion else {})}
    where = {known.known_condition[1]: known.known_condition[2]} if known.known_condition else {}
    return replace(known, answers={"ignore": [], "where": where, **found})


def _suggested_source(state: FieldState, known: Questionnaire) -> Answer:
    """Return the proposed source; None to leave an optional field out; `_NONE` if the user has to decide."""
    guess = state.source.guess
    is_certain_value = guess.value and guess.confidence != "none"
    if guess.columns or guess.template or is_certain_value:
        return source_choice(guess, known.sheet).answer
    return _NONE if state.name in known.form.required else None


_NONE = ""  # fits no question


def blocking_questions(known: Questionnaire) -> list[Question]:
    """Return the open questions without whose answers no row can be checked, those about ids last.

    The country of phone numbers is not among them: rows with a number that lacks it are invalid until it is known. Nor
    is consent, for a field that the form does not require: whoever sends is asked again, with the number of rows.
    """
    found = [one for one in known.open_questions if one.kind != "country" and not _is_optional_consent(one, known)]
    return sorted(found, key=lambda one: one.key in {"sheet", "form", "link", "publisher"})


def _is_optional_consent(question: Question, known: Questionnaire) -> bool:
    return question.key in {consent_key(field.name) for field in known.form.fields if not field.required}
