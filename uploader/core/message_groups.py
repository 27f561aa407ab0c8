"""Similar messages counted as one, in memory that does not grow with the number of rows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

MAX_GROUPS = 5_000  # a message that is new after that is counted under OTHER_REASONS
MAX_LENGTH = 500  # characters of a message that are compared and kept
EXAMPLE_ROWS = 5  # row numbers kept for a group

OTHER_REASONS = "other reasons"

# What may differ between similar messages: a quoted value (but not a column's name), a row, a lead, a time, a length;
# each may be `…` already.
_VARYING = re.compile(
    r"""(?<!column )(?<!\w)(?P<quote>['"]).*?(?P=quote)(?!\w)"""
    r"|(?<=\brow )(?:\d+|…)|(?<=\blead )(?:\d+|…)|(?:\d{4}-\d\d-\d\d \d\d:\d\d|…)(?= UTC)"
    r"|(?:\b\d+|…)(?= characters?\b)"
)


@dataclass
class MessageGroup:
    """Rows with the same label and similar messages.

    Attributes:
        label: What the message is about, such as an outcome; may be empty.
        message: The message; `…` stands in place of a part that is not the same for all rows.
        hint: What to do about it, written the same way; empty where the rows have different hints.
        count: The number of rows.
        rows: The first `EXAMPLE_ROWS` row numbers.
    """

    label: str
    message: str
    hint: str = ""
    count: int = 0
    rows: list[str] = field(default_factory=list)

    @property
    def row_list(self) -> str:
        """`2, 3, 7`, ending in `…` if the group has more rows."""
        return ", ".join(self.rows) + (", …" if self.count > len(self.rows) else "")


class MessageGroups:
    """Groups of similar messages."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, tuple[str, ...]], MessageGroup] = {}

    def __iter__(self) -> Iterator[MessageGroup]:
        """Iterate over the groups, largest first; groups of one size in the order of their first row."""
        return iter(sorted(self._groups.values(), key=lambda group: -group.count))

    def __len__(self) -> int:
        return len(self._groups)

    def add(self, message: str, row: int | str, *, label: str = "", hint: str = "") -> bool:
        """Count one row; return whether the group keeps it as an example.

        Args:
            message: Why the row is listed; only its first `MAX_LENGTH` characters count.
            row: The row's number, or a text that names it.
            label: Rows with different labels are never grouped.
            hint: What to do about it.
        """
        message, hint = message[:MAX_LENGTH], hint[:MAX_LENGTH]
        key = label, split_message(message)[0]
        if key not in self._groups and len(self._groups) >= MAX_GROUPS:
            message, hint = OTHER_REASONS, ""
            key = label, (message,)
        group = self._groups.setdefault(key, MessageGroup(label, message, hint))
        if group.message != message:
            group.message = common_message(group.message, message)
        if group.hint != hint:
            group.hint = common_message(group.hint, hint)
        group.count += 1
        is_example = len(group.rows) < EXAMPLE_ROWS
        if is_example:
            group.rows.append(str(row))
        return is_example


@lru_cache(maxsize=1024)  # many rows have the same message
def split_message(message: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the fixed parts of a message, and the parts between them that may differ."""
    fixed, varying, end = [], [], 0
    for found in _VARYING.finditer(message):
        fixed.append(message[end : found.start()])
        varying.append(found[0])
        end = found.end()
    return (*fixed, message[end:]), tuple(varying)


def common_message(known: str, new: str) -> str:
    """Return a message with `…` in place of what differs; an empty one if the fixed parts differ."""
    fixed, varying = split_message(known)
    new_fixed, new_varying = split_message(new)
    if fixed != new_fixed:
        return ""
    parts = [one if one == other else _blank(one) for one, other in zip(varying, new_varying, strict=True)]
    return "".join(part for pair in zip(fixed, [*parts, ""], strict=True) for part in pair)


def _blank(part: str) -> str:
    return f"{part[0]}…{part[0]}" if part[0] in "'\"" else "…"
