"""Load a mapping file. Errors are collected and what is right stays usable.

So the errors of the file, of its columns and of its form fields are all reported at once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from uploader.core.did_you_mean import did_you_mean, nearest_file
from uploader.core.errors import MappingError
from uploader.core.model import field_name
from uploader.core.unicode_text import decode_unicode
from uploader.mapping.schema import SOURCES, Condition, FieldSpec, MappingFile
from uploader.mapping.schema_errors import (
    describe_condition_error,
    describe_empty_field,
    describe_error,
    is_misspelled_key,
)
from uploader.mapping.template import parse_template, template_columns
from uploader.mapping.yaml_reader import Document, read_yaml
from uploader.mapping.yaml_reader import Path as YamlPath

MAX_SHOWN = 25  # errors; each takes two lines

Model = TypeVar("Model", bound=BaseModel)


@dataclass
class Mapping:
    """A mapping file as it was read.

    Attributes:
        path: The file; lists that it names are relative to its folder.
        text: The file's text.
        head: Everything but the fields.
        document: The YAML, and the errors found so far.
        fields: The fields by their bare names, `email` and not `form[email]`.
        keys: Each field's key in the file, also of fields with errors.
    """

    path: Path
    text: str
    head: MappingFile
    document: Document
    fields: dict[str, FieldSpec] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def is_readable(self) -> bool:
        """Whether there is a table of fields."""
        return isinstance(self.document.data, dict) and isinstance(self.document.data.get("fields"), dict)

    @property
    def columns(self) -> list[str]:
        """The columns that the mapping names, in its order."""
        named = [name for spec in self.fields.values() for name in [*spec.columns, *template_columns(spec.template)]]
        return list(dict.fromkeys([*named, *self.head.where]))

    @property
    def duplicates(self) -> list[str]:
        """The fields that identify a lead; empty if duplicates are not looked for."""
        if self.head.duplicates is not None:
            return [field_name(name) for name in self.head.duplicates]
        return ["email"] if "email" in self.fields else []

    def has_changed(self) -> bool:
        """Whether the file has changed since. A file that is gone or unreadable has not."""
        try:
            return _read_text(self.path) != self.text
        except MappingError:
            return False

    def add_error(self, name: str, key: str, message: str) -> None:
        """Add an error of a field: at one of its keys, or at its name if `key` is empty."""
        path: YamlPath = ("fields", self.keys[name])
        if not key:
            path = (*path, "@")
        elif (*path, key) in self.document.positions:
            path = (*path, key)
        self.document.add_error(path, message)

    def raise_errors(self, others: Sequence[str] = (), *, command: str = "check") -> None:
        """Raise all errors found so far, in the file's order.

        Args:
            others: Errors from elsewhere, to be reported before them.
            command: The command to run when they are fixed.

        Raises:
            MappingError: The mapping has errors.
        """
        own = [f"{self.path}:{self.document.show(error)}" for error in sorted(set(self.document.errors))]
        if own:
            errors = [*others, *own]
            more = [f"… and {len(errors) - MAX_SHOWN:,} more"] if len(errors) > MAX_SHOWN else []
            raise MappingError(
                f"The mapping {self.path} has {len(errors)} error{'s' if len(errors) > 1 else ''}; nothing was sent.",
                f"Fix {'them' if len(errors) > 1 else 'it'}, then run `uploader {command}` again.",
                [*errors[:MAX_SHOWN], *more],
            )


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file; its errors are in the result.

    Raises:
        MappingError: There is no such file, or it is not text.
    """
    return parse_mapping(_read_text(path), path)


def _read_text(path: Path) -> str:
    try:
        return decode_unicode(path.read_bytes())
    except FileNotFoundError:
        guess = nearest_file(path, is_mapping=True)
        raise MappingError(f"There is no mapping file {path}{guess or '.'}", "Give its path with --mapping.") from None
    except UnicodeDecodeError:
        raise MappingError(
            f"The mapping file {path} can't be read: it is not UTF-8 text.",
            "Save it as UTF-8 in your editor." if path.suffix in {".yaml", ".yml"} else "Give a mapping in YAML.",
        ) from None
    except OSError as error:
        raise MappingError(
            f"The mapping file {path} can't be read: {error.strerror}.", "Give a mapping in YAML."
        ) from None


def parse_mapping(text: str, path: Path) -> Mapping:
    """Parse a mapping; its errors are in the result.

    Args:
        text: The file's text.
        path: The file, for messages and for lists with relative paths.
    """
    document = read_yaml(text)
    mapping = Mapping(path, text, MappingFile(version="1"), document)
    if isinstance(document.data, dict):
        _read_top_level(mapping, document.data)
    elif not document.errors:
        document.add_error((), "a mapping file begins with `version: 1`, then ids and `fields:`")
    return mapping


