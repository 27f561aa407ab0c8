"""`uploader.toml`: settings by profile, for those who work for several enterprises; and where the ledger lives.

Commands that need the ledger alone read no other setting: they work without credentials, and answer at once.
"""

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from dotenv import dotenv_values
from platformdirs import user_data_path

from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import UsageError


class Profile(NamedTuple):
    """A profile's values, and the file that they stand in (None where no profile was found)."""

    values: dict[str, Any]
    file: Path | None


def default_home() -> Path:
    """The platform's folder for a user's data, where the ledger lives unless UPLOADER_HOME says otherwise.

    Raises UsageError for a user who has none.
    """
    try:
        return user_data_path("uploader", appauthor=False)
    except RuntimeError:
        raise _homeless() from None


def folder(path: str | Path) -> Path:
    """As a whole path. Raises UsageError for a `~` that stands for nobody's folder."""
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError:
        raise _homeless() from None


@contextmanager
def readable_dotenv() -> Iterator[None]:
    """Within it `.env` is read. Raises UsageError when it can't be."""
    try:
        yield
    except UnicodeDecodeError:
        raise UsageError(".env is not UTF-8 text.", "Save it as UTF-8.") from None
    except OSError as error:
        raise UsageError(f".env can't be read: {error.strerror}.", "Look at its rights.") from None


def ledger_home(profile: str | None) -> Path:
    """What `Settings.home` would be: environment, `.env`, profile, default. Raises UsageError."""
    with readable_dotenv():
        dotenv = dotenv_values(".env")
    stated = {name.upper(): value.strip() for name, value in [*dotenv.items(), *os.environ.items()] if value}
    home, name = stated.get("UPLOADER_HOME"), profile or stated.get("UPLOADER_PROFILE")
    if not home:
        home = read_profile(name, None).values.get("home")
    elif name:
        read_profile(name, home)  # a name that does not exist is a mistake
    return folder(home or default_home())


def read_profile(name: str | None, home: str | Path | None) -> Profile:
    """The `[profile.NAME]` table of the first `uploader.toml` that has it: here, then in `home`.

    Without a name it is `default`, which may be absent. Raises UsageError that names the profiles there are.
    """
    files = [
        path for path in (Path("uploader.toml"), folder(home or default_home()) / "uploader.toml") if _is_file(path)
    ]
    known: list[str] = []
    for path in files:
        profiles = _profiles(path)
        if (name or "default") in profiles:
            return Profile(_stated(profiles[name or "default"], path), path)
        known += profiles
    if name:
        looked = " and ".join(str(path) for path in files) or "no uploader.toml here or in UPLOADER_HOME"
        there = f"There is: {', '.join(dict.fromkeys(known))}. " if known else ""
        guess = did_you_mean(name, known)
        raise UsageError(
            f"There is no profile {name!r} ({looked}){guess or '.'}", f"{there}Write [profile.{name}] there."
        )
    return Profile({}, None)


def _profiles(path: Path) -> dict[str, Any]:
    try:
        told = tomllib.loads(path.read_text("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}.", "Mend the file.") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from None
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}.", "Look at its rights.") from None
    misplaced = ", ".join(sorted(set(told) - {"profile"}))
    if misplaced:
        raise UsageError(f"{path}: {misplaced}: nothing stands outside of [profile.NAME].", "Write them below it.")
    return _table(told.get("profile", {}), path)


def _table(values: object, path: Path) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise UsageError(f"{path}: a profile is a table, [profile.NAME].", "Mend the file.")
    return values


def _stated(values: object, path: Path) -> dict[str, Any]:
    """What is empty is not set, as in the environment."""
    return {name: value for name, value in _table(values, path).items() if value != ""}


def _is_file(path: Path) -> bool:
    """Also where a folder on the way to it may not be looked into: who needs that folder says so."""
    try:
        return path.is_file()
    except OSError:
        return False


def _homeless() -> UsageError:
    return UsageError("The system knows no home folder for this user.", "Set UPLOADER_HOME to a whole path.")
