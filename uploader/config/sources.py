"""Where settings come from: flags, environment, `.env`, a profile in `uploader.toml`, the keyring.

Reads names and values without checking them, and imports nothing slow: commands that need only the ledger's folder
answer at once.
"""

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from uploader.config.profiles import FILE, read_profile
from uploader.config.user import absolute_path, default_home
from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import UsageError

PREFIX = "UPLOADER_"
DOTENV = ".env"

MAX_LINES = 10  # that are named in an error

# Secrets that the platform may get.
SECRETS = ("client_secret", "api_key", "password", "campaign_api_key")

ENDPOINTS = ("token", "login", "fields", "links", "lead", "result", "leads")

# Every setting by the name that it has in the environment, without the prefix and in lower case.
SETTING_NAMES = (
    "profile",
    "api",
    "enterprise",
    "base_url",
    "client_id",
    "client_secret",
    "api_key",
    "grant_type",
    "username",
    "password",
    "campaign_api_key",
    "publisher_id",
    "concurrency",
    "rate_limit",
    "login_rate_limit",
    "result_rate_limit",
    "timeout",
    "connect_timeout",
    "patience",
    "result_pause",
    "result_patience",
    "home",
    "ledger",
    "team_key",
    *(f"endpoints__{name}" for name in ENDPOINTS),
    "proxy",
    "ca_bundle",
    "retention",
)


@dataclass(frozen=True)
class Source:
    """One source of settings.

    Attributes:
        name: What the user calls it, such as `.env`.
        values: Values by setting; endpoints under names of their own, such as `endpoints__lead`.
        unknown: Names that look like settings but are none, as they are written.
        is_local: It is a file in the working directory, which may have come with someone else's files.
    """

    name: str
    values: Mapping[str, Any]
    unknown: tuple[str, ...] = ()
    is_local: bool = False


def env_name(setting: str) -> str:
    """Return the environment's name of a setting: `client_id` -> `UPLOADER_CLIENT_ID`."""
    return PREFIX + setting.upper()


def read_sources(flags: Mapping[str, Any]) -> list[Source]:
    """Read all sources but the keyring; the first that has a setting wins.

    Raises:
        UsageError: A file cannot be read, the profile does not exist, or it has an unknown setting.
    """
    sources = [
        Source("flag", _by_setting(flags)),
        _variables("environment", os.environ.items()),
        _variables(DOTENV, _read_dotenv(), is_local=True),
    ]
    home = value_in(sources, "home")
    profile = read_profile(value_in(sources, "profile"), home)
    if profile.file:
        values = {setting: value for setting, value in _by_setting(profile.values).items() if value != ""}
        _require_known(profile.file, values)
        name = f"{profile.file} [profile.{value_in(sources, 'profile') or 'default'}]"
        sources.append(Source(name, values, is_local=_is_local(profile.file, sources)))
    return sources


def value_in(sources: Iterable[Source], setting: str) -> Any:
    """Return the value of a setting from the first source that has it; None if none has."""
    return next((source.values[setting] for source in sources if setting in source.values), None)


def winner(sources: Iterable[Source], setting: str) -> Source | None:
    """Return the first source that has a setting."""
    return next((source for source in sources if setting in source.values), None)


def unknown_names(sources: Iterable[Source]) -> list[str]:
    """Return names that look like settings but are none, with the nearest setting and where they are."""
    known = [env_name(name) for name in SETTING_NAMES]
    return [
        f"{name} ({source.name}){did_you_mean(name.upper(), known)}" for source in sources for name in source.unknown
    ]


def misspelled_names() -> list[str]:
    """Return the `unknown_names` of the environment and of `.env`, whether or not their values are valid."""
    variables = {"environment": list(os.environ)}
    with suppress(UsageError):  # a command that needs its settings reports it
        variables[DOTENV] = [name for name, _ in _read_dotenv()]
    return unknown_names(Source(source, {}, _unknown(names)) for source, names in variables.items())


