"""Templates such as `{First Name} {Last Name}`: column names in braces, with any characters in them."""

from collections.abc import Sequence
from dataclasses import dataclass

from uploader.spreadsheet.column_names import find_column


@dataclass(frozen=True)
class ColumnName:
    """A column in a template.

    Attributes:
        name: The text between the braces.
    """

    name: str

    @property
    def is_escape(self) -> bool:
        """Whether it may also be a text in braces: `{{x}}` is the column `{x}`, or else the text `{x}`."""
        return self.name.startswith("{") and self.name.endswith("}")


Part = str | ColumnName


def parse_template(template: str) -> list[Part]:
    """Split a template into texts and columns, in its order.

    A column's name is what stands between matching braces; it may contain colons, dots and braces in pairs.

    Raises:
        ValueError: The braces do not match, or there is no column; the message says what is wrong.
    """
    parts: list[Part] = []
    text_start = name_start = depth = 0
    for index, char in enumerate(template):
        if char == "{":
            if depth == 0:
                parts += [template[text_start:index]] if index > text_start else []
                name_start = index + 1
            depth += 1
        elif char == "}":
            depth -= 1
            if depth < 0:
                raise ValueError("a `}` has no `{` in front of it")
            if depth == 0:
                parts.append(ColumnName(template[name_start:index]))
                text_start = index + 1
    if depth:
        raise ValueError("a `{` is never closed")
    parts += [template[text_start:]] if text_start < len(template) else []
    names = [part.name for part in parts if isinstance(part, ColumnName)]
    if not names or not all(name.strip() for name in names):
        raise ValueError('a template needs columns in braces, such as "{First Name} {Last Name}"')
    return parts


def template_columns(template: str | None, *, known: Sequence[str] = ()) -> list[str]:
    """Return the columns of a template; one that may be an escape only if it is `known`. Empty on errors."""
    try:
        parts = parse_template(template or "")
    except ValueError:
        return []
    columns = [part for part in parts if isinstance(part, ColumnName)]
    return [one.name for one in columns if not one.is_escape or find_column(one.name, known) is not None]
