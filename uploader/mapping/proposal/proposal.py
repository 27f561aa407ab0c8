"""What is proposed: for each field of the form, where its value could come from and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Confidence = Literal["sure", "likely", "none"]
Step = str | Mapping[str, Any]  # one transform as a mapping writes it: `lower`, or {"phone": {"region": "GB"}}


@dataclass(frozen=True)
class Guess:
    """One form field. `columns` are tried in their order; a `template` joins them instead.

    With confidence "none", `columns` are those that it would come from once someone decided between `choices`.
    `score` is the similarity of the names in percent where that is all there is to go by, else 0.
    `why` and `remark` (about the transforms) are a few words each; `decide` says what is left open, "" for nothing.
    """

    field: str
    columns: tuple[str, ...] = ()
    template: str = ""
    transform: tuple[Step, ...] = ()
    confidence: Confidence = "none"
    score: int = 0
    why: str = "no column looks like it"
    remark: str = ""
    decide: str = ""
    choices: tuple[tuple[Step, str], ...] = ()


@dataclass(frozen=True)
class Proposal:
    """`guesses` has every field once, in the form's order. `left` are the columns that nothing uses; `doubled` are
    names that stand more than once in the sheet, which no mapping can use. Columns without a name are in neither.

    `undecided` are the fields that need someone's word: required ones without a guess, and those with `decide`.
    """

    guesses: tuple[Guess, ...]
    left: tuple[str, ...]
    doubled: tuple[str, ...]
    undecided: tuple[str, ...]

    @property
    def ignored(self) -> tuple[str, ...]:
        """What stands under `ignore:`."""
        return (*self.left, *self.doubled)
