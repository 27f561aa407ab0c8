"""Credentials and the team's key in the system keyring. The `keyring` library is an optional extra.

They are kept by profile and base URL, and used for that URL only: a `.env` or `uploader.toml` that leads elsewhere does
not get them.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from threading import Thread
from types import ModuleType
from typing import Any

from uploader.config.ledger_place import parse_team_key
from uploader.core.command_line import uploader_command
from uploader.core.errors import UsageError

SERVICE = "uploader"
KEPT = ("client_id", "client_secret", "api_key")
INSTALL = "Run  pip install '.[keyring]'  in the checkout, or set the credentials in the environment or in .env."

# What the library raises where a system has no keyring.
NO_KEYRING = "NoKeyringError"

# Seconds for the user to unlock it. Without a user, waiting would never end.
PATIENCE = 60.0


class _Failed(Exception):
    """The keyring raised an exception of this name. Its message is left out: it may hold a secret."""


def kept_credentials(profile: str | None, url: str) -> dict[str, str]:
    """Return the credentials that `uploader login` kept, by setting.

    Returns:
        Nothing if there are none, or this system has no keyring.

    Raises:
        UsageError: The keyring does not respond, is locked, or holds something else: unreadable is not missing.
    """
    try:
        kept = json.loads(_read(_name(profile, url), "Credentials are", "the credentials") or "{}")
    except ValueError:
        kept = None
    if not isinstance(kept, dict):
        message = "What the system keyring has as credentials cannot be read."
        raise UsageError(message, f"Store them again with `{uploader_command('login')}`.")
    return {name: str(kept[name]) for name in KEPT if kept.get(name)}


def keep_credentials(profile: str | None, url: str, given: Mapping[str, str]) -> None:
    """Keep client id, client secret and API key. Raises UsageError if the keyring does not accept them."""
    keyring = require_keyring()
    kept = json.dumps({name: given[name] for name in KEPT})
    try:
        _answer(lambda: keyring.set_password(SERVICE, _name(profile, url), kept))
    except _Failed as error:
        raise _unusable(error) from None


def remove_credentials(profile: str | None, url: str) -> bool:
    """Remove the credentials. Returns whether there were any; raises UsageError if the keyring cannot be used."""
    keyring = require_keyring()
    try:
        if _answer(lambda: keyring.get_password(SERVICE, _name(profile, url))) is None:
            return False
        _answer(lambda: keyring.delete_password(SERVICE, _name(profile, url)))
    except _Failed as error:
        raise _unusable(error) from None
    return True


def kept_team_key(ledger: str) -> str:
    """Return the key of a shared ledger that this machine keeps; empty if there is none.

    Args:
        ledger: The address of its database, without user and password. The key is kept and used for that one only.

    Raises:
        UsageError: The keyring does not respond, is locked, or holds something else: unreadable is not missing.
    """
    text = _read(_team_name(ledger), "UPLOADER_TEAM_KEY is", "UPLOADER_TEAM_KEY") or ""
    try:
        return parse_team_key(text)
    except ValueError:
        message = "What the system keyring has as the team's key cannot be read."
        raise UsageError(message, "Set UPLOADER_TEAM_KEY; a colleague has it.") from None


def keep_team_key(ledger: str, key: str) -> bool:
    """Keep the key of a shared ledger; return False if this system has no usable keyring."""
    try:
        keyring = require_keyring()
        _answer(lambda: keyring.set_password(SERVICE, _team_name(ledger), key))
    except (UsageError, _Failed):
        return False
    return True


def require_keyring() -> ModuleType:
    """Return the library. Raises UsageError if it is not installed or this system has no keyring."""
    keyring = _keyring()
    if keyring is None:
        raise UsageError("No keyring is installed.", INSTALL)
    try:
        usable = _answer(lambda: keyring.get_keyring().priority) > 0
    except _Failed as error:
        raise _unusable(error) from None
    if not usable:
        raise UsageError(
            "This system has no usable keyring.",
            "Set the credentials in the environment or in .env, or see the documentation of the package `keyring`.",
        )
    return keyring


def _keyring() -> ModuleType | None:
    try:
        import keyring  # noqa: PLC0415 - optional, and slow: only needed without other credentials
    except ImportError:
        return None
    return keyring


def _read(name: str, missing: str, what: str) -> str | None:
    """Return what the keyring has under a name; None if there is nothing, or this system has no keyring.

    Args:
        name: The name.
        missing: What is missing without it, with a verb, for the message.
        what: What to set instead, for the message.
    """
    keyring = _keyring()
    if keyring is None:
        return None
    try:
        found: str | None = _answer(lambda: keyring.get_password(SERVICE, name))
    except _Failed as error:
        if str(error) == NO_KEYRING:
            return None
        message = f"{missing} not set, and the system keyring cannot be read ({error})."
        raise UsageError(message, f"Unlock it, or set {what} in the environment or in .env.") from None
    return found


def _team_name(ledger: str) -> str:
    return f"team {ledger}"


def _name(profile: str | None, url: str) -> str:
    return f"{profile or 'default'} {url}"


def _answer(ask: Callable[[], Any]) -> Any:
    """Ask the keyring, in a thread: a backend may raise anything, and may wait for a user who is not there.

    Raises:
        _Failed: The backend raised an exception.
        UsageError: It did not respond in time.
    """
    answer: Future[Any] = Future()
    Thread(target=_settle, args=(answer, ask), daemon=True).start()
    try:
        return answer.result(PATIENCE)
    except TimeoutError:
        hint = "Unlock it, or set the credentials in the environment or in .env."
        raise UsageError("The system keyring does not respond.", hint) from None
    except Exception as error:  # noqa: BLE001 - backends are plug-ins that raise anything; every caller reports it
        raise _Failed(type(error).__name__) from None


def _settle(answer: "Future[Any]", ask: Callable[[], Any]) -> None:
    try:
        answer.set_result(ask())
    except BaseException as error:  # noqa: BLE001 - it is raised again by the waiting thread
        answer.set_exception(error)


def _unusable(error: _Failed) -> UsageError:
    return UsageError(f"The system keyring cannot be used ({error}).", "Unlock it and try again.")
