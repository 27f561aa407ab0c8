"""One form field at work: from a cell's text to the value that is sent, or to what is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from uploader.core.model import Problem
from uploader.mapping.transforms import InvalidValue, NeedsRegion, Transform, damaged, repair, repair_email
from uploader.mapping.transforms import on_empty as empty_value
from uploader.mapping.validators import AllowedList, Check, tidy_emails


class Cell(NamedTuple):
    """A converted cell: the value ("" is not sent), what is wrong, what was repaired."""

    value: str
    problem: Problem | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Columns:
    """The first of these columns (positions in the table) that is not empty."""

    positions: tuple[int, ...]


@dataclass(frozen=True)
class Template:
    """Text and column positions in turn, joined."""

    parts: tuple[str | int, ...]


@dataclass(frozen=True)
class Constant:
    """The same for every row."""

    value: str


@dataclass
class FieldPlan:
    """How one field is made. `region` is the position of the column that a phone's country comes from, `countries`
    the codes of those of its cells that the mapping itself gives a country's name."""

    name: str
    source: Columns | Template | Constant
    required: bool = False
    is_email: bool = False
    default: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    transforms: list[Transform | NeedsRegion] = field(default_factory=list)
    transform_names: tuple[str, ...] = ()
    checks: list[Check] = field(default_factory=list)
    allowed: AllowedList | None = None
    region: int | None = None
    countries: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def stand(self) -> Callable[[Sequence[str]], list[bool]] | None:
        """Tells many of the texts that `convert` returns as they are, sooner than it; None where nothing does."""
        done_more = {*self.transform_names} - {"lower"} or self.values or self.allowed or self.checks[1:]
        return tidy_emails if self.is_email and not done_more else None

    def convert(self, raw: str, region: str = "") -> Cell:
        """Repairs, maps, transforms and checks one cell. Pure: the same text always gives the same cell."""
        text, notes = repair_email(raw) if self.is_email else repair(raw)
        try:
            value = self._value(text.strip(), region)
            if value and self.allowed:
                exact = self.allowed.canonical(value)
                if exact and exact != value:
                    notes = (*notes, f"{self.name}: written as in the list, '{exact}'")
                value = exact or value
                self.allowed(value)
            self._check(value)
        except InvalidValue as unfit:
            return Cell("", Problem(str(unfit), unfit.hint, self.name, value=raw, fix=unfit.fix), notes)
        return Cell(value, None, notes)

    def _value(self, text: str, region: str) -> str:
        if text:
            unfit = damaged(text)
            if unfit:
                raise unfit
        value = text or self.default or self._when_empty()
        if self.values:
            value = self.values.get(fold_value(value), value)
        for transform in self.transforms:
            if value:
                value = self._transformed(value, transform, region)
        return value.strip()

    def _transformed(self, value: str, transform: Transform | NeedsRegion, region: str) -> str:
        return transform(value, self._country(region)) if isinstance(transform, NeedsRegion) else transform(value)

    def _country(self, cell: str) -> str:
        """The text that says a phone's country; a cell that no `values` names says it itself."""
        return self.countries.get(fold_value(repair(cell)[0]), cell) if self.countries else cell

    def _when_empty(self) -> str:
        return next((filled for name in self.transform_names if (filled := empty_value(name)) is not None), "")

    def _check(self, value: str) -> None:
        if not value and self.required:
            raise InvalidValue("is empty, and it is required", "Fill it in")
        if value:
            for check in self.checks:
                check(value)


def fold_value(text: str) -> str:
    """`values` match without regard to case and outer spaces."""
    return text.strip().casefold()
