"""The questions which rows are sent: by a column such as Status, and by consent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from uploader.mapping.proposal import ConditionGuess, Guess
from uploader.mapping.questionnaire.question import Answer, Choice, Question

ALL_ROWS = Choice(None, "all")
ONLY_WITH_CONSENT = Choice(["1"], "leave them out")
WITHOUT_CONSENT_TOO = Choice([], "send them")


@dataclass(frozen=True)
class RowQuestion:
    """The question which cells of a column make a row one to send.

    Attributes:
        guess: The column, its cells, and a condition that may be meant.
        earlier: The condition of an earlier upload, None if there was none for this column.
    """

    guess: ConditionGuess
    earlier: Any = None

    @property
    def key(self) -> str:
        """The key of the question."""
        return f"rows:{self.guess.column}"

    def fits(self, answer: Answer) -> bool:
        """Whether an answer is None for all rows, a list of cells, or the suggested condition."""
        if answer is None or answer == self.guess.condition:
            return True
        known = [text for text, _ in self.guess.values]
        return isinstance(answer, list) and bool(answer) and all(text in known for text in answer)

    def question(self, answers: Mapping[str, Answer]) -> Question:
        """Return the question. Which rows are meant is not known, unless they are tests or were chosen before."""
        is_answered = self.key in answers and self.fits(answers[self.key])
        return Question(
            self.key,
            self.guess.column,
            f"The column '{self.guess.column}' may say which rows are meant. Which ones shall be sent?",
            "rows",
            tuple(Choice([text], _shown([text]), f"{count:,} of the first rows") for text, count in self.guess.values),
            condition_choice(answers[self.key]) if is_answered else self._suggestion(),
            is_open=not is_answered,
        )

    def _suggestion(self) -> Choice | None:
        match self.earlier:
            case {"equals": text} if self.fits([text]):
                return condition_choice([text])
            case {"in": [*texts]} if self.fits(texts):
                return condition_choice(texts)
        return condition_choice(self.guess.condition) if isinstance(self.guess.condition, dict) else None


@dataclass(frozen=True)
class LostCondition:
    """A condition of the mapping to start from for a column that the sheet does not have.

    Attributes:
        column: The column.
        label: What the mapping is called.
    """

    column: str
    label: str

    @property
    def key(self) -> str:
        """The key of the question."""
        return f"rows:{self.column}"

    def question(self, answers: Mapping[str, Answer]) -> Question:
        """Return the question. Nothing is suggested: without the condition, rows would be sent that were left out."""
        text = f"{self.label} sends only some rows, by the column '{self.column}', which the sheet does not have."
        is_answered = self.key in answers and answers[self.key] is None
        suggestion = ALL_ROWS if is_answered else None
        return Question(
            self.key, self.column, f"{text} Send all rows?", "choice", (ALL_ROWS,), suggestion, not is_answered
        )


def is_condition(answer: Answer) -> bool:
    """Whether an answer says which cells of a column are meant: a list of texts, or {"not": a list of texts}."""
    texts = answer["not"] if isinstance(answer, dict) and answer.keys() == {"not"} else answer
    return isinstance(texts, list) and bool(texts) and all(isinstance(text, str) for text in texts)


def as_answer(condition: Any) -> Answer:
    """Return a condition of a mapping as `is_condition` has it; None if it says more than that."""
    match condition:
        case {"equals": str(text), **rest} if not rest:
            return [text]
        case {"in": [*texts], **rest} if not rest:
            return [*texts]
        case {"not": inner, **rest} if not rest and isinstance(excluded := as_answer(inner), list):
            return {"not": excluded}
    return None


def condition_choice(condition: Any) -> Choice:
    """Return a condition of `where` as a choice."""
    match condition:
        case None:
            return ALL_ROWS
        case {"not": [*texts]}:
            return Choice(condition, f"all but {_shown(texts)}")
        case [*texts]:
            return Choice(condition, _shown(texts))
        case _:
            return Choice(condition, _shown([condition]))


def consent_key(field: str) -> str:
    """Return the key of the question about consent."""
    return f"consent:{field}"


def with_consent(guess: Guess, answers: Mapping[str, Answer]) -> Guess:
    """Return a field with the answer to the question about consent, if there is one."""
    answer = answers.get(consent_key(guess.field))
    if not guess.must_be or answer not in (ONLY_WITH_CONSENT.answer, WITHOUT_CONSENT_TOO.answer):
        return guess
    required = {"must_be": [1]} if answer else {}
    return replace(guess, options={**guess.options, **required}, must_be=())


def consent_question(guess: Guess, answers: Mapping[str, Answer]) -> Question | None:
    """Return the question about rows without consent; None if there are none.

    Args:
        guess: The field, without the answer to this question.
        answers: All answers.
    """
    if not guess.must_be:
        return None
    is_answered = not with_consent(guess, answers).must_be
    is_refused = is_answered and not answers[consent_key(guess.field)]
    return Question(
        consent_key(guess.field),
        f"{guess.field} consent",
        f"{guess.field}: in some rows, the column {' or '.join(map(repr, guess.columns))} has no consent: a no, or "
        'nothing. Leave these rows out? They become invalid: "no consent".',
        "choice",
        (ONLY_WITH_CONSENT, WITHOUT_CONSENT_TOO),
        WITHOUT_CONSENT_TOO if is_refused else ONLY_WITH_CONSENT,
        is_open=not is_answered,
    )


def _shown(texts: list[str]) -> str:
    return ", ".join(text or "(empty)" for text in texts)
