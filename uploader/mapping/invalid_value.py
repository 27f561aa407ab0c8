"""The error for a value that can't be sent, and how values are shown in messages and YAML."""

import json
import re

SHOWN_LENGTH = 60  # characters of a value that a message shows

# What every version of YAML reads as text without quotes: words that begin with a letter, except for a few.
_PLAIN = re.compile(r"[^\W\d_][\w’'.()/-]*(?: [\w’'.()/-]+)*")
_YAML_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}


class InvalidValue(ValueError):
    """A value that can't be sent as it is.

    Attributes:
        message: What is wrong with the value, such as `'31.02.2024' fits none of %d.%m.%Y`.
        hint: What to do about it.
        fix: YAML to paste into the field's mapping, or empty.
        effort: The share that the value took of what may be done for its field, however many rows there are: of
            searches for something similar, of patterns that take too long. 1 is all.
    """

    def __init__(self, message: str, hint: str = "", fix: str = "", effort: float = 0.0) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.fix = fix
        self.effort = effort


def quote_value(value: str) -> str:
    """Show a value in a message: in single quotes, on one line, at most 60 characters."""
    text = " ".join(value.split())
    return f"'{text}'" if len(text) <= SHOWN_LENGTH else f"'{text[:SHOWN_LENGTH]}…'"


def values_fix(value: str, wanted: str) -> str:
    """Return YAML that maps a cell's text to the wanted value: `values: {UK: United Kingdom}`."""
    return f"values: {{{to_yaml_text(value)}: {to_yaml_text(wanted)}}}"


def to_yaml_text(text: str) -> str:
    """Write a text as YAML within braces, in quotes where it would otherwise be read as something else."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _YAML_WORDS:
        return text
    escaped = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in escaped)
