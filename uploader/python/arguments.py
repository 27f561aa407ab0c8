"""Checking keyword arguments, as the command line checks its flags."""

import math
import operator
from collections.abc import Mapping
from pathlib import Path
from types import NoneType
from typing import Any, get_args

from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import UsageError

MAY_BE_ZERO = frozenset({"limit", "canary"})  # of the whole numbers; the others are ids

# What an argument of a type must be, in a message.
_WANTED: Mapping[frozenset[type], str] = {
    frozenset({bool}): "True or False",
    frozenset({str, Path}): "a path",
    frozenset({str}): "text",
}


def checked_arguments(function: str, options: Mapping[str, Any], known: type) -> dict[str, Any]:
    """Return the arguments that were given; None means that one was not.

    Args:
        function: The name of the function.
        options: Its keyword arguments.
        known: The typed dictionary of the arguments that it has.

    Raises:
        TypeError: The function has no such argument.
        UsageError: An argument has a wrong value. It names all of them.
    """
    names = known.__annotations__
    for name in options:
        if name not in names:
            guess = did_you_mean(name, names)
            raise TypeError(f"{function}() got an unexpected keyword argument {name!r}{guess or ''}")
    given = {name: value for name, value in options.items() if value is not None}
    checked, problems = {}, []
    for name, value in given.items():
        try:
            checked[name] = checked_argument(name, value, names[name])
        except UsageError as error:
            problems.append(error.message)
    if problems:
        raise UsageError(" ".join(problems), f"Correct the arguments; see help(uploader.{function}).")
    return checked


def checked_argument(name: str, value: Any, kind: Any) -> Any:
    """Return an argument in the type that the commands take.

    Args:
        name: Its name.
        value: Its value.
        kind: Its annotation.

    Raises:
        UsageError: It has another type, or is out of range.
    """
    kinds = frozenset(get_args(kind) or (kind,)) - {NoneType}
    if kinds == {int}:
        return _whole_number(name, value, 0 if name in MAY_BE_ZERO else 1)
    if kinds == {float}:
        return _percentage(name, value)
    if name == "on_progress":
        if not callable(value):
            raise UsageError("on_progress: it must be a function.")
    elif not isinstance(value, tuple(kinds)):
        raise UsageError(f"{name}={value!r}: it must be {_WANTED[kinds]}.")
    return value


def _whole_number(name: str, value: Any, smallest: int) -> int:
    try:
        number = None if isinstance(value, bool) else operator.index(value)  # of numpy as well
    except TypeError:
        number = None
    if number is None or number < smallest:
        raise UsageError(f"{name}={value!r}: it must be a whole number from {smallest}.")
    return number


def _percentage(name: str, value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool | str) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 <= number <= 100:
        raise UsageError(f"{name}={value!r}: it must be a percentage from 0 to 100.")
    return number
