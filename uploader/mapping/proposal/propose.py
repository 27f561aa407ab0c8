"""Form, columns and sample rows -> a proposal. Pure: the same in, the same out."""

import string
from collections.abc import Sequence
from dataclasses import dataclass, replace

from uploader.core.form import Form
from uploader.mapping.proposal.assignment import Match, matches, quoted
from uploader.mapping.proposal.candidates import Target, candidates, read_targets
from uploader.mapping.proposal.cell_patterns import ENOUGH
from uploader.mapping.proposal.columns import Column, read_columns
from uploader.mapping.proposal.concepts import Meaning, cells_of, meaning
from uploader.mapping.proposal.proposal import Guess, Proposal
from uploader.mapping.proposal.transform_choice import Conversion, conversion


def propose(form: Form, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Proposal:
    """Proposes where each field of the form comes from.

    `columns` are the sheet's names as they stand there, `rows` some of its rows: text cells, "" for empty; a
    thousand are plenty. What could be wrong is never marked sure, and nothing is split: a full name stays whole.
    """
    known, doubled = read_columns(columns, rows)
    targets = read_targets(form)
    sheet = _Sheet(known, doubled)
    found = matches(targets, known)
    guesses = tuple(sheet.guess(target, found.get(target.name)) for target in targets)
    used = {name for guess in guesses for name in [*guess.columns, *template_columns(guess.template)]}
    open_ones = {guess.field for guess in guesses if guess.decide}
    open_ones |= {guess.field for guess in guesses if guess.confidence == "none" and guess.field in form.required}
    return Proposal(
        tuple(_hidden_explained(guess, form) for guess in guesses),
        tuple(column.name for column in known if column.name not in used),
        tuple(doubled),
        tuple(guess.field for guess in guesses if guess.field in open_ones),
    )


def template_columns(template: str) -> list[str]:
    """The columns in braces; none where it is no template."""
    try:
        return [name for _, name, _, _ in string.Formatter().parse(template) if name]
    except ValueError:
        return []


@dataclass(frozen=True)
class _Sheet:
    """The columns that can be mapped, and the names that stand more than once."""

    columns: Sequence[Column]
    doubled: Sequence[str]

    def guess(self, target: Target, match: Match | None) -> Guess:
        """One field's guess: its match with transforms, else a full name made of its parts, else why there is none."""
        if match and match.columns:
            return self._converted(target, match)
        if target.meaning.concept == "full_name" and (guess := self._joined(target)):
            return guess
        return Guess(target.name, why=self._why_not(target) or (match.why if match else Guess.why))

    def best(self, concept: str) -> Match | None:
        """The best match for a concept, whether the form has it or not."""
        found = matches([Target("", Meaning(concept))], self.columns).get("")
        return found if found and found.columns else None

    def _conversion(self, concept: str, columns: Sequence[Column]) -> Conversion:
        """A telephone's country comes from the row; from one of the company's, that is a doubt."""
        match = self.best("country")
        country = match.columns[0] if match and match.columns[0].share("country") >= ENOUGH else None
        found = conversion(concept, columns, country)
        if match and country and match.confidence != "sure" and cells_of(concept) == "phone":
            return replace(found, doubt=f"the country of the numbers is that of {quoted(country)}")
        return found

    def _converted(self, target: Target, match: Match) -> Guess:
        found = self._conversion(target.meaning.concept, match.columns)
        sure = match.confidence == "sure" and not found.doubt
        guess = Guess(
            target.name,
            columns=tuple(column.name for column in match.columns),
            transform=found.transform,
            confidence="sure" if sure else "likely",
            score=match.score,
            why=found.doubt if match.confidence == "sure" and found.doubt else match.why,
            remark=found.remark,
            decide=found.decide,
            choices=found.choices,
        )
        return replace(guess, confidence="none", why=found.decide) if found.waits else guess

    def _joined(self, target: Target) -> Guess | None:
        """`{First Name} {Last Name}`; the one case where a column is used twice."""
        first, last = self.best("first_name"), self.best("last_name")
        if not first or not last or first.columns == last.columns:
            return None
        names = [first.columns[0].name, last.columns[0].name]
        template = "{" + names[0] + "} {" + names[1] + "}"
        if template_columns(template) != names:
            return Guess(target.name, why="the names of its columns have braces or colons, which no template can hold")
        sure = first.confidence == last.confidence == "sure" and not target.meaning.weak
        found = conversion("full_name", [first.columns[0], last.columns[0]], None)
        return Guess(
            target.name,
            template=template,
            transform=found.transform,
            confidence="sure" if sure else "likely",
            why="its parts, put together",
            remark=found.remark,
        )

    def _why_not(self, target: Target) -> str:
        twice = next((name for name in self.doubled if _is_for(target, name)), None)
        if twice is not None:
            return f"'{twice}' stands more than once in the sheet: rename all but one"
        if target.meaning.concept in {"first_name", "last_name"} and (full := self.best("full_name")):
            return f"{quoted(full.columns[0])} is the full name, and nothing is split: it needs a column of its own"
        if target.meaning.concept.startswith("opt_in"):
            opposite = next((one for one in self.columns if one.meaning.concept == "opt_out"), None)
            return f"{quoted(opposite)} says the opposite" if opposite else ""
        return ""


def _is_for(target: Target, name: str) -> bool:
    return any(one.confidence != "none" for one in candidates(target, [Column(name, meaning(name), ())]))


def _hidden_explained(guess: Guess, form: Form) -> Guess:
    is_hidden = any(field.hidden and field.name == guess.field for field in form.fields)
    if guess.columns or guess.template or not is_hidden:
        return guess
    return replace(guess, why=f"{guess.why}; hidden in the form: maybe a constant, {{value: …}}")
