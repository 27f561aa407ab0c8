"""Wrong keys and values of a mapping file in plain words."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from uploader.core.did_you_mean import did_you_mean, spelling_similarity
from uploader.mapping.invalid_value import quote_value, to_yaml_text
from uploader.mapping.schema import FieldSpec, MappingFile, describe_conditions

_ID = "must be a number, such as 44400"
_LENGTH = "must be a number of characters, such as 50"
_TEXT = "must be a text"

# What each key takes.
_EXPECTED: Mapping[type[BaseModel], Mapping[str, str]] = {
    MappingFile: {
        "campaign": _ID,
        "form": _ID,
        "link": _ID,
        "publisher": _ID,
        "sheet": "must be the name of a sheet",
        "where": "must be a table of columns, such as {Status: Qualified}",
        "ignore": "must be a list of columns, such as [Notes, Id]",
        "duplicates": "must be a list of form fields, such as [email]",
        "quality": "must be warn, platform or off",
        "suppressed": "must be the name of a file",
        "made_against": "must be as `uploader map` writes it",
    },
    FieldSpec: {
        "column": "must be a column, or a list of columns such as [Mobile, Phone]",
        "template": 'must be a text with columns in braces, such as "{First Name} {Last Name}"',
        "value": _TEXT,
        "default": _TEXT,
        "required": "must be true or false",
        "values": "must be a table, such as {UK: United Kingdom}",
        "transform": "must be a list of transforms, such as [lower] or [{phone: {region: GB}}]",
        "allowed": "must be a list such as [Yes, No], or the name of a file",
        "must_be": "must be a value or a list, such as [1]",
        "pattern": "must be a regular expression in quotes",
        "min_length": _LENGTH,
        "max_length": _LENGTH,
        "type": "must be email; it is the only type",
    },
}
_MISSPELLED = 70  # of 100: how similar a key of the file must be, so that it is not a form field in the wrong place
_PLACE_OF_FIELDS = "; if it is a form field, put it below `fields:` and begin the line with two spaces"


def describe_error(model: type[BaseModel], details: Any) -> str:
    """Put one of pydantic's errors about a mapping file into plain words.

    Args:
        model: The model that was built.
        details: The error, one of `ValidationError.errors()`.
    """
    key = str(details["loc"][0]) if details["loc"] else ""
    if details["type"] == "extra_forbidden" and len(details["loc"]) > 1:
        return f"{key}: unknown key {str(details['loc'][-1])!r}; a form field belongs under `fields:`"
    if details["type"] == "extra_forbidden":
        may_be_field = model is MappingFile and not is_misspelled_key(key)
        return f"unknown key {key!r}{_PLACE_OF_FIELDS if may_be_field else did_you_mean(key, model.model_fields)}"
    if key == "version" and details["type"] != "missing":
        return f"version: {_show(details['input'])} is not supported; write `version: 1`"
    if details["type"] == "missing" and len(details["loc"]) == 1:
        return "`version: 1` is missing; it is the version of the mapping file format"
    message = details["msg"].removeprefix("Value error, ")
    expected = _EXPECTED.get(model, {}).get(key)
    if details["type"] == "value_error" or expected is None:
        return f"{key}: {message[0].lower()}{message[1:]}" if key else message
    return f"{key}: {expected}, not {_show_part(details)}"


_EXPECTED_OF_CONDITION = {
    "equals": _TEXT,
    "in": "must be a list, such as [Qualified, Won]",
    "not": "must be a text, a list or a condition, such as [Yes, true]",
    "contains": "must be a text or a list of texts",
    "empty": "must be true or false",
}


def describe_condition_error(column: str, details: Any) -> str:
    """Put one of pydantic's errors about a condition of `where` into plain words.

    Args:
        column: The column that the condition is for.
        details: The error, one of `ValidationError.errors()`.
    """
    keys = [part for part in details["loc"] if isinstance(part, str)]
    place = f"where, {column!r}"
    if details["type"] == "extra_forbidden":
        known = did_you_mean(keys[-1], _EXPECTED_OF_CONDITION)
        return f"{place}: unknown condition {keys[-1]!r}{known or f'; use {describe_conditions()}'}"
    if details["type"] == "value_error":
        return f"{place}: {details['msg'].removeprefix('Value error, ')}"
    key = next((key for key in reversed(keys) if key in _EXPECTED_OF_CONDITION), "equals")
    return f"{place}: {key} {_EXPECTED_OF_CONDITION[key]}, not {_show(details['input'])}"


def is_misspelled_key(key: str) -> bool:
    """Whether an unknown key at the left edge is nearly one of the file's own keys."""
    return spelling_similarity(key.lower(), [*MappingFile.model_fields]) >= _MISSPELLED


def _show_part(details: Any) -> str:
    """Show the wrong value, or the wrong part of a list or table."""
    parts = [part for part in details["loc"][1:] if isinstance(part, int) or part in _keys_of(details)]
    value = _show(details["input"])
    if not parts:
        return value
    return f"{value} as entry {parts[0] + 1}" if isinstance(parts[0], int) else f"{value} for {parts[0]!r}"


def _keys_of(details: Any) -> tuple[str, ...]:
    """The keys of a table in the place of an error; not pydantic's own names of alternatives, such as `list[str]`."""
    return tuple(str(part) for part in details["loc"][1:] if "[" not in str(part) and part not in {"str", "dict"})


def _show(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, dict):
        return "a table"
    return quote_value(str(value))


def describe_empty_field(key: str, line: str) -> str:
    """Return the error for a form field without anything after its colon.

    Args:
        key: The field as the file names it.
        line: Its line in the file.
    """
    comment = line.partition(":")[2].strip()
    if comment.startswith("#"):
        name = to_yaml_text(comment)
        return f"{key!r} is empty, as `#` begins a comment; put the text in quotes: {name}"
    return f"{key!r} is empty; write the name of a column after the colon"
