"""A mapping meets the spreadsheet's columns: what comes out can be applied to rows."""

import string
from collections.abc import Collection, Sequence

from uploader.core.did_you_mean import did_you_mean
from uploader.mapping import transforms, validators
from uploader.mapping.field_plan import Columns, Constant, FieldPlan, Template, fold_value
from uploader.mapping.load import Mapping, template_columns
from uploader.mapping.schema import FieldSpec
from uploader.mapping.transforms.invalid_value import as_yaml
from uploader.spreadsheet.column_names import find_column, matching_columns


class Binder:
    """Makes the plan of every field; faults go to the mapping, all of them, and nothing is raised here."""

    def __init__(
        self, mapping: Mapping, columns: Sequence[str], file: str = "the file", sheet: str | None = None
    ) -> None:
        self._mapping = mapping
        self._columns = columns
        self._file = file
        self._sheet = sheet
        self._suppressed = self._suppression_list()
        self._named = list(dict.fromkeys([*mapping.columns, *self._region_columns()]))
        self._is_another = is_another(self._named, columns)

    def plans(self) -> list[FieldPlan]:
        """The plans of all fields that can be made, in the mapping's order."""
        if self._is_another:
            told = wrong_spreadsheet(self._named, self._columns, self._file, self._sheet)
            self._mapping.document.fault(("fields", "@"), told)
        return [self._plan(name, spec) for name, spec in self._mapping.fields.items()]

    def unused(self) -> list[str]:
        """Columns that nothing uses and that `ignore` does not name; nameless ones are left out."""
        used = {self._position(name) for name in [*self._named, *self._mapping.head.ignore]}
        return [name for index, name in enumerate(self._columns) if index not in used and name.strip()]

    def _plan(self, name: str, spec: FieldSpec) -> FieldPlan:
        steps = [step for index in range(len(spec.transform)) if (step := self._transform(name, spec, index))]
        plan = FieldPlan(
            name,
            self._source(name, spec),
            required=spec.required,
            is_email=spec.type == "email" or name == "email",
            default=(spec.default or "").strip(),
            values={fold_value(key): value for key, value in spec.values.items()},
            transforms=steps,
            transform_names=tuple(_name_and_options(step)[0] for step in spec.transform),
        )
        self._add_checks(plan, name, spec)
        plan.region = self._region(name, steps)
        plan.countries = {} if plan.region is None else self._countries(plan.region)
        return plan

    def _source(self, name: str, spec: FieldSpec) -> Columns | Template | Constant:
        if spec.value is not None:
            return Constant(spec.value.strip())
        if spec.template is not None:
            parts: list[str | int] = []
            for literal, column, _, _ in string.Formatter().parse(spec.template if template_columns(spec) else ""):
                parts += [literal, *([self._column(name, "template", column)] if column else [])]
            return Template(tuple(parts))
        return Columns(tuple(self._column(name, "column", column) for column in spec.columns))

    def _column(self, name: str, key: str, column: str) -> int:
        """The position of a mapped column; faults when it is not there (in the right file), or twice."""
        found = matching_columns(column, self._columns)
        if not found and not self._is_another:
            self._mapping.fault(name, key, f"the file has no column {column!r}{self._guess(name, column)}")
        elif len(found) > 1:
            self._mapping.fault(
                name, key, f"column {column!r} stands {len(found)} times in the file; rename all but one"
            )
        return found[0] if found else -1

    def _guess(self, name: str, column: str) -> str:
        """What may be meant instead of a column: another, or a constant where nothing but the name was given."""
        alike = did_you_mean(column, [known for known in self._columns if known.strip()])
        is_bare = self._mapping.fields[name].model_fields_set == {"column"}
        return alike or (f"; a constant is written `{{value: {as_yaml(column)}}}`" if is_bare else "")

    def alike(self) -> list[str]:
        """What is to be told: mapped names that the file writes otherwise (case, blanks, invisible characters)."""
        found = {name: self._position(name) for name in self._named}
        pairs = [(name, self._columns[place]) for name, place in found.items() if place is not None]
        return [f"column {known!r} is taken for {name!r}" for name, known in pairs if known.strip() != name.strip()]

    def _position(self, name: str) -> int | None:
        return find_column(name, self._columns)

    def _transform(
        self, name: str, spec: FieldSpec, index: int
    ) -> transforms.Transform | transforms.NeedsRegion | None:
        step, options = _name_and_options(spec.transform[index])
        try:
            return transforms.build(step, options)
        except ValueError as error:
            self._mapping.fault(name, "transform", str(error))
            return None

    def _region(self, name: str, steps: Sequence[object]) -> int | None:
        for step in steps:
            if isinstance(step, transforms.NeedsRegion):
                return self._column(name, "transform", step.column)
        return None

    def _countries(self, place: int) -> dict[str, str]:
        """Cell -> ISO code, where the `values` of a field made from this column name a country, and only one.

        A cell that names a country speaks for itself, whatever a field for the continent or for the office in charge
        makes of it (`{UK: Europe}`, `{Austria: Germany}`).
        """
        said: dict[str, set[str]] = {}
        specs = [spec for spec in self._mapping.fields.values() if place in map(self._position, spec.columns)]
        for cell, word in [pair for spec in specs for pair in spec.values.items()]:
            if not transforms.find_country(cell) and (country := transforms.find_country(word)):
                said.setdefault(fold_value(cell), set()).add(country.alpha2)
        return {cell: next(iter(codes)) for cell, codes in said.items() if len(codes) == 1}

    def _region_columns(self) -> list[str]:
        steps = [_name_and_options(step) for spec in self._mapping.fields.values() for step in spec.transform]
        return [str(options["column"]) for _, options in steps if isinstance(options, dict) and "column" in options]

    def _add_checks(self, plan: FieldPlan, name: str, spec: FieldSpec) -> None:
        if plan.is_email:
            plan.checks.append(validators.email())
            plan.checks += self._suppressed
        if spec.min_length is not None or spec.max_length is not None:
            plan.checks.append(validators.length(spec.min_length, spec.max_length))
        if spec.pattern is not None:
            try:
                plan.checks.append(validators.pattern(spec.pattern))
            except ValueError as error:
                self._mapping.fault(name, "pattern", str(error))
        plan.allowed = self._allowed(name, spec)

    def _suppression_list(self) -> list[validators.Check]:
        """The check of e-mails against the mapping's list of suppressed ones, if it has one."""
        path = self._mapping.head.suppressed
        if path is None:
            return []
        try:
            return [validators.suppressed(self._mapping.path.parent / path)]
        except FileNotFoundError:
            self._mapping.document.fault(("suppressed",), f"there is no file {path}, seen from the mapping's folder")
        except (OSError, ValueError) as error:
            self._mapping.document.fault(("suppressed",), f"{path}: {error}")
        return []

    def _allowed(self, name: str, spec: FieldSpec) -> validators.AllowedList | None:
        if isinstance(spec.allowed, list):
            return validators.AllowedList.of(spec.allowed)
        if spec.allowed is None:
            return None
        try:
            return validators.AllowedList.from_file(self._mapping.path.parent / spec.allowed)
        except FileNotFoundError:
            self._mapping.fault(name, "allowed", f"there is no file {spec.allowed}, seen from the mapping's folder")
        except (OSError, ValueError) as error:
            self._mapping.fault(name, "allowed", f"{spec.allowed}: {error}")
        return None


