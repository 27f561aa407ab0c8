"""The checks before a lead is stored: data that does not fit the form gets a 400."""

import re
from collections.abc import Callable, Mapping, Sequence

from uploader.sandbox.fixtures import FIELDS

RejectionBody = Callable[[Sequence[str], Mapping[str, Sequence[str]]], str]

EXTRA = "This form should not contain extra fields."
BLANK = "This value should not be blank."
NO_EMAIL = "This value is not a valid email address."
NOT_VALID = "This value is not valid."


def rejection(fields: tuple[tuple[str, str], ...], rejected: RejectionBody) -> str | None:
    """Return the body of the 400, or None for valid data.

    Args:
        fields: (bare field name, value) pairs.
        rejected: Returns the body in the wording of the API variant.
    """
    values = dict(fields)
    errors = [EXTRA] if set(values) - {field.name for field in FIELDS} else []
    children = {field.name: _errors(field.required, field.kind, values.get(field.name, "")) for field in FIELDS}
    if not errors and not any(children.values()):
        return None
    return rejected(errors, children)


def _errors(required: bool, kind: str, value: str) -> list[str]:
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
