"""The types of a proposal: for each form field where its value could come from, and how certain that is."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from uploader.mapping.proposal.row_conditions import ConditionGuess

Confidence = Literal["chosen", "sure", "likely", "none"]  # "chosen" by the user
Step = str | Mapping[str, Any]  # one transform as the mapping file writes it: `lower`, or {"phone": {"region": "GB"}}


@dataclass(frozen=True)
class Guess:
    """What is proposed for one form field.

    Attributes:
        field: The form field.
        columns: Columns, the first that is not empty is used. With confidence "none" they wait for a choice.
        template: A template that joins columns, instead of `columns`.
        value: A fixed value, instead of both. With confidence "none" it waits for a choice.
        transform: The transforms.
        options: The field's other keys in the mapping, such as `values`.
        confidence: How certain the columns are.
        doubt: What a likely guess is not certain of: the columns, or the transform of the right columns.
        score: The similarity of the names in percent if the guess rests on that alone, else 0.
        reason: Why these columns, in a few words.
        note: Why these transforms, in a few words.
        question: What the user has to decide, or "".
        choices: The answers to choose from: a transform, and when it is right.
        must_be: The values with consent, where some rows of the sample have none: a suggestion.
    """

    field: str
    columns: tuple[str, ...] = ()
    template: str = ""
    value: str = ""
    transform: tuple[Step, ...] = ()
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    confidence: Confidence = "none"
    doubt: Literal["", "columns", "transform"] = ""
    score: int = 0
    reason: str = "no matching column"
    note: str = ""
    question: str = ""
    choices: tuple[tuple[Step, str], ...] = ()
    must_be: tuple[str, ...] = ()

    @property
    def spec(self) -> dict[str, Any]:
        """The field as the mapping file writes it, in braces."""
        one_or_more = self.columns[0] if len(self.columns) == 1 else list(self.columns)
        source: dict[str, Any] = {"column": one_or_more} if self.columns else {"value": self.value}
        if self.template:
            source = {"template": self.template}
        return {**source, **({"transform": list(self.transform)} if self.transform else {}), **self.options}


@dataclass(frozen=True)
class Proposal:
    """A proposed mapping.

    Attributes:
        guesses: Every field of the form once, in its order.
        unused: The columns that no field uses, without nameless ones.
        repeated: Names of more than one column, which a mapping cannot use.
        undecided: Fields that the user has to set: required ones without a guess, and those with a question.
        required: The fields that the form requires.
        conditions: Conditions for `where` that may be meant.
        head: Other keys of the mapping, such as `duplicates`.
    """

    guesses: tuple[Guess, ...] = ()
    unused: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    conditions: tuple[ConditionGuess, ...] = ()
    head: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def ignored(self) -> tuple[str, ...]:
        """The columns for `ignore:`."""
        return (*self.unused, *self.repeated)
