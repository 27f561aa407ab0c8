"""All questions about a mapping, in order, and the mapping that follows from the answers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from uploader.core.form import Form
from uploader.core.model import field_name
from uploader.mapping.proposal import Proposal, missing_ids, to_yaml, with_guesses
from uploader.mapping.questionnaire.basis import Basis, SheetSample
from uploader.mapping.questionnaire.field_state import FieldState, field_state
from uploader.mapping.questionnaire.id_questions import (
    form_question,
    link_question,
    publisher_question,
    sheet_question,
)
from uploader.mapping.questionnaire.question import Answer, Choice, Question
from uploader.mapping.questionnaire.row_questions import (
    LostCondition,
    RowQuestion,
    as_answer,
    is_condition,
)
from uploader.spreadsheet.column_names import find_column, fold

_NO_ANSWER = ""  # fits no question


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
    def open_questions(self) -> list[Question]:
        """The questions that the user has to answer."""
        return [question for question in self.questions if question.is_open]

    @property
    def next_question(self) -> Question | None:
        """The first question that the user has to answer; None if the mapping is complete."""
        return next(iter(self.open_questions), None)

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
            *(row.question(self.answers) for row in self.row_questions),
            *(lost.question(self.answers) for lost in self.lost_conditions),
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
        found = with_guesses(self._base, [one.final for one in self.fields], self.sheet.columns)
        open_rows = (row for row in self.row_questions if not row.fits(self.answers.get(row.key, _NO_ANSWER)))
        kept = self.answers.get("ignore")
        left = [*(kept if isinstance(kept, list) else []), *self._where]
        return replace(
            found,
            unused=tuple(name for name in found.unused if name not in left),
            conditions=tuple(row.guess for row in open_rows),
            head=self._head,
        )

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
        is_chosen = bool(self.basis.sheet or len(self.basis.sheets) > 1 or self.answers.get("sheet"))
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
    def fields(self) -> list[FieldState]:
        """The form's fields with the answers about them."""
        return [field_state(guess, self.form, self.sheet, self.answers) for guess in self._base.guesses]

    def _field_questions(self) -> Iterator[Question]:
        unused = with_guesses(self._base, [one.sourced for one in self.fields], self.sheet.columns).unused
        for one in self.fields:
            yield one.source_question(unused)
            yield from one.more_questions()

    @cached_property
    def row_questions(self) -> list[RowQuestion]:
        """The columns that may say which rows are sent, without those for which a condition is given."""
        given = [*self.kept_conditions, *self._own_conditions]
        taken = {find_column(name, self.sheet.columns) for name in given}
        found = with_guesses(self._base, [one.final for one in self.fields], self.sheet.columns).conditions
        open_ones = (guess for guess in found if self.sheet.columns.index(guess.column) not in taken)
        return [RowQuestion(guess, self._earlier_condition(guess.column)) for guess in open_ones]

    def _earlier_condition(self, column: str) -> Any:
        """Return the condition of the newest earlier upload that has one for this column."""
        conditions = [known.head.get("where", {}) for known in self.basis.earlier]
        found = (where[name] for where in conditions for name in where if fold(name) == fold(column))
        return next(found, None)

    @property
    def lost_conditions(self) -> list[LostCondition]:
        """The conditions of the mapping to start from for which the sheet has no column."""
        where = self.basis.head.get("where", {})
        names = [name for name in where if find_column(name, self.sheet.columns) is None]
        return [LostCondition(name, self.basis.like.label if self.basis.like else "") for name in names]

    @property
    def _where(self) -> dict[str, Any]:
        """The conditions for `where`: those of the mapping to start from, and those that were chosen."""
        chosen = [row for row in self.row_questions if row.key in self.answers and row.fits(self.answers[row.key])]
        answered = {row.guess.column: one for row in chosen if (one := self.answers[row.key]) is not None}
        return self.kept_conditions | self._own_conditions | answered

    @property
    def kept_conditions(self) -> dict[str, Any]:
        """The conditions of the mapping to start from, without those that the user has dropped or replaced."""
        dropped = [lost.column for lost in self.lost_conditions if self.answers.get(lost.key, "") is None]
        if "where" in self.answers and (known := self.known_condition):
            dropped.append(known[0])
        return {name: one for name, one in self.basis.head.get("where", {}).items() if name not in dropped}

    @property
    def known_condition(self) -> tuple[str, str, Answer] | None:
        """A condition of the mapping to start from that can be an answer: its column there and here, and the answer."""
        for name, condition in self.basis.head.get("where", {}).items():
            at, answer = find_column(name, self.sheet.columns), as_answer(condition)
            if at is not None and answer:
                return name, self.sheet.columns[at], answer
        return None

    @property
    def _own_conditions(self) -> dict[str, Any]:
        """The conditions that the user has added, by column: the answer `where`, as far as it fits the sheet."""
        given = self.answers.get("where")
        known = given if isinstance(given, dict) else {}
        return {name: one for name, one in known.items() if name in self.sheet.columns and is_condition(one)}

    @property
    def _head(self) -> dict[str, Any]:
        """The other keys of the mapping. Leads are identified by fields that it has."""
        head = {name: one for name, one in self.basis.head.items() if name not in {"where", "duplicates"}}
        mapped = [one.final.field for one in self.fields if one.final.confidence != "none"]
        wanted = self.basis.head.get("duplicates")
        usable = [name for name in wanted or () if field_name(name) in mapped]
        if usable or wanted == []:
            head["duplicates"] = usable
        if self.answers.get("quality") == "platform":
            head["quality"] = "platform"
        elif "quality" in self.answers and head.get("quality") == "platform":
            del head["quality"]
        return {**head, **({"where": where} if (where := self._where) else {})}

    def _ignore_question(self) -> Question | None:
        """Return the question which columns to leave out, if there are any."""
        found = with_guesses(self._base, self.proposal.guesses, self.sheet.columns)
        unused = [name for name in found.unused if name not in self._where]
        if not unused:
            return None
        kept = [name for name in unused if name not in self.proposal.unused]
        label = f"all but {', '.join(kept)}" if kept else "all"
        suggestion = Choice(kept, label, ", ".join(name for name in unused if name not in kept))
        choices = tuple(Choice([name], name, " · ".join(self.sheet.samples(name))) for name in unused)
        text = "These columns are not used. Leave them out?"
        return Question("ignore", "Left out", text, "columns", choices, suggestion, "ignore" not in self.answers)
