"""Rows of a worksheet with similar problems, and what fixes all rows of a group at once."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple

from uploader.core.message_groups import MAX_LENGTH, common_message, split_message
from uploader.core.messages import LEFT_OUT_ON_PAGE
from uploader.core.model import Outcome, Problem
from uploader.mapping.yaml_reader import read_yaml
from uploader.pipeline.worksheet import LEAVE_OUT, Change, Worksheet

_FIX = re.compile(r"values: \{.*\}", re.DOTALL)


class Fix(NamedTuple):
    """A correction of cells: the column's position, the text that they have, and the right one."""

    column: int
    before: str
    after: str


@dataclass
class RowGroup:
    """Rows with similar problems.

    Attributes:
        key: Distinguishes groups; the same for the same group after an edit.
        outcome: The outcome of the rows.
        message: What is wrong; `…` stands in place of a part that is not the same for all rows.
        hint: What to do about it.
        places: The positions of the rows.
        columns: The positions of the columns that it is about.
        fix: A correction that fits all rows, if there is one.
    """

    key: str
    outcome: Outcome
    message: str
    hint: str = ""
    places: list[int] = field(default_factory=list)
    columns: Sequence[int] = ()
    fix: Fix | None = None

    def fixing(self, sheet: Worksheet) -> list[Change]:
        """Return the changes that correct the rows as suggested."""
        if self.fix is None:
            return []
        column, before, after = self.fix
        return [Change(place, column, after) for place in self.places if sheet.cells[column][place] == before]

    def replacing(self, text: str) -> list[Change]:
        """Return the changes that write a text into the rows' cells."""
        return [Change(place, column, text) for place in self.places for column in self.columns[:1]]

    def leaving_out(self) -> list[Change]:
        """Return the changes that leave the rows out, or take them back if they are left out."""
        text = "" if self.outcome is Outcome.SKIPPED else "yes"
        return [Change(place, LEAVE_OUT, text) for place in self.places]


def group_rows(sheet: Worksheet) -> list[RowGroup]:
    """Return the groups of rows that a person has to look at, the largest first, those left out last."""
    groups: dict[str, RowGroup] = {}
    for place in sheet.to_fix():
        for problem in sheet.problems.get(place, ()):
            _add(groups, place, problem, Outcome.INVALID, sheet)
        if place not in sheet.problems:
            state = sheet.earlier[place]
            _add(groups, place, Problem(state.reason or state.outcome.value, state.hint), state.outcome, sheet)
    for place in sorted(sheet.left_out):
        _add(groups, place, Problem(LEFT_OUT_ON_PAGE), Outcome.SKIPPED, sheet)
    return sorted(groups.values(), key=lambda group: (group.outcome is Outcome.SKIPPED, -len(group.places)))


def _add(groups: dict[str, RowGroup], place: int, problem: Problem, outcome: Outcome, sheet: Worksheet) -> None:
    """Add a row to the group of its problem. Values with a suggestion are groups of their own."""
    message, hint = problem.text[:MAX_LENGTH], problem.hint[:MAX_LENGTH]
    suggestion = _suggestion(problem.fix) if problem.fix else None
    parts = (problem.column, problem.value, suggestion) if suggestion else split_message(message)[0]
    key = sha256(repr((outcome.value, parts)).encode()).hexdigest()[:16]
    group = groups.get(key)
    if group is None:
        columns = sheet.columns_of(problem)
        fix = Fix(columns[0], problem.value, suggestion) if suggestion and len(columns) == 1 else None
        group = groups[key] = RowGroup(key, outcome, message, hint, [], columns, fix)
    if group.message != message:
        group.message = common_message(group.message, message)
    if group.hint != hint:
        group.hint = common_message(group.hint, hint)
    group.places.append(place)


@lru_cache(maxsize=1024)  # many rows have the same problem
def _suggestion(fix: str) -> str | None:
    """Return the value that a correction of the mapping's `values` gives, if it is one."""
    data = read_yaml(fix).data if _FIX.fullmatch(fix) else None
    values = list(data.get("values", {}).values()) if isinstance(data, dict) else []
    return str(values[0]) if len(values) == 1 else None
