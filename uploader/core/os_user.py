"""Who is at the keyboard: noted with what is sent and decided."""

import getpass
import os


def user_name() -> str:
    """The system's name for the user; a container's may have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "unknown user"
