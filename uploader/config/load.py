"""Settings, read once a command from all their sources; every wrong one is told at once."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from uploader.config.api_variants import Endpoints
from uploader.config.keyring import kept_credentials
from uploader.config.profiles import readable_dotenv
from uploader.config.settings import PREFIX, Settings, env_name
from uploader.core.command_line import PlatformFlags
from uploader.core.did_you_mean import did_you_mean
from uploader.core.errors import UsageError


def load_settings(flags: Mapping[str, Any] | None = None, *, keyring: bool = True) -> Settings:
    """Reads all sources, the working directory's `.env` and `uploader.toml` included.

    `flags` are settings given on the command line (None values are left out). The system's keyring is asked only
    where a credential is still missing, and not at all without `keyring`. Raises UsageError that names every wrong
    setting at once.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    settings = _read(given)
    kept = _from_keyring(settings) if keyring and settings.lacks_kept else {}
    if kept:
        settings = _read({**given, **kept})
    settings.note_stated({**dict.fromkeys(given, "flag"), **dict.fromkeys(kept, "keyring")})
    settings.set_platform_flags(PlatformFlags(profile=given.get("profile")))
    return settings


def _read(given: Mapping[str, Any]) -> Settings:
    try:
        with readable_dotenv():
            return Settings(_env_file=".env", **given)
    except ValidationError as error:
        raise UsageError(
            "Some settings can't be used.",
            "Mend them where they are set.",
            [_fault(e) for e in error.errors()],
        ) from None
    except SettingsError:
        raise UsageError(
            f"{env_name('endpoints')} is not a JSON object.", f"Set {env_name('endpoints')}__LEAD and the like instead."
        ) from None


def _from_keyring(settings: Settings) -> dict[str, str]:
    """Those credentials that are still missing, as far as `uploader login` kept them for this platform."""
    try:
        url = settings.url
    except UsageError:
        return {}  # no platform is set: whoever needs one says so
    kept = kept_credentials(settings.profile, url)
    return {name: value for name, value in kept.items() if name in settings.missing_credentials}


def _fault(error: Any) -> str:
    """One pydantic error as a line; the value is left out, it may be a secret."""
    name = PREFIX + "__".join(str(part) for part in error["loc"]).upper()
    if error["type"] == "extra_forbidden":
        return f"{name}: there is no such endpoint{did_you_mean(str(error['loc'][-1]), Endpoints.model_fields)}"
    return f"{name}: {error['msg'].removeprefix('Value error, ').split(', unable to')[0]}"
