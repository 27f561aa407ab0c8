"""What another process needs to map rows exactly as this one does: functions can't be sent to it, but their makings."""

from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from uploader.mapping.bind import Binder
from uploader.mapping.field_plan import FieldPlan
from uploader.mapping.load import Mapping, parse_mapping
from uploader.mapping.row_mapper import RowMapper
from uploader.mapping.validators import AllowedList


@dataclass(frozen=True)
class MapperRecipe:
    """The makings of a `RowMapper`. They can be pickled.

    Attributes:
        text: The mapping.
        path: Its file.
        columns: The names of the table's columns.
        required: The fields that the mapping or the form requires.
        lists: The allowed values by field, as they were read: a file with them is not read again.
        strict: Whether a quality warning makes a row invalid.
    """

    text: str
    path: Path
    columns: Sequence[str]
    required: frozenset[str]
    lists: Table[str, AllowedList]
    strict: bool

    def make(self) -> RowMapper:
        """Return the mapper."""
        mapping = parse_mapping(self.text, self.path)
        for name, spec in mapping.fields.items():
            mapping.fields[name] = spec.model_copy(update={"allowed": None})
        binder = Binder(mapping, self.columns)
        plans = [
            replace(plan, required=plan.name in self.required, allowed=self._list_of(plan.name))
            for plan in binder.plans()
        ]
        return RowMapper(plans, self.columns, self.strict, binder.row_filter())

    def _list_of(self, name: str) -> AllowedList | None:
        """Return a field's list, which has searched for nothing yet."""
        return replace(self.lists[name]) if name in self.lists else None


def recipe_of(mapping: Mapping, mapper: RowMapper) -> MapperRecipe | None:
    """Return the recipe of a mapper; None if it can't be made again exactly.

    Args:
        mapping: The mapping that it was made from.
        mapper: The mapper.
    """
    if mapping.head.suppressed is not None:
        return None  # the list may be long, and its file may change meanwhile
    recipe = MapperRecipe(
        mapping.text,
        mapping.path,
        tuple(mapper.columns),
        frozenset(plan.name for plan in mapper.plans if plan.required),
        {plan.name: replace(plan.allowed) for plan in mapper.plans if plan.allowed},
        mapper.strict,
    )
    made = recipe.make()
    is_same = [*map(_comparable, made.plans)] == [*map(_comparable, mapper.plans)]
    return recipe if is_same and made.row_filter == mapper.row_filter else None


def _comparable(plan: FieldPlan) -> tuple[FieldPlan, list[type], int]:
    """Return a plan with the types and the number of its functions, which can't be compared."""
    return replace(plan, transforms=[], checks=[]), [*map(type, plan.transforms)], len(plan.checks)