def _name_and_options(step: str | dict[str, object]) -> tuple[str, object]:
    """`lower` or `{phone: {region: GB}}` -> the name and its options."""
    if isinstance(step, str):
        return step, None
    return next(iter(step.items()))


FEWEST = 2  # columns of a mapping below which their absence says nothing of the file
HARDLY = 0.1  # of the columns: what another file may have by chance
SHOWN, LONGEST = 5, 40  # columns that a message names, and characters of one


def is_another(named: Collection[str], columns: Sequence[str]) -> bool:
    """Whether hardly any of the names is among the columns, and most are not even nearly written like one."""
    missing = [name for name in named if find_column(name, columns) is None]
    if len(named) < FEWEST or len(named) - len(missing) > HARDLY * len(named):
        return False
    return sum(bool(did_you_mean(name, filter(str.strip, columns))) for name in missing) < len(missing) / 2


def wrong_spreadsheet(named: Collection[str], columns: Sequence[str], file: str, sheet: str | None) -> str:
    """That another spreadsheet was given, in words: `none of the mapping's 15 columns is in …`."""
    found = [name for name in named if find_column(name, columns) is not None]
    few = f"only {', '.join(map(repr, found))}" if found else "none"
    where, right = (
        (f"{file} (sheet {sheet!r})", "file and sheet (--sheet)") if sheet else (file, "file, and has it a header")
    )
    filled = [repr(name[:LONGEST]) for name in columns if name.strip()]
    has = f"which has: {', '.join(filled[:SHOWN])}{', …' if len(filled) > SHOWN else ''}"
    if any(map(_is_data, columns)):  # a lead's own, perhaps: no matter for logs
        has = "whose first row looks like a lead, not like a header"
    return f"{few} of the mapping's {len(named)} columns is in {where}, {has}. Is it the right {right}?"


def _is_data(name: str) -> bool:
    """Whether a heading is none: an address, a number, a date."""
    return "@" in name or sum(map(str.isdigit, name)) > len(name) / 2
