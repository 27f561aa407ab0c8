"""Commands that the user pastes to go on."""

import re
import shlex
from contextvars import ContextVar
from dataclasses import dataclass, replace
from pathlib import Path

# The commands that can be rehearsed, and those that take no profile: none has a flag that it does not know.
REHEARSED = frozenset({"upload", "check", "retry", "resume", "results", "map", "template", "forms", "links", "doctor"})
WITHOUT_PROFILE = frozenset({"schema", "sandbox"})


@dataclass(frozen=True)
class Place:
    """The flags by which this user's commands choose the platform."""

    sandbox: bool = False
    profile: str | None = None


_NOWHERE = Place()
_place = ContextVar("place", default=_NOWHERE)


def set_suggested_flags(*, sandbox: bool | None = None, profile: str | None = None) -> None:
    """Notes a flag that chooses the platform: from now on every `command` carries it. None leaves it as it is."""
    given = {name: value for name, value in (("sandbox", sandbox), ("profile", profile)) if value is not None}
    _place.set(replace(_place.get(), **given))  # type: ignore[arg-type]


def reset_suggested_flags() -> None:
    """Another command begins, with flags of its own."""
    _place.set(_NOWHERE)


def is_sandbox_run() -> bool:
    """Whether the platform is a sandbox that ends with this command."""
    return _place.get().sandbox


def nearby(path: Path) -> Path:
    """The path as it is shortest to write here."""
    try:
        here = Path.cwd()
    except OSError:  # somebody removed it meanwhile; a report is still to be written
        return path
    return path.relative_to(here) if path.is_relative_to(here) else path


def command(name: str, *words: str) -> str:
    """`uploader NAME …` as this user has to write it for the same platform."""
    place = _place.get()
    flags = ["--sandbox"] if place.sandbox and name in REHEARSED else []
    if place.profile and name not in WITHOUT_PROFILE:
        flags += ["--profile", quoted(place.profile)]
    return " ".join(["uploader", name, *filter(None, words), *flags])


def quoted(path: object) -> str:
    """A path to paste behind a command: in the quotes that every shell takes, or where those would let it run a part
    of the name, in those of POSIX shells and PowerShell. What looks like a flag is marked as a path."""
    text = f"./{path}" if str(path).startswith("-") else str(path)
    if re.fullmatch(r"[\w.,:/\\@%+-]+", text):
        return text
    return shlex.quote(text) if any(char in text for char in '$`"!') else f'"{text}"'
