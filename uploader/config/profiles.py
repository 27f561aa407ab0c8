"""`uploader.toml`: settings by profile, for users who work with several enterprises."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from uploader.config.user import absolute_path, default_home
from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import UsageError
from uploader.core.private_file import write_private

FILE = "uploader.toml"


class Profile(NamedTuple):
    """A profile's values.

    Attributes:
        values: The values as TOML gives them.
        file: The file that has the profile; None if no profile was found.
    """

    values: dict[str, Any]
    file: Path | None


def read_profile(name: str | None, home: str | Path | None) -> Profile:
    """Read the table `[profile.NAME]` from the first `uploader.toml` that has it.

    Args:
        name: The profile; None for `default`, which may be missing.
        home: The folder to look in after the working directory; None for the default.

    Raises:
        UsageError: A file cannot be read, or no file has the profile.
    """
    files = _files(home)
    known: list[str] = []
    for path in files:
        profiles = _profiles(path)
        if (name or "default") in profiles:
            return Profile(_table(profiles[name or "default"], path), path)
        known += profiles
    if name:
        searched = " and ".join(map(str, files)) or f"no {FILE} here or in UPLOADER_HOME"
        existing = f"Existing profiles: {', '.join(dict.fromkeys(known))}. " if known else ""
        guess = did_you_mean(name, known)
        raise UsageError(f"There is no profile {name!r} ({searched}){guess or '.'}", f"{existing}Add [profile.{name}].")
    return Profile({}, None)


def has_profile(name: str, home: Path) -> bool:
    """Return whether a file has the profile. Raises UsageError if a file cannot be read."""
    return any(name in _profiles(path) for path in _files(home))


def add_profile(name: str, values: Mapping[str, str], home: Path) -> Path:
    """Add a profile to `uploader.toml` in the user's own folder; what the file has by now stays as it is.

    Args:
        name: The profile; the file does not have it yet.
        values: Its settings.
        home: The folder, which is created if it does not exist.

    Returns:
        The file.

    Raises:
        UsageError: The file cannot be read or written.
    """
    path = home / FILE
    table = "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    title = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = path.read_text("utf-8-sig").rstrip() if _is_file(path) else ""
        write_private(path, f"{before}{chr(10) * 2 if before else ''}[profile.{title}]\n{table}")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", "Check its permissions.") from None
    return path


def _files(home: str | Path | None) -> list[Path]:
    return [path for path in (Path(FILE), absolute_path(home or default_home()) / FILE) if _is_file(path)]


def _profiles(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}.", "Fix the file.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", "Check its permissions.") from None
    misplaced = ", ".join(sorted(set(content) - {"profile"}))
    if misplaced:
        raise UsageError(f"{path}: {misplaced} must be inside a [profile.NAME] table.", "Move it there.")
    return _table(content.get("profile", {}), path)


def _table(values: object, path: Path) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise UsageError(f"{path}: a profile must be a table, [profile.NAME].", "Fix the file.")
    return values


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder above it may not be entered; a command that needs that folder says so
        return False
