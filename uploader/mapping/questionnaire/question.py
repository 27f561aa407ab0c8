"""One question about a mapping: its choices, and the answer that is suggested."""

from dataclasses import dataclass
from typing import Any, Literal

# An answer can be written as JSON. What it may be depends on the kind of the question.
Answer = int | str | list[str] | dict[str, Any] | None

# choice   one of the choices
# id       an id, as a number
# source   {"column": name or names}, {"template": …}, {"value": …}, or None to leave the field out
# country  the options of `phone`: {"region": "GB"}, {"column": "Country"}, or {} if every number has its country code
# format   the formats of dates, [] for real dates, None to send the cells as they are
# rows     the cells of a column whose rows are sent, a condition of `where`, or None for all rows
# columns  the unused columns that are not ignored, so that `check` warns about them
Kind = Literal["choice", "id", "source", "country", "format", "rows", "columns"]


@dataclass(frozen=True)
class Choice:
    """A possible answer: how it is shown, and details such as sample values."""

    answer: Answer
    label: str
    details: str = ""


@dataclass(frozen=True)
class Question:
    """A question, whether it has to be asked or not.

    Attributes:
        key: What identifies it: `link`, or `field:email`.
        title: What it is about, in a word or two.
        text: The question in a sentence.
        kind: Which answers it takes.
        choices: Answers to choose from; others may be possible.
        suggestion: The given answer, else the suggested one; None if there is nothing to suggest.
        is_open: Whether the user has to answer it: not if the answer is given or certain.
        is_required: Whether a field can't be left out.
    """

    key: str
    title: str
    text: str
    kind: Kind
    choices: tuple[Choice, ...] = ()
    suggestion: Choice | None = None
    is_open: bool = True
    is_required: bool = True
