"""A mapping while a person decides about it, field by field, with samples of what would be sent."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from uploader.commands.connection import platform_alone
from uploader.commands.mapping import ProposalRequest, campaign_links, sample_rows
from uploader.config.settings import Settings
from uploader.core.errors import FormError
from uploader.core.form import Form, Link
from uploader.mapping import proposal
from uploader.mapping.bind import Binder
from uploader.mapping.load import parse_mapping
from uploader.mapping.proposal import Guess, Proposal, decided_yaml, propose_from, with_guesses
from uploader.mapping.questionnaire import Answer, Question, RowQuestion, consent_question, with_consent
from uploader.mapping.row_mapper import RowMapper
from uploader.pipeline.prepare import choose_form
from uploader.pipeline.wording import notes_on_mapping
from uploader.spreadsheet import Chunk, Sheet, Table, open_table
from uploader.spreadsheet.column_names import find_column

SAMPLES = 3


@dataclass(frozen=True)
class FieldChoice:
    """What a person decided about a form field.

    Attributes:
        source: "guess" for what is proposed, "column", "fixed", "out" to leave the field out, or "" if undecided.
        text: The column's name, or the fixed value.
        answer: Which answer to the field's question was chosen, from 0; None if there is no question.
    """

    source: str
    text: str = ""
    answer: int | None = None


class RowFilter(NamedTuple):
    """Which rows are sent: those whose cell in a column is one of some values, or none of them.

    Attributes:
        column: The column; empty for all rows.
        values: The values, as cells.
        is_negated: Whether the cell must be none of them.
    """

    column: str = ""
    values: Sequence[str] = ()
    is_negated: bool = False

    @property
    def spec(self) -> dict[str, object]:
        """What the mapping says under `where`."""
        values = list(self.values)
        return {self.column: {"not": values} if self.is_negated else values} if self.column and values else {}


ALL_ROWS = RowFilter()
NO_ANSWERS: Mapping[str, Answer] = {}
_OPEN = ""  # fits no question


@dataclass(frozen=True)
class Sample:
    """A cell's text, and what would be sent for it or why it would not."""

    before: str
    after: str
    problem: str = ""


