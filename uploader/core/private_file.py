"""Writing a file that only its owner can read."""

import os
import secrets
from pathlib import Path


def write_private(path: Path, text: str, *, is_durable: bool = False) -> None:
    """Write a file whole or not at all; only its owner can read it.

    Args:
        path: The file. One that is there is replaced.
        text: Its content, which becomes UTF-8.
        is_durable: Whether it must be on the disk when this returns, in case the machine loses power.

    Raises:
        OSError: It can't be written; what was there is unchanged.
    """
    part = path.with_name(f".{secrets.token_hex(8)}{path.suffix}")
    try:
        with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            if is_durable:
                file.flush()
                os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
