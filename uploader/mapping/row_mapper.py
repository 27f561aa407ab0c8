"""Turn rows into leads and problems, column by column; each distinct text of a column is converted once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import cast

from uploader.core.model import Problem
from uploader.mapping.field_plan import Cell, Columns, Constant, FieldPlan, Template
from uploader.mapping.footer_rows import find_footers, footer_problem
from uploader.mapping.row_filter import FilteredRows, RowFilter
from uploader.mapping.transforms import find_damage
from uploader.mapping.validators import quality_warnings
from uploader.spreadsheet import Chunk, fold

# Converted texts of a column that are kept from chunk to chunk. Most columns have a few thousand distinct texts; the
# limit bounds the memory where every cell is different.
CACHE_SIZE = 50_000

# The share of distinct texts from which a cache costs more than it saves.
MAX_DISTINCT = 0.8

# The texts after which that is decided for a column whose tidy cells are converted together.
DECIDING_SIZE = 2_000

# A cell's text, together with the text of the column with the country if a transform needs it.
Text = str | tuple[str, str]


@dataclass
class MappedRows:
    """A chunk of rows after mapping.

    Attributes:
        rows: The row numbers.
        names: The form fields.
        values: For each field its values of all rows, "" for values that are not sent.
        problems: The problems of invalid rows, by position in the chunk.
        notes: Notes on repairs, by position in the chunk.
        skipped: Why rows are left out by `where`, by position in the chunk.
    """

    rows: list[int]
    names: Sequence[str]
    values: Sequence[Sequence[str]]
    problems: dict[int, list[Problem]]
    notes: dict[int, list[str]]
    skipped: Mapping[int, str] = field(default_factory=dict)

    def fields(self, at: int) -> tuple[tuple[str, str], ...] | None:
        """Return the (name, value) pairs that are sent for the row at a position; None if it is invalid or skipped."""
        if at in self.problems or at in self.skipped:
            return None
        return tuple((name, column[at]) for name, column in zip(self.names, self.values, strict=True) if column[at])

    @cached_property
    def quality_warnings(self) -> dict[int, list[str]]:
        """What the platform's own checks may find in valid rows, by position in the chunk."""
        found = quality_warnings(self.names, self.values)
        return {at: warnings for at, warnings in found.items() if at not in self.problems and at not in self.skipped}

    def columns(self, names: Sequence[str]) -> list[Sequence[str]]:
        """Return the values of some fields for all rows; they are empty for fields that are not mapped."""
        found = dict(zip(self.names, self.values, strict=True))
        return [found.get(name, [""] * len(self.rows)) for name in names]


class ConversionCache(dict[Text, str]):
    """The values of a column's distinct texts, converted when first needed.

    Args:
        plan: The field that the column is for.
        all_distinct: Whether hardly any text repeats, so that nothing is kept.

    Attributes:
        flagged: The cells that have a problem or a note.
        effort: The sum of theirs; see `InvalidValue`.
    """

    def __init__(self, plan: FieldPlan, *, all_distinct: bool = False) -> None:
        super().__init__()
        self._plan = plan
        self._all_distinct = all_distinct
        self._lookups = 0
        self.flagged: dict[Text, Cell] = {}
        self.effort = 0.0

    def values_of(self, texts: Sequence[Text]) -> list[str]:
        """Return the converted texts, "" for those with a problem."""
        self._lookups += len(texts)
        if not self._all_distinct:
            return list(map(self.__getitem__, texts))
        if convert_tidy := self._plan.convert_tidy:
            cells = cast("Sequence[str]", texts)  # such a field needs no country
            pairs = zip(cells, convert_tidy(cells), strict=True)
            return [self._convert(text) if value is None else value for text, value in pairs]
        return list(map(self._convert, texts))

    def __missing__(self, text: Text) -> str:
        self[text] = value = self._convert(text)
        return value

    def _convert(self, text: Text) -> str:
        cell = self._plan.convert(text) if isinstance(text, str) else self._plan.convert(*text)
        if cell.problem or cell.notes:
            self.flagged[text] = cell
            self.effort += cell.effort
        return cell.value

    def take_effort(self) -> float:
        """Return the effort since this was called before."""
        taken, self.effort = self.effort, 0.0
        return taken

    def trim(self) -> "ConversionCache":
        """Return itself, or an empty cache if it is full or useless; that keeps nothing if texts hardly repeat."""
        all_distinct = self._all_distinct or len(self) > MAX_DISTINCT * self._lookups
        is_useless = all_distinct and len(self) >= DECIDING_SIZE and self._plan.convert_tidy
        if len(self) + len(self.flagged) < CACHE_SIZE and not is_useless:
            return self
        return ConversionCache(self._plan, all_distinct=all_distinct)


