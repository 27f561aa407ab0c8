"""Rows -> leads and problems, column by column; each distinct text of a column is converted once a chunk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, cast

from uploader.core.model import Problem
from uploader.mapping.field_plan import Cell, Columns, Constant, FieldPlan, Template
from uploader.mapping.transforms import damaged
from uploader.mapping.validators import quality
from uploader.spreadsheet import Chunk, fold

if TYPE_CHECKING:
    import pandas as pd

# What a column's texts became is kept from chunk to chunk, up to so many of them: memory stays flat where every cell
# is another text, and the few thousand of most columns are converted once.
KEPT = 50_000

# Of a column's texts: where more of them are distinct, keeping them costs more than it saves.
DISTINCT = 0.8

# A cell's text; with the text of the column that says its country, where a transform asks for one.
Text = str | tuple[str, str]


@dataclass
class MappedRows:
    """A chunk, mapped: `values` has a field's values of all rows, "" for what is not sent, in the order of `names`.

    `problems` and `notes` are by position in the chunk.
    """

    rows: list[int]
    names: Sequence[str]
    values: Sequence[Sequence[str]]
    problems: dict[int, list[Problem]]
    notes: dict[int, list[str]]

    def fields(self, at: int) -> tuple[tuple[str, str], ...] | None:
        """The (name, value) pairs of a row that are sent; None where it has problems."""
        if at in self.problems:
            return None
        return tuple((name, column[at]) for name, column in zip(self.names, self.values, strict=True) if column[at])

    @cached_property
    def foreseen(self) -> dict[int, list[str]]:
        """By position: what the platform's own checks may find in a lead that it accepts."""
        found = quality(self.names, self.values)
        return {at: warnings for at, warnings in found.items() if at not in self.problems}

    def columns(self, names: Sequence[str]) -> list[Sequence[str]]:
        """The values of some fields, each of all rows; of a field that is not mapped, nothing but empty ones."""
        found = dict(zip(self.names, self.values, strict=True))
        return [found.get(name, [""] * len(self.rows)) for name in names]


class Kept(dict[Text, str]):
    """What the distinct texts of a column became: converted when first asked for, unless hardly any comes again.

    `remarkable` has those cells that have a problem or a note.
    """

    def __init__(self, plan: FieldPlan, *, distinct: bool = False) -> None:
        super().__init__()
        self._plan = plan
        self._distinct = distinct
        self._asked = 0
        self.remarkable: dict[Text, Cell] = {}

    def values_of(self, texts: Sequence[Text]) -> list[str]:
        """What the texts become, "" for those with a problem."""
        self._asked += len(texts)
        if stand := self._plan.stand:
            cells = cast("Sequence[str]", texts)  # such a field asks for no country
            return [text if stays else self._converted(text) for text, stays in zip(cells, stand(cells), strict=True)]
        return list(map(self._converted if self._distinct else self.__getitem__, texts))

    def __missing__(self, text: Text) -> str:
        self[text] = value = self._converted(text)
        return value

    def _converted(self, text: Text) -> str:
        cell = self._plan.convert(text) if isinstance(text, str) else self._plan.convert(*text)
        if cell.problem or cell.notes:
            self.remarkable[text] = cell
        return cell.value

    def trimmed(self) -> "Kept":
        """Itself, or an empty one when too much is kept; such a column is looked up no more if that did not pay."""
        if len(self) + len(self.remarkable) < KEPT:
            return self
        return Kept(self._plan, distinct=self._distinct or len(self) > DISTINCT * self._asked)


