"""`uploader.toml`: settings by profile, for those who work for several enterprises; and where the ledger lives.

Commands that need the ledger alone read no other setting: they work without credentials, and answer at once.
"""

import os
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

from dotenv import dotenv_values
from platformdirs import user_data_path

from uploader.errors import UsageError
from uploader.suggest import did_you_mean


class Profile(NamedTuple):
    """A profile's values, and the file that they stand in (None where no profile was found)."""

    values: dict[str, Any]
    file: Path | None


def default_home() -> Path:
    """The platform's folder for a user's data, where the ledger lives unless UPLOADER_HOME says otherwise."""
    return user_data_path("uploader", appauthor=False)


def ledger_home(profile: str | None) -> Path:
    """What `Settings.home` would be: environment, `.env`, profile, default. Raises UsageError."""
    try:
        stated = {name.upper(): value for name, value in {**dotenv_values(".env"), **os.environ}.items()}
    except UnicodeDecodeError:
        raise UsageError(".env is not UTF-8 text.", "Save it as UTF-8.") from None
    home = stated.get("UPLOADER_HOME")
    if home is None:
        home = read_profile(profile or stated.get("UPLOADER_PROFILE"), None).values.get("home")
    elif profile or stated.get("UPLOADER_PROFILE"):
        read_profile(profile or stated.get("UPLOADER_PROFILE"), home)  # a name that does not exist is a mistake
    return Path(default_home() if home is None else home).expanduser().absolute()


def read_profile(name: str | None, home: str | Path | None) -> Profile:
    """The `[profile.NAME]` table of the first `uploader.toml` that has it: here, then in `home`.

    Without a name it is `default`, which may be absent. Raises UsageError that names the profiles there are.
    """
    folders = [Path(), Path(home) if home else default_home()]
    files = [path for path in (folder / "uploader.toml" for folder in folders) if path.is_file()]
    known: list[str] = []
    for path in files:
        profiles = _profiles(path)
        if (name or "default") in profiles:
            return Profile(_table(profiles[name or "default"], path), path)
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
        profiles = tomllib.loads(path.read_text("utf-8")).get("profile", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML: {error}.", "Mend the file.") from None
    return _table(profiles, path)


def _table(values: object, path: Path) -> dict[str, Any]:
    if not isinstance(values, dict):
        raise UsageError(f"{path}: a profile is a table, [profile.NAME].", "Mend the file.")
    return values
