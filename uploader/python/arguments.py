"""Checking keyword arguments, as the command line checks its flags."""

import math
import operator
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import UsageError

NUMBERS = {"limit": 0, "canary": 0, "campaign": 1, "form": 1, "link": 1, "publisher": 1}  # with the smallest
SWITCHES = frozenset(
    {
        *("sandbox", "allow_duplicates", "require_ledger", "include_unknown", "page", "names", "stream"),
        *("wait_results", "again"),
    }
)
PATHS = frozenset({"report", "failed_only", "ca_bundle"})
TEXTS = frozenset({"profile", "sheet", "encoding"})


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
            checked[name] = checked_argument(name, value)
        except UsageError as error:
            problems.append(error.message)
    if problems:
        raise UsageError(" ".join(problems), f"Correct the arguments; see help(uploader.{function}).")
    return checked


def checked_argument(name: str, value: Any) -> Any:
    """Return an argument in the type that the commands take. Raises UsageError."""
    if name in NUMBERS:
        return _whole_number(name, value, NUMBERS[name])
    if name == "canary_pass":
        return _percentage(name, value)
    for names, kinds, wanted in _KINDS:
        if name in names and not isinstance(value, kinds):
            raise UsageError(f"{name}={value!r}: it must be {wanted}.")
    if name == "on_progress" and not isinstance(value, Callable):  # type: ignore[arg-type]
        raise UsageError("on_progress: it must be a function.")
    return value


_KINDS: tuple[tuple[frozenset[str], tuple[type, ...], str], ...] = (
    (SWITCHES, (bool,), "True or False"),
    (PATHS, (str, Path), "a path"),
    (TEXTS, (str,), "text"),
)


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
