"""Values as YAML on one line, so that they are read back as they are."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

# Letters first, so that it is no number, date or mark of YAML's; nothing in it that ends a value in a list.
_PLAIN = re.compile(r"[^\W\d_](?:[\w ./()&'+-]*[\w.)+])?")
_OTHER_THINGS = frozenset(["yes", "no", "y", "n", "on", "off", "true", "false", "null", "nan", "inf"])
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def scalar(text: str) -> str:
    """A text, in quotes where it needs them: `First Name`, `"Name: *"`, `"007"`, `"a\\nb"`. Any text can be written."""
    if _PLAIN.fullmatch(text) and text.isprintable() and text.casefold() not in _OTHER_THINGS:
        return text
    return '"' + "".join(_ESCAPES.get(char) or (char if char.isprintable() else _code(char)) for char in text) + '"'


def flow(value: Any) -> str:
    """Texts, numbers, lists and tables in braces: `{phone: {region: GB}}`."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(flow(one) for one in value) + "]"
    return scalar(value) if isinstance(value, str) else str(value)


def comment(text: str) -> str:
    """A text as a comment can hold it: on one line, and nothing that no one sees."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _code(char: str) -> str:
    number = ord(char)
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
