"""Mapping file -> `Mapping`, tolerant: what is wrong is noted, and what is right can still be looked at.

So the faults of the file, those against the spreadsheet and those against the live form are told together.
"""

import string
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from uploader.core.did_you_mean import did_you_mean, nearest_file
from uploader.core.errors import MappingError
from uploader.core.model import field_name
from uploader.mapping.schema import SOURCES, FieldSpec, MappingFile
from uploader.mapping.yaml_reader import At, Document, read_yaml

Model = TypeVar("Model", bound=BaseModel)


@dataclass
class Mapping:
    """A mapping as read: `fields` by bare field name; `places` gives each name's key in the file."""

    path: Path
    text: str
    head: MappingFile
    document: Document
    fields: dict[str, FieldSpec] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    @property
    def is_readable(self) -> bool:
        """Whether there is a table of fields. If not, nothing is known of what was meant to be mapped."""
        return isinstance(self.document.data, dict) and isinstance(self.document.data.get("fields"), dict)

    @property
    def columns(self) -> list[str]:
        """Every column that the mapping names, in its order."""
        named = [name for spec in self.fields.values() for name in [*spec.columns, *template_columns(spec)]]
        return list(dict.fromkeys(named))

    @property
    def duplicates(self) -> list[str]:
        """The fields that tell one lead from another; empty where none are looked for."""
        if self.head.duplicates is not None:
            return [field_name(name) for name in self.head.duplicates]
        return ["email"] if "email" in self.fields else []

    def has_changed(self) -> bool:
        """Whether its file says something else by now. One that is gone, or can't be read, says nothing."""
        try:
            return _text(self.path) != self.text
        except MappingError:
            return False

    def fault(self, name: str, key: str, message: str) -> None:
        """Notes a fault of a field: at one of its keys, or at its own name if `key` is empty."""
        at: At = ("fields", self.places[name])
        if not key:
            at = (*at, "@")
        elif (*at, key) in self.document.marks:
            at = (*at, key)
        self.document.fault(at, message)

    def raise_faults(self, others: Sequence[str] = ()) -> None:
        """Raises MappingError with every fault found so far, in the file's order; does nothing without any.

        `others` are what else is wrong, to be told before them.
        """
        own = [f"{self.path}:{at.line}:{at.column}: {at.message}" for at in sorted(set(self.document.faults))]
        if own:
            faults = [*others, *own]
            raise MappingError(
                f"The mapping {self.path} has {len(faults)} fault{'s' if len(faults) > 1 else ''}; nothing was sent.",
                "Mend them there, then `uploader check` again.",
                faults,
            )


def read_mapping(path: Path) -> Mapping:
    """Raises MappingError when there is no such file or it is not text; other faults are in the result."""
    return parse_mapping(_text(path), path)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        alike = nearest_file(path, is_mapping=True)
        raise MappingError(f"There is no mapping file {path}{alike or '.'}", "Give its path with --mapping.") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise MappingError(f"The mapping file {path} can't be read: {reason}.", "Give a mapping in YAML.") from None


def parse_mapping(text: str, path: Path) -> Mapping:
    """The mapping in `text`; `path` is where faults and relative lists refer to."""
    document = read_yaml(text)
    mapping = Mapping(path, text, MappingFile(version="1"), document)
    if isinstance(document.data, dict):
        _read_table(mapping, document.data)
    elif not document.faults:
        document.fault((), "a mapping file is a table: `version: 1`, ids, and `fields:`")
    return mapping


def template_columns(spec: FieldSpec) -> list[str]:
    """The columns in braces of a template; empty when it is not well formed."""
    try:
        return [name for _, name, _, _ in string.Formatter().parse(spec.template or "") if name]
    except ValueError:
        return []


def _read_table(mapping: Mapping, data: dict[str, Any]) -> None:
    mapping.head = _model(MappingFile, {**data, "fields": {}}, mapping.document, ()) or mapping.head
    if isinstance(data.get("fields"), dict):
        _read_fields(mapping, data["fields"])
    else:
        message = "`fields:` is a table of form fields, such as `email: Email Address`"
        mapping.document.fault(("fields",), message)


def _read_fields(mapping: Mapping, fields: dict[str, Any]) -> None:
    for key, value in fields.items():
        name = field_name(key)
        if name in mapping.places:
            mapping.document.fault(("fields", key, "@"), f"{key!r} and {mapping.places[name]!r} are the same field")
            continue
        mapping.places[name] = key
        table = value if isinstance(value, dict) else {"column": value}
        spec = _model(FieldSpec, table, mapping.document, ("fields", key))
        if spec:
            mapping.fields[name] = spec
            _look_at_template(mapping, name, spec)


def _look_at_template(mapping: Mapping, name: str, spec: FieldSpec) -> None:
    if spec.template is not None and not template_columns(spec):
        mapping.fault(name, "template", 'a template names columns in braces, such as "{First Name} {Last Name}"')


def _model(model: type[Model], data: dict[str, Any], document: Document, at: At) -> Model | None:
    """The model, without those keys that are wrong (their faults are noted); None when nothing can be made of it."""
    for _ in range(3):
        try:
            return model.model_validate(data)
        except ValidationError as error:
            faulty = {str(fault["loc"][0]) for fault in error.errors() if fault["loc"]}
            _note(model, error, document, at)
        data = _mended(model, data, faulty)
    return None


def _mended(model: type[BaseModel], data: dict[str, Any], faulty: Collection[str]) -> dict[str, Any]:
    """The data without its faulty keys, or without its sources where it has none, or several.

    What stands in for them lets the rest be looked at, and keeps what only follows from a fault from being told.
    """
    kept = {key: value for key, value in data.items() if key not in faulty}
    if model is MappingFile:
        return {"version": "1", **kept}
    if not faulty:
        return {**{key: value for key, value in kept.items() if key not in SOURCES}, "value": ""}
    was_meant = any(key in SOURCES or did_you_mean(key, SOURCES) for key in faulty)
    return {**kept, "value": ""} if was_meant and kept.keys().isdisjoint(SOURCES) else kept


def _note(model: type[BaseModel], error: ValidationError, document: Document, at: At) -> None:
    told: set[At] = set()
    for fault in error.errors():
        loc: At = (*at, *fault["loc"])
        where: At = loc[: len(at) + 1]
        if where in told and fault["type"] != "extra_forbidden":
            continue  # the branches of one union: the first says enough
        told.add(where)
        document.fault((*loc, "@") if fault["type"] == "extra_forbidden" else where, _words(model, fault))


def _words(model: type[BaseModel], fault: Any) -> str:
    key = str(fault["loc"][0]) if fault["loc"] else ""
    if fault["type"] == "extra_forbidden":
        return f"unknown key {key!r}{did_you_mean(key, model.model_fields)}"
    if fault["type"] == "missing" or key == "version":
        return "`version: 1` is missing: it says which form of mapping file this is"
    message = fault["msg"].removeprefix("Value error, ").split(", unable to")[0]
    return f"{key}: {message[0].lower()}{message[1:]}" if key else message
