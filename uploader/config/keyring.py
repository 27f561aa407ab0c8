"""Credentials in the system's keyring: the only room that knows the `keyring` library, which is an optional extra.

They are kept under profile and base URL, and given out for that URL alone: a `.env` or `uploader.toml` in some folder
that points elsewhere does not get them.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from threading import Thread
from types import ModuleType
from typing import Any

from uploader.core.errors import UsageError

SERVICE = "uploader"
KEPT = ("client_id", "client_secret", "api_key")
INSTALL = "Run  pip install '.[keyring]'  in the checkout, or set the credentials in the environment or in .env."

# So long a person has to unlock it; where nobody is, it would else be waited for without end. Seconds.
PATIENCE = 60.0


class _Failed(Exception):
    """The keyring raised something of this name. Its words are left out: they may hold a secret."""


def kept_credentials(profile: str | None, url: str) -> dict[str, str]:
    """What `uploader login` kept, by setting; empty where there is nothing, or no keyring that can be read now.

    Raises UsageError when the keyring does not answer at all.
    """
    keyring = _keyring()
    if keyring is None:
        return {}
    try:
        told = json.loads(_answer(lambda: keyring.get_password(SERVICE, _name(profile, url))) or "{}")
    except (_Failed, ValueError):
        return {}
    return {name: str(told[name]) for name in KEPT if isinstance(told, dict) and told.get(name)}


def keep_credentials(profile: str | None, url: str, given: Mapping[str, str]) -> None:
    """Keeps client id, client secret and API key. Raises UsageError when the keyring does not take them."""
    keyring = require_keyring()
    kept = json.dumps({name: given[name] for name in KEPT})
    try:
        _answer(lambda: keyring.set_password(SERVICE, _name(profile, url), kept))
    except _Failed as error:
        raise _unusable(error) from None


def remove_credentials(profile: str | None, url: str) -> bool:
    """Whether there was something to remove. Raises UsageError when the keyring can't be used."""
    keyring = require_keyring()
    try:
        if _answer(lambda: keyring.get_password(SERVICE, _name(profile, url))) is None:
            return False
        _answer(lambda: keyring.delete_password(SERVICE, _name(profile, url)))
    except _Failed as error:
        raise _unusable(error) from None
    return True


def require_keyring() -> ModuleType:
    """The library. Raises UsageError that says how to install it, or that this system has no keyring."""
    keyring = _keyring()
    if keyring is None:
        raise UsageError("No keyring is installed.", INSTALL)
    try:
        usable = _answer(lambda: keyring.get_keyring().priority) > 0
    except _Failed as error:
        raise _unusable(error) from None
    if not usable:
        raise UsageError(
            "This system has no keyring that can be used.",
            "Set the credentials in the environment or in .env, or see the documentation of the package `keyring`.",
        )
    return keyring


def _keyring() -> ModuleType | None:
    try:
        import keyring  # noqa: PLC0415 - optional, and slow: only who has no other credentials waits for it
    except ImportError:
        return None
    return keyring


def _name(profile: str | None, url: str) -> str:
    return f"{profile or 'default'} {url}"


def _answer(ask: Callable[[], Any]) -> Any:
    """What the keyring answers. Backends raise what they like, and may wait for a person who is not there.

    Raises _Failed, and UsageError when no answer comes.
    """
    answer: Future[Any] = Future()
    Thread(target=_settle, args=(answer, ask), daemon=True).start()
    try:
        return answer.result(PATIENCE)
    except TimeoutError:
        hint = "Unlock it, or set the credentials in the environment or in .env."
        raise UsageError("The system's keyring does not answer.", hint) from None
    except Exception as error:  # noqa: BLE001 - see above
        raise _Failed(type(error).__name__) from None


def _settle(answer: "Future[Any]", ask: Callable[[], Any]) -> None:
    try:
        answer.set_result(ask())
    except BaseException as error:  # noqa: BLE001 - it is raised again where the answer is waited for
        answer.set_exception(error)


def _unusable(error: _Failed) -> UsageError:
    return UsageError(f"The system's keyring can't be used ({error}).", "Unlock it, and try again.")
