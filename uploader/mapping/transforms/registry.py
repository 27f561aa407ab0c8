"""All transforms by name. To add one, write its function (or its options) and name it here."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from uploader.core.did_you_mean import did_you_mean
from uploader.mapping.transforms.country import CountryOptions
from uploader.mapping.transforms.date import DateOptions
from uploader.mapping.transforms.name import NameOptions
from uploader.mapping.transforms.options import NeedsRegion, Options, Transform
from uploader.mapping.transforms.phone import PhoneOptions
from uploader.mapping.transforms.text import ReplaceOptions, boolean, digits, lower, upper
from uploader.mapping.transforms.title import title

TRANSFORMS: dict[str, Transform] = {
    "lower": lower,
    "upper": upper,
    "title": title,
    "digits": digits,
    "boolean": boolean,
}
TRANSFORMS_WITH_OPTIONS: dict[str, type[Options]] = {
    "phone": PhoneOptions,
    "date": DateOptions,
    "country": CountryOptions,
    "replace": ReplaceOptions,
    "name": NameOptions,
}


def build(name: str, options: object = None) -> Transform | NeedsRegion:
    """Build a transform from its name and options.

    Args:
        name: The name as the mapping writes it, such as `lower`.
        options: The options as the mapping writes them, a table; None if there are none.

    Returns:
        A pure function from a cell's text to the form's value.

    Raises:
        ValueError: The name or some options are wrong; the message lists every error.
    """
    if name in TRANSFORMS:
        if options:
            raise ValueError(f"{name}: takes no options")
        return TRANSFORMS[name]
    if name not in TRANSFORMS_WITH_OPTIONS:
        known = [*TRANSFORMS, *TRANSFORMS_WITH_OPTIONS]
        raise ValueError(f"unknown transform {name!r}{did_you_mean(name, known)}")
    model = TRANSFORMS_WITH_OPTIONS[name]
    if model.bare_option:
        options = {model.bare_option: options}
    if not isinstance(options, Mapping | None):
        raise ValueError(f"{name}: write its options as {{option: value}}, not {options!r}")
    try:
        return model.model_validate(dict(options or {})).transform()
    except ValidationError as error:
        sentences = [_describe(model, details) for details in error.errors()]
        raise ValueError(f"{name}: {_join_sentences(sentences)}") from None


def value_when_empty(name: str) -> str | None:
    """Return what a transform makes of an empty cell, or None if the cell stays empty.

    The transform itself is never called with an empty text.
    """
    return "0" if name == "boolean" else None


def _describe(model: type[Options], details: Any) -> str:
    """Put one of pydantic's errors into a sentence without its full stop."""
    known = {field.alias or key: field for key, field in model.model_fields.items()}
    option = str(details["loc"][0]) if details["loc"] else ""
    match details["type"]:
        case "extra_forbidden":
            return f"unknown option {option!r}{did_you_mean(option, known)}"
        case "missing":
            return f"needs the option {option!r}: {known[option].description}"
        case "value_error":
            return str(details["ctx"]["error"])
    message = str(details["msg"])
    return f"{option}: {message[0].lower()}{message[1:]}"


def _join_sentences(sentences: Sequence[str]) -> str:
    """`unknown option 'x'; did you mean 'y'? to: input should be …`."""
    return " ".join(one if one.endswith("?") else f"{one}." for one in sentences).removesuffix(".")
