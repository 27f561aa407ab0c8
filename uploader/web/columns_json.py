"""What the screen Columns gets from the worker, as JSON."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from uploader.commands.cell_samples import Sample, cell_samples
from uploader.commands.mapping import UnfinishedMapping
from uploader.mapping.load import parse_mapping
from uploader.mapping.proposal import Guess
from uploader.mapping.questionnaire import Choice, FieldState, Question, Questionnaire, blocking_questions
from uploader.mapping.questionnaire.row_questions import ALL_ROWS, LostCondition, RowQuestion
from uploader.mapping.questionnaire.source_question import source_choice
from uploader.mapping.transforms.phone_number import phone_countries
from uploader.pipeline.wording import notes_on_mapping
from uploader.spreadsheet import Sheet
from uploader.web.desk_json import Json
from uploader.web.page_words import DATE_PARTS, page_words

PREVIEW_ROWS = 20
PATH = Path("mapping.yaml")
IDS = ("sheet", "form", "link", "publisher")

# Formats of dates to choose from, besides those that were found.
DATE_FORMATS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y-%m-%d", "%d-%m-%Y", "%d %B %Y", "%d %b %Y", "%B %d, %Y")
_EXAMPLE = datetime(2026, 12, 31)  # noqa: DTZ001 - a date as it is written


def columns(opened: UnfinishedMapping, known: Questionnaire) -> Json:
    """Return everything that the screen shows."""
    table, rows = opened.tables[known.sheet.name], opened.samples[known.sheet.name]
    basis, source = known.basis, table.source
    return {
        "columns": [name for name in table.columns if name.strip() and table.columns.count(name) == 1],
        "header": table.columns,
        "rows": [list(row) for row, _ in zip(rows.cells(), range(PREVIEW_ROWS), strict=False)],
        "numbers": rows.rows[:PREVIEW_ROWS],
        "notes": [page_words(note) for note in table.notes],
        "sheet": table.sheet,
        "sheets": [str(table.sheet), *source.others] if isinstance(source, Sheet) else [],
        "form": known.form.id if known.knows_form else None,
        "forms": [[form.id, form.name] for form in basis.forms],
        "links": [[one.id, one.name, one.channel or ""] for one in basis.links],
        "link": known.ids.get("link"),
        "publisher": known.ids.get("publisher"),
        "publishers": sorted({one.ids["publisher"] for one in basis.earlier if "publisher" in one.ids}),
        "is_publisher_known": "publisher" in basis.ids,
        "is_strict": known.basis.head.get("quality") == "platform" or known.answers.get("quality") == "platform",
        "where": _where(known.answers.get("where")),
        "countries": _countries(known),
        **preview(opened, known),
    }


def preview(opened: UnfinishedMapping, known: Questionnaire) -> Json:
    """Return what depends on the answers: the fields with samples, the questions, and what is missing."""
    table, rows = opened.tables[known.sheet.name], opened.samples[known.sheet.name]
    mapping = parse_mapping(opened.text(known), PATH)
    notes, warnings = notes_on_mapping(mapping, known.form, ())
    samples = cell_samples(mapping, table.columns, rows)
    blocking = blocking_questions(known)
    return {
        "fields": _fields(known, samples, {one.key for one in blocking}),
        "questions": _row_questions(known),
        "gaps": [page_words(one) for one in (*warnings, *notes)],
        "kept": [f"{name} {json.dumps(one, ensure_ascii=False)}" for name, one in known.kept_conditions.items()],
        "unused": list(known.proposal.ignored),
        "missing": [[_element(one.key), one.title] for one in blocking],
        "undecided": [_undecided(one) for one in known.open_questions if one not in blocking],
    }


def _fields(known: Questionnaire, samples: Mapping[str, Sequence[Sample]], blocking: set[str]) -> list[Json]:
    """Return the form's fields: those with an open question first, then the required ones."""
    about = {field.name: field for field in known.form.fields}
    found = []
    for state in known.fields:
        questions = list(state.more_questions())
        field = about[state.name]
        found.append(
            {
                "name": state.name,
                "is_required": bool(field.required),
                "is_hidden": field.hidden,
                "is_open": state.source.key in blocking,
                "is_marked": any(one.is_open for one in questions),
                **_source(state, known),
                "samples": [[one.before, one.after, one.problem] for one in samples.get(state.name, ())],
                "questions": [_field_question(one, state.name) for one in questions],
            }
        )
    return sorted(found, key=lambda one: (not (one["is_open"] or one["is_marked"]), not one["is_required"]))


def _source(state: FieldState, known: Questionnaire) -> Json:
    """Return where a field comes from, as the select's value and the fixed value, and why."""
    proposed, guess = state.source.guess, state.chosen
    joined = json.dumps(source_choice(proposed, known.sheet).answer) if _is_joined(proposed) else ""
    is_fixed = isinstance(given := known.answers.get(state.source.key), dict) and "value" in given
    if is_fixed:
        value = "fixed"
    elif guess is None:
        value = ""
    elif _is_joined(guess):
        value = f"answer:{joined}"
    else:
        value = f"column:{guess.columns[0]}" if guess.columns else "out"
    is_proposed = guess is None or (guess.columns, guess.template) == (proposed.columns, proposed.template)
    shown = proposed if is_proposed and not is_fixed else state.sourced
    return {
        "value": value,
        "fixed": str(given["value"]) if is_fixed and isinstance(given, dict) else proposed.value,
        "joined": [f"answer:{joined}", proposed.template or ", otherwise ".join(proposed.columns)] if joined else None,
        "confidence": shown.confidence if shown.confidence in {"sure", "likely"} else "",
        "reason": _reason(shown, proposed, is_fixed=is_fixed),
    }