@dataclass
class RowMapper:
    """Applies the plans of all fields to chunks of rows.

    Attributes:
        plans: The plans of the fields.
        columns: The names of the table's columns, for messages.
        strict: Whether a quality warning makes a row invalid.
        row_filter: Decides which rows are left out; None: no row is.
        effort: The share, at most, that it took of what may be done for a field; see `InvalidValue`.
    """

    plans: Sequence[FieldPlan]
    columns: Sequence[str]
    strict: bool = False
    row_filter: RowFilter | None = None
    effort: float = field(init=False, default=0.0)
    _caches: list[ConversionCache] = field(init=False)

    def __post_init__(self) -> None:
        self._caches = [ConversionCache(plan) for plan in self.plans]

    @property
    def positions(self) -> set[int]:
        """The positions of the columns that decide about what is sent."""
        return set().union(*(plan.positions for plan in self.plans))

    def map_rows(self, chunk: Chunk) -> MappedRows:
        """Map and check every row of a chunk."""
        problems: dict[int, list[Problem]] = {at: [fault] for at, fault in chunk.faults.items()}
        notes: dict[int, list[str]] = {at: [note] for at, note in chunk.notes.items()}
        self._caches = [cache.trim() for cache in self._caches]
        values = []
        for plan, cache in zip(self.plans, self._caches, strict=True):
            texts = _texts(plan, chunk)
            values.append(cache.values_of(texts))
            if cache.flagged:
                self._add_flagged(plan, chunk, texts, cache.flagged, problems, notes)
        filtered = self.row_filter.apply(chunk) if self.row_filter else FilteredRows()
        for at, problem in filtered.problems.items():
            problems.setdefault(at, []).append(problem)
        self.effort += sum(cache.take_effort() for cache in self._caches)
        self._add_footers(chunk, values, problems)
        notes = {at: texts for at, texts in notes.items() if at not in filtered.skipped}
        names = [plan.name for plan in self.plans]
        mapped = MappedRows(chunk.rows, names, values, problems, notes, filtered.skipped)
        if self.strict:
            problems.update(_quality_problems(mapped))
        return mapped

    def _add_footers(self, chunk: Chunk, values: Sequence[Sequence[str]], problems: dict[int, list[Problem]]) -> None:
        """Say of a row that is a total or a remark that it is no lead, in place of what its cells lack."""
        emails = [at for at, plan in enumerate(self.plans) if plan.is_email]
        lacking = [at for at, value in enumerate(values[emails[0]]) if not value] if emails else []
        sources = [self.plans[at].source for at in emails]
        columns = [self.columns[source.positions[0]] for source in sources if isinstance(source, Columns)]
        if problems or lacking:
            for at, message in find_footers(chunk, problems, lacking):
                problems[at] = [footer_problem(message, columns[0] if columns else "")]

    def _add_flagged(
        self,
        plan: FieldPlan,
        chunk: Chunk,
        texts: Sequence[Text],
        flagged: Mapping[Text, Cell],
        problems: dict[int, list[Problem]],
        notes: dict[int, list[str]],
    ) -> None:
        """Add the problems and notes of a column's cells to their rows."""
        for at, text in enumerate(texts):
            cell = flagged.get(text)
            if cell and cell.problem:
                problems.setdefault(at, []).append(replace(cell.problem, column=self._column(plan, chunk, at)))
            if cell and cell.notes:
                notes.setdefault(at, []).extend(cell.notes)

    def _column(self, plan: FieldPlan, chunk: Chunk, at: int) -> str:
        """Return the name of the column that a row's value came from, for messages."""
        match plan.source:
            case Columns(positions):
                filled = (position for position in positions if chunk.columns[position][at].strip())
                return self.columns[next(filled, positions[0])]
            case Template(parts):
                return ", ".join(self.columns[part] for part in parts if isinstance(part, int))
            case Constant():
                return ""


def _quality_problems(mapped: MappedRows) -> dict[int, list[Problem]]:
    """Turn the quality warnings of rows into problems, by position."""
    hint = "Fix the row: the platform would reject it"
    return {at: [Problem(text, hint) for text in warnings] for at, warnings in mapped.quality_warnings.items()}


def _texts(plan: FieldPlan, chunk: Chunk) -> Sequence[Text]:
    """Return the texts that a field is made from, for all rows."""
    texts = _source_texts(plan, chunk)
    return texts if plan.region is None else [*zip(texts, chunk.columns[plan.region], strict=True)]


def _source_texts(plan: FieldPlan, chunk: Chunk) -> Sequence[str]:
    """Return the texts without the column with the country."""
    match plan.source:
        case Constant(value):
            return [value] * len(chunk.rows)
        case Columns((position,)):
            return chunk.columns[position]
        case Columns(positions):
            cells = zip(*(chunk.columns[position] for position in positions), strict=True)
            return [next(filter(_is_filled, row), row[-1]) for row in cells]
        case Template(parts):
            return _fill_template(parts, chunk)


def _is_filled(cell: str) -> bool:
    """Whether a person sees something in the cell, not only invisible characters."""
    return bool(cell.strip()) and bool(cell.isascii() or fold(cell))


def _fill_template(parts: Sequence[str | int], chunk: Chunk) -> list[str]:
    """Join a template's parts in each row; blanks left by empty cells are removed.

    A row with only empty cells is empty; an error value makes the whole text that error.
    """
    columns = [chunk.columns[part] for part in parts if isinstance(part, int)]
    damaged = {cell for column in columns for cell in set(column) if find_damage(cell)}
    stripped = [[cell.strip() for cell in column] for column in columns]
    left = iter(stripped)
    pieces = [next(left) if isinstance(part, int) else [part] * len(chunk.rows) for part in parts]
    filled = map(any, zip(*stripped, strict=True))
    texts = [
        " ".join(text.split()) if is_filled else ""
        for text, is_filled in zip(map("".join, zip(*pieces, strict=True)), filled, strict=True)
    ]
    if damaged:
        rows = zip(*columns, strict=True)
        errors = (next((cell for cell in reversed(row) if cell in damaged), "") for row in rows)
        texts = [error or text for error, text in zip(errors, texts, strict=True)]
    return texts
