"""Like problems put together for a person: how many rows, which ones, and what to paste into the mapping."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from uploader.core.model import Problem

ROWS = 5  # of a group are named
SINGLE = 200  # values of a kind of problem are told apart, in memory that does not grow with the file

_QUOTED = re.compile(r"'[^']*'")
_FIX = re.compile(r"values: \{(.*)\}", re.DOTALL)


@dataclass
class Group:
    """Rows that have the same trouble; `rows` are the first few of them."""

    problem: Problem
    count: int = 0
    rows: list[int | str] = field(default_factory=list)

    def add(self, row: int | str) -> None:
        """One row more."""
        self.count += 1
        if len(self.rows) < ROWS:
            self.rows.append(row)


@dataclass
class ProblemGroups:
    """The problems of a file's rows, grouped by field and words. Problems of one kind differ only in the cell's value:
    beyond `SINGLE` values they are one group."""

    _groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    _kinds: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, row: int | str, problems: Sequence[Problem]) -> None:
        """A row with its problems."""
        for problem in problems:
            self._group(problem).add(row)

    def add_alike(self, row: int, messages: Sequence[str]) -> None:
        """A row with what is told of it, whatever the value in it: as it stands where all rows of a kind have the
        same."""
        for message in messages:
            kind = _kind(message)
            group = self._groups.setdefault(("", kind), Group(Problem(message)))
            if group.problem.message != message:
                group.problem = Problem(kind)
            group.add(row)

    def groups(self) -> list[Group]:
        """The most frequent first; of equal ones the first in the file."""
        return sorted(self._groups.values(), key=lambda group: -group.count)

    def fixes(self) -> dict[str, str]:
        """Form field -> YAML to paste into it, for all values of which it is clear what was meant."""
        found: dict[str, list[str]] = {}
        for group in self.groups():
            if match := _FIX.fullmatch(group.problem.fix):
                found.setdefault(group.problem.field, []).append(match[1])
        return {name: f"values: {{{', '.join(pairs)}}}" for name, pairs in found.items()}

    def _group(self, problem: Problem) -> Group:
        known = self._groups.get((problem.field, problem.message))
        if known:
            return known
        kind = (problem.field, _kind(problem.message))
        self._kinds[kind] = self._kinds.get(kind, 0) + 1
        if self._kinds[kind] <= SINGLE:
            return self._groups.setdefault((problem.field, problem.message), Group(problem))
        alike = Problem(f"{kind[1]} (more values like that)", problem.hint, problem.field, problem.column)
        return self._groups.setdefault(kind, Group(alike))


def _kind(message: str) -> str:
    return _QUOTED.sub("'…'", message)