def _reason(shown: Guess, proposed: Guess, *, is_fixed: bool) -> str:
    if is_fixed:
        return ""
    if proposed.value and not (shown.columns or shown.template):
        return f"{proposed.reason}: '{proposed.value}'"
    return shown.reason


def _is_joined(guess: Guess) -> bool:
    return bool(guess.template) or len(guess.columns) > 1


def question_json(question: Question) -> Json:
    """Return a question with its choices; the value of a choice is its answer as JSON."""
    given = question.suggestion
    return {
        "key": question.key,
        "title": question.title,
        "text": question.text,
        "options": [_option(one) for one in question.choices],
        "answer": "" if question.is_open or not given else json.dumps(given.answer),
        "is_open": question.is_open,
    }


def _option(choice: Choice) -> list[str]:
    return [json.dumps(choice.answer), choice.label]


_DETAILS = {"country": "Numbers without a country code are from", "format": "How its dates are written"}


def _field_question(question: Question, field: str) -> Json:
    """Return a question that is shown beside its field, without the field's name, with which only its select begins."""
    shown = _detail(question) if question.kind in _DETAILS else question_json(question)
    text = str(shown["text"]).removeprefix(f"{field}: ")
    return {**shown, "text": text[:1].upper() + text[1:]}


def _detail(question: Question) -> Json:
    """Return the question about how a field's cells are read, with all answers to choose from."""
    label = _date_label if question.kind == "format" else _country_label
    answers = [one.answer for one in question.choices]
    answers += [question.suggestion.answer] if question.suggestion else []
    answers += [[form] for form in DATE_FORMATS] + [None] if question.kind == "format" else [{}]
    options = {json.dumps(answer): label(answer) for answer in answers}
    is_asked = question.is_open and "%" not in question.text  # other texts name the codes of a format
    return {
        **question_json(question),
        "text": question.text.partition(": ")[2] if is_asked else _DETAILS[question.kind],
        "options": [[value, text] for value, text in options.items()],
        "has_countries": question.kind == "country",
    }


def _date_label(answer: Any) -> str:
    """`31/12/2026 (day, month, year)`."""
    if answer is None:
        return "send them as they are"
    if not answer:
        return "as dates of the spreadsheet program"
    examples = " or ".join(dict.fromkeys(_EXAMPLE.strftime(form) for form in answer))
    order = ", ".join(DATE_PARTS[code] for code in re.findall(r"%(\w)", answer[0]) if code in DATE_PARTS)
    return f"{examples} ({order})"


def _country_label(answer: Any) -> str:
    words = [f"that of the column {answer['column']}"] if answer.get("column") else []
    names = {country.alpha2: country.name for country in phone_countries()}
    words += [names.get(region, region)] if (region := answer.get("region")) else []
    return ", otherwise ".join(words) or "none: every number has its country code"


def _countries(known: Questionnaire) -> list[list[str]]:
    """Return the countries to choose from, if there is a field with phone numbers."""
    if not any(state.detail and state.detail.transform == "phone" for state in known.fields):
        return []
    found = sorted(phone_countries(), key=lambda country: country.name)
    return [[json.dumps({"region": country.alpha2}), country.name] for country in found]


def _row_questions(known: Questionnaire) -> list[Json]:
    """Return the questions about which rows are sent, open ones first."""
    found = [_lost_condition(one, known) for one in known.lost_conditions]
    found += [_row_question(one, known) for one in known.row_questions]
    return sorted(found, key=lambda one: not one["is_open"])


def _row_question(row: RowQuestion, known: Questionnaire) -> Json:
    question, unanswered = row.question(known.answers), row.question({})
    suggested = [unanswered.suggestion] if unanswered.suggestion else []
    answer = known.answers.get(row.key)
    return {
        **question_json(question),
        "options": [_option(one) for one in (*suggested, ALL_ROWS)],
        "cells": [[one.answer[0], one.label, one.details] for one in question.choices if isinstance(one.answer, list)],
        "ticked": answer if isinstance(answer, list) and not question.is_open else [],
    }


def _lost_condition(lost: LostCondition, known: Questionnaire) -> Json:
    return {**question_json(lost.question(known.answers)), "cells": [], "ticked": []}


def _undecided(question: Question) -> str:
    """Return what is done until an open question is answered, for one without whose answer the rows can be checked."""
    is_country = question.kind == "country"
    what = "Numbers without a country code are rows to fix" if is_country else "Rows without it are sent"
    return f"Undecided: {question.title}. {what} until you decide."


def _where(given: Any) -> list[Any]:
    """Return a condition that was added on this screen: column, values, and whether they are excluded."""
    if not isinstance(given, dict) or not given:
        return ["", [], False]
    column, condition = next(iter(given.items()))
    return [column, condition["not"], True] if isinstance(condition, dict) else [column, condition, False]


def _element(key: str) -> str:
    """Return the id of the control with which a question is answered."""
    if key in IDS:
        return key
    return key.replace("field:", "field-", 1) if key.startswith("field:") else f"question-{key}"
