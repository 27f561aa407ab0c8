"""Take over what another mapping says about the fields of a form, as far as the spreadsheet has its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from uploader.mapping.proposal import Confidence, Guess, Proposal, with_guesses
from uploader.mapping.schema import MadeAgainst
from uploader.mapping.template import template_columns
from uploader.spreadsheet.column_names import find_column

AS_IN = "as in "


@dataclass(frozen=True)
class KnownMapping:
    """A mapping that someone has approved: of an earlier upload, or the one to start from.

    Attributes:
        label: What it is called: `leads.yaml`, `the upload of 2026-11-20`.
        fields: The fields, as the mapping file writes them in braces.
        ids: Its form, link and publisher, as far as it has them.
        sheet: Its sheet.
        ignore: The columns that it ignores.
        head: Its other keys, such as `duplicates`.
        made_against: The form that it was made for, if it says so.
    """

    label: str
    fields: Mapping[str, Mapping[str, Any]]
    ids: Mapping[str, int] = field(default_factory=dict)
    sheet: str | None = None
    ignore: tuple[str, ...] = ()
    head: Mapping[str, Any] = field(default_factory=dict)
    made_against: MadeAgainst | None = None


def adopt_known(
    proposal: Proposal, columns: Sequence[str], like: KnownMapping | None, earlier: Sequence[KnownMapping]
) -> Proposal:
    """Prefer what known mappings say to what was guessed.

    Args:
        proposal: The proposal.
        columns: The spreadsheet's columns.
        like: The mapping to start from. What it says is sure.
        earlier: The mappings of earlier uploads, the newest first. What they say is likely.
    """
    guesses = [_adopt(guess, columns, like, earlier) for guess in proposal.guesses]
    return with_guesses(proposal, guesses, columns)


def _adopt(guess: Guess, columns: Sequence[str], like: KnownMapping | None, earlier: Sequence[KnownMapping]) -> Guess:
    if like:
        if found := _from_known(guess.field, like, columns, "sure"):
            return found
        ignored = {find_column(name, columns) for name in like.ignore}
        if any(find_column(name, columns) in ignored for name in guess.columns):
            return Guess(guess.field, reason=f"{like.label} ignores its column")
    if guess.columns and _are_named_alike(guess):
        return guess
    for known in earlier:
        found = _from_known(guess.field, known, columns, "likely")
        if found and _is_better(found, guess):
            return found
        if found:
            return guess
    return guess


def _are_named_alike(guess: Guess) -> bool:
    """Whether the column has the field's own name: no earlier upload knows better where the value is."""
    return find_column(guess.field, guess.columns) == 0 and guess.confidence == "sure"


def decided_by_earlier(proposal: Proposal) -> dict[str, list[str]]:
    """Return the fields whose columns were taken over from earlier uploads, by what these are called."""
    found: dict[str, list[str]] = {}
    for guess in proposal.guesses:
        if guess.doubt == "columns" and guess.reason.startswith(AS_IN) and (guess.columns or guess.template):
            found.setdefault(guess.reason.removeprefix(AS_IN), []).append(guess.field)
    return found


def _is_better(found: Guess, guess: Guess) -> bool:
    """Whether an earlier mapping knows more than a guess: not that every lead had the same value."""
    if guess.confidence != "sure":
        return True
    return bool(found.columns or found.template) and (found.columns, found.template) != (guess.columns, guess.template)


def _from_known(name: str, known: KnownMapping, columns: Sequence[str], confidence: Confidence) -> Guess | None:
    """Return what a mapping says about a field, or None if it says nothing that fits these columns."""
    spec = dict(known.fields.get(name, {}))
    column, template, value = spec.pop("column", []), spec.pop("template", ""), spec.pop("value", "")
    transform = tuple(spec.pop("transform", ()))
    names = [column] if isinstance(column, str) else column
    ours = tuple(columns[at] for one in names if (at := find_column(one, columns)) is not None)
    needed = [*template_columns(template, known=columns), *_region_columns(transform)]
    if not (ours or template or value) or any(find_column(one, columns) is None for one in needed):
        return None
    found = Guess(
        name,
        columns=ours,
        template=template,
        value=value,
        transform=transform,
        options=spec,
        confidence=confidence,
        doubt="" if confidence == "sure" else "columns",
        reason=f"{AS_IN}{known.label}",
    )
    # The value of another upload is not sent before someone has confirmed it.
    return replace(found, confidence="none") if value and confidence != "sure" else found


def _region_columns(transform: Sequence[Any]) -> list[str]:
    options = [one for step in transform if isinstance(step, Mapping) for one in step.values()]
    return [str(one["column"]) for one in options if isinstance(one, Mapping) and "column" in one]
