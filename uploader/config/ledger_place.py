"""Where the ledger is: in a folder of this machine, or in a database that several machines share."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

SCHEMES = ("postgresql", "postgres")
KEY_DIGITS = 64  # hexadecimal digits: 32 bytes


@dataclass(frozen=True)
class LedgerPlace:
    """Where the ledger is.

    Attributes:
        home: The folder of this machine's files.
        url: The address of the database of a shared ledger; empty for a ledger in the folder. It may hold a password.
        key: The team's key in hexadecimal digits; empty if it is not set.
        is_sandbox: Whether it is for practice in a sandbox only.
    """

    home: Path
    url: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    is_sandbox: bool = False

    @property
    def is_shared(self) -> bool:
        """Whether several machines share the ledger."""
        return bool(self.url)

    def __str__(self) -> str:
        """Return the place as messages name it, without user and password."""
        if not self.url:
            return str(self.home)
        parts = urlsplit(self.url)
        port = f":{parts.port}" if parts.port else ""
        return f"postgresql://{parts.hostname or ''}{port}{parts.path}"


def parse_ledger_url(text: str) -> str:
    """Return the address of a shared ledger. Raises ValueError, without the text: it may hold a password.

    What has a special meaning in an address is refused where only a password can have meant it: errors of the database
    would quote a part of it, and messages show the path.
    """
    try:
        parts = urlsplit(text.strip())
        is_valid = parts.scheme in SCHEMES and "//" in text and parts.port != 0
        is_plain = "@" not in parts.path and "#" not in text and not re.search("%(?![0-9A-Fa-f]{2})|%00", text)
    except ValueError:
        is_valid = is_plain = False
    if text.strip() and not is_valid:
        raise ValueError("write it as postgresql://USER@HOST/DATABASE; to move the local ledger, set UPLOADER_HOME")
    if text.strip() and not is_plain:
        raise ValueError("write each of  % # / ? @ :  in the password as %25 %23 %2F %3F %40 %3A")
    return text.strip()


def parse_team_key(text: str) -> str:
    """Return the team's key. Raises ValueError, without the text."""
    key = text.strip().lower()
    if key and not re.fullmatch(f"[0-9a-f]{{{KEY_DIGITS}}}", key):
        raise ValueError(f"write the {KEY_DIGITS} hexadecimal digits that `uploader team init` printed")
    return key
