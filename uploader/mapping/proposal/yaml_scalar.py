"""Write values as YAML on one line; they are read back unchanged."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

# A letter first, so that it is not a number, a date or YAML syntax; nothing that ends a value in a list.
_PLAIN = re.compile(r"[^\W\d_](?:[\w ./()&'+-]*[\w.)+])?")
_YAML_WORDS = frozenset(["yes", "no", "y", "n", "on", "off", "true", "false", "null", "nan", "inf"])
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def scalar(text: str) -> str:
    """Write any text, in quotes where needed: `First Name`, `"Name: *"`, `"007"`, `"a\\nb"`."""
    if _PLAIN.fullmatch(text) and text.isprintable() and text.casefold() not in _YAML_WORDS:
        return text
    return '"' + "".join(_ESCAPES.get(char) or (char if char.isprintable() else _code(char)) for char in text) + '"'


def flow(value: Any) -> str:
    """Write texts, numbers, lists and tables in braces: `{phone: {region: GB}}`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(flow(one) for one in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return scalar(value) if isinstance(value, str) else str(value)


def comment(text: str) -> str:
    """Make a text fit for a comment: on one line, without invisible characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _code(char: str) -> str:
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
