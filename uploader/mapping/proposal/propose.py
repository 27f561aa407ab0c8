"""Make a proposal from a form, columns and sample rows. The same input gives the same proposal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from uploader.core.form import Form
from uploader.mapping.proposal.assignment import Match, assign_columns, column_label
from uploader.mapping.proposal.candidates import Target, find_candidates, read_targets
from uploader.mapping.proposal.cell_patterns import ENOUGH
from uploader.mapping.proposal.columns import Column, read_columns
from uploader.mapping.proposal.concepts import NameMeaning, cell_kind_of, meaning_of
from uploader.mapping.proposal.proposal import Guess, Proposal
from uploader.mapping.proposal.row_conditions import MOSTLY, suggest_conditions
from uploader.mapping.proposal.transform_choice import TransformChoice, choose_transforms
from uploader.mapping.template import template_columns
from uploader.mapping.transforms.name import can_split
from uploader.mapping.transforms.text import NO

# The parts of a full name that are first and last names. What the rest holds, titles or middle names, is not known.
NAME_PARTS = {"first_name": "first", "last_name": "last"}

CONSENT = ("opt_in", "terms")


def propose(form: Form, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Proposal:
    """Propose where each field of a form comes from. What could be wrong is never marked sure.

    Args:
        form: The live form.
        columns: The sheet's column names as they are.
        rows: Some of its rows: text cells, "" for empty ones. A thousand are plenty.
    """
    known, repeated = read_columns(columns, rows)
    targets = read_targets(form)
    guesser = _FieldGuesser(known, repeated)
    found = assign_columns(targets, known)
    guesses = tuple(guesser.guess(target, found.get(target.name)) for target in targets)
    proposal = Proposal(repeated=tuple(repeated), required=form.required, conditions=suggest_conditions(known))
    return with_guesses(proposal, [_explain_hidden(guess, form) for guess in guesses], columns)


def with_guesses(proposal: Proposal, guesses: Sequence[Guess], columns: Sequence[str]) -> Proposal:
    """Return a proposal with other guesses, and with what follows from them.

    Args:
        proposal: The proposal.
        guesses: Its new guesses.
        columns: The sheet's column names as they are.
    """
    used = {name for guess in guesses for name in [*guess.columns, *template_columns(guess.template, known=columns)]}
    missing = {guess.field for guess in guesses if guess.confidence == "none"} & {*proposal.required}
    return replace(
        proposal,
        guesses=tuple(guesses),
        unused=tuple(name for name in columns if name.strip() and name not in {*used, *proposal.repeated}),
        conditions=tuple(guess for guess in proposal.conditions if guess.column not in used),
        undecided=tuple(guess.field for guess in guesses if guess.question or guess.field in missing),
    )


def propose_from(
    form: Form, columns: Sequence[str], rows: Sequence[Sequence[str]], field: str, chosen: Sequence[str]
) -> Guess:
    """Return how a field comes from columns that the user has chosen: with the transforms that their cells need.

    Args:
        form: The live form.
        columns: The sheet's column names as they are.
        rows: Some of its rows.
        field: The form field.
        chosen: The chosen columns, whose names no other columns have; the first that is not empty is used.
    """
    known, repeated = read_columns(columns, rows)
    target = next(target for target in read_targets(form) if target.name == field)
    named = {column.name: column for column in known}
    match = Match(tuple(named[name] for name in chosen), "sure", "chosen by you")
    guesser = _FieldGuesser(known, repeated)
    if len(chosen) == 1 and named[chosen[0]].meaning.concept == "full_name" and target.meaning.concept in NAME_PARTS:
        return guesser.split_full_name(target, named[chosen[0]]) or guesser.with_transforms(target, match)
    return guesser.with_transforms(target, match)


@dataclass(frozen=True)
class _FieldGuesser:
    """Makes guesses from the columns that can be mapped; `repeated` are names of more than one column."""

    columns: Sequence[Column]
    repeated: Sequence[str]

    def guess(self, target: Target, match: Match | None) -> Guess:
        """Return its match with transforms, else a full name joined from its parts, else why there is none."""
        if match and match.columns:
            return self.with_transforms(target, match)
        if target.meaning.concept == "full_name" and (guess := self._join_full_name(target)):
            return guess
        full = self.find_best("full_name") if target.meaning.concept in NAME_PARTS else None
        if full and (guess := self.split_full_name(target, full.columns[0])):
            return guess
        return Guess(target.name, reason=self._why_missing(target) or (match.reason if match else Guess.reason))

    def find_best(self, concept: str) -> Match | None:
        """Return the best match for a concept, even if the form does not have it."""
        found = assign_columns([Target("", NameMeaning(concept))], self.columns).get("")
        return found if found and found.columns else None

    def _choose_transforms(self, concept: str, columns: Sequence[Column]) -> TransformChoice:
        """Choose transforms; a phone's country comes from the row's country column, which may be the company's."""
        match = self.find_best("country")
        country = match.columns[0] if match and match.columns[0].share("country") >= ENOUGH else None
        found = choose_transforms(concept, columns, country)
        if match and country and match.confidence != "sure" and cell_kind_of(concept) == "phone":
            return replace(found, doubt=f"the country of the numbers comes from {column_label(country)}")
        return found

    def with_transforms(self, target: Target, match: Match) -> Guess:
        """Return the guess that a match makes, with transforms."""
        found = self._choose_transforms(target.meaning.concept, match.columns)
        sure = match.confidence == "sure" and not found.doubt
        guess = Guess(
            target.name,
            columns=tuple(column.name for column in match.columns),
            transform=found.transform,
            confidence="sure" if sure else "likely",
            doubt="" if sure else "transform" if match.confidence == "sure" else "columns",
            score=match.score,
            reason=found.doubt if match.confidence == "sure" and found.doubt else match.reason,
            note=found.note,
            question=found.question,
            choices=found.choices,
        )
        if _lacks_consent(target, match):
            guess = replace(
                guess, must_be=("1",), note="; ".join(filter(None, (guess.note, "some rows have no consent")))
            )
        return replace(guess, confidence="none") if found.needs_choice else guess

    def _join_full_name(self, target: Target) -> Guess | None:
        """Join `{First Name} {Last Name}`; the only case in which a column is used twice."""
        first, last = self.find_best("first_name"), self.find_best("last_name")
        if not first or not last or first.columns == last.columns:
            return None
        names = [first.columns[0].name, last.columns[0].name]
        template = "{" + names[0] + "} {" + names[1] + "}"
        if template_columns(template, known=names) != names:
            return Guess(target.name, reason="its columns have single braces in their names; no template can name them")
        sure = first.confidence == last.confidence == "sure" and not target.meaning.ambiguous
        found = choose_transforms("full_name", [first.columns[0], last.columns[0]], None)
        return Guess(
            target.name,
            template=template,
            transform=found.transform,
            confidence="sure" if sure else "likely",
            doubt="" if sure else "columns",
            reason="joined from its parts",
            note=found.note,
        )

    def split_full_name(self, target: Target, column: Column) -> Guess | None:
        """Take the first or last name from a column of full names, if most of them can be split."""
        part = NAME_PARTS[target.meaning.concept]
        unclear = sum(not can_split(cell) for cell in column.cells)
        if unclear > len(column.cells) / 2:
            return None
        found = choose_transforms("full_name", [column], None)
        note = f"{unclear} of {len(column.cells)} names can't be split" if unclear else found.note
        return Guess(
            target.name,
            columns=(column.name,),
            transform=(*found.transform, {"name": part}),
            confidence="likely",
            doubt="columns",
            reason=f"the {part} name of {column_label(column)}",
            note=note,
        )

    def _why_missing(self, target: Target) -> str:
        twice = next((name for name in self.repeated if _is_for(target, name)), None)
        if twice is not None:
            return f"more than one column is named '{twice}'; rename all but one"
        if target.meaning.concept in {"first_name", "last_name"} and (full := self.find_best("full_name")):
            return f"{column_label(full.columns[0])} is a full name; the field needs a column of its own"
        if target.meaning.concept.startswith("opt_in"):
            opposite = next((one for one in self.columns if one.meaning.concept == "opt_out"), None)
            return f"{column_label(opposite)} means the opposite" if opposite else ""
        return ""


def _lacks_consent(target: Target, match: Match) -> bool:
    """Whether some rows have a "no", or nothing, where a form field asks for consent."""
    if not target.meaning.concept.startswith(CONSENT) or match.columns[0].share("yesno") < MOSTLY:
        return False
    return any(not cell or cell.casefold().removesuffix(".0") in NO for cell in match.columns[0].rows)


def _is_for(target: Target, name: str) -> bool:
    return any(one.confidence != "none" for one in find_candidates(target, [Column(name, meaning_of(name), ())]))


def _explain_hidden(guess: Guess, form: Form) -> Guess:
    is_hidden = any(field.hidden and field.name == guess.field for field in form.fields)
    if guess.columns or guess.template or not is_hidden:
        return guess
    return replace(guess, reason=f"{guess.reason}; hidden in the form, may need a fixed value")
