"""All questions about a mapping, in order, and the mapping that follows from the answers."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from uploader.core.form import Form
from uploader.mapping.proposal import Guess, Proposal, missing_ids, to_yaml, with_guesses
from uploader.mapping.questionnaire.basis import Basis, SheetSample
from uploader.mapping.questionnaire.detail_question import detail_question
from uploader.mapping.questionnaire.id_questions import (
    form_question,
    link_question,
    publisher_question,
    sheet_question,
)
from uploader.mapping.questionnaire.question import Answer, Choice, Question
from uploader.mapping.questionnaire.source_question import SourceQuestion


@dataclass(frozen=True)
class Questionnaire:
    """The questions about a mapping. An answer makes a new questionnaire, as later questions may depend on it.

    Attributes:
        basis: What the questions are about.
        answers: The answers by the keys of their questions. Those that fit no question are ignored.
    """

    basis: Basis
    answers: Mapping[str, Answer] = field(default_factory=dict)

    def with_answer(self, key: str, answer: Answer) -> "Questionnaire":
        """Return the questionnaire with one more answer, or with another one."""
        return replace(self, answers={**self.answers, key: answer})

    def find(self, key: str) -> Question | None:
        """Return a question by its key; None if there is no such question (any more)."""
        return next((question for question in self.questions if question.key == key), None)

    @property
    def next_question(self) -> Question | None:
        """The first question that the user has to answer; None if the mapping is complete."""
        return next((question for question in self.questions if question.is_open), None)

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """All questions in order, also those whose answer is given or certain."""
        basis, optional = self.basis, self.basis.optional
        (link, knows_link), (publisher, knows_publisher) = self._id("link"), self._id("publisher")
        sheets = [sheet.name for sheet in basis.sheets]
        wants_sheet = self.answers.get("sheet") in sheets or (basis.like and basis.like.sheet in sheets)
        found = [
            sheet_question(basis, self.sheet, is_settled=len(sheets) == 1 or bool(wants_sheet)),
            form_question(basis, self.form, is_settled=self.knows_form),
            link_question(basis, link, is_settled=knows_link or "link" in optional),
            publisher_question(publisher, is_settled=knows_publisher or "publisher" in optional),
            *self._field_questions(),
            self._ignore_question(),
        ]
        return tuple(question for question in found if question)

    @cached_property
    def sheet(self) -> SheetSample:
        """The chosen sheet, else the likeliest."""
        names = (self.answers.get("sheet"), self.basis.like.sheet if self.basis.like else None)
        found = (sheet for name in names for sheet in self.basis.sheets if name and sheet.name == name)
        return next(found, self.basis.sheets[0])

    @cached_property
    def form(self) -> Form:
        """The chosen form, else the likeliest."""
        wanted, _ = self._id("form")
        return next((form for form in self.basis.forms if form.id == wanted), self.basis.forms[0])

    @property
    def knows_form(self) -> bool:
        """Whether it is certain which of several forms the leads are for."""
        return self._id("form")[1]

    @cached_property
    def ids(self) -> dict[str, int | None]:
        """The ids for the mapping; without those that are neither known nor needed."""
        settled = {name: self._id(name) for name in ("link", "publisher")}
        known = {name: number if is_settled else None for name, (number, is_settled) in settled.items()}
        found = {"campaign": self.basis.ids["campaign"], "form": self.form.id, **known}
        return {name: id_ for name, id_ in found.items() if id_ is not None or name not in self.basis.optional}

    @cached_property
    def proposal(self) -> Proposal:
        """The proposal, with the answers applied."""
        guesses = [detail or source for _, source, detail in self._fields]
        found = with_guesses(self._base, guesses, self.sheet.columns)
        kept = self.answers.get("ignore")
        unused = tuple(name for name in found.unused if not isinstance(kept, list) or name not in kept)
        return replace(found, unused=unused, head=self.basis.head)

    @property
    def undecided(self) -> tuple[str, ...]:
        """The ids and fields that are still missing."""
        return (*missing_ids(self.ids), *self.proposal.undecided)

    def to_yaml(self, date: str, links_command: str) -> str:
        """Write the mapping file as far as it is known.

        Args:
            date: Today (YYYY-MM-DD).
            links_command: The command that lists the campaign's links.
        """
        is_chosen = bool(self.basis.sheet or len(self.basis.sheets) > 1)
        return to_yaml(
            self.proposal,
            self.form,
            self.ids,
            file=self.basis.file,
            date=date,
            sheet=self.sheet.name if is_chosen else None,
            links=self.basis.links,
            links_command=links_command,
        )

    def _id(self, name: str) -> tuple[int | None, bool]:
        """Return an id, and whether it is settled: given, or the only one. That of an earlier upload is not."""
        basis = self.basis
        exists: tuple[int, ...] = {
            "form": tuple(form.id for form in basis.forms),
            "link": tuple(link.id for link in basis.links),
        }.get(name, ())
        if (given := basis.ids.get(name)) is not None and name not in self.answers:
            return given, True
        settled = (self.answers, basis.like.ids if basis.like else {})
        for number in (source.get(name) for source in settled):
            if isinstance(number, int) and (number in exists or not exists):
                return number, True
        if len(exists) == 1:
            return exists[0], True
        earlier = (known.ids[name] for known in basis.earlier if name in known.ids)
        return next((number for number in earlier if number in exists or not exists), None), False

    @property
    def _base(self) -> Proposal:
        return self.basis.proposal(self.sheet, self.form)

    @cached_property
    def _fields(self) -> list[tuple[SourceQuestion, Guess, Guess | None]]:
        """Each field's question, its guess with the source that was chosen, and with the detail that was chosen."""
        found: list[tuple[SourceQuestion, Guess, Guess | None]] = []
        for guess in self._base.guesses:
            source = SourceQuestion(guess, self.form, self.sheet)
            sourced = self._applied(source.key, source.apply) or guess
            detail = detail_question(sourced, self.sheet)
            found.append((source, sourced, self._applied(detail.key, detail.apply) if detail else None))
        return found

    def _applied(self, key: str, apply: Callable[[Answer], Guess | None]) -> Guess | None:
        return apply(self.answers[key]) if key in self.answers else None

    def _field_questions(self) -> Iterator[Question]:
        unused = with_guesses(self._base, [source for _, source, _ in self._fields], self.sheet.columns).unused
        for question, sourced, detailed in self._fields:
            is_answered = self._applied(question.key, question.apply) is not None
            yield question.question(sourced if is_answered else None, unused)
            if detail := detail_question(sourced, self.sheet):
                yield detail.question(detailed)

    def _ignore_question(self) -> Question | None:
        """Return the question which columns to leave out, if there are any."""
        unused = with_guesses(self._base, self.proposal.guesses, self.sheet.columns).unused
        if not unused:
            return None
        kept = [name for name in unused if name not in self.proposal.unused]
        label = f"all but {', '.join(kept)}" if kept else "all"
        suggestion = Choice(kept, label, ", ".join(name for name in unused if name not in kept))
        choices = tuple(Choice([name], name, " · ".join(self.sheet.samples(name))) for name in unused)
        text = "These columns are not used. Leave them out?"
        return Question("ignore", "Left out", text, "columns", choices, suggestion, "ignore" not in self.answers)
