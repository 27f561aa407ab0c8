"""Suggest conditions for `where`: which rows of a sheet may be meant. Only suggestions: which rows is for the user."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from uploader.mapping.proposal.columns import Column
from uploader.mapping.proposal.name_tokens import tokenize
from uploader.mapping.row_filter import comparable
from uploader.mapping.transforms.text import YES

FEW = 8  # distinct values of a column that sorts rows into groups
MIN_REPEATS = 2  # rows for each value, on average
SHOWN = 5  # values in a comment
MOSTLY = 0.8  # the share of yes and no in such a column; the rest may be a total, or an answer like "on paper"

_STATUS = "status stage disposition qualification phase outcome statut etat estado stato fase bearbeitungsstatus"
_STATUS_WORDS = frozenset(_STATUS.split())
_TEST_WORDS = frozenset({"test", "testlead", "testkontakt", "dummy"})
_MEANT = re.compile(
    r"(?<!\w)(?:sql|mql|(?:sales |marketing )?qualified|qualifiziert|qualifié|won|gewonnen|confirmed|bestätigt|approved"
    r"|accepted|attended|registered|valid|active|aktiv|ready|hot)(?!\w)",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"(?<!\w)(?:not|un\w+|in\w+|dis\w+|nicht|kein\w*|pas|no)(?!\w)", re.IGNORECASE)


@dataclass(frozen=True)
class ConditionGuess:
    """A condition that may be meant.

    Attributes:
        column: The column.
        condition: What its cell must be, as the mapping file writes it under `where`.
        values: The most frequent cells, with the number of rows in the sample.
    """

    column: str
    condition: Any
    values: tuple[tuple[str, int], ...]

    @property
    def description(self) -> str:
        """The cells of the column: `Status: New (12), Qualified (8)`."""
        shown = ", ".join(f"{text or 'empty'} ({count})" for text, count in self.values[:SHOWN])
        return f"{self.column}: {shown}{', …' if len(self.values) > SHOWN else ''}"


def suggest_conditions(columns: Sequence[Column]) -> tuple[ConditionGuess, ...]:
    """Return a condition for each column that says how far a lead is, or that it is a test.

    Args:
        columns: The columns that no form field uses, with sample cells.
    """
    found = (_suggest_test(column) or _suggest_status(column) for column in columns)
    return tuple(guess for guess in found if guess)


def _suggest_status(column: Column) -> ConditionGuess | None:
    values = _count_values(column)
    texts = [text for text, _ in values if text]
    if not 2 <= len(texts) <= FEW or len(column.cells) < MIN_REPEATS * len(texts):
        return None
    if _STATUS_WORDS.isdisjoint(tokenize(column.name).words) and column.share("status") < 0.5:
        return None
    meant = [text for text in texts if _MEANT.search(text) and not _NEGATED.search(text)]
    return ConditionGuess(column.name, meant[0] if len(meant) == 1 else meant or texts[0], values)


def _suggest_test(column: Column) -> ConditionGuess | None:
    values = _count_values(column)
    marks = [text for text, _ in values if text.casefold().removesuffix(".0") in YES]
    if not marks or _TEST_WORDS.isdisjoint(tokenize(column.name).words) or column.share("yesno") < MOSTLY:
        return None
    return ConditionGuess(column.name, {"not": marks}, values)


def _count_values(column: Column) -> tuple[tuple[str, int], ...]:
    """Return the cells that `where` tells apart with their number of rows, the most frequent first."""
    counts = Counter(map(comparable, column.rows))
    written: dict[str, str] = {}
    for cell in column.rows:
        written.setdefault(comparable(cell), cell)
    return tuple((written[text], count) for text, count in counts.most_common())
