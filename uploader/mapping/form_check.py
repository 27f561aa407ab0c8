"""Check a mapping against the live form, and list what has changed since the mapping was proposed."""

from uploader.core.did_you_mean import did_you_mean
from uploader.core.form import Form, FormField
from uploader.mapping.load import Mapping
from uploader.mapping.schema import MadeAgainst
from uploader.spreadsheet.column_names import fold


def check_against_form(mapping: Mapping, form: Form) -> None:
    """Add errors for mapped fields the form does not have, required fields not mapped, unknown `duplicates`."""
    if not mapping.is_readable:
        return
    names = [known.name for known in form.fields]
    for name in mapping.keys:
        if name not in names:
            by_case = next((known for known in names if fold(known) == fold(name)), None)
            guess = f"; did you mean {by_case!r}?" if by_case else did_you_mean(name, names)
            mapping.add_error(name, "", f"form {form.id} has no field {name!r}{guess}")
    for known in form.fields:
        if known.required and known.name not in mapping.keys:
            hidden = " (it is hidden: give it a fixed value, `{value: …}`)" if known.hidden else ""
            mapping.document.add_error(
                ("fields", "@"), f"form {form.id} requires {known.name!r}, which is not mapped{hidden}"
            )
    for index, name in enumerate(mapping.duplicates if mapping.head.duplicates is not None else []):
        if name not in mapping.keys:
            guess = did_you_mean(name, mapping.keys)
            mapping.document.add_error(("duplicates", index), f"duplicates: {name!r} is not a mapped field{guess}")


def describe_flags(field: FormField) -> str:
    """Describe a form field in a mapping: "required", "hidden", "required hidden", "" or "unknown"."""
    if field.required is None:
        return "unknown"
    return " ".join(word for word, holds in (("required", field.required), ("hidden", field.hidden)) if holds)


def form_changes(before: MadeAgainst, form: Form) -> list[str]:
    """Return a note for each change of the form since a mapping was proposed for it."""
    if before.form != form.id:
        return [f"the mapping was proposed for form {before.form}, not {form.id}"]
    now = {field.name: describe_flags(field) for field in form.fields}
    since = f"since the mapping was proposed ({before.date})"
    notes = [f"new on the form {since}: {_with_flags(name, now[name])}" for name in now if name not in before.fields]
    notes += [f"removed from the form {since}: {name}" for name in before.fields if name not in now]
    notes += [
        f"changed on the form {since}: {name} is {now[name] or 'optional'}, it was {was or 'optional'}"
        for name, was in before.fields.items()
        if name in now and "unknown" not in {was, now[name]} and was != now[name]
    ]
    return notes


def _with_flags(name: str, flags: str) -> str:
    return f"{name} ({flags})" if flags else name
