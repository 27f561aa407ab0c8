"""Reading the settings from all their sources, once per command."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from uploader.config.keyring import kept_credentials
from uploader.config.settings import Settings
from uploader.config.sources import ENDPOINTS, PREFIX, Source, read_sources, unknown_names
from uploader.config.trust import require_trusted
from uploader.config.value_types import plain_reason
from uploader.core.command_line import PlatformFlags
from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import UsageError


def load_settings(flags: Mapping[str, Any] | None = None, *, keyring: bool = True) -> Settings:
    """Read the settings from all sources: flags, environment, `.env`, profile, keyring.

    Args:
        flags: Settings given on the command line; None values are left out.
        keyring: Ask the system keyring for credentials that are still missing.

    Raises:
        UsageError: Names every invalid setting at once.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    sources = read_sources(given)
    require_trusted(sources)
    settings = _settings(sources)
    if keyring and settings.lacks_kept and (kept := _from_keyring(settings)):
        sources.append(Source("keyring", kept))
        require_trusted(sources)
        settings = _settings(sources)
    settings.set_platform_flags(PlatformFlags(profile=given.get("profile")))
    return settings


def _settings(sources: list[Source]) -> Settings:
    found: dict[str, tuple[Any, str]] = {}
    for source in sources:
        for name, value in source.values.items():
            found.setdefault(name, (value, source.name))
    values: dict[str, Any] = {name: value for name, (value, _) in found.items() if not name.startswith("endpoints__")}
    endpoints = {name: value for name, (value, _) in found.items() if name.startswith("endpoints__")}
    values["endpoints"] = {name.removeprefix("endpoints__"): value for name, value in endpoints.items()}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        problems = [_problem(e) for e in error.errors()]
        raise UsageError("Some settings are invalid.", "Fix them where they are set.", problems) from None
    settings.set_sources({name: source for name, (_, source) in found.items()}, unknown_names(sources))
    return settings


def _from_keyring(settings: Settings) -> dict[str, str]:
    """Return the missing credentials, as far as `uploader login` kept them for this platform."""
    try:
        url = settings.url
    except UsageError:
        return {}  # no platform is set; a command that needs one says so
    kept = kept_credentials(settings.profile, url)
    return {name: value for name, value in kept.items() if name in settings.missing_credentials}


def _problem(error: Any) -> str:
    """Return one pydantic error as a line, without the value: it may be a secret."""
    name = PREFIX + "__".join(str(part) for part in error["loc"]).upper()
    if error["type"] == "extra_forbidden":
        return f"{name}: there is no such endpoint{did_you_mean(str(error['loc'][-1]), ENDPOINTS)}"
    return f"{name}: {plain_reason(error['msg'].removeprefix('Value error, '))}"
