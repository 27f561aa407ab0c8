"""The transforms a mapping can name: pure functions from a cell's text to a form value.

`build` turns a name and its options, as they stand in the mapping, into the function.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from uploader.core.did_you_mean import did_you_mean
from uploader.mapping.transforms.boolean import boolean
from uploader.mapping.transforms.country import CountryOptions, find_country
from uploader.mapping.transforms.date import DateOptions
from uploader.mapping.transforms.invalid_value import InvalidValue
from uploader.mapping.transforms.options import NeedsRegion, Options, Transform
from uploader.mapping.transforms.phone import PhoneOptions
from uploader.mapping.transforms.repair import damaged, digits_lost, repair, repair_email
from uploader.mapping.transforms.text import ReplaceOptions, digits, lower, upper
from uploader.mapping.transforms.title import title

__all__ = [
    "InvalidValue",
    "NeedsRegion",
    "Transform",
    "build",
    "damaged",
    "digits_lost",
    "find_country",
    "on_empty",
    "repair",
    "repair_email",
]

PLAIN: dict[str, Transform] = {
    "lower": lower,
    "upper": upper,
    "title": title,
    "digits": digits,
    "boolean": boolean,
}
WITH_OPTIONS: dict[str, type[Options]] = {
    "phone": PhoneOptions,
    "date": DateOptions,
    "country": CountryOptions,
    "replace": ReplaceOptions,
}


def build(name: str, options: object = None) -> Transform | NeedsRegion:
    """The transform `name` with its options: a mapping, or None for none.

    Raises ValueError that lists every fault of the name and the options.
    """
    if name in PLAIN:
        if options:
            raise ValueError(f"{name}: takes no options")
        return PLAIN[name]
    if name not in WITH_OPTIONS:
        raise ValueError(f"unknown transform {name!r}{did_you_mean(name, [*PLAIN, *WITH_OPTIONS])}")
    if not isinstance(options, Mapping | None):
        raise ValueError(f"{name}: write its options as {{option: value}}, not {options!r}")
    model = WITH_OPTIONS[name]
    try:
        return model.model_validate(dict(options or {})).transform()
    except ValidationError as error:
        raise ValueError(f"{name}: {_joined([_words(model, fault) for fault in error.errors()])}") from None


def on_empty(name: str) -> str | None:
    """What a transform makes of an empty cell, which it is never called with; None when that stays empty."""
    return "0" if name == "boolean" else None


def _words(model: type[Options], fault: Any) -> str:
    """One of pydantic's faults as a sentence without its full stop."""
    known = {field.alias or key: field for key, field in model.model_fields.items()}
    option = str(fault["loc"][0]) if fault["loc"] else ""
    match fault["type"]:
        case "extra_forbidden":
            return f"unknown option {option!r}{did_you_mean(option, known)}"
        case "missing":
            return f"needs the option {option!r}: {known[option].description}"
        case "value_error":
            return str(fault["ctx"]["error"])
    message = str(fault["msg"])
    return f"{option}: {message[0].lower()}{message[1:]}"


def _joined(faults: Sequence[str]) -> str:
    """Sentences in a row: `unknown option 'x'; did you mean 'y'? to: input should be …`."""
    return " ".join(fault if fault.endswith("?") else f"{fault}." for fault in faults).removesuffix(".")
