"""Samples of the cells that a mapping uses, before and after its transforms."""

from dataclasses import dataclass, replace

from uploader.mapping.bind import Binder
from uploader.mapping.field_plan import Constant, FieldPlan
from uploader.mapping.load import Mapping
from uploader.mapping.row_mapper import RowMapper
from uploader.spreadsheet import Chunk

SAMPLES = 3


@dataclass(frozen=True)
class Sample:
    """A cell's text, and what would be sent for it or why it would not."""

    before: str
    after: str
    problem: str = ""


def cell_samples(mapping: Mapping, columns: tuple[str, ...], rows: Chunk) -> dict[str, list[Sample]]:
    """Return the first cells of each field that are not empty, and what is sent for them. A fixed value has none.

    Args:
        mapping: The mapping.
        columns: The sheet's columns.
        rows: Some of its rows.
    """
    plans = [plan for plan in Binder(mapping, columns).plans() if not isinstance(plan.source, Constant)]
    return {} if mapping.document.errors else {plan.name: _samples(plan, columns, rows) for plan in plans}


def _samples(plan: FieldPlan, columns: tuple[str, ...], rows: Chunk) -> list[Sample]:
    as_is = replace(plan, transforms=[], transform_names=(), is_email=False, checks=[], values={})
    before = RowMapper([as_is], columns).map_rows(rows).values[0]
    places = [at for at in range(len(rows.rows)) if before[at]][:SAMPLES]
    few = Chunk([rows.rows[at] for at in places], [[column[at] for at in places] for column in rows.columns])
    mapped = RowMapper([plan], columns).map_rows(few)
    problems = {at: found[0].message for at, found in mapped.problems.items()}
    return [Sample(before[at], mapped.values[0][n], problems.get(n, "")) for n, at in enumerate(places)]
