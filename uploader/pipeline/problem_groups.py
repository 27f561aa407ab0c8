"""Problems of a file's rows for a person: similar ones counted as one, and what to paste into the mapping."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from uploader.core.message_groups import MessageGroup, MessageGroups
from uploader.core.model import Problem

MAX_FIXES = 200  # values of a field, so that memory does not grow with the file

_FIX = re.compile(r"values: \{(.*)\}", re.DOTALL)


class ProblemGroups:
    """Groups of similar problems, and the fixes for them."""

    def __init__(self) -> None:
        self._groups = MessageGroups()
        self._fixes: dict[str, Counter[str]] = {}

    def __iter__(self) -> Iterator[MessageGroup]:
        """Iterate over the groups, largest first."""
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)

    def add(self, row: int | str, problems: Sequence[Problem]) -> None:
        """Count the problems of a row."""
        for problem in problems:
            self._groups.add(problem.text, row, hint=problem.hint)
            if match := _FIX.fullmatch(problem.fix):
                fixes = self._fixes.setdefault(problem.field, Counter())
                if match[1] in fixes or len(fixes) < MAX_FIXES:
                    fixes[match[1]] += 1

    def add_messages(self, row: int, messages: Sequence[str]) -> None:
        """Count the warnings about a row."""
        for message in messages:
            self._groups.add(message, row)

    def fixes(self) -> dict[str, str]:
        """Return what to add to the `values` of each form field: `UK: United Kingdom, Deutschland: Germany`."""
        return {name: ", ".join(pair for pair, _ in pairs.most_common()) for name, pairs in self._fixes.items()}
