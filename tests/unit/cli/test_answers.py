"""What a typed text means as an answer to a question about a mapping."""

import re

import pytest

from uploader.cli.answers import NoSuchColumnError, parse_answer, typed_suggestion
from uploader.mapping.questionnaire import Answer, Choice, Question

LINKS = Question("link", "Link", "?", "choice", (Choice(135, "135 Autumn"), Choice(3, "3 Spring"), Choice(7, "7 Fair")))
NAMES = ("Lead Source", "Notes", "7")
SOURCE = Question(
    "field:source", "source", "?", "source", tuple(Choice({"column": name}, name) for name in NAMES), is_required=True
)
OPTIONAL = Question(
    "field:city", "city", "?", "source", SOURCE.choices, Choice({"column": "Notes"}, "Notes"), is_required=False
)
COUNTRY = Question("phone:t", "country", "?", "country", (Choice({"column": "Land"}, "by column 'Land'"),))
FORMAT = Question(
    "date:d", "format", "?", "format", (Choice(["%d/%m/%Y"], "%d/%m/%Y"), Choice(["%m/%d/%Y"], "%m/%d/%Y"))
)
COLUMNS = Question(
    "ignore", "Left out", "?", "columns", tuple(Choice([name], name) for name in NAMES), Choice([], "all")
)
COMMA = Question("rows:x", "x", "?", "rows", (Choice(["a, b"], "a, b"), Choice(["c"], "c")))
CODES = Question("rows:y", "y", "?", "rows", (Choice(["0"], "0"), Choice(["1"], "1"), Choice(["all"], "all")))
ID = Question("publisher", "Publisher", "?", "id")


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (LINKS, "1", 135), (LINKS, "135", 135), (LINKS, "135 autumn", 135), (LINKS, "7", 7),
        (LINKS, "3 Spring", 3), (LINKS, "2", 3),
        (SOURCE, "1", {"column": "Lead Source"}), (SOURCE, "lead source", {"column": "Lead Source"}),
        (SOURCE, "=LinkedIn", {"value": "LinkedIn"}), (SOURCE, "= 7 ", {"value": "7"}),
        (SOURCE, "1, 2", {"column": ["Lead Source", "Notes"]}), (SOURCE, "7", {"column": "7"}),
        (OPTIONAL, "-", None), (OPTIONAL, "", {"column": "Notes"}),
        (COUNTRY, "uk", {"region": "GB"}), (COUNTRY, "Deutschland", {"region": "DE"}),
        (COUNTRY, "1", {"column": "Land"}), (COUNTRY, "-", {}),
        (FORMAT, "2", ["%m/%d/%Y"]), (FORMAT, "%d.%m.%y", ["%d.%m.%y"]), (FORMAT, "-", None),
        (COLUMNS, "", []), (COLUMNS, "all", []), (COLUMNS, "Y", []), (COLUMNS, "no", [*NAMES]),
        (COLUMNS, "2", ["Notes"]), (COLUMNS, "1,3", ["Lead Source", "7"]),
        (COLUMNS, "notes", ["Notes"]), (COLUMNS, "Notes, 1", ["Notes", "Lead Source"]), (COMMA, "a, b", ["a, b"]),
        (COMMA, "all", None), (COMMA, "1, 2", ["a, b", "c"]),
        (CODES, "0", ["0"]), (CODES, "2", ["1"]), (CODES, "=1", ["1"]), (CODES, "=1, =0", ["1", "0"]),
        (CODES, "all", ["all"]), (ID, "11003", 11003),
    ],
)  # fmt: skip
def test_texts_mean_answers(question: Question, text: str, answer: Answer) -> None:
    assert parse_answer(question, text) == answer


@pytest.mark.parametrize(
    ("question", "text", "message"),
    [
        (LINKS, "", "Type the number of a line, 1 to 3."),
        (LINKS, "3", "3 is the number of a line and also an id. Type the id with its name, as it is shown."),
        (LINKS, "999", "Type the number of a line, 1 to 3."),
        (SOURCE, "", "Type the number or the name of a column, or = and a value for all leads."),
        (SOURCE, "-", "The form requires this field. Choose a column, or type = and a value."),
        (SOURCE, "=", "Type the value behind the =."),
        (SOURCE, "12", "There is no line 12. For a fixed value, type  =12"),
        (SOURCE, "1, 9", "Type the numbers of lines with commas between them, such as 1, 3."),
        (COUNTRY, "Atlantis", "'Atlantis' is not a country with phone numbers. Type its name or code, such as GB."),
        (COUNTRY, "", "Type a country such as GB, or - if every number has its country code."),
        (FORMAT, "dd/mm/yyyy", "'dd/mm/yyyy' has no day, month or year; did you mean '%d/%m/%Y'?"),
        (FORMAT, "", "Type the number of a format, or a format such as %d/%m/%Y."),
        (COLUMNS, "Hall", "Type the numbers of lines with commas between them, such as 1, 3."),
        (COMMA, "", "Type the numbers of the lines to send, such as 1, 3; or all for every row."),
        (CODES, "1", "1 is the number of a line and also the text of another. Type  =1  for the text."),
        (CODES, "1, 2", "1 is the number of a line and also the text of another. Type  =1  for the text."),
        (ID, "x7", "'x7' is not an id. Type a number."),
        (ID, "0", "'0' is not an id. Type a number."),
        (ID, "", "Type a number."),
    ],
)
def test_other_texts_are_explained(question: Question, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        parse_answer(question, text)


def test_text_that_is_no_column_may_be_a_fixed_value() -> None:
    with pytest.raises(NoSuchColumnError, match=r"There is no column 'LinkedIn'$"):
        parse_answer(SOURCE, "LinkedIn")
    with pytest.raises(NoSuchColumnError, match=r"There is no column 'Lead Sorce'; did you mean 'Lead Source'\?"):
        parse_answer(SOURCE, "Lead Sorce")


def test_suggestion_is_shown_as_it_would_be_typed() -> None:
    assert typed_suggestion(OPTIONAL) == "2"
    assert typed_suggestion(COLUMNS) == "all"
    assert typed_suggestion(LINKS) == ""
    left_out = Question("field:city", "city", "?", "source", (), Choice(None, "left out"), is_required=False)
    assert typed_suggestion(left_out) == "-"
