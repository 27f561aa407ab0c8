"""Where each setting's value comes from: the same sources as in `settings.py`, asked one by one."""

import os
from collections.abc import Mapping
from typing import Any

from dotenv import dotenv_values
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from uploader.config.api_variants import Endpoints
from uploader.config.profiles import read_profile, readable_dotenv
from uploader.config.settings import PREFIX, Settings
from uploader.core.did_you_mean import did_you_mean

# The settings as the environment names them, without UPLOADER_: an endpoint is one of its own.
NAMES = tuple(
    leaf
    for name in Settings.model_fields
    for leaf in ([f"endpoints__{endpoint}" for endpoint in Endpoints.model_fields] if name == "endpoints" else [name])
)


def origins(settings: Settings) -> dict[str, str]:
    """By name: flag, environment, .env, the file and the profile in it, keyring, or default."""
    environment = _leaves(EnvSettingsSource(Settings)())
    dotenv = _leaves(DotEnvSettingsSource(Settings, env_file=".env")())
    flags = _stated(settings, "flag")
    profile = read_profile(settings.profile, {**dotenv, **environment, **flags}.get("home"))
    sources = {
        "flag": flags,
        "environment": environment,
        ".env": dotenv,
        f"{profile.file} [profile.{settings.profile or 'default'}]": _leaves(profile.values),
        "keyring": _stated(settings, "keyring"),
    }
    return {name: next((source for source, given in sources.items() if name in given), "default") for name in NAMES}


def unknown_variables() -> list[str]:
    """Names in the environment and in `.env` that begin like settings and are none, with what may be meant."""
    with readable_dotenv():
        stated = {name.upper() for name in (*dotenv_values(".env"), *os.environ)}
    known = {*(PREFIX + name.upper() for name in NAMES), f"{PREFIX}ENDPOINTS"}
    found = sorted(name for name in stated - known if name.startswith(PREFIX))
    return [f"{name}{did_you_mean(name, known)}" for name in found]


def value_of(settings: Settings, name: str) -> Any:
    """The value of one of NAMES."""
    outer, _, inner = name.partition("__")
    value = getattr(settings, outer)
    return getattr(value, inner) if inner else value


def _stated(settings: Settings, source: str) -> dict[str, Any]:
    given = {name: getattr(settings, name) for name, stated in settings.stated_by.items() if stated == source}
    return _leaves({name: value.model_dump() if name == "endpoints" else value for name, value in given.items()})


def _leaves(given: Mapping[str, Any]) -> dict[str, Any]:
    """{"endpoints": {"lead": …}} -> {"endpoints__lead": …}."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        found |= {f"{name}__{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {name: value}
    return found
