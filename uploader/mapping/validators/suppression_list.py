"""E-mail addresses that must not be sent: people who asked to be left alone. Their list may hold hashes."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from uploader.mapping.transforms.invalid_value import InvalidValue, quoted
from uploader.mapping.validators.field import Check
from uploader.mapping.validators.list_file import read_text

# Hashes as suppression lists hold them, by the number of their hexadecimal digits.
HASHES: dict[int, Callable[[bytes], "hashlib._Hash"]] = {32: hashlib.md5, 40: hashlib.sha1, 64: hashlib.sha256}

_ENTRY = re.compile(r"[^\s,;|\"'<>()]+@[^\s,;|\"'<>()]+|\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b")
_HEX = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}")


def suppressed(path: Path) -> Check:
    """Refuses addresses that stand in a file: plain, or as hashes of the address in small letters.

    Every address and every hash in the file counts, whatever else stands beside it: a list that was read wrongly would
    let somebody through. Raises OSError, or ValueError where there are none.
    """
    entries = frozenset(_ENTRY.findall(read_text(path).casefold()))
    if not entries:
        raise ValueError("it has no e-mail addresses and no hashes of any")
    lengths = sorted({len(entry) for entry in entries if _HEX.fullmatch(entry)})

    def check(value: str) -> None:
        address = value.casefold()
        forms = [address, *(HASHES[length](address.encode()).hexdigest() for length in lengths)]
        if not entries.isdisjoint(forms):
            raise InvalidValue(
                f"{quoted(value)} is on the suppression list {path.name}",
                "Leave it out: this person must not be contacted",
            )

    return check
