"""Decide by `where` which rows are left out: they are skipped, whatever else is wrong with them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from uploader.core.messages import FILTER_REASON
from uploader.core.model import Problem
from uploader.mapping.invalid_value import quote_value
from uploader.mapping.schema import Condition
from uploader.mapping.transforms import find_damage, repair
from uploader.spreadsheet import Chunk, fold

# What spreadsheet programs in several languages write for TRUE and FALSE: opening a report must not change a decision.
_TRUE = frozenset({"true", "wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "prawda", "sant"})
_FALSE = frozenset({"false", "falsch", "faux", "falso", "onwaar", "fałsz", "falskt"})
_WHOLE = re.compile(r"([-+]?\d+)\.0+", re.ASCII)

SHOWN_TEXTS = 5  # of a list, in a reason


@dataclass(frozen=True)
class ColumnCondition:
    """The condition for one column: its name, its position in the table, and what its cells must be."""

    column: str
    position: int
    condition: Condition

    def reason(self, cell: str) -> str:
        """Return why a cell does not meet the condition, or an empty string if it does."""
        why = find_mismatch(self.condition, cell)
        return f"{FILTER_REASON}column {self.column!r} {why}" if why else ""

    def problem(self, cell: str) -> Problem | None:
        """Return why the cell can't be compared: it is damaged, and the condition does not name it as it is."""
        damage = find_damage(repair(cell)[0])
        if damage is None or comparable(cell) in set(map(comparable, texts_of(self.condition))):
            return None
        return Problem(f"{FILTER_REASON}column {self.column!r}: {damage}", damage.hint, column=self.column, value=cell)


@dataclass(frozen=True)
class FilteredRows:
    """What `where` says about the rows of a chunk, by position.

    Attributes:
        skipped: Why rows are left out.
        problems: Why it can't be determined for a row whether it is left out.
    """

    skipped: Mapping[int, str] = field(default_factory=dict)
    problems: Mapping[int, Problem] = field(default_factory=dict)


@dataclass(frozen=True)
class RowFilter:
    """The conditions of a mapping's `where`. All must hold for a row to be sent."""

    conditions: Sequence[ColumnCondition]

    def apply(self, chunk: Chunk) -> FilteredRows:
        """Return which rows of a chunk are left out.

        A row whose cells may be shifted is not: its cells cannot be trusted. One unreadable cell makes a row invalid,
        unless another condition leaves it out anyway.
        """
        skipped: dict[int, str] = {}
        problems: dict[int, Problem] = {}
        for one in self.conditions:
            cells = chunk.columns[one.position]
            distinct = set(cells)
            unreadable = {cell: problem for cell in distinct if (problem := one.problem(cell))}
            reasons = {cell: why for cell in distinct - unreadable.keys() if (why := one.reason(cell))}
            for at, cell in enumerate(cells) if reasons or unreadable else ():
                if cell in reasons and at not in chunk.faults:
                    skipped.setdefault(at, reasons[cell])
                elif cell in unreadable:
                    problems.setdefault(at, unreadable[cell])
        return FilteredRows(skipped, {at: problem for at, problem in problems.items() if at not in skipped})


def find_mismatch(condition: Condition, cell: str) -> str:
    """Return why a cell does not meet a condition, such as `is 'New', not 'Qualified'`; empty if it does.

    Args:
        condition: The condition.
        cell: The cell's text as the spreadsheet shows it.
    """
    text = comparable(cell)
    is_now = f"is {quote_value(cell)}" if text else "is empty"
    if condition.equals is not None and text != comparable(condition.equals):
        return f"{is_now}, not {_quote(condition.equals)}"
    if condition.in_ is not None and text not in set(map(comparable, condition.in_)):
        return f"{is_now}, not {_list(condition.in_)}"
    if condition.contains and not any(comparable(part) in text for part in condition.contains):
        return f"{is_now}, without {_list(condition.contains)}"
    if condition.empty is not None and condition.empty != (not text):
        return is_now if text else "is empty"
    if condition.not_ is not None and not find_mismatch(condition.not_, cell):
        found = [part for part in condition.not_.contains if comparable(part) in text]
        return f"{is_now}, with {_quote(found[0])}" if found else is_now
    return ""


@lru_cache(maxsize=8192)
def comparable(text: str) -> str:
    """Return a text without the differences that `where` ignores.

    Case, blanks around it and several in a row, invisible characters, `.0` of a whole number, and the language of
    TRUE and FALSE.
    """
    plain = " ".join(repair(text)[0].split()).casefold()
    if not plain.isascii():
        plain = plain if fold(plain) else ""
    if match := _WHOLE.fullmatch(plain):
        return match[1]
    return "true" if plain in _TRUE else "false" if plain in _FALSE else plain


def texts_of(condition: Condition) -> list[str]:
    """Return all texts that a condition compares whole cells with."""
    nested = texts_of(condition.not_) if condition.not_ else []
    return [*([] if condition.equals is None else [condition.equals]), *(condition.in_ or ()), *nested]


def _quote(text: str) -> str:
    return quote_value(text) if text.strip() else "empty"


def _list(texts: Sequence[str]) -> str:
    shown = ", ".join(map(_quote, texts[:SHOWN_TEXTS])) + (", …" if len(texts) > SHOWN_TEXTS else "")
    return shown if len(texts) == 1 else f"one of {shown}"
