"""Suppression lists: e-mail addresses that must not be sent, plain or as hashes."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from uploader.mapping.list_file import read_text
from uploader.mapping.transforms.invalid_value import InvalidValue, quote_value
from uploader.mapping.validators.field import Check

# Hashes in suppression lists, by their number of hexadecimal digits.
HASHES: dict[int, Callable[[bytes], "hashlib._Hash"]] = {32: hashlib.md5, 40: hashlib.sha1, 64: hashlib.sha256}

_ENTRY = re.compile(r"[^\s,;|\"'<>()]+@[^\s,;|\"'<>()]+|\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b")
_HEX = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}")


def suppression_check(path: Path) -> Check:
    """Return a check that refuses the addresses in a file, plain or as hashes of the address in lower case.

    Every address and hash anywhere in the file counts: a list that is read too strictly would let people through.

    Args:
        path: A text file of any layout.

    Raises:
        OSError: The file can't be read.
        ValueError: It has no addresses and no hashes.
    """
    entries = frozenset(_ENTRY.findall(read_text(path).casefold()))
    if not entries:
        raise ValueError("it has no e-mail addresses and no hashes")
    lengths = sorted({len(entry) for entry in entries if _HEX.fullmatch(entry)})

    def check(value: str) -> None:
        address = value.casefold()
        forms = [address, *(HASHES[length](address.encode()).hexdigest() for length in lengths)]
        if not entries.isdisjoint(forms):
            raise InvalidValue(
                f"{quote_value(value)} is on the suppression list {path.name}",
                "Remove the row: this person must not be contacted",
            )

    return check
