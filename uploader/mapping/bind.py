"""Bind a mapping to the columns of a spreadsheet: the result can be applied to its rows."""

from collections.abc import Collection, Sequence

from uploader.core.did_you_mean import did_you_mean, spelling_similarity
from uploader.mapping import transforms, validators
from uploader.mapping.field_plan import Columns, Constant, FieldPlan, Template, fold_value
from uploader.mapping.invalid_value import to_yaml_text
from uploader.mapping.load import Mapping
from uploader.mapping.row_filter import ColumnCondition, RowFilter
from uploader.mapping.schema import Condition, FieldSpec
from uploader.mapping.template import ColumnName, parse_template, template_columns
from uploader.spreadsheet.column_names import find_column, fold, matching_columns

REALLY_NEAR = 75  # of 100: how similar a column must be to be suggested instead of a fixed value


class Binder:
    """Makes the plans of a mapping's fields for one spreadsheet.

    Nothing is raised: all errors are added to the mapping.

    Args:
        mapping: The mapping.
        columns: The names of the spreadsheet's columns.
        file: The spreadsheet's name, for messages.
        sheet: The sheet of a workbook, for messages.
    """

    def __init__(
        self, mapping: Mapping, columns: Sequence[str], file: str = "the file", sheet: str | None = None
    ) -> None:
        self._mapping = mapping
        self._columns = columns
        self._file = file
        self._sheet = sheet
        self._suppression_checks = self._read_suppression_list()
        templates = [spec.template for spec in mapping.fields.values() if spec.template]
        in_templates = [name for one in templates for name in template_columns(one, known=columns)]
        self._mapped_names = list(dict.fromkeys([*mapping.columns, *in_templates, *self._region_columns()]))
        self._is_wrong_file = is_wrong_spreadsheet(self._mapped_names, columns)

    def plans(self) -> list[FieldPlan]:
        """Return the plans of the fields, in the mapping's order."""
        if self._is_wrong_file:
            message = describe_wrong_spreadsheet(self._mapped_names, self._columns, self._file, self._sheet)
            self._mapping.document.add_error(("fields", "@"), message)
        return [self._plan(name, spec) for name, spec in self._mapping.fields.items()]

    def row_filter(self) -> RowFilter | None:
        """Return what decides by `where` which rows are left out; None if the mapping has no `where`."""
        found = [self._column_condition(name, condition) for name, condition in self._mapping.head.where.items()]
        return RowFilter([one for one in found if one]) if found else None

    def _column_condition(self, name: str, condition: Condition) -> ColumnCondition | None:
        """Return the condition for a column; add an error if the column is missing or there are several."""
        found = matching_columns(name, self._columns)
        if not found and not self._is_wrong_file:
            known = filter(str.strip, self._columns)
            self._mapping.document.add_error(
                ("where", name, "@"), f"where: no column {name!r}{did_you_mean(name, known)}"
            )
        elif len(found) > 1:
            message = f"where: the file has {len(found)} columns {name!r}; rename all but one"
            self._mapping.document.add_error(("where", name, "@"), message)
        return ColumnCondition(self._columns[found[0]], found[0], condition) if len(found) == 1 else None

    def unused_columns(self) -> list[str]:
        """Return the columns that nothing uses and `ignore` does not name, except for those without a name."""
        used = {self._position(name) for name in [*self._mapped_names, *self._mapping.head.ignore]}
        return [name for index, name in enumerate(self._columns) if index not in used and name.strip()]

    def spelling_notes(self) -> list[str]:
        """Return a note for each mapped name that the file spells differently (case, blanks, invisible characters)."""
        found = {name: self._position(name) for name in self._mapped_names}
        pairs = [(name, self._columns[position]) for name, position in found.items() if position is not None]
        return [f"column {known!r} is used for {name!r}" for name, known in pairs if known.strip() != name.strip()]

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
            return self._template(name, spec.template)
        return Columns(tuple(self._column(name, "column", column) for column in spec.columns))

    def _template(self, name: str, template: str) -> Template:
        try:
            parts = parse_template(template)
        except ValueError:  # reported when the mapping was read
            return Template(())
        return Template(tuple(self._template_part(name, part) for part in parts))

    def _template_part(self, name: str, part: str | ColumnName) -> str | int:
        if isinstance(part, str):
            return part
        if part.is_escape and self._position(part.name) is None:
            return part.name
        return self._column(name, "template", part.name)

    def _column(self, name: str, key: str, column: str) -> int:
        """Return the position of a mapped column; add an error if it is missing or there are several."""
        found = matching_columns(column, self._columns)
        if not found and not self._is_wrong_file:
            self._mapping.add_error(name, key, f"no column {column!r}{self._suggestion(name, column)}")
        elif len(found) > 1:
            message = f"the file has {len(found)} columns {column!r}; rename all but one"
            self._mapping.add_error(name, key, message)
        return found[0] if found else -1

    def _suggestion(self, name: str, column: str) -> str:
        """Suggest another column, or a fixed value if the mapping gives nothing but a name that is not really near."""
        names = [known for known in self._columns if known.strip()]
        spec = self._mapping.fields[name]
        is_near = spelling_similarity(fold(column), [fold(known) for known in names]) >= REALLY_NEAR
        if is_near or spec.model_fields_set != {"column"} or not isinstance(spec.column, str):
            return did_you_mean(column, names)
        return f". For a fixed value, write: {self._mapping.keys[name]}: {{value: {to_yaml_text(column)}}}"

    def _position(self, name: str) -> int | None:
        return find_column(name, self._columns)

    def _transform(
        self, name: str, spec: FieldSpec, index: int
    ) -> transforms.Transform | transforms.NeedsRegion | None:
        step, options = _name_and_options(spec.transform[index])
        try:
            return transforms.build(step, options)
        except ValueError as error:
            self._mapping.add_error(name, "transform", str(error))
            return None

    def _region(self, name: str, steps: Sequence[object]) -> int | None:
        for step in steps:
            if isinstance(step, transforms.NeedsRegion):
                return self._column(name, "transform", step.column)
        return None

    def _countries(self, position: int) -> dict[str, str]:
        """Return the ISO codes of cells that the `values` of a field from this column translate to one country.

        A cell that names a country itself is not translated, whatever a field for the continent or for the office in
        charge makes of it (`{UK: Europe}`, `{Austria: Germany}`).
        """
        codes: dict[str, set[str]] = {}
        specs = [spec for spec in self._mapping.fields.values() if position in map(self._position, spec.columns)]
        for cell, value in [pair for spec in specs for pair in spec.values.items()]:
            if not transforms.find_country(cell) and (country := transforms.find_country(value)):
                codes.setdefault(fold_value(cell), set()).add(country.alpha2)
        return {cell: next(iter(found)) for cell, found in codes.items() if len(found) == 1}

    def _region_columns(self) -> list[str]:
        steps = [_name_and_options(step) for spec in self._mapping.fields.values() for step in spec.transform]
        return [str(options["column"]) for _, options in steps if isinstance(options, dict) and "column" in options]

    def _add_checks(self, plan: FieldPlan, name: str, spec: FieldSpec) -> None:
        if plan.is_email:
            plan.checks.append(validators.email())
            plan.checks += self._suppression_checks
        if spec.min_length is not None or spec.max_length is not None:
            plan.checks.append(validators.length(spec.min_length, spec.max_length))
        if spec.pattern is not None:
            try:
                plan.checks.append(validators.pattern(spec.pattern))
            except ValueError as error:
                self._mapping.add_error(name, "pattern", str(error))
        plan.allowed = self._allowed(name, spec)
        plan.must_be = tuple(spec.must_be)
        if plan.must_be and "boolean" in plan.transform_names[-1:]:
            others = [text for text in plan.must_be if text.strip() not in {"0", "1"}]
            if others:
                message = f"must_be: the transform boolean gives 1 or 0, never {others[0]!r}; write must_be: [1]"
                self._mapping.add_error(name, "must_be", message)

    def _read_suppression_list(self) -> list[validators.Check]:
        path = self._mapping.head.suppressed
        if path is None:
            return []
        try:
            return [validators.suppression_check(self._mapping.path.parent / path)]
        except FileNotFoundError:
            self._mapping.document.add_error(("suppressed",), _missing_file(path))
        except (OSError, ValueError) as error:
            self._mapping.document.add_error(("suppressed",), f"{path}: {error}")
        return []

    def _allowed(self, name: str, spec: FieldSpec) -> validators.AllowedList | None:
        if isinstance(spec.allowed, list):
            return validators.AllowedList.from_values(spec.allowed)
        if spec.allowed is None:
            return None
        try:
            return validators.AllowedList.from_file(self._mapping.path.parent / spec.allowed)
        except FileNotFoundError:
            self._mapping.add_error(name, "allowed", _missing_file(spec.allowed))
        except (OSError, ValueError) as error:
            self._mapping.add_error(name, "allowed", f"{spec.allowed}: {error}")
        return None


