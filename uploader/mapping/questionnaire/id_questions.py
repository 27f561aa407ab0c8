"""The questions which sheet, form, link and publisher the leads belong to."""

from uploader.core.form import Form
from uploader.mapping.questionnaire.basis import Basis, SheetSample
from uploader.mapping.questionnaire.question import Answer, Choice, Question


def sheet_question(basis: Basis, sheet: SheetSample, *, is_settled: bool) -> Question | None:
    """Return the question about the sheet of a workbook; None for a file without sheets."""
    if sheet.name is None:
        return None
    choices = [Choice(one.name, str(one.name), ", ".join(one.columns)) for one in basis.sheets]
    return _choice("sheet", "Which sheet has the leads?", choices, sheet.name, is_settled=is_settled)


def form_question(basis: Basis, form: Form, *, is_settled: bool) -> Question:
    """Return the question about the form."""
    choices = [Choice(one.id, f"{one.id} {one.name}".strip(), _names(one)) for one in basis.forms]
    known = form.id if is_settled else None
    return _choice("form", "Which form are the leads for?", choices, known, is_settled=is_settled)


def link_question(basis: Basis, link: int | None, *, is_settled: bool) -> Question:
    """Return the question about the link: one of the campaign's, or its id if the platform does not list them."""
    text = "Which link do the leads come through?"
    if not basis.links:
        return _id("link", f"{text} The platform does not list them: type its id.", link, is_settled=is_settled)
    details = [", ".join(filter(None, (one.channel, one.destination))) for one in basis.links]
    names = [f"{one.id} {one.name}".strip() for one in basis.links]
    choices = [Choice(one.id, *shown) for one, *shown in zip(basis.links, names, details, strict=True)]
    return _choice("link", text, choices, link, is_settled=is_settled)


def publisher_question(publisher: int | None, *, is_settled: bool) -> Question:
    """Return the question about the publisher."""
    return _id("publisher", "What is your publisher id?", publisher, is_settled=is_settled)


def _id(key: str, text: str, known: int | None, *, is_settled: bool) -> Question:
    suggestion = None if known is None else Choice(known, str(known))
    return Question(key, key.capitalize(), text, "id", (), suggestion, is_open=not is_settled)


def _choice(key: str, text: str, choices: list[Choice], known: Answer, *, is_settled: bool) -> Question:
    suggestion = next((choice for choice in choices if choice.answer == known), None)
    return Question(key, key.capitalize(), text, "choice", tuple(choices), suggestion, is_open=not is_settled)


def _names(form: Form) -> str:
    return ", ".join(field.name for field in form.fields)