def _unknown(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that begin like those of settings, but are none."""
    known = {*map(env_name, SETTING_NAMES), env_name("endpoints")}
    return tuple(
        sorted(
            name
            for name in names
            if name.upper().startswith(PREFIX)
            and name.upper() not in known
            and not name.upper().startswith(env_name("endpoints__"))
        )
    )


def _read_dotenv() -> list[tuple[str, str | None]]:
    """Read `.env` as it is: a value such as `${NAME}` would put one setting's secret into another."""
    try:
        values = list(dotenv_values(DOTENV, interpolate=False).items())
        unread = _unreadable_lines() if Path(DOTENV).is_file() else []
    except UnicodeDecodeError:
        raise UsageError(f"{DOTENV} is not UTF-8 text.", "Save it as UTF-8.") from None
    except OSError as error:
        raise UsageError(f"{DOTENV} cannot be read: {error.strerror}.", "Check its permissions.") from None
    if unread:
        lines = ", ".join(map(str, unread[:MAX_LINES]))
        raise UsageError(f"{DOTENV}, line {lines}: a setting cannot be read.", "Write it as UPLOADER_NAME=value.")
    return values


def _unreadable_lines() -> list[int]:
    """Return the lines of `.env` that name a setting but cannot be read: without it, leads could go elsewhere."""
    with Path(DOTENV).open(encoding="utf-8") as file:
        return [line.original.line for line in parse_stream(file) if line.error and PREFIX in line.original.string]


def _variables(source: str, variables: Iterable[tuple[str, str | None]], *, is_local: bool = False) -> Source:
    """Take the settings from environment variables; empty ones are not set."""
    given = dict(variables)
    values: dict[str, Any] = {}
    table: dict[str, Any] = {}
    unknown = _unknown(given)
    for name, value in given.items():
        if not name.upper().startswith(PREFIX) or name in unknown or not value:
            continue
        setting = name.upper().removeprefix(PREFIX).lower()
        if setting == "endpoints":
            table = _endpoints_table(value)
        else:
            values[setting] = value
    return Source(source, {**table, **values}, unknown, is_local)


def _endpoints_table(text: str) -> dict[str, Any]:
    """Read UPLOADER_ENDPOINTS, all endpoints as one JSON object."""
    try:
        table = json.loads(text)
    except ValueError:
        table = None
    if not isinstance(table, dict):
        raise UsageError(
            "UPLOADER_ENDPOINTS is not a JSON object.", "Set UPLOADER_ENDPOINTS__LEAD and the like instead."
        )
    return _by_setting({"endpoints": table})


def _by_setting(given: Mapping[str, Any]) -> dict[str, Any]:
    """Give endpoints names of their own, {"endpoints": {"lead": …}} -> {"endpoints__lead": …}."""
    flat: dict[str, Any] = {}
    for name, value in given.items():
        if name == "endpoints" and isinstance(value, dict):
            flat |= {f"endpoints__{inner}": path for inner, path in value.items()}
        else:
            flat[name] = value
    return flat


def _require_known(file: Path, values: Mapping[str, Any]) -> None:
    unknown = [name for name in values if name not in SETTING_NAMES and not name.startswith("endpoints__")]
    if unknown:
        named = ", ".join(f"{name}{did_you_mean(name, SETTING_NAMES)}" for name in sorted(unknown))
        raise UsageError(
            f"{file} has unknown settings: {named}",
            "Use the names of the environment, in lower case and without UPLOADER_.",
        )


def _is_local(file: Path, sources: list[Source]) -> bool:
    """Whether a profile is from the working directory's file. If the user's own home is there, it is the user's."""
    if file != Path(FILE):
        return False
    source = winner(sources, "home")
    if source and source.is_local:
        return True
    home = source.values["home"] if source else default_home()
    return absolute_path(home).resolve() != Path.cwd().resolve()
