"""Sentences about a run before it sends anything, which the terminal and the web page share."""

from collections.abc import Sequence

from uploader.core.form import Form
from uploader.core.messages import list_names
from uploader.core.model import Run
from uploader.mapping.form_check import form_changes
from uploader.mapping.load import Mapping
from uploader.mapping.validators import EMPTY_FIELDS
from uploader.report import mapping_flags

NAMED_FIELDS = 5  # in a note about many fields
MOSTLY_EMPTY = 0.75  # the share of unmapped fields from which no lead has a chance to be valid


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
    gaps, warnings = _gaps(mapping, form)
    return [*notes, *gaps], warnings


def mapping_change_note(mapping: Mapping, past: Run | None) -> str:
    """Return the note that a mapping file was edited after its run, for a retry or (without `past`) a resumed run."""
    name = mapping.path.name
    if past is None:
        return f"{name} has changed since this run started; the run continues with the mapping as it was"
    return f"{name} has changed since that upload; to use it as it is now, add `{' '.join(mapping_flags(past))}`"


def _gaps(mapping: Mapping, form: Form) -> tuple[list[str], list[str]]:
    """Return notes and warnings about fields that every lead lacks, if enough of them matter for the platform."""
    empty = [field.name for field in form.fields if field.name not in mapping.fields]
    if mapping.head.quality == "off" or len(empty) < EMPTY_FIELDS:
        return [], []
    shown = ", ".join(empty[:NAMED_FIELDS]) + (", …" if len(empty) > NAMED_FIELDS else "")
    if len(empty) >= MOSTLY_EMPTY * len(form.fields):
        return [], [
            f"{len(empty)} of the form's {len(form.fields)} fields are not mapped ({shown}). They are empty in every "
            "lead, and the platform will probably find all of these leads invalid after it has accepted them. Map more "
            "fields, or ask your campaign manager which ones the campaign needs."
        ]
    return [
        f"{len(empty)} fields of the form are not mapped ({shown}); the platform may reject leads as invalid if "
        f"{EMPTY_FIELDS} or more fields are empty"
    ], []