def _missing_file(path: str) -> str:
    return f"there is no file {path}; paths are relative to the mapping's folder"


def _name_and_options(step: str | dict[str, object]) -> tuple[str, object]:
    """`lower` or `{phone: {region: GB}}` -> the name and its options."""
    if isinstance(step, str):
        return step, None
    return next(iter(step.items()))


MIN_NAMES = 2  # a mapping with fewer columns says nothing about the file
MAX_FOUND = 0.1  # the share of the columns that another file may have by chance
SHOWN, SHOWN_LENGTH = 5, 40  # columns that a message names, and characters of each


def is_wrong_spreadsheet(mapped: Collection[str], columns: Sequence[str]) -> bool:
    """Whether hardly any of the mapped columns exists, and most are not even similar to one.

    Args:
        mapped: The columns that the mapping names.
        columns: The columns of the spreadsheet.
    """
    missing = [name for name in mapped if find_column(name, columns) is None]
    if len(mapped) < MIN_NAMES or len(mapped) - len(missing) > MAX_FOUND * len(mapped):
        return False
    return sum(bool(did_you_mean(name, filter(str.strip, columns))) for name in missing) < len(missing) / 2


def describe_wrong_spreadsheet(mapped: Collection[str], columns: Sequence[str], file: str, sheet: str | None) -> str:
    """Return `none of the mapping's 15 columns is in …`, with some of the columns that are there."""
    found = [name for name in mapped if find_column(name, columns) is not None]
    few = f"only {', '.join(map(repr, found))}" if found else "none"
    place = f"{file} (sheet {sheet!r})" if sheet else file
    question = "Is it the right file and sheet (--sheet)?" if sheet else "Is it the right file, and has it a header?"
    names = [repr(name[:SHOWN_LENGTH]) for name in columns if name.strip()]
    contents = f"which has: {', '.join(names[:SHOWN])}{', …' if len(names) > SHOWN else ''}"
    if any(map(_looks_like_data, columns)):  # perhaps a lead's own values, which must not reach a log
        contents = "whose first row looks like a lead, not like a header"
    return f"{few} of the mapping's {len(mapped)} columns is in {place}, {contents}. {question}"


def _looks_like_data(name: str) -> bool:
    """Whether a header cell looks like data: an e-mail address, a number, a date."""
    return "@" in name or sum(map(str.isdigit, name)) > len(name) / 2
