"""Write a proposal as a mapping file: in the form's order, with a comment on every field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from uploader.core.form import Form, Link
from uploader.mapping.form_check import describe_flags
from uploader.mapping.proposal.proposal import Guess, Proposal, Step
from uploader.mapping.proposal.yaml_scalar import comment, flow, scalar
from uploader.mapping.schema import PLACEHOLDER

MAX_COMMENT_COLUMN = 64
MAX_LINE_LENGTH = 110
MAX_LINKS = 12

Line = tuple[str, str]  # the YAML, and the comment behind it

_IDS = {
    "campaign": "or use --campaign",
    "form": "or use --form",
    "link": "or use --link; `{links_command}` lists them",
    "publisher": "or use --publisher or UPLOADER_PUBLISHER_ID",
}


def to_yaml(
    proposal: Proposal,
    form: Form,
    ids: Mapping[str, int | None],
    *,
    file: str,
    date: str,
    sheet: str | None = None,
    links: Sequence[Link] = (),
    links_command: str = "uploader links",
) -> str:
    """Write a mapping file.

    Args:
        proposal: The proposal.
        form: The form that it is for.
        ids: The campaign, form, link and publisher; None for those not known.
        file: The spreadsheet's name, for a comment.
        date: Today (YYYY-MM-DD).
        sheet: The sheet that was read, if the mapping should name it.
        links: The campaign's links.
        links_command: The command that lists the campaign's links.
    """
    parts = [
        _head(proposal, [*missing_ids(ids), *proposal.undecided], file, date),
        [
            "version: 1",
            *_aligned(list(_id_lines(ids, form, links, links_command))),
            *([f"sheet: {scalar(sheet)}"] if sheet else []),
            *_where_lines(proposal),
        ],
        _aligned([_fields_line(proposal), *_all_field_lines(proposal, form)]),
        _aligned(list(_ignore_lines(proposal))),
        [f"{key}: {flow(value)}" for key, value in proposal.head.items() if key != "where"],
        _made_against(form, date),
    ]
    return "\n".join("\n".join([*part, ""]) for part in parts if part)


def missing_ids(ids: Mapping[str, int | None]) -> list[str]:
    """Return the names of the ids that are not known."""
    return [name for name, number in ids.items() if number is None]


def _head(proposal: Proposal, undecided: Sequence[str], file: str, date: str) -> list[str]:
    if not undecided and all(guess.confidence != "likely" for guess in proposal.guesses):
        return [
            f"# Proposed by `uploader map` for {comment(file)} on {comment(date)}.",
            "# To see what would be sent, run `uploader check`: it sends nothing.",
        ]
    lines = [
        f"# Proposed by `uploader map` for {comment(file)} on {comment(date)}. Review the fields marked `likely` and",
        "# the unused columns at the end. Then run `uploader check`, which sends nothing.",
    ]
    if undecided:
        lines += ["#", f"# You still need to set: {', '.join(map(comment, undecided))}."]
    return lines


def _id_lines(ids: Mapping[str, int | None], form: Form, links: Sequence[Link], links_command: str) -> Iterator[Line]:
    """Yield the ids; for an unknown one, lines to choose from or to fill in."""
    names = {"form": form.name, **{f"link {link.id}": link.details for link in links}}
    for name, hint in _IDS.items():
        known = ids.get(name)
        if known is not None:
            yield f"{name}: {known}", names.get(f"link {known}" if name == "link" else name, "")
        elif name == "link" and links:
            yield from ((f"# link: {link.id}", link.details) for link in links[:MAX_LINKS])
            if len(links) > MAX_LINKS:
                yield "# link:", f"{len(links) - MAX_LINKS} more: `{links_command}` lists them"
        else:
            yield f"# {name}:", f"fill in the id, {hint.format(links_command=links_command)}"


def _where_lines(proposal: Proposal) -> Iterator[str]:
    """Yield the conditions that were chosen, and those to uncomment: which rows are meant is not known."""
    if where := proposal.head.get("where"):
        yield f"where: {flow(where)}"
    if proposal.conditions:
        yield "#"
        yield "# To send only some rows, remove the # from the next line and correct it. The others are skipped."
        yield f"# where: {flow({guess.column: guess.condition for guess in proposal.conditions})}"
    for guess in proposal.conditions:
        yield f"#   {comment(guess.description)}"


def _fields_line(proposal: Proposal) -> Line:
    is_empty = all(guess.confidence == "none" for guess in proposal.guesses)
    return ("fields: {}" if is_empty else "fields:"), "form field: where its value comes from"


def _all_field_lines(proposal: Proposal, form: Form) -> Iterator[Line]:
    needed = {field.name for field in form.fields if field.required or field.hidden}
    for guess in proposal.guesses:
        yield from _field_lines(guess, is_needed=guess.field in needed)


def _field_lines(guess: Guess, *, is_needed: bool) -> Iterator[Line]:
    """Yield the field's line, commented out if nothing is certain enough, and then the choices."""
    name = scalar(guess.field)
    if guess.confidence == "none":
        asks_for_value = guess.value or (is_needed and not guess.question)
        value = f" {{value: {scalar(guess.value) if guess.value else PLACEHOLDER}}}" if asks_for_value else ""
        yield f"  # {name}:{value}", f"to decide: {guess.question}" if guess.question else guess.reason
    else:
        yield f"  {name}: {_source(guess, guess.transform)}", _describe_guess(guess)
    for step, when in guess.choices:
        yield f"  # {name}: {_source(guess, [step])}", when
    if guess.must_be and guess.confidence != "none":
        numbers = [int(text) if text.isdigit() else text for text in guess.must_be]
        checked = replace(guess, options={**guess.options, "must_be": numbers})
        yield f"  # {name}: {_source(checked, guess.transform)}", "to make rows without consent invalid"


