"""The name of the system's user. The ledger keeps it with what is sent and decided."""

import getpass
import os


def user_name() -> str:
    """Return the user's name, or the user id where the system has no name for it (some containers)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "unknown user"
