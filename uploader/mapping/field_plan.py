"""The plan of one form field: how a cell's text becomes the value that is sent, or a problem."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from uploader.core.model import Problem
from uploader.mapping.invalid_value import quote_value
from uploader.mapping.transforms import (
    ColumnTransform,
    InvalidValue,
    NeedsRegion,
    TidyCells,
    Transform,
    find_damage,
    is_undamaged,
    keep_undamaged,
    repair,
    repair_email,
    value_when_empty,
)
from uploader.mapping.validators import AllowedList, Check, keep_tidy_emails, lookalike_warning


class Cell(NamedTuple):
    """A converted cell: the value ("" is not sent), the problem if it is invalid, notes on repairs, and the effort.

    See `InvalidValue` for the latter.
    """

    value: str
    problem: Problem | None = None
    notes: tuple[str, ...] = ()
    effort: float = 0.0


@dataclass(frozen=True)
class Columns:
    """Columns, given by their positions in the table; the first that is not empty is used."""

    positions: tuple[int, ...]


@dataclass(frozen=True)
class Template:
    """Texts and column positions, joined in this order."""

    parts: tuple[str | int, ...]


@dataclass(frozen=True)
class Constant:
    """A fixed value for every row."""

    value: str


@dataclass
class FieldPlan:
    """How the value of one field is made.

    Attributes:
        name: The form field.
        source: Where the text comes from.
        required: Whether an empty value makes the row invalid.
        is_email: Whether it must be an e-mail address.
        default: The value for empty cells.
        values: Replacements of whole values, by `fold_value` of the cell.
        transforms: Applied in this order.
        transform_names: The names of all transforms in the mapping.
        checks: Called with the final value.
        allowed: The only values that are sent, if there is a list.
        must_be: The only values that do not make the row invalid, if there are any: consent.
        region: The position of the column with a phone number's country.
        countries: ISO codes by `fold_value` of that column's cells, where the mapping translates them.
    """

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
    must_be: tuple[str, ...] = ()
    region: int | None = None
    countries: Mapping[str, str] = field(default_factory=dict)

    @property
    def positions(self) -> set[int]:
        """The positions of the columns that decide about the value."""
        match self.source:
            case Columns(positions):
                found = set(positions)
            case Template(parts):
                found = {part for part in parts if isinstance(part, int)}
            case _:
                found = set()
        return found if self.region is None else {*found, self.region}

    @cached_property
    def convert_tidy(self) -> TidyCells | None:
        """What `convert` returns for the tidy cells of a column, without notes; None if this field has no fast way."""
        if self.values or self.allowed or self.must_be or self.region is not None:
            return None
        if self.is_email:
            has_other_steps = {*self.transform_names} - {"lower"} or self.checks[1:]
            return None if has_other_steps else keep_tidy_emails
        match self.transforms, self.checks:
            case [], []:
                return keep_undamaged
            case [ColumnTransform(convert_tidy=convert_tidy)], []:
                return convert_tidy
        return None

    @property
    def is_boolean(self) -> bool:
        """Whether its values are "1" and "0", for yes and no."""
        return "boolean" in self.transform_names

    @cached_property
    def _has_steps(self) -> bool:
        """Whether a text that is not empty may be changed or refused."""
        return bool(self.values or self.transforms or self.allowed or self.must_be or self.checks)

    def convert(self, raw: str, region: str = "") -> Cell:
        """Repair, translate, transform and check one cell. The same text always gives the same result.

        Args:
            raw: The cell's text.
            region: The text of the column with the country, for fields that need it.
        """
        is_plain = not self.is_email and is_undamaged(raw)
        if is_plain and not self._has_steps:
            return Cell(raw)
        notes: tuple[str, ...] = ()
        text = raw
        if not is_plain:
            text, notes = repair_email(raw) if self.is_email else repair(raw)
        try:
            if not is_plain and (damage := find_damage(text.strip())):
                raise damage
            value = self._value(text.strip(), region, self.default)
            if value and self.allowed:
                entry = self.allowed.canonical(value)
                if entry and entry != value:
                    notes = (*notes, f"{self.name}: written as in the list, '{entry}'")
                value = entry or value
                self.allowed(value)
            if self.must_be:
                self._check_consent(text.strip(), value if text.strip() else self._value("", region, default=""))
            self._check(value)
            may_look_alike = self.is_email and (not value.isascii() or "--" in value)
            if may_look_alike and (warning := lookalike_warning(value)):
                notes = (*notes, f"{self.name}: {warning}")
        except InvalidValue as error:
            problem = Problem(str(error), error.hint, self.name, value=raw, fix=error.fix)
            return Cell("", problem, notes, error.effort)
        return Cell(value, None, notes)

    def _value(self, text: str, region: str, default: str) -> str:
        value = text or default or self._value_when_empty()
        if self.values:
            value = self.values.get(fold_value(value), value)
        for transform in self.transforms:
            if value:
                value = self._apply(value, transform, region)
        return value.strip()

    def _apply(self, value: str, transform: Transform | NeedsRegion, region: str) -> str:
        return transform(value, self._country(region)) if isinstance(transform, NeedsRegion) else transform(value)

    def _country(self, cell: str) -> str:
        """Return the country of a phone number: what `values` make of the cell, else the cell itself."""
        return self.countries.get(fold_value(repair(cell)[0]), cell) if self.countries else cell

    def _value_when_empty(self) -> str:
        return next((value for name in self.transform_names if (value := value_when_empty(name)) is not None), "")

    def _check_consent(self, text: str, value: str) -> None:
        """Check a value against `must_be`; an empty one is no consent either, whatever its default."""
        if fold_value(value) not in set(map(fold_value, self.must_be)):
            shown = quote_value(text) if text else "the cell is empty"
            shown += f" gives {quote_value(value)}" if text and fold_value(text) != fold_value(value) else ""
            raise InvalidValue(
                f"no consent: {shown}; must be {' or '.join(self.must_be)}",
                "Leave the lead out; correct the cell only if the person has agreed",
            )

    def _check(self, value: str) -> None:
        if not value and self.required:
            raise InvalidValue("is empty, but required", "Fill in the cell")
        if value:
            for check in self.checks:
                check(value)


def fold_value(text: str) -> str:
    """Return a text without the differences that `values` ignore: case and outer blanks."""
    return text.strip().casefold()