def _source(guess: Guess, transform: Sequence[Step]) -> str:
    spec = replace(guess, transform=tuple(transform)).spec
    return scalar(spec["column"]) if spec.keys() == {"column"} and len(guess.columns) == 1 else flow(spec)


def _describe_guess(guess: Guess) -> str:
    """`sure: same name`, `likely (88): similar name; check this`, `your choice`."""
    if guess.confidence == "chosen":
        return "your choice"
    score = f" ({guess.score})" if guess.score else ""
    check = "; check this" if guess.confidence == "likely" else ""
    note = f"; {guess.note}" if guess.note else ""
    question = f"; to decide: {guess.question}" if guess.question else ""
    return f"{guess.confidence}{score}: {guess.reason}{check}{note}{question}"


def _ignore_lines(proposal: Proposal) -> Iterator[Line]:
    if proposal.ignored:
        yield "ignore:", "columns that are not used"
    for name in proposal.unused:
        yield f"  - {scalar(name)}", ""
    for name in proposal.repeated:
        yield f"  - {scalar(name)}", "more than one column has this name; rename all but one to use it"


def _made_against(form: Form, date: str) -> list[str]:
    fields = {field.name: describe_flags(field) for field in form.fields}
    lines = ["made_against:                # the form on this date; `uploader check` shows what has changed since"]
    lines += [f"  date: {date}", f"  form: {form.id}"]
    return lines + _wrapped("  fields: {", [f"{scalar(name)}: {scalar(mark)}" for name, mark in fields.items()], "}")


def _wrapped(start: str, pieces: Sequence[str], end: str) -> list[str]:
    """Wrap a list over several lines."""
    lines = [start]
    for at, piece in enumerate(pieces):
        more = piece + ("," if at < len(pieces) - 1 else end)
        if lines[-1] != start and len(lines[-1]) + len(more) + 1 > MAX_LINE_LENGTH:
            lines.append(" " * len(start) + more)
        else:
            lines[-1] += more if lines[-1] == start else f" {more}"
    return lines if pieces else [start + end]


def _aligned(lines: Sequence[Line]) -> list[str]:
    """Join lines and comments, with the comments in one column where the lines are short enough."""
    column = max([28, *(len(text) for text, note in lines if note and len(text) <= MAX_COMMENT_COLUMN)])
    return [f"{text.ljust(column)}  # {comment(note)}" if note else text for text, note in lines]
