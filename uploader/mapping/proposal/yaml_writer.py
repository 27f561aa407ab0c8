"""A proposal as a mapping file, written by hand: in the form's order, with a comment on every field."""

from collections.abc import Iterator, Mapping, Sequence

from uploader.core.form import Form
from uploader.mapping.form_check import marks
from uploader.mapping.proposal.proposal import Guess, Proposal, Step
from uploader.mapping.proposal.yaml_scalar import comment, flow, scalar

WIDE = 64  # where the comments stand, at the farthest
LONG = 110

Line = tuple[str, str]  # what is written, and the comment behind it

_IDS = {
    "campaign": "its number, or --campaign",
    "form": "its number, or --form",
    "link": "its number, or --link; `uploader links` lists them",
    "publisher": "its number, or --publisher, or UPLOADER_PUBLISHER_ID",
}


def to_yaml(
    proposal: Proposal,
    form: Form,
    ids: Mapping[str, int | None],
    *,
    file: str,
    date: str,
    sheet: str | None = None,
) -> str:
    """The text of a mapping file. `ids` are campaign, form, link and publisher, None where not known; `file` is the
    spreadsheet's name, `date` today's (YYYY-MM-DD), both for comments; `sheet` is the one that was read."""
    parts = [
        _head([*missing(ids), *proposal.undecided], file, date),
        ["version: 1", *_aligned(_id_lines(ids)), *([f"sheet: {scalar(sheet)}"] if sheet else [])],
        _aligned([_fields_line(proposal), *(line for guess in proposal.guesses for line in _field_lines(guess))]),
        _aligned(list(_ignore_lines(proposal))),
        _made_against(form, date),
    ]
    return "\n".join("\n".join([*part, ""]) for part in parts if part)


def missing(ids: Mapping[str, int | None]) -> list[str]:
    """The names of the ids that are not known."""
    return [name for name, number in ids.items() if number is None]


def _head(undecided: Sequence[str], file: str, date: str) -> list[str]:
    lines = [
        f"# Proposed by `uploader map` for {comment(file)} on {comment(date)}. Look at what is only likely, and at"
    ]
    lines.append("# what is left over at the end; then `uploader check` says whether it fits. Nothing is sent by that.")
    if undecided:
        lines += ["#", f"# Yours to decide: {', '.join(map(comment, undecided))}."]
    return lines


def _id_lines(ids: Mapping[str, int | None]) -> list[Line]:
    return [
        (f"{name}: {ids[name]}", "") if ids.get(name) is not None else (f"# {name}:", f"to fill in: {hint}")
        for name, hint in _IDS.items()
    ]


def _fields_line(proposal: Proposal) -> Line:
    is_empty = all(guess.confidence == "none" for guess in proposal.guesses)
    return ("fields: {}" if is_empty else "fields:"), "form field: where its value comes from"


def _field_lines(guess: Guess) -> Iterator[Line]:
    """The field as an active line, or commented out where nothing is sure enough; then what there is to choose from."""
    name = scalar(guess.field)
    if guess.confidence == "none":
        decide = f"to decide: {guess.why}" if guess.decide else guess.why
        yield f"  # {name}:", decide
    else:
        yield f"  {name}: {_source(guess, guess.transform)}", _verdict(guess)
    for step, when in guess.choices:
        yield f"  # {name}: {_source(guess, [step])}", when


def _source(guess: Guess, transform: Sequence[Step]) -> str:
    spec: dict[str, object] = {}
    if guess.template:
        spec["template"] = guess.template
    else:
        spec["column"] = guess.columns[0] if len(guess.columns) == 1 else list(guess.columns)
    if transform:
        spec["transform"] = list(transform)
    return scalar(guess.columns[0]) if len(guess.columns) == 1 and not transform else flow(spec)


def _verdict(guess: Guess) -> str:
    """`sure: same name`, `likely (88): similar name; look at it`."""
    score = f" ({guess.score})" if guess.score else ""
    look = "; look at it" if guess.confidence == "likely" else ""
    remark = f"; {guess.remark}" if guess.remark else ""
    decide = f"; to decide: {guess.decide}" if guess.decide else ""
    return f"{guess.confidence}{score}: {guess.why}{look}{remark}{decide}"


def _ignore_lines(proposal: Proposal) -> Iterator[Line]:
    if proposal.ignored:
        yield "ignore:", "not used; move up what the form should get"
    for name in proposal.left:
        yield f"  - {scalar(name)}", ""
    for name in proposal.doubled:
        yield f"  - {scalar(name)}", "stands more than once in the sheet: rename all but one to use it"


def _made_against(form: Form, date: str) -> list[str]:
    fields = {field.name: marks(field) for field in form.fields}
    lines = ["made_against:                # the form as it was; `uploader check` says what has changed since"]
    lines += [f"  date: {date}", f"  form: {form.id}"]
    return lines + _wrapped("  fields: {", [f"{scalar(name)}: {scalar(mark)}" for name, mark in fields.items()], "}")


def _wrapped(start: str, pieces: Sequence[str], end: str) -> list[str]:
    """A list over several lines, none longer than need be."""
    lines = [start]
    for at, piece in enumerate(pieces):
        more = piece + ("," if at < len(pieces) - 1 else end)
        if lines[-1] != start and len(lines[-1]) + len(more) + 1 > LONG:
            lines.append(" " * len(start) + more)
        else:
            lines[-1] += more if lines[-1] == start else f" {more}"
    return lines if pieces else [start + end]


def _aligned(lines: Sequence[Line]) -> list[str]:
    """With the comments under one another, as far as the lines are short enough."""
    column = max([28, *(len(text) for text, said in lines if said and len(text) <= WIDE)])
    return [f"{text.ljust(column)}  # {comment(said)}" if said else text for text, said in lines]
