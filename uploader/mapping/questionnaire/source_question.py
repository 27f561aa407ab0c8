"""The question where the value of a form field comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from uploader.core.form import Form
from uploader.mapping.proposal import Guess, propose_from
from uploader.mapping.questionnaire.basis import SheetSample
from uploader.mapping.questionnaire.question import Answer, Choice, Question

LEFT_OUT = Choice(None, "left out")


@dataclass(frozen=True)
class SourceQuestion:
    """The question about one field.

    Attributes:
        guess: What is proposed for the field.
        form: The form.
        sheet: The sheet.
    """

    guess: Guess
    form: Form
    sheet: SheetSample

    @property
    def key(self) -> str:
        """The key of the question."""
        return f"field:{self.guess.field}"

    def apply(self, answer: Answer) -> Guess | None:
        """Return what an answer makes of the field; None if the answer does not fit the sheet."""
        name = self.guess.field
        match answer:
            case None if name not in self.form.required:
                return Guess(name, reason="left out")
            case {"value": str(value)} if value.strip():
                return confirmed(self.guess if value == self.guess.value else Guess(name, value=value.strip()))
            case {"template": str(template)} if template == self.guess.template:
                return confirmed(self.guess)
            case {"column": str(column)}:
                return self._from_columns([column])
            case {"column": [*columns]}:
                return self._from_columns([str(column) for column in columns])
            case _:
                return None

    def question(self, answered: Guess | None, unused: Sequence[str], *, is_answered: bool) -> Question:
        """Return the question.

        Args:
            answered: What the given answer makes of the field; None if there is none that fits.
            unused: The columns that no field uses: they are offered first.
            is_answered: Whether there is an answer. One that does not fit, such as a column that the sheet has no
                more, is asked for again, however certain the proposal is.
        """
        guess = answered or self.guess
        is_required = guess.field in self.form.required
        has_source = bool(guess.columns or guess.template or guess.value)
        return Question(
            self.key,
            guess.field,
            self._text(is_required=is_required),
            "source",
            self._choices(unused),
            source_choice(guess, self.sheet) if has_source else None if is_required else LEFT_OUT,
            is_open=answered is None and (is_answered or guess.doubt == "columns" or (is_required and not has_source)),
            is_required=is_required,
        )

    def _from_columns(self, columns: Sequence[str]) -> Guess | None:
        if not columns or any(self.sheet.columns.count(name) != 1 for name in columns):
            return None
        if tuple(columns) == self.guess.columns:
            return confirmed(self.guess)
        return confirmed(propose_from(self.form, self.sheet.columns, self.sheet.rows, self.guess.field, columns))

    def _text(self, *, is_required: bool) -> str:
        guess = self.guess
        if guess.value:
            return f"{guess.field}: is it '{guess.value}' for every lead? ({guess.reason})"
        if guess.doubt == "columns" and any("name" in step for step in guess.transform if isinstance(step, Mapping)):
            return f"{guess.field}: is it {guess.reason}?"
        if guess.doubt == "columns":
            source = guess.template or " or ".join(f"'{name}'" for name in guess.columns)
            return f"{guess.field}: is it {source}? ({guess.reason})"
        if is_required and not (guess.columns or guess.template):
            return f"{guess.field} is required: which column has it, or which value do all leads have? ({guess.reason})"
        return f"{guess.field}: which column has it?"

    def _choices(self, unused: Sequence[str]) -> tuple[Choice, ...]:
        """Return the proposed source, then the unused columns, then the others."""
        guess = self.guess
        first = [source_choice(guess, self.sheet)] if guess.columns or guess.template else []
        names = [name for name in self.sheet.columns if name.strip() and self.sheet.columns.count(name) == 1]
        names.sort(key=lambda name: name not in unused)
        proposed = guess.columns if len(guess.columns) == 1 else ()
        others = [column_choice((name,), self.sheet) for name in names if name not in proposed]
        return (*first, *others)


def confirmed(guess: Guess) -> Guess:
    """Return a guess whose source the user has chosen. How its cells are read may still be a question."""
    guess = replace(guess, doubt="" if guess.doubt == "columns" else guess.doubt)
    return guess if guess.question or guess.doubt else replace(guess, confidence="chosen")


def source_choice(guess: Guess, sheet: SheetSample) -> Choice:
    """Return the source of a guess as a choice."""
    if guess.template:
        return Choice({"template": guess.template}, guess.template)
    return column_choice(guess.columns, sheet) if guess.columns else Choice({"value": guess.value}, f"={guess.value}")


def column_choice(columns: Sequence[str], sheet: SheetSample) -> Choice:
    """Return columns as a choice, with sample values."""
    answer: Answer = {"column": columns[0] if len(columns) == 1 else list(columns)}
    return Choice(answer, ", ".join(columns), " · ".join(sheet.samples(columns[0])))
