"""Transforms of plain text: case, digits, yes or no, search and replace."""

import unicodedata
from typing import Any

from pydantic import field_validator, model_validator

from uploader.mapping.invalid_value import InvalidValue, quote_value
from uploader.mapping.regular_expression import BoundedPattern
from uploader.mapping.transforms.options import Options, Transform
from uploader.mapping.transforms.repair import find_lost_digits, remove_number_format

# In English; then in German, French and Spanish, with what spreadsheets in these languages write for TRUE and FALSE.
YES = {"1", "yes", "y", "true", "t", "x", "on", "✓", "✔"} | {"ja", "j", "wahr", "oui", "vrai", "sí", "si", "verdadero"}
NO = {"0", "no", "n", "false", "f", "off"} | {"nein", "falsch", "non", "faux", "falso"}


def lower(value: str) -> str:
    """Lower case."""
    return value.lower().replace("i\u0307", "i")  # Turkish İ becomes i and a loose dot; the i already has its dot


def upper(value: str) -> str:
    """Upper case."""
    return value.upper()


def digits(value: str) -> str:
    """The digits only, as 0 to 9 in any script. Raises InvalidValue if there are none, or if some are lost."""
    if lost := find_lost_digits(value):
        raise lost
    text = remove_number_format(value)
    found = "".join(str(unicodedata.decimal(char)) for char in text if char.isdecimal())
    if not found:
        raise InvalidValue(f"{quote_value(value)} has no digits", "Correct the cell, or empty it")
    return found


def boolean(value: str) -> str:
    """`yes`, `y`, `true`, `1`, `x`, `on` and the like -> `1`; `no`, `0`, … -> `0`. Raises InvalidValue otherwise."""
    word = value.strip().casefold().removesuffix(".0")
    if word in YES:
        return "1"
    if word in NO:
        return "0"
    # No fix is offered: consent must not be guessed.
    raise InvalidValue(
        f"{quote_value(value)} is neither yes nor no",
        "Write yes or no in the cell, or map the word under `values`",
    )


class ReplaceOptions(Options):
    """`{pattern: replacement, …}`: regular expressions (Python syntax), applied in this order."""

    pairs: dict[str, str]

    @model_validator(mode="before")
    @classmethod
    def _collect_pairs(cls, options: dict[str, Any]) -> dict[str, Any]:
        # A replacement left out (`"\\s": `) is read as null and means an empty text.
        return {"pairs": {pattern: "" if text is None else text for pattern, text in options.items()}}

    @field_validator("pairs")
    @classmethod
    def _check_pairs(cls, pairs: dict[str, str]) -> dict[str, str]:
        errors = [error for pattern, text in pairs.items() if (error := _find_pair_error(pattern, text))]
        if not pairs:
            errors = ["needs at least one {pattern: replacement}"]
        if errors:
            raise ValueError(". ".join(errors))
        return pairs

    def transform(self) -> Transform:
        """Return a transform that replaces every match of each pattern in turn."""
        pairs = [(BoundedPattern(pattern), text) for pattern, text in self.pairs.items()]

        def replace(value: str) -> str:
            for pattern, text in pairs:
                value = pattern.replace(text, value)
            return value

        return replace


def _find_pair_error(pattern: str, text: str) -> str:
    """Return what is wrong with a pattern or its replacement, or an empty string."""
    try:
        return BoundedPattern(pattern).find_replacement_error(text)
    except ValueError as error:
        return str(error)
