"""Credentials in the system's keyring: the only room that knows the `keyring` library, which is an optional extra.

They are kept under profile and base URL, and given out for that URL alone: a `.env` or `uploader.toml` in some folder
that points elsewhere does not get them.
"""

import json
from collections.abc import Mapping
from types import ModuleType

from uploader.errors import UsageError

SERVICE = "uploader"
KEPT = ("client_id", "client_secret", "api_key")
INSTALL = "Install it with  pip install 'uploader[keyring]', or set the credentials in the environment or in .env."


def kept_credentials(profile: str | None, url: str) -> dict[str, str]:
    """What `uploader login` kept, by setting; empty where there is nothing, or no keyring that can be read now."""
    keyring = _keyring()
    if keyring is None:
        return {}
    try:
        told = json.loads(keyring.get_password(SERVICE, _name(profile, url)) or "{}")
    except (keyring.errors.KeyringError, OSError, ValueError):
        return {}
    return {name: str(told[name]) for name in KEPT if isinstance(told, dict) and told.get(name)}


def keep_credentials(profile: str | None, url: str, given: Mapping[str, str]) -> None:
    """Keeps client id, client secret and API key. Raises UsageError when the keyring does not take them."""
    keyring = require_keyring()
    try:
        keyring.set_password(SERVICE, _name(profile, url), json.dumps({name: given[name] for name in KEPT}))
    except (keyring.errors.KeyringError, OSError) as error:
        raise _unusable(error) from None


def remove_credentials(profile: str | None, url: str) -> bool:
    """Whether there was something to remove. Raises UsageError when the keyring can't be used."""
    keyring = require_keyring()
    try:
        if keyring.get_password(SERVICE, _name(profile, url)) is None:
            return False
        keyring.delete_password(SERVICE, _name(profile, url))
    except (keyring.errors.KeyringError, OSError) as error:
        raise _unusable(error) from None
    return True


def require_keyring() -> ModuleType:
    """The library. Raises UsageError that says how to install it, or that this system has no keyring."""
    keyring = _keyring()
    if keyring is None:
        raise UsageError("No keyring is installed.", INSTALL)
    if keyring.get_keyring().priority <= 0:
        raise UsageError(
            "This system has no keyring that can be used.",
            "Set the credentials in the environment or in .env, or see the documentation of the package `keyring`.",
        )
    return keyring


def _keyring() -> ModuleType | None:
    try:
        import keyring  # noqa: PLC0415 - optional, and slow: only who has no other credentials waits for it
        import keyring.errors  # noqa: PLC0415
    except ImportError:
        return None
    return keyring


def _name(profile: str | None, url: str) -> str:
    return f"{profile or 'default'} {url}"


def _unusable(error: Exception) -> UsageError:
    """The library's words are left out: nobody has promised that they hold no secret."""
    return UsageError(f"The system's keyring can't be used ({type(error).__name__}).", "Unlock it, and try again.")
