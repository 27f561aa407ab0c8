"""Transforms of plain text."""

import re
import unicodedata
from typing import Any

from pydantic import field_validator, model_validator

from uploader.mapping.transforms.invalid_value import InvalidValue, quoted
from uploader.mapping.transforms.options import Options, Transform
from uploader.mapping.transforms.repair import digits_lost, whole_number


def lower(value: str) -> str:
    """All in small letters."""
    return value.lower()


def upper(value: str) -> str:
    """All in capitals."""
    return value.upper()


def digits(value: str) -> str:
    """Its digits only, as 0 to 9 whatever script they are in. Raises Unfit when there are none, or some are lost."""
    lost = digits_lost(value)
    if lost:
        raise lost
    kept = "".join(str(unicodedata.decimal(char)) for char in whole_number(value) if char.isdecimal())
    if not kept:
        raise InvalidValue(f"{quoted(value)} has no digits", "Correct the cell, or empty it")
    return kept


class ReplaceOptions(Options):
    """`{pattern: replacement, …}`: regular expressions of Python, applied in their order."""

    pairs: dict[str, str]

    @model_validator(mode="before")
    @classmethod
    def _every_key_is_a_pattern(cls, options: dict[str, Any]) -> dict[str, Any]:
        # A replacement left out (`"\\s": `) is read as null, and means: nothing.
        return {"pairs": {pattern: "" if text is None else text for pattern, text in options.items()}}

    @field_validator("pairs")
    @classmethod
    def _check_pairs(cls, pairs: dict[str, str]) -> dict[str, str]:
        faults = [fault for pattern, text in pairs.items() if (fault := _pair_fault(pattern, text))]
        if not pairs:
            faults = ["needs at least one {pattern: replacement}"]
        if faults:
            raise ValueError(". ".join(faults))
        return pairs

    def transform(self) -> Transform:
        """Replaces every match of each pattern in turn."""
        pairs = [(re.compile(pattern), text) for pattern, text in self.pairs.items()]

        def replace(value: str) -> str:
            for pattern, text in pairs:
                value = pattern.sub(text, value)
            return value

        return replace


def _pair_fault(pattern: str, text: str) -> str:
    """What is wrong with a pattern or its replacement, or an empty string."""
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        return f"{pattern!r} is no regular expression: {error}"
    try:
        compiled.sub(text, "")
    except (re.error, IndexError) as error:
        return f"the replacement {text!r} does not fit {pattern!r}: {error}"
    return ""
