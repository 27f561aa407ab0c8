"""The question how the cells of a field are read: the format of its dates, or the country of its phone numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from uploader.mapping.proposal import Guess, Step
from uploader.mapping.questionnaire.basis import SheetSample
from uploader.mapping.questionnaire.question import Answer, Choice, Question
from uploader.mapping.transforms import build


@dataclass(frozen=True)
class DetailQuestion:
    """The question about one field whose source is known.

    Attributes:
        guess: The field with its source.
        sheet: The sheet.
        transform: What is in question.
    """

    guess: Guess
    sheet: SheetSample
    transform: Literal["phone", "date"]

    @property
    def key(self) -> str:
        """The key of the question."""
        return f"{self.transform}:{self.guess.field}"

    def apply(self, answer: Answer) -> Guess | None:
        """Return what an answer makes of the field; None if the answer does not fit."""
        if not self._fits(answer):
            return None
        others = [step for step in self.guess.transform if _name(step) != self.transform]
        kept = {key: value for key, value in self._options.items() if key in {"format", "to"}}
        own: list[Step] = []
        if self.transform == "phone" and isinstance(answer, dict):
            own = [_step("phone", {**answer, **kept})]
        elif answer is not None:
            own = [_step("date", {**({"from": answer} if answer else {}), **kept})]
        steps = (*others, *own)
        return replace(self.guess, transform=steps, question="", choices=(), doubt="", confidence="chosen")

    def question(self, answered: Guess | None) -> Question:
        """Return the question. `answered` is what the given answer makes of the field; None if there is none."""
        is_open = answered is None and bool(self.guess.question or self.guess.doubt == "transform")
        of_phone = self.transform == "phone"
        is_unknown = is_open and not (self.guess.doubt and of_phone)
        current = replace(self, guess=answered) if answered else self
        return Question(
            self.key,
            f"{self.guess.field} {'country' if of_phone else 'format'}",
            f"{self.guess.field}: {self._text()}",
            "country" if of_phone else "format",
            self._countries() if of_phone else self._formats(),
            None if is_unknown else current._current(),
            is_open=is_open,
            is_required=False,
        )

    @property
    def _options(self) -> Mapping[str, Any]:
        """The options of the transform in question."""
        step = next((step for step in self.guess.transform if _name(step) == self.transform), "")
        options = step[self.transform] if isinstance(step, Mapping) else None
        return options if isinstance(options, Mapping) else {}

    def _fits(self, answer: Answer) -> bool:
        if self.transform == "date" and (answer is None or answer == []):
            return True
        options = {"from": answer} if self.transform == "date" else answer
        if not isinstance(options, dict) or not options.keys() <= {"from", "region", "column"}:
            return False
        if "column" in options and self.sheet.columns.count(options["column"]) != 1:
            return False
        try:
            build(self.transform, options)
        except ValueError:
            return False
        return True

    def _text(self) -> str:
        guess = self.guess
        if guess.question:
            return guess.question
        if self.transform == "phone":
            doubt = f" ({guess.reason})" if guess.doubt else ""
            return f"which country do numbers without a country code have?{doubt}"
        return "how are its dates written, in the way of %d/%m/%Y?"

    def _countries(self) -> tuple[Choice, ...]:
        """Return the columns that have countries."""
        found = self.sheet.country_columns
        return tuple(
            Choice({"column": name}, f"by column '{name}'", " · ".join(self.sheet.samples(name))) for name in found
        )

    def _formats(self) -> tuple[Choice, ...]:
        """Return the formats that fit all dates."""
        found = [(step["date"]["from"], when) for step, when in self.guess.choices if isinstance(step, Mapping)]
        return tuple(Choice(list(formats), ", ".join(formats), when.removeprefix("if ")) for formats, when in found)

    def _current(self) -> Choice:
        """Return how the cells are read now."""
        options = self._options
        if self.transform == "phone":
            column, region = options.get("column"), options.get("region")
            words = [f"by column '{column}'"] if column else []
            words += [f"{region} where that is empty" if column else str(region)] if region else []
            answer = {key: options[key] for key in ("column", "region") if key in options}
            return Choice(answer, ", ".join(words) or "every number has its country code")
        if not any(_name(step) == "date" for step in self.guess.transform):
            return Choice(None, "sent as they are")
        formats = options.get("from", [])
        formats = [formats] if isinstance(formats, str) else list(formats)
        return Choice(formats, ", ".join(formats) or "real dates")


def detail_question(guess: Guess, sheet: SheetSample) -> DetailQuestion | None:
    """Return the question how a field's cells are read, or None if they are texts."""
    steps = [_name(step) for step in (*guess.transform, *(step for step, _ in guess.choices))]
    if not guess.columns:
        return None
    if "phone" in steps:
        return DetailQuestion(guess, sheet, "phone")
    is_date = "date" in steps or guess.doubt == "transform"
    return DetailQuestion(guess, sheet, "date") if is_date else None


def _name(step: Step) -> str:
    return step if isinstance(step, str) else next(iter(step))


def _step(name: str, options: Mapping[str, Any]) -> Step:
    return {name: dict(options)} if options else name
