"""A value that can't be made right, and how it is shown to the person who has to mend it."""

import json
import re

SHOWN = 60  # characters of a value that a message shows

# What YAML takes for text without quotes, in every dialect: words that begin with a letter. `NO`, `null` and
# their like mean something else there.
_PLAIN = re.compile(r"[^\W\d_][\w’'.()/-]*(?: [\w’'.()/-]+)*")
_YAML_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


class InvalidValue(ValueError):
    """One value can't be made right.

    The message speaks of the value (`'31.02.2024' fits none of %d.%m.%Y`), `hint` says what to do,
    `fix` is YAML to paste into the field's mapping, or empty.
    """

    def __init__(self, message: str, hint: str = "", fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fix = fix


def quoted(value: str) -> str:
    """The value as messages show it: in single quotes, on one line, cut at 60 characters."""
    text = " ".join(value.split())
    return f"'{text}'" if len(text) <= SHOWN else f"'{text[:SHOWN]}…'"


def values_fix(value: str, wanted: str) -> str:
    """YAML that maps a cell's text to what is wanted: `values: {UK: United Kingdom}`."""
    return f"values: {{{as_yaml(value)}: {as_yaml(wanted)}}}"


def as_yaml(text: str) -> str:
    """A text as YAML writes it within braces: in quotes where it would else mean something."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _YAML_WORDS:
        return text
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in escaped)
