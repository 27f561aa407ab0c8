"""What the answers make of one form field: where it comes from, how its cells are read, and whether consent counts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from uploader.core.form import Form
from uploader.mapping.proposal import Guess
from uploader.mapping.questionnaire.basis import SheetSample
from uploader.mapping.questionnaire.detail_question import DetailQuestion, detail_question
from uploader.mapping.questionnaire.question import Answer, Question
from uploader.mapping.questionnaire.row_questions import consent_question, with_consent
from uploader.mapping.questionnaire.source_question import SourceQuestion


@dataclass(frozen=True)
class FieldState:
    """A form field with the answers about it. None where a question has no answer that fits.

    Attributes:
        source: The question where the field comes from.
        chosen: What the answer to it makes of the field.
        sourced: The same, else what is proposed.
        detail: The question how the cells are read, if there is one.
        detailed: What the answer to that makes of the field.
        final: The field with all answers.
        answers: All answers.
    """

    source: SourceQuestion
    chosen: Guess | None
    sourced: Guess
    detail: DetailQuestion | None
    detailed: Guess | None
    final: Guess
    answers: Mapping[str, Answer]

    @property
    def name(self) -> str:
        """The field's name."""
        return self.source.guess.field

    def source_question(self, unused: Sequence[str]) -> Question:
        """Return the question where the field comes from; `unused` are the columns that no field uses."""
        is_answered = self.source.key in self.answers
        return self.source.question(self.chosen, unused, is_answered=is_answered)

    def more_questions(self) -> Iterator[Question]:
        """Yield the questions that depend on where the field comes from."""
        if self.detail:
            yield self.detail.question(self.detailed)
        if consent := consent_question(self.detailed or self.sourced, self.answers):
            yield consent


def field_state(guess: Guess, form: Form, sheet: SheetSample, answers: Mapping[str, Answer]) -> FieldState:
    """Apply the answers about a field one after the other.

    Args:
        guess: What is proposed for the field.
        form: The form.
        sheet: The sheet.
        answers: All answers.
    """

    def apply(key: str, read: Callable[[Answer], Guess | None]) -> Guess | None:
        return read(answers[key]) if key in answers else None

    source = SourceQuestion(guess, form, sheet)
    chosen = apply(source.key, source.apply)
    sourced = chosen or guess
    detail = detail_question(sourced, sheet)
    detailed = apply(detail.key, detail.apply) if detail else None
    final = with_consent(detailed or sourced, answers)
    return FieldState(source, chosen, sourced, detail, detailed, final, answers)
