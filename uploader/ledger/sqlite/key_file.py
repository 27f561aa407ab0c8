"""The key of the fingerprints: a file beside the ledger, made at first use."""

import os
import secrets
from pathlib import Path

from uploader.ledger.sqlite.database import ledger_error

KEY_SIZE = 32  # bytes


def read_key(home: Path) -> bytes:
    """Return the key of all fingerprints; create it at first use.

    Raises:
        LedgerError: The file cannot be read or written.
    """
    path = home / "fingerprint.key"
    try:
        if not path.exists():
            _create_key(path)
        return path.read_bytes()
    except OSError as error:
        raise ledger_error(error, home) from None


def _create_key(path: Path) -> None:
    """Create the file whole or not at all; the first of two processes wins. Some network disks have no links."""
    part = path.with_name(f".{secrets.token_hex(8)}.key")
    with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_SIZE))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)
    except FileExistsError:
        part.unlink()
    except OSError:
        part.rename(path)
    else:
        part.unlink()
