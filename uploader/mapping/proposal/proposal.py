"""The types of a proposal: for each form field where its value could come from, and how certain that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Confidence = Literal["sure", "likely", "none"]
Step = str | Mapping[str, Any]  # one transform as the mapping file writes it: `lower`, or {"phone": {"region": "GB"}}


@dataclass(frozen=True)
class Guess:
    """What is proposed for one form field.

    Attributes:
        field: The form field.
        columns: Columns, the first that is not empty is used. With confidence "none" they wait for a choice.
        template: A template that joins columns, instead of `columns`.
        transform: The transforms.
        confidence: How certain the columns are.
        score: The similarity of the names in percent if the guess rests on that alone, else 0.
        reason: Why these columns, in a few words.
        note: Why these transforms, in a few words.
        question: What the user has to decide, or "".
        choices: The answers to choose from: a transform, and when it is right.
    """

    field: str
    columns: tuple[str, ...] = ()
    template: str = ""
    transform: tuple[Step, ...] = ()
    confidence: Confidence = "none"
    score: int = 0
    reason: str = "no matching column"
    note: str = ""
    question: str = ""
    choices: tuple[tuple[Step, str], ...] = ()


@dataclass(frozen=True)
class Proposal:
    """A proposed mapping.

    Attributes:
        guesses: Every field of the form once, in its order.
        unused: The columns that no field uses, without nameless ones.
        repeated: Names of more than one column, which a mapping cannot use.
        undecided: Fields that the user has to set: required ones without a guess, and those with a question.
    """

    guesses: tuple[Guess, ...]
    unused: tuple[str, ...]
    repeated: tuple[str, ...]
    undecided: tuple[str, ...]

    @property
    def ignored(self) -> tuple[str, ...]:
        """The columns for `ignore:`."""
        return (*self.unused, *self.repeated)
