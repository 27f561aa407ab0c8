"""What the API refuses at once, with a 400: data that does not fit the form."""

import re
from collections.abc import Callable, Mapping, Sequence

from uploader.sandbox.fixtures import FIELDS

Refused = Callable[[Sequence[str], Mapping[str, Sequence[str]]], str]

EXTRA = "This form should not contain extra fields."
BLANK = "This value should not be blank."
NO_EMAIL = "This value is not a valid email address."
NOT_VALID = "This value is not valid."


def refusal(fields: tuple[tuple[str, str], ...], refused: Refused) -> str | None:
    """The body of the 400 for these (name, value) pairs, as `refused` words it; None when they are taken."""
    values = dict(fields)
    errors = [EXTRA] if set(values) - {field.name for field in FIELDS} else []
    children = {field.name: _faults(field.required, field.kind, values.get(field.name, "")) for field in FIELDS}
    if not errors and not any(children.values()):
        return None
    return refused(errors, children)


def _faults(required: bool, kind: str, value: str) -> list[str]:
    if not value:
        return [BLANK] if required else []
    match kind:
        case "email" if not re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", value):
            return [NO_EMAIL]
        case "flag" if value not in {"0", "1"}:
            return [NOT_VALID]
        case "phone" if re.search(r"[^\W\d_]", value):
            return [NOT_VALID]
    return []
