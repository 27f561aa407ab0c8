"""What the user typed as the answer to a question about a mapping."""

import re

from uploader.core.did_you_mean import did_you_mean
from uploader.core.model import MAX_ID, parse_whole_number
from uploader.mapping.questionnaire import Answer, Choice, Question
from uploader.spreadsheet.column_names import fold, matching_columns

MAX_LINES = 15  # of choices that are shown; the others can be typed by name


class NoSuchColumnError(ValueError):
    """The text is not a column's name; it may be meant as a fixed value."""


def parse_answer(question: Question, text: str) -> Answer:
    """Return the answer that a text means.

    Args:
        question: The question.
        text: What the user typed, without surrounding blanks.

    Raises:
        ValueError: It is not an answer; the message says what can be typed.
    """
    if not text:
        if question.suggestion is None:
            raise ValueError(_hint(question))
        return question.suggestion.answer
    return _PARSERS[question.kind](question, text)


def typed_suggestion(question: Question) -> str:
    """Return what would have to be typed for the suggestion; empty if there is none."""
    if question.suggestion is None:
        return ""
    for number, choice in enumerate(question.choices[:MAX_LINES], 1):
        if choice.answer == question.suggestion.answer:
            return str(number)
    return "-" if question.suggestion.answer is None else question.suggestion.label


def _choice(question: Question, text: str) -> Answer:
    by_line = _line(question, text)
    same = [one for one in question.choices if text.casefold() in {str(one.answer).casefold(), one.label.casefold()}]
    found = {id(choice): choice for choice in [*([by_line] if by_line else []), *same]}
    if len(found) == 1:
        return next(iter(found.values())).answer
    if found:
        raise ValueError(f"{text} is the number of a line and also an id. Type the id with its name, as it is shown.")
    raise ValueError(_hint(question))


def _id(question: Question, text: str) -> Answer:
    number = parse_whole_number(text, MAX_ID)
    if not number:
        raise ValueError(f"{text!r} is not an id. Type a number.")
    return number


def _source(question: Question, text: str) -> Answer:
    if text == "-":
        if question.is_required:
            raise ValueError("The form requires this field. Choose a column, or type = and a value.")
        return None
    if text.startswith("="):
        if not text[1:].strip():
            raise ValueError("Type the value behind the =.")
        return {"value": text[1:].strip()}
    if re.fullmatch(r"\d+(?:\s*,\s*\d+)+", text):
        return {"column": [name for choice in _lines(question, text) for name in _columns(choice)]}
    if choice := _line(question, text):
        return choice.answer
    names = [name for choice in question.choices for name in _columns(choice)]
    if found := matching_columns(text, names):
        return {"column": names[found[0]]}
    if text.isdecimal():
        raise ValueError(f"There is no line {text}. For a fixed value, type  ={text}")
    raise NoSuchColumnError(f"There is no column {text!r}{did_you_mean(text, names)}")


def _country(question: Question, text: str) -> Answer:
    from uploader.mapping.transforms.phone_number import region_code

    if text == "-":
        return {}
    if choice := _line(question, text):
        return choice.answer
    if code := region_code(text):
        return {"region": code}
    raise ValueError(f"{text!r} is not a country with phone numbers. Type its name or code, such as GB.")


def _format(question: Question, text: str) -> Answer:
    from uploader.mapping.transforms import build

    if text == "-":
        return None
    if choice := _line(question, text):
        return choice.answer
    try:
        build("date", {"from": text})
    except ValueError as error:
        message = str(error).removeprefix("date: ").removeprefix("from: ")
        raise ValueError(message if message.endswith("?") else f"{message}.") from None
    return [text]


def _rows(question: Question, text: str) -> Answer:
    if text.casefold() == "all" and not _named(question, text):
        return None
    return [name for choice in _lines(question, text) for name in _names(choice)]


def _kept_columns(question: Question, text: str) -> Answer:
    word = text.casefold()
    if not _named(question, text) and word in {"all", "y", "yes"}:
        return []
    if not _named(question, text) and word in {"n", "no", "none"}:
        return [name for choice in question.choices for name in _names(choice)]
    return [name for choice in _lines(question, text) for name in _names(choice)]


def _lines(question: Question, text: str) -> list[Choice]:
    """Return the choices that numbers or names mean, with commas between them."""
    if "," in text and (whole := _named(question, text)):
        return [whole]
    parts = [part.strip() for part in text.split(",")]
    found = [choice for part in parts if (choice := _line_or_name(question, part))]
    if len(found) < len(parts):
        raise ValueError("Type the numbers of lines with commas between them, such as 1, 3.")
    return found


def _line_or_name(question: Question, text: str) -> Choice | None:
    """Return the choice of a line's number or a name; `=` in front of it makes a number a name."""
    if text.startswith("=") and (named := _named(question, text[1:])):
        return named
    line, named = _line(question, text), _named(question, text)
    if line and named and line is not named:
        raise ValueError(f"{text} is the number of a line and also the text of another. Type  ={text}  for the text.")
    return line or named


def _named(question: Question, text: str) -> Choice | None:
    return next((choice for choice in question.choices if fold(choice.label) == fold(text)), None)


def _line(question: Question, text: str) -> Choice | None:
    number = parse_whole_number(text, len(question.choices) + 1)
    return question.choices[number - 1] if number else None


def _columns(choice: Choice) -> list[str]:
    column = choice.answer.get("column", []) if isinstance(choice.answer, dict) else []
    return [column] if isinstance(column, str) else list(column)


def _names(choice: Choice) -> list[str]:
    return choice.answer if isinstance(choice.answer, list) else []


def _hint(question: Question) -> str:
    match question.kind:
        case "source":
            return "Type the number or the name of a column, or = and a value for all leads."
        case "country":
            return "Type a country such as GB, or - if every number has its country code."
        case "format":
            return "Type the number of a format, or a format such as %d/%m/%Y."
        case "id":
            return "Type a number."
        case "rows":
            return "Type the numbers of the lines to send, such as 1, 3; or all for every row."
        case _:
            return f"Type the number of a line, 1 to {len(question.choices)}."


_PARSERS = {
    "choice": _choice,
    "id": _id,
    "source": _source,
    "country": _country,
    "format": _format,
    "rows": _rows,
    "columns": _kept_columns,
}
