"""E-mail addresses that must not be sent: people who asked to be left alone. Their list may hold hashes."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from uploader.checks.field import Check
from uploader.checks.listfile import read_list
from uploader.transforms.unfit import Unfit, quoted

# Hashes as suppression lists hold them, by the number of their hexadecimal digits.
HASHES: dict[int, Callable[[bytes], "hashlib._Hash"]] = {32: hashlib.md5, 40: hashlib.sha1, 64: hashlib.sha256}

_HEX = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}")


def suppressed(path: Path) -> Check:
    """Refuses addresses that stand in a file, one a line: plain, or hashes of the address in small letters.

    Raises OSError, or ValueError that says what is wrong with the file.
    """
    entries = frozenset(entry.strip().casefold() for entry in read_list(path))
    lengths = sorted({len(entry) for entry in entries if _HEX.fullmatch(entry)})

    def check(value: str) -> None:
        address = value.casefold()
        forms = [address, *(HASHES[length](address.encode()).hexdigest() for length in lengths)]
        if not entries.isdisjoint(forms):
            raise Unfit(
                f"{quoted(value)} is on the suppression list {path.name}",
                "Leave it out: this person must not be contacted",
            )

    return check