def _read_top_level(mapping: Mapping, data: dict[str, Any]) -> None:
    fields = data.get("fields")
    others = {key: value for key, value in data.items() if key not in MappingFile.model_fields}
    if fields is None and (misplaced := _misplaced_fields(others)):
        _report_misplaced(mapping, misplaced, is_missing="fields" not in data)
        data = {key: value for key, value in data.items() if key not in misplaced}
        fields = misplaced
    where = data.get("where")
    head = {**data, "fields": {}, **({"where": {}} if isinstance(where, dict) else {})}
    mapping.head = _build_model(MappingFile, head, mapping.document, ()) or mapping.head
    if isinstance(where, dict):
        _read_conditions(mapping, where)
    if isinstance(fields, dict):
        _read_fields(mapping, fields)
    elif isinstance(fields, list) and all(isinstance(one, dict) for one in fields):
        mapping.document.add_error(("fields",), "`fields:` is no list; remove the dashes in front of the form fields")
    else:
        message = "`fields:` needs one line for each form field, such as `  email: Email Address`"
        mapping.document.add_error(("fields",), message)


def _read_conditions(mapping: Mapping, where: dict[str, Any]) -> None:
    """Add the conditions of `where` that are right, and an error for each other one."""
    for column, value in where.items():
        try:
            mapping.head.where[column] = Condition.model_validate(value)
        except ValidationError as error:
            details = error.errors()[0]
            location: YamlPath = ("where", column, *details["loc"])
            path = (*location, "@") if details["type"] == "extra_forbidden" else location
            mapping.document.add_error(path, describe_condition_error(column, details))


def _misplaced_fields(others: dict[str, Any]) -> dict[str, Any]:
    """Return the unknown keys if they can be form fields, not misspelled keys of the file."""
    return {} if any(map(is_misspelled_key, others)) else others


def _report_misplaced(mapping: Mapping, fields: dict[str, Any], *, is_missing: bool) -> None:
    """Add one error for form fields that begin at the left edge, and let them be read as if they were in place."""
    document = mapping.document
    first = next(iter(fields))
    if is_missing:
        document.add_error((first, "@"), "`fields:` is missing above this line, and two spaces before each form field")
    else:
        document.add_error((first, "@"), "begin the lines of the form fields with two spaces; `fields:` is empty")
    moved = {path: place for path, place in document.positions.items() if path and path[0] in fields}
    document.positions |= {("fields", *path): place for path, place in moved.items()}


def _read_fields(mapping: Mapping, fields: dict[str, Any]) -> None:
    for key, value in fields.items():
        name = field_name(key)
        if name in mapping.keys:
            mapping.document.add_error(("fields", key, "@"), f"{key!r} and {mapping.keys[name]!r} are the same field")
            continue
        mapping.keys[name] = key
        if value is None:
            line, _ = mapping.document.position(("fields", key, "@"))
            mapping.add_error(name, "", describe_empty_field(key, mapping.document.lines[line - 1]))
        short_form = {"value": ""} if value is None else {"column": value}
        table = value if isinstance(value, dict) else short_form
        spec = _build_model(FieldSpec, table, mapping.document, ("fields", key))
        if spec:
            mapping.fields[name] = spec
            _check_template(mapping, name, spec)


def _check_template(mapping: Mapping, name: str, spec: FieldSpec) -> None:
    if spec.template is None:
        return
    try:
        parse_template(spec.template)
    except ValueError as error:
        mapping.add_error(name, "template", str(error))


def _build_model(model: type[Model], data: dict[str, Any], document: Document, path: YamlPath) -> Model | None:
    """Build a model from the keys that are right and add an error for each other key; None if nothing is right."""
    for _ in range(3):
        try:
            return model.model_validate(data)
        except ValidationError as error:
            wrong = {str(details["loc"][0]) for details in error.errors() if details["loc"]}
            _add_errors(model, error, document, path)
        data = _without(model, data, wrong)
    return None


def _without(model: type[BaseModel], data: dict[str, Any], wrong: Collection[str]) -> dict[str, Any]:
    """Return the data without its wrong keys, or without its sources if there is not exactly one.

    Placeholders take their place, so that the rest can be checked and nothing is reported that only follows.
    """
    kept = {key: value for key, value in data.items() if key not in wrong}
    if model is MappingFile:
        return {"version": "1", **kept}
    if not wrong:
        return {**{key: value for key, value in kept.items() if key not in SOURCES}, "value": ""}
    has_wrong_source = any(key in SOURCES or did_you_mean(key, SOURCES) for key in wrong)
    return {**kept, "value": ""} if has_wrong_source and kept.keys().isdisjoint(SOURCES) else kept


def _add_errors(model: type[BaseModel], error: ValidationError, document: Document, path: YamlPath) -> None:
    reported: set[YamlPath] = set()
    for details in error.errors():
        location: YamlPath = (*path, *details["loc"])
        value_path: YamlPath = location[: len(path) + 1]
        is_unknown_key = details["type"] == "extra_forbidden"
        if value_path in reported and not is_unknown_key:
            continue  # the branches of one union: the first says enough
        reported.add(value_path)
        document.add_error((*location, "@") if is_unknown_key else value_path, describe_error(model, details))