@dataclass
class RowMapper:
    """Applies the plans of all fields to chunks. `columns` are the table's names, for messages; `strict` makes rows
    invalid that break the platform's quality rules."""

    plans: Sequence[FieldPlan]
    columns: Sequence[str]
    strict: bool = False
    _kept: list[Kept] = field(init=False)

    def __post_init__(self) -> None:
        self._kept = [Kept(plan) for plan in self.plans]

    def prepare(self, chunk: Chunk) -> MappedRows:
        """Maps and checks every row."""
        problems: dict[int, list[Problem]] = {at: [fault] for at, fault in chunk.faults.items()}
        notes: dict[int, list[str]] = {at: [note] for at, note in chunk.notes.items()}
        self._kept = [kept.trimmed() for kept in self._kept]
        values = []
        for plan, kept in zip(self.plans, self._kept, strict=True):
            texts = _texts(plan, chunk)
            values.append(kept.values_of(texts))
            if kept.remarkable:
                self._remark(plan, chunk, texts, kept.remarkable, problems, notes)
        prepared = MappedRows(chunk.rows, [plan.name for plan in self.plans], values, problems, notes)
        if self.strict:
            problems.update(_below_quality(prepared))
        return prepared

    def _remark(
        self,
        plan: FieldPlan,
        chunk: Chunk,
        texts: Sequence[Text],
        remarkable: Mapping[Text, Cell],
        problems: dict[int, list[Problem]],
        notes: dict[int, list[str]],
    ) -> None:
        """Puts the problems and notes of a column's cells to their rows."""
        for at, text in enumerate(texts):
            cell = remarkable.get(text)
            if cell and cell.problem:
                problems.setdefault(at, []).append(replace(cell.problem, column=self._column(plan, chunk, at)))
            if cell and cell.notes:
                notes.setdefault(at, []).extend(cell.notes)

    def _column(self, plan: FieldPlan, chunk: Chunk, at: int) -> str:
        """The name of the column that a row's cell came from, for a message."""
        match plan.source:
            case Columns(positions):
                filled = (place for place in positions if chunk.columns[place][at].strip())
                return self.columns[next(filled, positions[0])]
            case Template(parts):
                return ", ".join(self.columns[part] for part in parts if isinstance(part, int))
            case Constant():
                return ""


def _below_quality(prepared: MappedRows) -> dict[int, list[Problem]]:
    """By position: what the platform would find in rows that have no other problem."""
    hint = "Mend the row: the platform would find it invalid"
    return {at: [Problem(fault, hint) for fault in faults] for at, faults in prepared.foreseen.items()}


def _texts(plan: FieldPlan, chunk: Chunk) -> Sequence[Text]:
    """The texts that a field is made from, of all rows."""
    texts = _source(plan, chunk)
    return texts if plan.region is None else [*zip(texts, chunk.columns[plan.region], strict=True)]


def _source(plan: FieldPlan, chunk: Chunk) -> Sequence[str]:
    """The texts before a country is put to them."""
    match plan.source:
        case Constant(value):
            return [value] * len(chunk.rows)
        case Columns((place,)):
            return chunk.columns[place]
        case Columns(positions):
            cells = zip(*(chunk.columns[place] for place in positions), strict=True)
            return [next(filter(_is_filled, row), row[-1]) for row in cells]
        case Template(parts):
            return _joined(parts, chunk.frame).to_list()


def _is_filled(cell: str) -> bool:
    """Whether a person sees something in the cell: zero-width characters are none."""
    return bool(cell.strip()) and bool(cell.isascii() or fold(cell))


def _joined(parts: Sequence[str | int], frame: "pd.DataFrame") -> "pd.Series[str]":
    """A template filled in; blanks that an empty cell leaves are closed up, and all empty gives nothing."""
    import pandas as pd  # noqa: PLC0415 - loaded only where there is a template

    joined = pd.Series("", index=frame.index, dtype=object)
    errors = pd.Series("", index=frame.index, dtype=object)  # of a row with one nothing can be put together
    any_filled = pd.Series(False, index=frame.index)
    for part in parts:
        if isinstance(part, int):
            joined = joined + frame[part].str.strip()
            any_filled |= frame[part].str.strip() != ""
            errors = errors.where(~frame[part].map(_is_error), frame[part])
        else:
            joined = joined + part
    return errors.where(errors != "", joined.str.split().str.join(" ").where(any_filled, ""))


def _is_error(cell: str) -> bool:
    return damaged(cell) is not None
