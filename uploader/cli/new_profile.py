"""The profile that `login` needs: created if there is none yet."""

import sys
from typing import NoReturn

from uploader.cli.console import Console
from uploader.cli.prompts import ask
from uploader.core.command_line import shell_quote
from uploader.core.errors import UsageError

DEFAULT = "default"


def create_missing_profile(profile: str | None, enterprise: str | None, console: Console) -> None:
    """Create a profile that is named and missing, or the default one if no platform is set at all.

    Args:
        profile: The profile that was named; None for the default one.
        enterprise: The enterprise that was given; None to ask for it on a terminal.
        console: Where to say what was created.

    Raises:
        UsageError: It can't be created, the enterprise has no valid name, or there is no one to ask for it.
    """
    from uploader.config import keyring
    from uploader.config.load import load_settings
    from uploader.config.profiles import add_profile
    from uploader.config.trust import ledger_home

    if not _is_needed(profile):
        if enterprise:
            raise UsageError("--enterprise creates a profile, but there is one already.", "Leave it out.")
        return
    if enterprise is None and not sys.stdin.isatty():
        if profile is not None:
            _raise_missing(profile)
        return  # another message says what is missing
    keyring.require_keyring()  # nothing is asked for in vain
    if enterprise is None:
        console.log(f"There is no profile {profile or DEFAULT!r} yet. To create it:")
        enterprise = ask("Enterprise (the name before .cvtr.io)")
    values = {"enterprise": enterprise.strip().removeprefix("https://").rstrip("/").removesuffix(".cvtr.io")}
    if not values["enterprise"]:
        raise UsageError("No enterprise was given.", "It is the name before .cvtr.io.")
    load_settings(values, keyring=False)
    path = add_profile(profile or DEFAULT, values, ledger_home(None))
    console.print(f"Created profile {profile or DEFAULT} in {path}.")


def _raise_missing(profile: str) -> NoReturn:
    """Raise UsageError with the profiles that there are, and how to create this one."""
    from uploader.config.profiles import read_profile
    from uploader.config.trust import ledger_home

    try:
        read_profile(profile, ledger_home(None))
    except UsageError as error:
        create = f"uploader login --profile {shell_quote(profile)} --enterprise NAME"
        raise UsageError(error.message, f"{error.hint} To create it, run `{create}`.") from None
    raise AssertionError("the profile is missing")


def _is_needed(profile: str | None) -> bool:
    from uploader.config.load import load_settings
    from uploader.config.profiles import has_profile
    from uploader.config.trust import ledger_home

    if has_profile(profile or DEFAULT, ledger_home(None)):
        return False
    return profile is not None or load_settings(keyring=False).lacks_enterprise