@dataclass(frozen=True)
class MappingDraft:
    """A spreadsheet, a live form, and what is proposed for its fields.

    Attributes:
        table: The spreadsheet.
        rows: Some of its rows.
        campaign: The campaign.
        forms: The campaign's forms.
        form: The chosen one.
        links: The campaign's links.
        link: The link, if there is only one.
        publisher: The publisher, if the settings know it.
        proposal: What is proposed.
    """

    table: Table
    rows: Chunk
    campaign: int
    forms: Sequence[Form]
    form: Form
    links: Sequence[Link]
    link: int | None
    publisher: int | None
    proposal: Proposal

    @property
    def sheets(self) -> list[str]:
        """The sheets of a workbook; empty for a text file."""
        source = self.table.source
        return [str(self.table.sheet), *source.others] if isinstance(source, Sheet) else []

    @property
    def guesses(self) -> dict[str, Guess]:
        """What is proposed, by form field."""
        return {guess.field: guess for guess in self.proposal.guesses}

    def first_choices(self) -> dict[str, FieldChoice]:
        """Return the choices that the proposal makes."""
        return {guess.field: self._first_choice(guess) for guess in self.proposal.guesses}

    def _first_choice(self, guess: Guess) -> FieldChoice:
        if guess.confidence != "none":
            return FieldChoice("guess")
        is_open = guess.field in self.proposal.undecided
        return FieldChoice("guess" if guess.question else "" if is_open else "out")

    def guess(self, field: str, choice: FieldChoice) -> Guess:
        """Return how a field comes from what was chosen for it."""
        guess = self.guesses[field]
        if choice.source != "column" or guess.columns == (choice.text,):
            return guess
        cells = [list(row) for row in self.rows.cells()]
        return propose_from(self.form, self.table.columns, cells, field, [choice.text])

    def can_be_chosen(self, field: str, choice: FieldChoice) -> bool:
        """Return whether a choice that was made for another spreadsheet is possible here."""
        return field in self.guesses and (choice.source != "column" or choice.text in self.table.columns)

    def missing(
        self,
        choices: Mapping[str, FieldChoice],
        link: int | None,
        publisher: int | None,
        answers: Mapping[str, Answer] = NO_ANSWERS,
        where: RowFilter = ALL_ROWS,
    ) -> list[str]:
        """Return what is still to be decided: fields, columns that say which rows are meant, "link", "publisher"."""
        ids = [("link", link, bool(self.links)), ("publisher", publisher or self.publisher, True)]
        return [
            *(name for name in self.guesses if self.is_open(name, choices.get(name, FieldChoice("")))),
            *(row.guess.column for row in self.row_questions(choices, where) if row.question(answers).is_open),
            *(name for name, value, is_needed in ids if is_needed and value is None),
        ]

    def open_consents(self, choices: Mapping[str, FieldChoice], answers: Mapping[str, Answer]) -> list[Question]:
        """Return the questions about consent that are not answered; rows without consent are sent until then."""
        found = (self.consent_question(name, choices.get(name, FieldChoice("")), answers) for name in self.guesses)
        return [question for question in found if question and question.is_open]

    def consent_question(self, field: str, choice: FieldChoice, answers: Mapping[str, Answer]) -> Question | None:
        """Return the question about rows without consent; None if the field's column has no such rows."""
        return consent_question(self.guess(field, choice), answers) if choice.source in {"guess", "column"} else None

    def row_questions(self, choices: Mapping[str, FieldChoice], where: RowFilter) -> list[RowQuestion]:
        """Return the questions which rows are sent: one for each column that no field uses and that may say it."""
        finals = [self._final(name, choices.get(name, FieldChoice("out"))) for name in self.guesses]
        found = with_guesses(self.proposal, finals, self.table.columns).conditions
        return [RowQuestion(guess) for guess in found if guess.column != where.column]

    def _final(self, field: str, choice: FieldChoice) -> Guess:
        return self.guess(field, choice) if choice.source in {"guess", "column"} else Guess(field)

    def is_open(self, field: str, choice: FieldChoice) -> bool:
        """Return whether it is still to be decided where a field comes from."""
        if choice.source in {"guess", "column"}:
            guess = self.guess(field, choice)
            return bool(guess.question) and choice.answer is None and guess.confidence == "none"
        is_required = field in self.form.required
        return {"fixed": not choice.text.strip(), "out": is_required}.get(choice.source, True)

    def text(
        self,
        choices: Mapping[str, FieldChoice],
        link: int | None,
        publisher: int | None,
        where: RowFilter = ALL_ROWS,
        answers: Mapping[str, Answer] = NO_ANSWERS,
    ) -> str:
        """Return the mapping, as YAML."""
        specs = {
            name: spec
            for name in self.guesses
            if (spec := self._spec(name, choices.get(name, FieldChoice("out")), answers))
        }
        condition = where.spec | self._conditions(choices, where, answers)
        ids = {
            "campaign": self.campaign,
            "form": self.form.id,
            "link": link,
            "publisher": publisher or self.publisher,
        }
        used = parse_mapping(
            decided_yaml(specs, self.form, ids, ignored=(), sheet=None, where={}, date=""), Path("mapping.yaml")
        )
        places = {find_column(name, self.table.columns) for name in used.columns}
        names = dict.fromkeys(
            name
            for at, name in enumerate(self.table.columns)
            if at not in places and name.strip() and name not in condition
        )
        sheet, date = self.table.sheet if len(self.sheets) > 1 else None, time.strftime("%Y-%m-%d")
        return decided_yaml(specs, self.form, ids, ignored=[*names], sheet=sheet, where=condition, date=date)

    def _conditions(
        self, choices: Mapping[str, FieldChoice], where: RowFilter, answers: Mapping[str, Answer]
    ) -> dict[str, object]:
        """Return what the mapping says under `where` because of the answers which rows are sent."""
        given = {row.guess.column: (row, answers.get(row.key, _OPEN)) for row in self.row_questions(choices, where)}
        return {name: answer for name, (row, answer) in given.items() if answer is not None and row.fits(answer)}

    def _spec(self, field: str, choice: FieldChoice, answers: Mapping[str, Answer]) -> dict[str, object]:
        """Return what the mapping says about a field; empty if it is left out."""
        if choice.source == "fixed":
            return {"value": choice.text}
        if choice.source not in {"guess", "column"}:
            return {}
        guess = with_consent(self.guess(field, choice), answers)
        steps = list(guess.transform)
        if choice.answer is not None and choice.answer < len(guess.choices):
            steps = [guess.choices[choice.answer][0]]
        if not guess.template and not guess.columns:
            return {}
        columns = guess.columns[0] if len(guess.columns) == 1 else list(guess.columns)
        source: dict[str, object] = {"template": guess.template} if guess.template else {"column": columns}
        return {**source, **({"transform": steps} if steps else {}), **guess.options}

    def gaps(self, text: str) -> list[str]:
        """Return what is wrong with a mapping that leaves many fields of the form empty."""
        notes, warnings = notes_on_mapping(parse_mapping(text, Path("mapping.yaml")), self.form, ())
        return [*warnings, *notes]

    def samples(self, text: str) -> dict[str, list[Sample]]:
        """Return the first cells of each mapped field that are not empty, and what is sent for them."""
        mapping = parse_mapping(text, Path("mapping.yaml"))
        plans = Binder(mapping, self.table.columns).plans()
        if mapping.document.errors:
            return {}
        found = {}
        for plan in plans:
            mapper = RowMapper([plan], self.table.columns)
            raw = RowMapper(
                [replace(plan, transforms=[], transform_names=(), is_email=False, checks=[], values={})],
                self.table.columns,
            )
            mapped, before = mapper.map_rows(self.rows), raw.map_rows(self.rows)
            places = [at for at in range(len(self.rows.rows)) if before.values[0][at]][:SAMPLES]
            found[plan.name] = [
                Sample(
                    before.values[0][at],
                    mapped.values[0][at],
                    mapped.problems[at][0].message if at in mapped.problems else "",
                )
                for at in places
            ]
        return found


async def open_draft(request: ProposalRequest, settings: Settings) -> MappingDraft:
    """Read a spreadsheet and the campaign's live form, and propose a mapping. Raises TableError, FormError."""
    async with platform_alone(settings) as api:
        table = open_table(request.file, sheet=request.sheet, encoding=request.encoding)
        forms = await api.forms(request.campaign)
        form = _form(forms, request)
        links = await campaign_links(api, request.campaign)
    rows = sample_rows(table)
    proposed = proposal.propose(form, table.columns, [list(row) for row in rows.cells()])
    link = links[0].id if len(links) == 1 else None
    return MappingDraft(
        table, rows, request.campaign, forms, form, links, link, request.publisher or settings.publisher_id, proposed
    )


def _form(forms: Sequence[Form], request: ProposalRequest) -> Form:
    """Return the chosen form; if none was chosen, the first that can be read."""
    try:
        return choose_form(forms, request.form, request.campaign)
    except FormError:
        if request.form is not None or not (readable := [form for form in forms if not form.problem]):
            raise
        return readable[0]
