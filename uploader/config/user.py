"""The user of this machine: name and folders."""

import getpass
import os
from pathlib import Path

from platformdirs import user_data_path

from uploader.core.errors import UsageError


def user_name() -> str:
    """Return the user's name. It is recorded with runs and resolutions; in a container there may be none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "unknown user"


def default_home() -> Path:
    """Return the platform's folder for user data, where the ledger is unless UPLOADER_HOME is set.

    Raises:
        UsageError: The user has no home folder.
    """
    try:
        return user_data_path("uploader", appauthor=False)
    except RuntimeError:
        raise _no_home() from None


def absolute_path(path: str | Path) -> Path:
    """Return an absolute path, with `~` expanded. Raises UsageError if there is no such home folder."""
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError:
        raise _no_home() from None


def _no_home() -> UsageError:
    return UsageError("The system has no home folder for this user.", "Set UPLOADER_HOME to an absolute path.")
