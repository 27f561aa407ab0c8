"""Notes about a form that has changed since a mapping for it was made."""

from collections.abc import Mapping
from typing import Any

from uploader.core.form import Form
from uploader.mapping.form_check import form_changes
from uploader.mapping.questionnaire.basis import Basis
from uploader.mapping.questionnaire.known_fields import KnownMapping


def form_notes(basis: Basis, form: Form) -> list[str]:
    """Return how the form has changed since the mapping to start from was made, else since the newest upload's.

    Args:
        basis: Knows these mappings.
        form: The live form.
    """
    of_form = (known for known in basis.earlier if known.ids.get("form") == form.id)
    known = basis.like or next(of_form, None)
    return changes_since(known, form) if known else []


def changes_since(known: KnownMapping, form: Form) -> list[str]:
    """Return what has changed on the form since a mapping was made. One that does not name the form says less."""
    if known.made_against:
        return form_changes(known.made_against, form)
    return _gone_fields(known.fields, known.label, form)


def _gone_fields(fields: Mapping[str, Any], label: str, form: Form) -> list[str]:
    names = [field.name for field in form.fields]
    return [f"not on the form any more: {name}, which {label} fills" for name in fields if name not in names]
