"""Commands that messages suggest: the flags that chose the platform are filled into all that a caller can see."""

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

from uploader.core.command_line import PlatformFlags
from uploader.core.errors import UploaderError

T = TypeVar("T")


def with_flags(value: T, flags: PlatformFlags) -> T:
    """Return a result with the flags in every text of it: in errors, in lists, and in the parts of a dataclass."""
    filled: Any = _filled(value, flags)
    return filled  # type: ignore[no-any-return]


def _filled(value: Any, flags: PlatformFlags) -> Any:
    if isinstance(value, str):
        return flags.fill(value) if type(value) is str else value
    if isinstance(value, UploaderError):
        value.fill(flags.fill)
        return value
    if isinstance(value, tuple | list) and type(value) in {tuple, list}:
        return type(value)(_filled(part, flags) for part in value)
    if isinstance(value, Mapping):
        return {key: _filled(part, flags) for key, part in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
        return dataclasses.replace(value, **{name: _filled(part, flags) for name, part in parts.items()})
    return value
