"""Sentences about a run before it sends anything, which the terminal and the web page share."""

from collections.abc import Collection, Sequence

from uploader.core.form import Form
from uploader.core.messages import list_names
from uploader.core.model import Run
from uploader.mapping.form_check import form_changes
from uploader.mapping.load import Mapping
from uploader.mapping.validators import EMPTY_FIELDS
from uploader.report import mapping_flags

NAMED_FIELDS = 8  # in a warning about many fields


def rate_limit_sentence(left: tuple[int, int] | None, seconds: float) -> str:
    """Return how many requests are left, and how long sending takes at least.

    Args:
        left: The requests left in this window, and of how many; None without a limit.
        seconds: How long the limit alone makes sending take.
    """
    shown = f"{left[0]:,} of {left[1]:,} requests left in this window" if left else "no limit"
    return f"Rate limit: {shown}." + (f" Sending takes at least {_duration(seconds)}." if seconds else "")


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    return f"{seconds:.0f} s" if minutes < 2 else f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def notes_on_mapping(mapping: Mapping, form: Form, unused: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return what fits but may not be meant, and the warnings of what will probably fail."""
    notes = form_changes(mapping.head.made_against, form) if mapping.head.made_against else []
    if unused:
        notes.append(
            f"columns not used: {list_names(unused)} (if that is intended, add them to `ignore` in the mapping)"
        )
    gaps = unmapped_fields_warning(mapping.fields, form) if mapping.head.quality != "off" else ""
    return notes, [f"{gaps}."] if gaps else []


def mapping_change_note(mapping: Mapping, past: Run | None) -> str:
    """Return the note that a mapping file was edited after its run, for a retry or (without `past`) a resumed run."""
    name = mapping.path.name
    if past is None:
        return f"{name} has changed since this run started; the run continues with the mapping as it was"
    return f"{name} has changed since that upload; to use it as it is now, add `{' '.join(mapping_flags(past))}`"


def unmapped_fields_warning(mapped: Collection[str], form: Form) -> str:
    """Return the warning that too many fields are empty in every lead for it to be valid; empty if they are few.

    Args:
        mapped: The names of the fields that the mapping fills.
        form: The form.
    """
    empty = [field.name for field in form.fields if field.name not in mapped]
    if len(empty) < EMPTY_FIELDS:
        return ""
    shown = ", ".join(empty) if len(empty) <= NAMED_FIELDS + 1 else ", ".join([*empty[:NAMED_FIELDS], "…"])
    return (
        f"{len(empty)} of the form's {len(form.fields)} fields are not mapped ({shown}), and the platform will "
        f"probably mark every lead with {EMPTY_FIELDS} or more empty fields as invalid after it has accepted it: map "
        "more fields, or ask your campaign manager which ones the campaign needs"
    )
