"""Rows -> leads and problems, column by column; each distinct text of a column is converted once a chunk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from uploader.mapping.field import Cell, Columns, Constant, FieldPlan, Template
from uploader.model import Problem
from uploader.table import Chunk

# Converted texts of a column are kept from chunk to chunk up to this many, so that memory stays flat
# where every cell is another text.
KEPT = 50_000


@dataclass
class Prepared:
    """A chunk, mapped: `fields` has the (name, value) pairs of each row, None where it has problems."""

    rows: list[int]
    fields: list[tuple[tuple[str, str], ...] | None]
    problems: dict[int, list[Problem]]
    notes: dict[int, list[str]]


@dataclass
class Preparer:
    """Applies the plans of all fields to chunks. `columns` are the table's names, for messages."""

    plans: Sequence[FieldPlan]
    columns: Sequence[str]
    _kept: list[dict[tuple[str, str], Cell]] = field(init=False)

    def __post_init__(self) -> None:
        self._kept = [{} for _ in self.plans]

    def prepare(self, chunk: Chunk) -> Prepared:
        """Maps and checks every row; `problems` and `notes` are by position in the chunk."""
        problems: dict[int, list[Problem]] = {at: [fault] for at, fault in chunk.faults.items()}
        notes: dict[int, list[str]] = {}
        values: list[Sequence[str]] = []
        for plan, kept in zip(self.plans, self._kept, strict=True):
            cells = self._cells(plan, kept, chunk)
            values.append([cell.value for cell in cells])
            for at, cell in enumerate(cells):
                if cell.problem:
                    problems.setdefault(at, []).append(replace(cell.problem, column=self._column(plan, chunk, at)))
                if cell.notes:
                    notes.setdefault(at, []).extend(cell.notes)
        return Prepared(chunk.rows, list(self._fields(values, problems)), problems, notes)

    def _cells(self, plan: FieldPlan, kept: dict[tuple[str, str], Cell], chunk: Chunk) -> list[Cell]:
        raw = _source(plan, chunk.frame)
        region = chunk.frame[plan.region] if plan.region is not None else pd.Series("", index=raw.index, dtype=object)
        keys = list(zip(raw, region, strict=True))
        for key in set(keys).difference(kept):
            kept[key] = plan.convert(*key)
        cells = [kept[key] for key in keys]
        if len(kept) > KEPT:
            kept.clear()
        return cells

    def _fields(
        self, values: list[Sequence[str]], problems: dict[int, list[Problem]]
    ) -> Iterator[tuple[tuple[str, str], ...] | None]:
        names = [plan.name for plan in self.plans]
        for at, row in enumerate(zip(*values, strict=True)):
            if at in problems:
                yield None
            else:
                yield tuple(pair for pair in zip(names, row, strict=True) if pair[1])

    def _column(self, plan: FieldPlan, chunk: Chunk, at: int) -> str:
        """The name of the column that a row's cell came from, for a message."""
        match plan.source:
            case Columns(positions):
                filled = (place for place in positions if str(chunk.frame[place].iat[at]).strip())
                return self.columns[next(filled, positions[0])]
            case Template(parts):
                return ", ".join(self.columns[part] for part in parts if isinstance(part, int))
            case Constant():
                return ""


def _source(plan: FieldPlan, frame: pd.DataFrame) -> "pd.Series[str]":
    """The column of texts that a field is made from."""
    match plan.source:
        case Constant(value):
            return pd.Series(value, index=frame.index, dtype=object)
        case Columns(positions):
            raw = frame[positions[0]]
            for place in positions[1:]:
                raw = raw.where(raw.str.strip() != "", frame[place])
            return raw
        case Template(parts):
            return _joined(parts, frame)


def _joined(parts: Sequence[str | int], frame: pd.DataFrame) -> "pd.Series[str]":
    """A template filled in; blanks that an empty cell leaves are closed up, and all empty gives nothing."""
    joined = pd.Series("", index=frame.index, dtype=object)
    any_filled = pd.Series(False, index=frame.index)
    for part in parts:
        if isinstance(part, int):
            joined = joined + frame[part].str.strip()
            any_filled |= frame[part].str.strip() != ""
        else:
            joined = joined + part
    return joined.str.split().str.join(" ").where(any_filled, "")
